-- A scan that looks at every known file must list only directories whose signature differs, and those in which more
-- than their names decides which files count.

-- By what the files that count were told from the rest, see steps.sieve; 0 or -1: they must be told anew each time.
ALTER TABLE directories ADD COLUMN sieve INTEGER NOT NULL DEFAULT 0;
