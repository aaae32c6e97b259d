"""Reads for those who ask: counts, pages of the catalog, what can be undone, what is known of one path."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shelfd.core.media import Reading
from shelfd.core.paths import RelPath, join, name, parent
from shelfd.store.catalog import below
from shelfd.store.claims import READY, UNHINDERED
from shelfd.store.database import Tx

# with a plus no index is taken for it: there is a better one for the rest of the query
SHOWN = "+root IN (SELECT name FROM roots WHERE active = 1)"
"""What lies in a root that has left the settings is known, but nobody's concern."""

DIRECTORY_COUNTS = (
    f"SELECT root, count(*) FROM directories WHERE inode <> -1 AND {SHOWN} GROUP BY root"  # noqa: S608  # built from constants
)

ROOT_COUNTS = f"""
SELECT root,
       count(*) - count(missing_since) AS files,
       coalesce(sum(CASE WHEN missing_since IS NULL THEN files.size END), 0) AS bytes,
       count(missing_since) AS missing
FROM files JOIN directories ON directories.id = files.directory
WHERE {SHOWN}
GROUP BY root
"""  # noqa: S608  # built from constants

ITEM_COUNTS = f"SELECT kind, count(*) FROM items WHERE state = 'present' AND {SHOWN} GROUP BY kind"  # noqa: S608  # built from constants

UNDOABLE = """
SELECT id FROM operations
WHERE kind = 'import' AND finished_at >= ?1
  AND EXISTS (SELECT 1 FROM journal WHERE operation = operations.id AND state = 'done' AND reverses IS NULL)
  AND NOT EXISTS (SELECT 1 FROM journal WHERE operation = operations.id AND state = 'purged')
"""

UNDONE_BY = """
SELECT id FROM operations
WHERE kind = 'undo' AND state IN ('queued', 'running')
  AND json_extract(options, '$.operation') = ? AND json_extract(options, '$.dry_run') IS NOT 1
"""

NEXT_DUE = f"""
SELECT id FROM operations WHERE state = 'queued' AND not_before <= :now AND {UNHINDERED}
ORDER BY rank, id LIMIT 1
"""  # noqa: S608  # built from constants
NEXT_LATER = f"""
SELECT id FROM operations WHERE state = 'queued' AND not_before > :now AND {UNHINDERED}
ORDER BY not_before LIMIT 1
"""  # noqa: S608  # built from constants

OPEN = "SELECT kind, state, count(*) FROM operations WHERE state IN ('queued', 'running') GROUP BY 1, 2"

DUE = f"""
SELECT count(*), min(max(changed_at, not_before)) FROM operations WHERE {READY}
"""  # noqa: S608  # built from constants

DROP_COUNTS = f"SELECT root, state, count(*) FROM drops WHERE state NOT IN ('imported', 'quarantined') AND {SHOWN} GROUP BY 1, 2"  # noqa: S608  # built from constants

ITEMS = f"SELECT * FROM items WHERE id > :after AND {SHOWN} ORDER BY id LIMIT :limit"  # noqa: S608  # built from constants
ITEMS_OF_A_KIND = (
    f"SELECT * FROM items WHERE kind = :kind AND id > :after AND {SHOWN} ORDER BY id LIMIT :limit"  # noqa: S608  # built from constants
)
CHILDREN = f"SELECT * FROM items WHERE parent = :parent AND id > :after AND {SHOWN} ORDER BY id LIMIT :limit"  # noqa: S608  # built from constants
COUNT_CHILDREN = f"SELECT count(*) FROM items WHERE parent = ? AND {SHOWN}"  # noqa: S608  # built from constants
ITEM = f"SELECT * FROM items WHERE id = ? AND {SHOWN}"  # noqa: S608  # built from constants

