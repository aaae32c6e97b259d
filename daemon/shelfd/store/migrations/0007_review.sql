-- What shelfd is not sure enough of is asked, and what people answer is kept.

-- Works of the catalog are found by their titles, as far as two titles can be meant as one (core.known.loose), and by
-- the ids that other databases know them by.
ALTER TABLE items ADD COLUMN title_key TEXT;                       -- NULL: a part of another item, which is asked for instead
UPDATE items SET title_key = title_key(title) WHERE kind NOT IN ('episode', 'track');
CREATE INDEX items_by_title ON items (title_key, kind) WHERE title_key IS NOT NULL;
CREATE INDEX items_by_tmdb ON items (json_extract(ids, '$.tmdb')) WHERE ids <> '{}';
CREATE INDEX items_by_imdb ON items (json_extract(ids, '$.imdb')) WHERE ids <> '{}';
CREATE INDEX items_by_tvdb ON items (json_extract(ids, '$.tvdb')) WHERE ids <> '{}';

-- A drop can wait for a person's decision, or have been moved to the quarantine; a table learns new states by being
-- made anew.
CREATE TABLE drops_with_review (
  root       TEXT NOT NULL REFERENCES roots (name),
  path       BLOB NOT NULL,
  -- held: was filed and put back by a person, or a person has said that it is to stay, so it stays until one says otherwise
  -- review: shelfd is not sure what it is, see reviews
  -- quarantined: was refused and moved to the quarantine by `operation`
  state      TEXT NOT NULL
             CHECK (state IN ('settling', 'queued', 'imported', 'refused', 'held', 'review', 'quarantined')),
  reason     TEXT NOT NULL,                                        -- a sentence: why it is in this state
  snapshot   BLOB NOT NULL,                                        -- digest over the facts of every file in it
  bytes      INTEGER NOT NULL,                                     -- summed size at the last look
  changed_at REAL NOT NULL,                                        -- when a look last found it different
  looked_at  REAL NOT NULL,
  verdicts   TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(verdicts)), -- core.plan.Verdict per file
  operation  INTEGER REFERENCES operations (id) ON DELETE SET NULL, -- the import that has it, or had it
  PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;
INSERT INTO drops_with_review SELECT * FROM drops;
DROP TABLE drops;
ALTER TABLE drops_with_review RENAME TO drops;
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

-- A review is a question to people: what is this drop? It is open while the drop is in the state `review`; it keeps
-- its id while the drop, as it is, is only judged anew.
CREATE TABLE reviews (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,                     -- never used twice
  root      TEXT NOT NULL,
  path      BLOB NOT NULL,
  opened_at REAL NOT NULL,
  question  TEXT NOT NULL CHECK (json_valid(question)),            -- core.review.Question
  UNIQUE (root, path),                                             -- one question about one drop
  FOREIGN KEY (root, path) REFERENCES drops (root, path) ON DELETE CASCADE
) STRICT;
CREATE TRIGGER reviews_tell_when_they_open AFTER INSERT ON reviews
  BEGIN
    INSERT INTO events (at, event, data) VALUES (NEW.opened_at, 'review',
      json_object('id', NEW.id, 'root', NEW.root, 'state', 'open', 'path_hex', hex(NEW.path)));
  END;
CREATE TRIGGER reviews_tell_when_they_close BEFORE DELETE ON reviews
  BEGIN
    -- a question ends with something else that happens, which is the newest event
    INSERT INTO events (at, event, data) VALUES
      (max(OLD.opened_at, (SELECT coalesce(max(at), 0) FROM events)), 'review',
       json_object('id', OLD.id, 'root', OLD.root, 'state', 'closed', 'path_hex', hex(OLD.path)));
  END;
-- Whatever ends the waiting of a drop closes its review; to be judged anew as it is ends nothing.
CREATE TRIGGER drops_close_their_reviews AFTER UPDATE ON drops
  WHEN NEW.state NOT IN ('review', 'queued')
   AND (NEW.state <> 'settling' OR substr(OLD.snapshot, 1, 16) <> substr(NEW.snapshot, 1, 16))
  BEGIN DELETE FROM reviews WHERE root = NEW.root AND path = NEW.path; END;

-- A pin is what a person has decided of a file, known again by its content whatever it is called. It holds for ever,
-- and is also written to decisions.jsonl, from which a new database learns it.
CREATE TABLE pins (
  fingerprint INTEGER NOT NULL,                                    -- XXH3-64 of the file's beginning and size
  inside      BLOB NOT NULL,                                       -- its name below its drop; empty when it was the drop
  name        TEXT NOT NULL,                                       -- what it was called, for people
  decision    TEXT NOT NULL CHECK (json_valid(decision)),          -- core.identity.Decision
  decided_at  REAL NOT NULL,
  PRIMARY KEY (fingerprint, inside)
) STRICT, WITHOUT ROWID;
