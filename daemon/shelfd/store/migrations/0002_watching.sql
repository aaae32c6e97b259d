-- What watching and scanning need to lose nothing and to do nothing twice.

-- A marker file in the root and the file system it lies on tell whether it is the same disk as before.
ALTER TABLE roots ADD COLUMN marker TEXT;                          -- what the marker file says; NULL: none was written
ALTER TABLE roots ADD COLUMN filesystem TEXT;                      -- see edges.mounts.identity; NULL: never seen
ALTER TABLE roots ADD COLUMN suspended TEXT;                       -- why nothing in it is taken for deleted; NULL: it is not suspended

-- A mount below a root, as last seen.
CREATE TABLE mounts (
  root       TEXT NOT NULL REFERENCES roots (name),
  path       BLOB NOT NULL,
  filesystem TEXT NOT NULL,                                        -- see edges.mounts.identity
  PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;

-- The signature of a directory: while a stat of it says the same, no name in it has come or gone.
-- mtime_ns 0: it cannot be trusted, since the directory was changing while it was read.
ALTER TABLE directories ADD COLUMN mtime_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE directories ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE directories ADD COLUMN size INTEGER NOT NULL DEFAULT 0;    -- of the directory itself; grows with its entries
ALTER TABLE directories ADD COLUMN links INTEGER NOT NULL DEFAULT 0;   -- counts its subdirectories on most file systems

-- A file that moved is found again by these, in this order: inode with size and mtime, fingerprint, likeness of its item.
ALTER TABLE files ADD COLUMN fingerprint INTEGER;                  -- XXH3-64 of its beginning and size; NULL: not read
ALTER TABLE files ADD COLUMN unseen INTEGER;                       -- the scan that did not find it; at the end of that scan
                                                                   -- it is missing, or out of sight for as long as this stands
CREATE INDEX files_by_inode ON files (inode);
CREATE INDEX files_by_fingerprint ON files (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX files_unseen ON files (unseen) WHERE unseen IS NOT NULL;
CREATE INDEX files_missing ON files (missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX files_there ON files (directory) WHERE missing_since IS NULL;

ALTER TABLE items ADD COLUMN likeness INTEGER;                     -- what makes it the same work wherever it lies, see core.catalog
CREATE INDEX items_by_likeness ON items (likeness) WHERE likeness IS NOT NULL;

-- What a scan has counted is kept with each of its transactions, its frontier, which can be large, only now and then.
ALTER TABLE checkpoints ADD COLUMN counts BLOB;                    -- msgpack of core.walk.Counts; NULL: as in the frontier

-- A hold: somebody is at work at this place, so nothing at or below it is touched meanwhile.
CREATE TABLE holds (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  root     TEXT NOT NULL REFERENCES roots (name),
  path     BLOB NOT NULL,
  held_at  REAL NOT NULL,
  UNIQUE (root, path)
) STRICT;

-- A running operation that is to be cancelled ends at its next safe point.
ALTER TABLE operations ADD COLUMN cancel INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1));
-- A cancelled scan keeps its checkpoint, and goes on under its id when it is asked for again.
INSERT INTO operation_transitions VALUES ('cancelled', 'queued');
