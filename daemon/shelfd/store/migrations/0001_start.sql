-- Times are Unix seconds, UTC, as REAL unless the name ends in _ns (integer nanoseconds, as the file system says).
-- Paths are BLOBs, the bytes on disk, relative to their root; `display` is the same for people.

-- A root is a library or an inbox of the settings. One that has left the settings stays, since files,
-- operations and the journal name it; it is then not active.
CREATE TABLE roots (
  name         TEXT PRIMARY KEY,
  role         TEXT NOT NULL CHECK (role IN ('inbox', 'library')),
  kind         TEXT NOT NULL CHECK (kind IN ('auto', 'movies', 'shows', 'music', 'audiobooks', 'books')),
  path         BLOB NOT NULL,                                      -- absolute
  active       INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  last_scan_at REAL                                                -- end of the last scan of all of it
) STRICT, WITHOUT ROWID;

-- An operation is something shelfd does or will do, from wish to outcome. `step` names the step that runs next,
-- so that a restart goes on where the last transaction stood.
CREATE TABLE operations (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,                   -- never used twice; grows with time
  kind        TEXT NOT NULL CHECK (kind IN ('scan', 'import', 'undo', 'cleanup')),
  step        TEXT NOT NULL CHECK (step IN ('look', 'scan', 'plan', 'apply', 'shelve', 'undo', 'cleanup')),
  root        TEXT NOT NULL,                                       -- empty: concerns no root
  path        BLOB NOT NULL,
  display     TEXT NOT NULL,                                       -- absolute path for people
  state       TEXT NOT NULL DEFAULT 'queued'
              CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  priority    INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 10),  -- 1 is first
  asked_by    TEXT NOT NULL CHECK (asked_by IN ('person', 'watch', 'schedule', 'shelfd')),
  unique_key  TEXT,                                                -- see one_waiting_operation_per_key
  options     TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options)),
  created_at  REAL NOT NULL,
  not_before  REAL NOT NULL DEFAULT 0,
  started_at  REAL,
  finished_at REAL,
  changed_at  REAL NOT NULL,                                       -- of the last state; the history copies it
  attempts    INTEGER NOT NULL DEFAULT 0,                          -- how often a worker took it
  phase       TEXT NOT NULL DEFAULT '',
  done        INTEGER NOT NULL DEFAULT 0 CHECK (done >= 0),
  total       INTEGER NOT NULL DEFAULT 0 CHECK (total >= 0),
  unit        TEXT NOT NULL DEFAULT '',
  current     TEXT NOT NULL DEFAULT '',                            -- what is being worked on, for people
  error       TEXT CHECK (error IS NULL OR json_valid(error)),     -- {code, message, hint}
  result      TEXT CHECK (result IS NULL OR json_valid(result)),
  CHECK ((finished_at IS NULL) = (state IN ('queued', 'running'))) -- an end has a time, and only an end
) STRICT;

-- There can be only one waiting operation per key: the same scan asked for ten times is done once.
-- Operations that a person or script asks for have no key and always get their own id.
CREATE UNIQUE INDEX one_waiting_operation_per_key ON operations (unique_key)
  WHERE state = 'queued' AND unique_key IS NOT NULL;
CREATE INDEX operations_to_claim ON operations (priority, id) WHERE state = 'queued';
CREATE INDEX operations_by_state ON operations (state, id);
CREATE INDEX operations_by_kind ON operations (kind, id);

-- The moves an operation may make. What is not here is refused, whoever asks.
CREATE TABLE operation_transitions (was TEXT NOT NULL, became TEXT NOT NULL, PRIMARY KEY (was, became))
  STRICT, WITHOUT ROWID;
INSERT INTO operation_transitions VALUES
  ('queued', 'running'),     -- a worker takes it
  ('queued', 'cancelled'),
  ('running', 'queued'),     -- it makes room, or the process ended under it
  ('running', 'completed'),
  ('running', 'failed'),
  ('running', 'cancelled');
CREATE TRIGGER operations_move_by_the_table BEFORE UPDATE OF state ON operations
  WHEN OLD.state <> NEW.state
   AND NOT EXISTS (SELECT 1 FROM operation_transitions WHERE was = OLD.state AND became = NEW.state)
  BEGIN SELECT RAISE(ABORT, 'illegal move of an operation'); END;

-- Each state an operation was in, oldest first.
CREATE TABLE operation_history (
  id        INTEGER PRIMARY KEY,
  operation INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
  was       TEXT,                                                  -- NULL: it came into being
  became    TEXT NOT NULL,
  at        REAL NOT NULL
) STRICT;
CREATE INDEX history_of_an_operation ON operation_history (operation);

