"""SQLite: the rows, and nothing but the rows."""
