"""The files that a scan did not find: unseen at first, and at its end missing, or out of sight until they are found."""

from collections.abc import Iterable, Mapping

from shelfd.core.paths import Place, RelPath, join
from shelfd.store.catalog import below
from shelfd.store.database import Tx

OF_ROOT = "directory IN (SELECT id FROM directories WHERE root = :root)"
BELOW = """directory IN (
  SELECT id FROM directories WHERE root = :root AND (path = :path OR path >= :first AND path < :after))"""

JUDGED = """unseen IS NOT NULL
  AND unseen NOT IN (SELECT id FROM operations WHERE state = 'running' AND id <> :operation
                     UNION ALL SELECT id FROM operations WHERE state = 'queued')"""
"""Of what another scan misses that has not ended, it may still find where it has gone."""

LOST = f"""
SELECT root, count(*) FROM files JOIN directories ON directories.id = files.directory WHERE {JUDGED} GROUP BY root
"""  # noqa: S608  # built from constants
LEFT_TO_OTHERS = f"""
SELECT 1 FROM files JOIN directories ON directories.id = files.directory
WHERE unseen IS NOT NULL AND NOT ({JUDGED}) AND root = :root LIMIT 1
"""  # noqa: S608  # built from constants
PLACES = f"""
SELECT path, name FROM files JOIN directories ON directories.id = files.directory
WHERE {JUDGED} AND root = :root LIMIT :limit
"""  # noqa: S608  # built from constants

ITEMS = """
UPDATE items SET state = 'missing' WHERE state = 'present' AND id IN ({ids})
  AND NOT EXISTS (SELECT 1 FROM files WHERE item = items.id AND missing_since IS NULL)
  AND NOT EXISTS (SELECT 1 FROM items AS child WHERE child.parent = items.id AND child.state = 'present')
"""
OF_FILES = "SELECT item FROM files WHERE {mine}"
OF_ITEMS = "SELECT parent FROM items WHERE id IN (SELECT item FROM files WHERE {mine})"


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
    """Return how many files were not found by the last scan that looked for them, by root, this one or one that has ended."""
    rows = tx.execute(LOST, {"operation": operation})
    return {row[0]: row[1] for row in rows}


def left_to_others(tx: Tx, operation: int, root: str) -> bool:
    """Say whether files of a root were not found by another scan that has not ended."""
    row = tx.execute(LEFT_TO_OTHERS, {"operation": operation, "root": root})
    return row.fetchone() is not None


def lost_below(tx: Tx, operation: int, root: str, path: RelPath) -> int:
    """Return how many of them are at and below a directory."""
    query = f"SELECT count(*) FROM files WHERE {JUDGED} AND {BELOW}"  # noqa: S608  # built from constants
    values = _bounds(root, path) | {"operation": operation}
    return int(tx.execute(query, values).fetchone()[0])


def present(tx: Tx, root: str, enough: int | None) -> int:
    """Return how many files of a root are taken to be there, those unseen among them; not counting on beyond `enough`."""
    row = tx.execute(
        "SELECT count(*) FROM (SELECT 1 FROM files JOIN directories ON directories.id = files.directory"
        " WHERE root = ? AND missing_since IS NULL LIMIT ?)",
        (root, -1 if enough is None else enough),
    ).fetchone()
    return int(row[0])


def missing_since(tx: Tx, root: str, moment: float) -> int:
    """Return how many files of a root are missing since this Unix time or later."""
    row = tx.execute(
        "SELECT count(*) FROM files JOIN directories ON directories.id = files.directory"
        " WHERE missing_since >= ? AND root = ?",
        (moment, root),
    ).fetchone()
    return int(row[0])


def places(tx: Tx, operation: int, root: str, limit: int) -> list[Place]:
    """Return where up to so many of them should be."""
    rows = tx.execute(PLACES, {"operation": operation, "root": root, "limit": limit})
    return [Place(root, join(RelPath(row["path"]), row["name"])) for row in rows]


def missing(tx: Tx, operation: int, root: str, now: float, hidden: Iterable[RelPath] = ()) -> int:
    """Let those that are lost of a root be missing, with the items that have nothing else.

    Those at and below `hidden` directories stay as they are. Return the number.
    """
    values: dict[str, object] = {"operation": operation, "root": root, "now": now}
    mine = f"{JUDGED} AND {OF_ROOT}"
    for number, path in enumerate(hidden):
        first, after = below(path)
        values |= {f"path{number}": path, f"first{number}": first, f"after{number}": after}
        mine += f"""
          AND directory NOT IN (SELECT id FROM directories WHERE root = :root
            AND (path = :path{number} OR path >= :first{number} AND path < :after{number}))"""  # noqa: S608  # built from constants
    return _missing(tx, mine, values)


def missing_of(tx: Tx, operation: int, now: float) -> int:
    """Let the files be missing that only this operation did not find; return the number."""
    return _missing(tx, "unseen = :operation", {"operation": operation, "now": now})


def _missing(tx: Tx, mine: str, values: Mapping[str, object]) -> int:
    number = tx.execute(f"UPDATE files SET missing_since = :now WHERE {mine}", values).rowcount  # noqa: S608  # built from constants
    for ids in (OF_FILES, OF_ITEMS):
        tx.execute(ITEMS.format(ids=ids.format(mine=mine)), values)
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