-- An event is something that happened, for those who listen. Written in the transaction of the change itself,
-- so an event is there exactly when the change is.
CREATE TABLE events (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,                     -- grows for ever, also after a clean-up
  at        REAL NOT NULL,
  event     TEXT NOT NULL,
  operation INTEGER,
  data      TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
CREATE INDEX events_of_an_operation ON events (operation, id);
CREATE INDEX events_by_age ON events (at);

CREATE TRIGGER operations_come_into_being AFTER INSERT ON operations
  BEGIN
    INSERT INTO operation_history (operation, was, became, at) VALUES (NEW.id, NULL, NEW.state, NEW.changed_at);
    INSERT INTO events (at, event, operation, data) VALUES (NEW.changed_at, 'operation', NEW.id,
      json_object('id', NEW.id, 'kind', NEW.kind, 'path', NEW.display, 'state', NEW.state));
  END;
CREATE TRIGGER operations_leave_a_trace AFTER UPDATE OF state ON operations WHEN OLD.state <> NEW.state
  BEGIN
    INSERT INTO operation_history (operation, was, became, at) VALUES (NEW.id, OLD.state, NEW.state, NEW.changed_at);
    INSERT INTO events (at, event, operation, data) VALUES (NEW.changed_at, 'operation', NEW.id,
      json_object('id', NEW.id, 'kind', NEW.kind, 'path', NEW.display, 'state', NEW.state,
                  'error', json(NEW.error), 'result', json(NEW.result)));
  END;
CREATE TRIGGER operations_report_progress AFTER UPDATE OF phase, done, total ON operations
  WHEN NEW.state = 'running' AND (OLD.phase, OLD.done, OLD.total) <> (NEW.phase, NEW.done, NEW.total)
  BEGIN
    INSERT INTO events (at, event, operation, data) VALUES (NEW.changed_at, 'progress', NEW.id,
      json_object('id', NEW.id, 'phase', NEW.phase, 'done', NEW.done, 'total', NEW.total, 'unit', NEW.unit,
                  'current', NEW.current));
  END;

-- Where the walk of a scan stands. Written with the rows of the directories it has passed, so the two never disagree.
CREATE TABLE checkpoints (
  operation INTEGER PRIMARY KEY REFERENCES operations (id) ON DELETE CASCADE,
  frontier  BLOB NOT NULL,                                         -- msgpack of core.walk.Walk
  saved_at  REAL NOT NULL
) STRICT;

-- A directory of a library that was read at least once.
CREATE TABLE directories (
  id         INTEGER PRIMARY KEY,
  root       TEXT NOT NULL REFERENCES roots (name),
  path       BLOB NOT NULL,
  above      BLOB NOT NULL,                                        -- the directory that it is in
  inode      INTEGER NOT NULL,                                     -- tells it from another that took its name; -1: gone
  scanned_at REAL NOT NULL,                                        -- when something in it last had changed
  UNIQUE (root, path)
) STRICT;
CREATE INDEX directories_in_a_directory ON directories (root, above);

-- An item is what a player shows: a movie, a show with its episodes, an album with its tracks, a book.
CREATE TABLE items (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL CHECK (kind IN ('movie', 'show', 'episode', 'album', 'track', 'audiobook', 'book')),
  root       TEXT NOT NULL REFERENCES roots (name),
  key        TEXT NOT NULL,                                        -- what makes it the same item, see core.catalog
  parent     INTEGER REFERENCES items (id),                        -- episode -> show, track -> album
  path       BLOB NOT NULL,                                        -- its directory, or its file when it is one
  state      TEXT NOT NULL DEFAULT 'present' CHECK (state IN ('present', 'missing')),
  title      TEXT NOT NULL,
  year       INTEGER,
  season     INTEGER,
  episodes   TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(episodes)),
  artist     TEXT,
  album      TEXT,
  disc       INTEGER,
  track      INTEGER,
  author     TEXT,
  series     TEXT,
  sequence   TEXT,
  narrator   TEXT,
  ids        TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(ids)),
  search     TEXT NOT NULL,                                        -- title, artist, album, author ... folded
  added_at   REAL NOT NULL,
  UNIQUE (root, kind, key)
) STRICT;
CREATE INDEX items_by_kind ON items (kind, id);
CREATE INDEX children_of_an_item ON items (parent);

-- A file of a library. One that has vanished stays, as missing, with everything known of it.
CREATE TABLE files (
  id            INTEGER PRIMARY KEY,
  directory     INTEGER NOT NULL REFERENCES directories (id),
  name          BLOB NOT NULL,
  item          INTEGER REFERENCES items (id),
  size          INTEGER NOT NULL CHECK (size >= 0),                -- bytes
  mtime_ns      INTEGER NOT NULL,
  ctime_ns      INTEGER NOT NULL,
  inode         INTEGER NOT NULL,                                  -- as signed 64 bit
  hash          BLOB,                                              -- XXH3-128, known when shelfd copied it
  reading       TEXT NOT NULL CHECK (json_valid(reading)),         -- core.media.Reading
  missing_since REAL,                                              -- NULL: it is there
  UNIQUE (directory, name)
) STRICT;
CREATE INDEX files_of_an_item ON files (item);