FILES = """
SELECT root, path, name, files.size, files.mtime_ns, hash, verified_at, damaged_at, reading, missing_since, item
FROM files JOIN directories ON directories.id = files.directory
"""
FILES_OF_AN_ITEM = f"{FILES} WHERE item = ? ORDER BY path, name"
# the picture of an album is in its tracks
FILES_OF_A_COVERED_PART = f"""
{FILES}
WHERE missing_since IS NULL AND item = (
  SELECT part.id FROM items AS part JOIN files AS inside ON inside.item = part.id
  WHERE part.parent = ? AND inside.missing_since IS NULL
    AND json_extract(inside.reading, '$.cover.hash') IS NOT NULL
  ORDER BY part.id LIMIT 1)
"""  # noqa: S608  # built from constants
FILE_AT = f"{FILES} WHERE root = ? AND path = ? AND name = ?"


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog has of one library."""

    directories: int = 0
    files: int = 0
    """Those that are there."""
    bytes: int = 0
    """The summed size of those that are there."""
    missing: int = 0


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item as its row says it; fields as in the contract."""

    id: int
    kind: str
    root: str
    path: bytes
    parent: int | None
    state: str
    title: str
    year: int | None
    season: int | None
    episodes: tuple[int, ...]
    artist: str | None
    album: str | None
    disc: int | None
    track: int | None
    author: str | None
    series: str | None
    sequence: str | None
    narrator: str | None
    ids: dict[str, str]
    added_at: float
    date: str | None = None
    """The day of broadcast of an episode: its row has it as `sequence`, the place in its series."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a library as its row says it."""

    root: str
    path: RelPath
    size: int
    mtime_ns: int
    hash: bytes | None
    reading: Reading
    missing_since: float | None
    item: int | None
    verified_at: float = 0.0
    """Unix time when its content was last found to be as `hash` says; 0: never."""
    damaged_at: float | None = None
    """Since when it is known that it is not."""


# from the directories, of which few are below one: items have no index by path
ITEMS_IN = """
WITH inside AS (
  SELECT DISTINCT item FROM files WHERE directory IN (
    SELECT id FROM directories WHERE root = ?1 AND (path = ?2 OR path >= ?3 AND path < ?4)))
SELECT * FROM items WHERE path = ?5 AND (
  id IN (SELECT item FROM inside) OR id IN (SELECT parent FROM items WHERE id IN (SELECT item FROM inside)))
ORDER BY id
"""


def root_counts(tx: Tx) -> dict[str, Counts]:
    """Return the counts of each library of the settings of which anything is known."""
    directories = tx.execute(DIRECTORY_COUNTS).fetchall()
    found = {root: Counts(directories=number) for root, number in directories}
    for row in tx.execute(ROOT_COUNTS):
        known = found.get(row["root"], Counts())
        found[row["root"]] = msgspec.structs.replace(
            known, files=row["files"], bytes=row["bytes"], missing=row["missing"]
        )
    return found


def item_counts(tx: Tx) -> dict[str, int]:
    """Return how many items of each kind are there."""
    rows = tx.execute(ITEM_COUNTS)
    return {row[0]: row[1] for row in rows}


def undoable(tx: Tx, since: float = 0.0) -> list[int]:
    """Return the imports that ended since a Unix time and can be put back, the latest end first."""
    rows = tx.execute(f"{UNDOABLE} ORDER BY finished_at DESC, id DESC", (since,))
    return [row["id"] for row in rows]


def is_undoable(tx: Tx, operation: int) -> bool:
    """Say whether an operation is an import that can be put back."""
    return tx.execute(f"{UNDOABLE} AND id = ?2", (0.0, operation)).fetchone() is not None


def undone_by(tx: Tx, operation: int) -> int | None:
    """Return the waiting or running operation that puts this one back."""
    row = tx.execute(UNDONE_BY, (operation,)).fetchone()
    return None if row is None else int(row["id"])


def next_operation(tx: Tx, now: float) -> int | None:
    """Return the waiting operation that a worker takes next; it may have to wait for its time.

    What is paused, rests, or waits for others to end does not come next.
    """
    when = {"now": now}
    row = tx.execute(NEXT_DUE, when).fetchone() or tx.execute(NEXT_LATER, when).fetchone()
    return None if row is None else int(row["id"])


