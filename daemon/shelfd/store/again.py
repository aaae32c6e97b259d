"""Which files that were read again, though they look the same, are other than their rows say."""

from collections.abc import Collection

from shelfd.core.paths import RelPath
from shelfd.store.catalog import Found, encoded, told
from shelfd.store.database import Tx

ROWS = """
SELECT files.name, files.reading, whole.key AS part_of, item.*
FROM directories JOIN files ON files.directory = directories.id
LEFT JOIN items AS item ON item.id = files.item LEFT JOIN items AS whole ON whole.id = item.parent
WHERE directories.root = ? AND directories.path = ?
"""
COLUMNS = (
    *("path", "title", "year", "season", "episodes", "artist", "album", "disc", "track"),
    *("author", "series", "sequence", "narrator", "ids"),
)
"""As `told` gives them."""


def others(tx: Tx, root: str, directory: RelPath, found: Collection[Found]) -> int:
    """Return how many of these files in a directory are not as their rows say."""
    known = {
        row["name"]: (
            row["reading"],
            row["kind"],
            row["key"],
            row["part_of"],
            *(row[column] for column in COLUMNS),
        )
        for row in (tx.execute(ROWS, (root, directory)) if found else ())
    }
    return sum(known.get(file.name) != _as_row(file) for file in found)


def _as_row(file: Found) -> tuple[object, ...]:
    item, whole = file.described.item, file.described.whole
    part_of = None if whole is None else whole.key
    return encoded(file.reading), item.kind, item.key, part_of, *told(item)