-- A drop is an entry of an inbox that is to be filed: a file with what belongs to it, or a directory as a whole.
CREATE TABLE drops (
  root       TEXT NOT NULL REFERENCES roots (name),
  path       BLOB NOT NULL,
  -- held: was filed and put back by a person, so it stays until a person says otherwise
  state      TEXT NOT NULL CHECK (state IN ('settling', 'queued', 'imported', 'refused', 'held')),
  reason     TEXT NOT NULL,                                        -- a sentence: why it is in this state
  snapshot   BLOB NOT NULL,                                        -- digest over the facts of every file in it
  bytes      INTEGER NOT NULL,                                     -- summed size at the last look
  changed_at REAL NOT NULL,                                        -- when a look last found it different
  looked_at  REAL NOT NULL,
  verdicts   TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(verdicts)), -- core.plan.Verdict per file
  operation  INTEGER REFERENCES operations (id) ON DELETE SET NULL, -- the import that has it, or had it
  PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER drops_tell_when_they_come AFTER INSERT ON drops
  BEGIN
    INSERT INTO events (at, event, operation, data) VALUES (NEW.looked_at, 'drop', NEW.operation,
      json_object('root', NEW.root, 'state', NEW.state, 'reason', NEW.reason, 'path_hex', hex(NEW.path)));
  END;
CREATE TRIGGER drops_tell_what_becomes_of_them AFTER UPDATE ON drops
  WHEN (OLD.state, OLD.reason) <> (NEW.state, NEW.reason)
  BEGIN
    INSERT INTO events (at, event, operation, data) VALUES (NEW.looked_at, 'drop', NEW.operation,
      json_object('root', NEW.root, 'state', NEW.state, 'reason', NEW.reason, 'path_hex', hex(NEW.path)));
  END;

-- A file step: one change to somebody's files, written down before it happens and after it has.
CREATE TABLE journal (
  id          INTEGER PRIMARY KEY,
  operation   INTEGER NOT NULL REFERENCES operations (id),
  seq         INTEGER NOT NULL,                                    -- order within the operation
  action      TEXT NOT NULL CHECK (action IN ('mkdir', 'rmdir', 'place', 'move', 'discard', 'stamp')),
  source_root TEXT NOT NULL DEFAULT '',
  source      BLOB NOT NULL DEFAULT x'',
  target_root TEXT NOT NULL DEFAULT '',
  target      BLOB NOT NULL DEFAULT x'',
  mode        TEXT NOT NULL DEFAULT '',                            -- place: how it was asked for
  trash       INTEGER NOT NULL DEFAULT 0 CHECK (trash IN (0, 1)),  -- move: into the trash
  expected    BLOB NOT NULL DEFAULT x'80',                         -- msgpack of core.journal.Expected
  outcome     BLOB,                                                -- msgpack of core.journal.Outcome, once done
  reverses    INTEGER REFERENCES journal (id) ON DELETE SET NULL,  -- the step that this one takes back
  state       TEXT NOT NULL DEFAULT 'planned'
              CHECK (state IN ('planned', 'begun', 'done', 'reversed', 'dropped', 'purged')),
  UNIQUE (operation, seq)
) STRICT;
CREATE INDEX open_file_steps ON journal (operation, seq) WHERE state IN ('planned', 'begun');
CREATE INDEX file_steps_by_target ON journal (target_root, target);
CREATE INDEX file_steps_by_source ON journal (source_root, source);

CREATE TABLE journal_transitions (was TEXT NOT NULL, became TEXT NOT NULL, PRIMARY KEY (was, became))
  STRICT, WITHOUT ROWID;
INSERT INTO journal_transitions VALUES
  ('planned', 'begun'),
  ('planned', 'dropped'),    -- no longer wanted, since a step before it failed
  ('begun', 'done'),
  ('begun', 'planned'),      -- after a restart: it had not happened
  ('begun', 'dropped'),      -- it failed and left no trace
  ('done', 'reversed'),      -- taken back
  ('done', 'purged');        -- its trash was emptied, so it can no longer be taken back
CREATE TRIGGER journal_moves_by_the_table BEFORE UPDATE OF state ON journal
  WHEN OLD.state <> NEW.state
   AND NOT EXISTS (SELECT 1 FROM journal_transitions WHERE was = OLD.state AND became = NEW.state)
  BEGIN SELECT RAISE(ABORT, 'illegal move of a file step'); END;

-- What the daemon knows of itself: `clean` is 1 after an orderly stop.
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
