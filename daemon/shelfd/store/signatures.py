"""What the rows say of directories as a whole, for those who compare them with the disk or leave a scan out."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from shelfd.core.listing import Signature
from shelfd.core.paths import TOP, Place, RelPath, name, parent
from shelfd.store.catalog import below
from shelfd.store.database import Tx

Row: TypeAlias = tuple[RelPath, int, int, int, int, int]
"""A directory and its signature; plain, since a quick scan is little else than these."""
Sifted: TypeAlias = tuple[RelPath, int, int, int, int, int, int]
"""The same, and behind it its sieve (see steps.sieve)."""
KnownFile: TypeAlias = tuple[RelPath, bytes, int, int, int, int]
"""The directory of a file, its name, size, mtime, ctime and inode; of one that no scan saw last time the size is -1."""

PAGE = 1_000
"""Rows; few enough to be held, enough to hide the cost of asking."""

NEXT = """
SELECT path, inode, mtime_ns, ctime_ns, size, links{sieve} FROM directories
WHERE root = ? AND path >= ? AND path < ? AND inode <> -1 ORDER BY path LIMIT ?
"""
ONE = """
SELECT path, inode, mtime_ns, ctime_ns, size, links{sieve} FROM directories
WHERE root = ? AND path = ? AND inode <> -1
"""
PLAIN = (NEXT.format(sieve=""), ONE.format(sieve=""))
SIFTED = (NEXT.format(sieve=", sieve"), ONE.format(sieve=", sieve"))
# so that it is never taken for one that was read, whatever becomes of the scan that met it
MEET = """
INSERT INTO directories (root, path, above, scanned_at, inode) VALUES (?, ?, ?, ?, 0)
ON CONFLICT (root, path) DO UPDATE SET inode = 0, mtime_ns = 0 WHERE inode = -1
"""
BEHIND_ALL = b"\xff" * 256  # no name is so long

# one that some scan did not find is not known any more, be it that the scan has not ended: so no size is right
FILES = """
SELECT path, name, iif(unseen IS NULL, files.size, -1), files.mtime_ns, files.ctime_ns, files.inode
FROM directories CROSS JOIN files ON files.directory = directories.id
WHERE root = :root AND path >= :start AND path <= :last AND (path = :path OR path >= :first)
  AND directories.inode <> -1 AND missing_since IS NULL
ORDER BY path
"""

# one with a checkpoint does not see what changed behind it, and one that is quick no file that was written in place
COVERED = """
SELECT 1 FROM operations
WHERE state = 'queued' AND step = 'scan' AND not_before <= :now AND priority <= :priority
  AND json_extract(options, '$.recursive') AND NOT coalesce(json_extract(options, '$.quick'), 0)
  AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE operation = operations.id)
  AND (root = '' OR root = :root AND (path IN (x'', :path)
       OR substr(:path, 1, length(path)) = path AND substr(:path, length(path) + 1, 1) = x'2f'))
LIMIT 1
"""

WRONG = """
SELECT EXISTS (SELECT 1 FROM files JOIN directories ON directories.id = files.directory
               WHERE root = :root AND path = :above AND name = :name
                 AND (missing_since IS NULL AND unseen IS NULL) <> :there)
    OR EXISTS (SELECT 1 FROM directories WHERE root = :root AND path = :path AND (inode <> -1) <> :there)
    OR EXISTS (SELECT 1 FROM operations WHERE state = 'running' AND step = 'scan' AND root IN ('', :root))
