-- Several operations run side by side: the order in which they start, where each of them works, what it waits for,
-- and what keeps it from starting.

ALTER TABLE operations ADD COLUMN rank REAL NOT NULL DEFAULT 0;    -- the smallest starts first, see core.order.rank
ALTER TABLE operations ADD COLUMN parent INTEGER REFERENCES operations (id) ON DELETE SET NULL;
                                                                   -- the operation that is over only when this one is
ALTER TABLE operations ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;
                                                                   -- how often it was put back after a fault
ALTER TABLE operations ADD COLUMN fault TEXT CHECK (fault IS NULL OR json_valid(fault));
                                                                   -- {code, message, hint} of the last of these
ALTER TABLE operations ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
                                                                   -- ends of the process under it, without progress between
ALTER TABLE operations ADD COLUMN deadline REAL;                   -- Unix time after which nobody wants it; NULL: ever
-- Until now priority and id were the order; what waits keeps it, before all that is new.
UPDATE operations SET rank = priority WHERE state = 'queued';

DROP INDEX operations_to_claim;
CREATE INDEX operations_to_claim ON operations (rank, id) WHERE state = 'queued';
CREATE INDEX operations_by_due_time ON operations (not_before) WHERE state = 'queued';
CREATE INDEX operations_by_deadline ON operations (deadline) WHERE deadline IS NOT NULL AND finished_at IS NULL;
CREATE INDEX children_of_an_operation ON operations (parent) WHERE parent IS NOT NULL;
CREATE INDEX waiting_scans ON operations (root, path)
  WHERE state = 'queued' AND step = 'scan' AND unique_key IS NOT NULL;

INSERT INTO operation_transitions VALUES
  ('queued', 'completed'),   -- a wider scan does its work
  ('queued', 'failed'),      -- its deadline has passed, or what it waits for has failed
  ('failed', 'queued');      -- somebody asked for another try

-- Where an operation works beside its own place: the directories into which an import files, or from which an undo
-- takes, and the disks that a copy keeps busy (`root` is then `disk:` and the name of one).
CREATE TABLE operation_places (
  operation INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
  root      TEXT NOT NULL,
  path      BLOB NOT NULL,
  PRIMARY KEY (operation, root, path)
) STRICT, WITHOUT ROWID;

-- An operation starts when all those have ended well that it waits for.
CREATE TABLE operation_waits (
  operation INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
  waits_for INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
  PRIMARY KEY (operation, waits_for),
  CHECK (waits_for < operation)                                    -- so that no circle can come about
) STRICT, WITHOUT ROWID;
CREATE INDEX those_that_wait_for_an_operation ON operation_waits (waits_for);

-- What people have stopped: everything (`queue`), one kind, or all that concerns one root.
CREATE TABLE pauses (
  scope TEXT NOT NULL CHECK (scope IN ('queue', 'kind', 'root')),
  name  TEXT NOT NULL,                                             -- of the kind or root; empty for the queue
  since REAL NOT NULL,
  PRIMARY KEY (scope, name),
  CHECK ((scope = 'queue') = (name = ''))
) STRICT, WITHOUT ROWID;
INSERT INTO pauses SELECT 'queue', '', 0 FROM facts WHERE name = 'paused';
DELETE FROM facts WHERE name = 'paused';

-- A kind of which several operations in a row have met a fault that is not their own: it rests until `until`, then one
-- of them tries.
CREATE TABLE breakers (
  kind     TEXT PRIMARY KEY CHECK (kind IN ('scan', 'import', 'undo', 'cleanup')),
  failures INTEGER NOT NULL CHECK (failures > 0),                  -- in a row
  error    TEXT NOT NULL CHECK (json_valid(error)),                -- the last of them
  rest_s   REAL NOT NULL DEFAULT 0,                                -- how long it rests, twice as long after each probe
  until    REAL                                                    -- Unix time; NULL: it does not rest
) STRICT, WITHOUT ROWID;
