-- What an operation has to tell of its work, line by line.
CREATE TABLE operation_log (
  operation INTEGER NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
  id        INTEGER NOT NULL CHECK (id > 0),                       -- counts its lines; where one is missing, it was left out
  at        REAL NOT NULL,
  level     TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warning', 'error')),
  message   TEXT NOT NULL,
  fields    TEXT NOT NULL CHECK (json_valid(fields)),
  PRIMARY KEY (operation, id)
) STRICT, WITHOUT ROWID;