"""


def known(tx: Tx, root: str, size: int = PAGE) -> Iterator[tuple[RelPath, Signature]]:
    """Go through the directories of a root that were there when last read, by path, with their signatures.

    The rows may change meanwhile: of `size` of them at a time a copy is held.
    """
    after: bytes | None = None
    while rows := page(tx, root, TOP, after, size):
        yield from ((row[0], Signature(*row[1:])) for row in rows)
        after = rows[-1][0]


def page(tx: Tx, root: str, path: RelPath, after: bytes | None, limit: int) -> list[Row]:
    """Return the next known directories at and below a directory, by path, those behind `after`."""
    return _page(tx, PLAIN, (root, path, after), limit)


def sifted(tx: Tx, root: str, path: RelPath, after: bytes | None, limit: int) -> list[Sifted]:
    """Return the same with their sieves."""
    return _page(tx, SIFTED, (root, path, after), limit)


def _page(
    tx: Tx, queries: tuple[str, str], of: tuple[str, RelPath, bytes | None], limit: int
) -> list[Any]:
    root, path, after = of
    following, one = queries
    cursor = tx.cursor()
    cursor.row_factory = None
    own = cursor.execute(one, (root, path)).fetchall() if path and after is None else []
    # what sorts between a directory and what is in it (`a b` between `a` and `a/b`) is left out
    first, end = below(path)
    # no name has a null byte in it, so it is the very next
    start = first if after is None else max(first, after + b"\0")
    bounds = (root, start, end if path else BEHIND_ALL, limit - len(own))
    return own + cursor.execute(following, bounds).fetchall()


def files(tx: Tx, root: str, path: RelPath, page: Sequence[Sifted]) -> Iterator[KnownFile]:
    """Go through the files that are there by the rows of a page, as one of these was returned for this root and path."""
    values = {
        "root": root,
        "path": path,
        "first": below(path)[0],
        "start": page[0][0],
        "last": page[-1][0],
    }
    cursor = tx.cursor()
    cursor.row_factory = None
    return cursor.execute(FILES, values)


def meet(tx: Tx, root: str, paths: Iterable[RelPath], now: float) -> None:
    """Let directories be known that are still to be read."""
    tx.executemany(MEET, [(root, path, parent(path), now) for path in paths])


def doubt(tx: Tx, root: str, path: RelPath) -> None:
    """Let a directory be read by the next scan, whatever it looks like."""
    tx.execute("UPDATE directories SET mtime_ns = 0 WHERE root = ? AND path = ?", (root, path))


def doubt_above_unknown(tx: Tx, root: str, path: RelPath) -> None:
    """Let the directory above one that is not known be read by the next scan: it may pass this one over."""
    tx.execute(
        "UPDATE directories SET mtime_ns = 0 WHERE root = ?1 AND path = ?2 AND NOT EXISTS"
        " (SELECT 1 FROM directories WHERE root = ?1 AND path = ?3 AND inode <> -1)",
        (root, parent(path), path),
    )


def choose_anew_below(tx: Tx, root: str, path: RelPath) -> None:
    """Let a scan that looks at every file choose anew which ones count in all directories below one."""
    tx.execute(
        "UPDATE directories SET sieve = 0 WHERE root = ? AND path > ? AND path >= ? AND path < ?",
        (root, path, *below(path)),
    )


def hottest(tx: Tx, root: str) -> Iterator[RelPath]:
    """Go through the directories of a root, those that changed last first."""
    cursor = tx.cursor()
    cursor.row_factory = None
    query = (
        "SELECT path FROM directories WHERE root = ? AND inode <> -1"
        " ORDER BY iif(mtime_ns = 0, scanned_at * 1e9, mtime_ns) DESC"
    )
    return (RelPath(row[0]) for row in cursor.execute(query, (root,)))


def covered(tx: Tx, place: Place, priority: int, now: float) -> bool:
    """Say whether a scan that waits, not less urgent than `priority`, will read a directory of a library."""
    values = {"root": place.root, "path": place.path, "priority": priority, "now": now}
    return tx.execute(COVERED, values).fetchone() is not None


def may_be_wrong(tx: Tx, place: Place, *, there: bool) -> bool:
    """Say whether the rows may not have it that something is, or is not, at a place.

    They say otherwise, or a scan is at work, which may have looked there before it came or went.
    """
    values = {
        "root": place.root,
        "path": place.path,
        "above": parent(place.path),
        "name": name(place.path),
        "there": there,
    }
    return bool(tx.execute(WRONG, values).fetchone()[0])