def open_counts(tx: Tx) -> dict[tuple[str, str], int]:
    """Return how many operations have not ended, by kind and state."""
    return {(row[0], row[1]): row[2] for row in tx.execute(OPEN)}


def due(tx: Tx, now: float) -> tuple[int, float | None]:
    """Return how many operations could start now, and since which Unix time the one that waits longest could."""
    row = tx.execute(DUE, {"now": now}).fetchone()
    return (row[0], row[1])


def drop_counts(tx: Tx) -> dict[tuple[str, str], int]:
    """Return how many drops are not filed, by inbox and state."""
    return {(row[0], row[1]): row[2] for row in tx.execute(DROP_COUNTS)}


def items(tx: Tx, *, kind: str | None, after: int, limit: int) -> list[Item]:
    """Return items, by id, from after an id."""
    values = {"kind": kind, "after": after, "limit": limit}
    return [item_of(row) for row in tx.execute(ITEMS_OF_A_KIND if kind else ITEMS, values)]


def children(tx: Tx, *, parent: int, after: int, limit: int) -> list[Item]:
    """Return the items that are part of one, by id, from after an id."""
    values = {"parent": parent, "after": after, "limit": limit}
    return [item_of(row) for row in tx.execute(CHILDREN, values)]


def item(tx: Tx, number: int) -> Item | None:
    """Return an item by its id."""
    row = tx.execute(ITEM, (number,)).fetchone()
    return None if row is None else item_of(row)


def count_children(tx: Tx, number: int) -> int:
    """Return how many items are part of one."""
    row = tx.execute(COUNT_CHILDREN, (number,)).fetchone()
    return int(row[0])


def files_of(tx: Tx, number: int) -> list[File]:
    """Return the files of an item, missing ones included, by path."""
    return [_file(row) for row in tx.execute(FILES_OF_AN_ITEM, (number,))]


def files_of_a_covered_part(tx: Tx, number: int) -> list[File]:
    """Return the files of the first item, of those that are part of one, that has a picture inside."""
    return [_file(row) for row in tx.execute(FILES_OF_A_COVERED_PART, (number,))]


def file_at(tx: Tx, root: str, path: RelPath) -> File | None:
    """Return what the catalog says of the file at a path of a library."""
    row = tx.execute(FILE_AT, (root, parent(path), name(path))).fetchone()
    return None if row is None else _file(row)


def items_in(tx: Tx, root: str, path: RelPath) -> list[Item]:
    """Return the works that a directory of a library is: those whose files lie in it or below, and who begin there."""
    rows = tx.execute(ITEMS_IN, (root, path, *below(path), path))
    return [item_of(row) for row in rows]


def drop_paths(tx: Tx, root: str) -> list[RelPath]:
    """Return what the drops of an inbox are named after."""
    return [
        RelPath(row["path"]) for row in tx.execute("SELECT path FROM drops WHERE root = ?", (root,))
    ]


def item_of(row: Mapping[str, Any]) -> Item:
    """Return an item from all of its row."""
    values = {field: row[field] for field in Item.__struct_fields__ if field != "date"}
    if row["kind"] == "episode":
        values |= {"date": row["sequence"], "sequence": None}
    values["episodes"] = tuple(msgspec.json.decode(row["episodes"]))
    values["ids"] = msgspec.json.decode(row["ids"])
    return Item(**values)


def _file(row: Mapping[str, Any]) -> File:
    return File(
        root=row["root"],
        path=join(RelPath(row["path"]), row["name"]),
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        hash=row["hash"],
        reading=msgspec.json.decode(row["reading"], type=Reading),
        missing_since=row["missing_since"],
        verified_at=row["verified_at"],
        damaged_at=row["damaged_at"],
        item=row["item"],
    )
