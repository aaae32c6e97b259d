"""The files that a scan did not find: unseen while it goes on, and at its end missing, or out of sight after all."""

from collections.abc import Iterable

from shelfd.core.paths import RelPath
from shelfd.store.catalog import below
from shelfd.store.database import Tx

OF_ROOT = "directory IN (SELECT id FROM directories WHERE root = :root)"
BELOW = """directory IN (
  SELECT id FROM directories WHERE root = :root AND (path = :path OR path >= :first AND path < :after))"""

ITEMS = """
UPDATE items SET state = 'missing' WHERE state = 'present' AND id IN ({ids})
  AND NOT EXISTS (SELECT 1 FROM files WHERE item = items.id AND missing_since IS NULL)
  AND NOT EXISTS (SELECT 1 FROM items AS child WHERE child.parent = items.id AND child.state = 'present')
"""
OF_FILES = "SELECT item FROM files WHERE unseen = :operation"
OF_ITEMS = "SELECT parent FROM items WHERE id IN (SELECT item FROM files WHERE unseen = :operation)"


def not_found(tx: Tx, operation: int, directory: int, names: Iterable[bytes]) -> None:
    """Note that a scan did not find these files in a directory, given by its id."""
    tx.executemany(
        "UPDATE files SET unseen = ? WHERE directory = ? AND name = ? AND missing_since IS NULL",
        [(operation, directory, name) for name in names],
    )


def not_found_below(tx: Tx, operation: int, root: str, path: RelPath) -> None:
    """Note that a scan did not find a directory, with all below it."""
    values = _bounds(root, path) | {"operation": operation}
    tx.execute(
        f"UPDATE files SET unseen = :operation WHERE missing_since IS NULL AND {BELOW}",  # noqa: S608  # built from constants
        values,
    )
    # so that it counts as new when it comes back, whatever its inode
    tx.execute(
        "UPDATE directories SET inode = -1 WHERE root = :root AND inode <> -1"
        " AND (path = :path OR path >= :first AND path < :after)",
        values,
    )


def lost(tx: Tx, operation: int) -> dict[str, int]:
    """Return how many files a scan did not find, by root."""
    rows = tx.execute(
        "SELECT root, count(*) FROM files JOIN directories ON directories.id = files.directory"
        " WHERE unseen = ? GROUP BY root",
        (operation,),
    )
    return {row[0]: row[1] for row in rows}


def lost_below(tx: Tx, operation: int, root: str, path: RelPath) -> int:
    """Return how many files at and below a directory a scan did not find."""
    query = f"SELECT count(*) FROM files WHERE unseen = :operation AND {BELOW}"  # noqa: S608  # built from constants
    return int(tx.execute(query, _bounds(root, path) | {"operation": operation}).fetchone()[0])


def lost_since(tx: Tx, root: str, moment: float) -> int:
    """Return how many files of a root are missing since this Unix time or later."""
    row = tx.execute(
        "SELECT count(*) FROM files JOIN directories ON directories.id = files.directory"
        " WHERE missing_since >= ? AND root = ?",
        (moment, root),
    ).fetchone()
    return int(row[0])


def present(tx: Tx, root: str) -> int:
    """Return how many files of a root are taken to be there, those unseen among them."""
    row = tx.execute(
        "SELECT count(*) FROM files JOIN directories ON directories.id = files.directory"
        " WHERE root = ? AND missing_since IS NULL",
        (root,),
    ).fetchone()
    return int(row[0])


def out_of_sight(tx: Tx, operation: int, root: str, path: RelPath) -> None:
    """Take back what was noted for everything at and below a directory: it may be there all the same.

    No signature of the root is trusted any longer, so that the next scan, however quick, looks for it again.
    """
    values = _bounds(root, path) | {"operation": operation}
    tx.execute(
        f"UPDATE files SET unseen = NULL WHERE unseen = :operation AND {BELOW}",  # noqa: S608  # built from constants
        values,
    )
    tx.execute(
        "UPDATE directories SET mtime_ns = 0, inode = iif(inode = -1, 0, inode) WHERE root = :root",
        values,
    )


def missing(tx: Tx, operation: int, root: str, now: float) -> int:
    """Let what a scan did not find in a root be missing, with the items that have nothing else; return the number."""
    values: dict[str, object] = {"operation": operation, "root": root, "now": now}
    mine = f"unseen = :operation AND {OF_ROOT}"
    number = tx.execute(f"UPDATE files SET missing_since = :now WHERE {mine}", values).rowcount  # noqa: S608  # built from constants
    for ids in (OF_FILES, OF_ITEMS):
        tx.execute(ITEMS.format(ids=ids), values)
    tx.execute(f"UPDATE files SET unseen = NULL WHERE {mine}", values)  # noqa: S608  # built from constants
    return number


def forget_missing_since(tx: Tx, moment: float) -> int:
    """Forget files that are missing since before a Unix time, and items that have no others; return the number of files."""
    number = tx.execute("DELETE FROM files WHERE missing_since < ?", (moment,)).rowcount
    empty = (
        "DELETE FROM items WHERE state = 'missing'"
        " AND NOT EXISTS (SELECT 1 FROM files WHERE item = items.id)"
        " AND NOT EXISTS (SELECT 1 FROM items AS child WHERE child.parent = items.id)"
    )
    while tx.execute(empty).rowcount:  # children first, then what they were part of
        pass
    tx.execute(
        "DELETE FROM directories WHERE inode = -1"
        " AND NOT EXISTS (SELECT 1 FROM files WHERE directory = directories.id)"
    )
    return number


def _bounds(root: str, path: RelPath) -> dict[str, object]:
    first, after = below(path)
    return {"root": root, "path": path, "first": first, "after": after}
