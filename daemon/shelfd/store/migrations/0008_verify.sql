-- Files of libraries are compared with their hashes, and what was found is kept.

-- Two tables learn a new word. It changes nothing that is stored in them, and neither can be made anew without all that
-- refers to it: this is what SQLite's documentation of ALTER TABLE has for such a case.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(sql,
    '(''scan'', ''import'', ''undo'', ''cleanup'')', '(''scan'', ''import'', ''undo'', ''verify'', ''cleanup'')'),
    '''shelve'', ''undo'', ''cleanup'')', '''shelve'', ''undo'', ''verify'', ''cleanup'')')
  WHERE type = 'table' AND name IN ('operations', 'breakers');
PRAGMA writable_schema = RESET;

-- Those that were not looked at for the longest time come first. Whatever becomes another file is 0 again.
ALTER TABLE files ADD COLUMN verified_at REAL NOT NULL DEFAULT 0;  -- when its content was last compared with `hash`,
                                                                   -- or `hash` was taken from it; 0: never
ALTER TABLE files ADD COLUMN damaged_at REAL;                      -- when its content was found to be other than `hash`
                                                                   -- though nobody has written it; NULL: it was not
CREATE INDEX files_by_verification ON files (verified_at) WHERE missing_since IS NULL;
CREATE INDEX files_damaged ON files (damaged_at) WHERE damaged_at IS NOT NULL;
