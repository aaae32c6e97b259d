-- Search finds any part of a word, in any script, so the index is of trigrams: three characters, one after the other.
-- It says which items have them; their text is in `items` alone.

-- What the index has of an item. A newline tells where a text begins and ends, so that "begins with" is a trigram as well;
-- two follow the end, so that even its last character begins one.
CREATE VIEW item_texts AS
SELECT id,
       substr(kind, 1, 3) AS kind,                                 -- one trigram
       char(10) || substr(search, 1, instr(search || char(10), char(10)) - 1) || char(10, 10) AS name,
       substr(search, instr(search || char(10), char(10)) + 1) || char(10, 10) AS others
FROM items;

CREATE VIRTUAL TABLE items_search USING fts5(
  kind, name, others,
  content = 'item_texts', content_rowid = 'id', columnsize = 0,
  tokenize = 'trigram case_sensitive 1'                            -- the text is folded already
);
CREATE VIRTUAL TABLE item_trigrams USING fts5vocab(items_search, row);
INSERT INTO items_search (items_search) VALUES ('rebuild');

-- The index is brought up to date before each commit, see store.schema: written row by row, from triggers, it takes ten
-- times as long. What it has nothing of yet has a greater id than `to`.
CREATE TABLE items_indexed ("to" INTEGER NOT NULL) STRICT;
INSERT INTO items_indexed SELECT coalesce(max(id), 0) FROM items;

-- What it still has, though the item says something else by now, or is gone. Empty after each commit.
-- (OR IGNORE would not do: what a trigger is to do in a conflict, the statement that fired it decides.)
CREATE TABLE items_outdated (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, others TEXT NOT NULL) STRICT;
CREATE TRIGGER items_are_found_as_they_are BEFORE UPDATE OF kind, search ON items
  WHEN (OLD.kind, OLD.search) <> (NEW.kind, NEW.search) AND OLD.id <= (SELECT "to" FROM items_indexed)
   AND NOT EXISTS (SELECT 1 FROM items_outdated WHERE id = OLD.id)
  BEGIN INSERT INTO items_outdated SELECT id, kind, name, others FROM item_texts WHERE id = OLD.id; END;
CREATE TRIGGER items_are_no_longer_found BEFORE DELETE ON items
  WHEN OLD.id <= (SELECT "to" FROM items_indexed)
   AND NOT EXISTS (SELECT 1 FROM items_outdated WHERE id = OLD.id)
  BEGIN INSERT INTO items_outdated SELECT id, kind, name, others FROM item_texts WHERE id = OLD.id; END;

-- Files are counted in it alone, without their rows.
DROP INDEX files_there;
CREATE INDEX files_there ON files (directory, missing_since, size);
