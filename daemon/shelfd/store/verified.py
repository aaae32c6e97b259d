"""The rows of files as a verify goes through them: those first that were not looked at for the longest time."""

from typing import Any

import msgspec

from shelfd.core.listing import Facts
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import Place, RelPath, join, name, parent
from shelfd.core.verifying import Found, Row, Tally, since
from shelfd.store import checkpoints, events
from shelfd.store.catalog import below
from shelfd.store.database import Tx

COLUMNS = """
SELECT files.id, root, path, name, files.size, files.mtime_ns, files.ctime_ns, files.inode, hash, verified_at,
       damaged_at IS NOT NULL AS is_damaged
"""
OPEN = """
missing_since IS NULL AND verified_at < :began AND root IN (SELECT value FROM json_each(:roots))
"""
PAGE = f"""
{COLUMNS} FROM files INDEXED BY files_by_verification CROSS JOIN directories ON directories.id = files.directory
WHERE {OPEN} AND {{after}} AND (:path = x'' OR path = :path OR path >= :first AND path < :after)
ORDER BY verified_at, files.id LIMIT :limit
"""
# each goes on in the index where the page before has ended, however few of the files are asked for
PAGES = (
    PAGE.format(after="verified_at = :at AND files.id > :last"),
    PAGE.format(after="verified_at > :at"),
)
ONE = f"""
{COLUMNS} FROM directories CROSS JOIN files ON files.directory = directories.id
WHERE {OPEN} AND (verified_at, files.id) > (:at, :last) AND path = :above AND name = :name
"""
EXTENT = f"""
SELECT coalesce(sum(files.size), 0) FROM directories CROSS JOIN files ON files.directory = directories.id
WHERE {OPEN} AND (:path = x'' OR path = :path OR path >= :first AND path < :after OR path = :above AND name = :name)
"""  # noqa: S608  # built from constants

# what has become another file since is none of these
SAME = """
id = :id AND size = :size AND mtime_ns = :mtime_ns AND ctime_ns = :ctime_ns AND inode = :inode
"""
GOOD = f"UPDATE files SET hash = :hash, verified_at = :now, damaged_at = NULL WHERE {SAME}"  # noqa: S608  # built from constants
DAMAGED = f"UPDATE files SET damaged_at = coalesce(damaged_at, :now) WHERE {SAME}"  # noqa: S608  # built from constants


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """Which files a verify looks at."""

    roots: tuple[str, ...]
    """Libraries."""
    path: RelPath
    """All at and below this."""
    is_file: bool = False
    """It is the path of one file."""


def begin(tx: Tx, extent: Extent, now: float) -> Tally:
    """Return the tally of a verify that begins now."""
    # a clock that was ahead must not keep files from being looked at until it is there again
    tx.execute("UPDATE files SET verified_at = 0 WHERE verified_at > ?", (now,))
    tally = Tally(began=now)
    tally.total_bytes = int(tx.execute(EXTENT, _values(extent, tally)).fetchone()[0])
    return tally


def page(tx: Tx, extent: Extent, tally: Tally, limit: int) -> list[Row]:
    """Return the files that come next."""
    values, found = _values(extent, tally), list[Row]()
    for query in (ONE,) if extent.is_file else PAGES:
        if len(found) < limit:
            rows = tx.execute(query, values | {"limit": limit - len(found)})
            found += [_row(*row) for row in rows]
    return found


def note(tx: Tx, operation: int, found: Found, now: float) -> Wish | None:
    """Write what became of one file; return the scan that one needs which somebody has changed."""
    row = found.row
    size, mtime_ns, ctime_ns, inode = row.facts[:4]
    same = {
        "id": row.id,
        "size": size,
        "mtime_ns": mtime_ns,
        "ctime_ns": ctime_ns,
        "inode": inode,
        "now": now,
        "hash": found.hash,
    }
    if found.outcome in ("verified", "learnt"):
        tx.execute(GOOD, same)
    elif found.outcome == "damaged" and tx.execute(DAMAGED, same).rowcount and not row.is_damaged:
        data: dict[str, object] = {
            "root": row.place.root,
            "path_hex": row.place.path.hex(),
            "reason": since(row),
        }
        events.add(tx, "damaged", data, now, operation)
    elif found.outcome == "changed":
        above = Place(row.place.root, parent(row.place.path))
        return Wish(kind=Kind.SCAN, step=Step.SCAN, place=above, display="", asker=Asker.SHELFD)
    return None


def save(tx: Tx, operation: int, tally: Tally, now: float) -> None:
    """Keep where a verify stands, in the transaction of what it has found."""
    tx.execute(
        "INSERT OR REPLACE INTO checkpoints (operation, frontier, saved_at) VALUES (?, ?, ?)",
        (operation, msgspec.msgpack.encode(tally), now),
    )
    checkpoints.got_on(tx, operation)


def load(tx: Tx, operation: int) -> Tally | None:
    """Return where a verify stands; None when it has not begun."""
    row = tx.execute(
        "SELECT frontier FROM checkpoints WHERE operation = ?", (operation,)
    ).fetchone()
    return None if row is None else msgspec.msgpack.decode(row["frontier"], type=Tally)


def damaged_counts(tx: Tx) -> dict[str, int]:
    """Return how many files of each library are damaged, of those that are there."""
    return {
        row[0]: row[1]
        for row in tx.execute(
            "SELECT root, count(*) FROM files INDEXED BY files_damaged"
            " CROSS JOIN directories ON directories.id = files.directory"
            " WHERE damaged_at IS NOT NULL AND missing_since IS NULL GROUP BY root"
        )
    }


def first_damaged(tx: Tx) -> list[tuple[Place, float]]:
    """Return some files that are damaged, and since when that is known, the newest first."""
    rows = tx.execute(
        "SELECT root, path, name, damaged_at FROM files INDEXED BY files_damaged"
        " CROSS JOIN directories ON directories.id = files.directory"
        " WHERE damaged_at IS NOT NULL AND missing_since IS NULL ORDER BY damaged_at DESC LIMIT 3"
    )
    return [(Place(row[0], join(RelPath(row[1]), row[2])), row[3]) for row in rows]


def _row(number: int, root: str, path: bytes, name_: bytes, *values: Any) -> Row:
    *facts, hash_, verified_at, is_damaged = values
    return Row(
        id=number,
        place=Place(root, join(RelPath(path), name_)),
        facts=Facts(*facts),
        hash=hash_,
        verified_at=verified_at,
        is_damaged=bool(is_damaged),
    )


def _values(extent: Extent, tally: Tally) -> dict[str, object]:
    first, after = below(extent.path)
    is_file = extent.is_file
    return {
        "began": tally.began,
        "at": tally.at,
        "last": tally.last,
        "roots": msgspec.json.encode(extent.roots).decode(),
        "path": None if is_file else extent.path,
        "first": None if is_file else first,
        "after": None if is_file else after,
        "above": parent(extent.path) if is_file else None,
        "name": name(extent.path) if is_file else None,
    }
