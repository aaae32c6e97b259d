"""Look into a database file that nobody has open, without leaving a trace."""

import os
import sqlite3
from contextlib import closing
from typing import Literal, NamedTuple
from urllib.parse import quote

from shelfd.store.database import APPLICATION_ID
from shelfd.store.schema import SCHEMA, applied


class Condition(NamedTuple):
    """How a database file is; `detail` is the migration, or what SQLite says of the damage."""

    state: Literal["unmerged", "empty", "foreign", "newer", "older", "sound", "damaged"]
    detail: str = ""


def inspect(path: bytes) -> Condition:
    """Return the condition of the file at `path`.

    SQLite by itself would make files beside it, or merge those it finds: a clean file is opened as immutable; one
    with a write-ahead log, as a crash leaves it, through the shared memory that is there. Without that it is
    `unmerged`, and the next start looks into it.
    """
    if _length(path + b"-wal") > 0 and not _length(path + b"-shm"):
        return Condition("unmerged")
    with closing(_reader(path)) as reader:
        try:
            return _judged(reader)
        except sqlite3.DatabaseError as error:
            return Condition("damaged", str(error))


def markers(path: bytes) -> dict[str, str | None]:
    """Return by which marker each root that was ever seen is known, None for one that took none.

    Nothing where that cannot be read without leaving a trace, or is not there.
    """
    try:
        if _length(path + b"-wal") > 0 and not _length(path + b"-shm"):
            return {}
        with closing(_reader(path)) as reader:
            rows = reader.execute("SELECT name, marker FROM roots WHERE filesystem NOT NULL")
            return {str(name): marker for name, marker in rows}
    except (sqlite3.Error, OSError):
        return {}


def engine() -> str:
    """Return the version of SQLite itself."""
    return sqlite3.sqlite_version


def _reader(path: bytes) -> sqlite3.Connection:
    how = "readonly_shm=1" if _length(path + b"-wal") > 0 else "immutable=1"
    return sqlite3.connect(f"file:{quote(path)}?mode=ro&{how}", uri=True)


def _judged(reader: sqlite3.Connection) -> Condition:
    owner = reader.execute("PRAGMA application_id").fetchone()[0]
    if not reader.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return Condition("empty")
    if owner != APPLICATION_ID:
        return Condition("foreign")
    damage = reader.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        return Condition("damaged", str(damage))
    has, known = set(applied(reader)), set(SCHEMA)
    if newer := has - known:
        return Condition("newer", max(newer))
    return Condition("older" if known - has else "sound", max(has, default=""))


def _length(path: bytes) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
