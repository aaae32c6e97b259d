"""The rows of files that could have the content of a new one, and are the same work, wherever they lie."""

from collections.abc import Mapping

from shelfd.core.paths import Place, RelPath, join
from shelfd.core.twins import Twin
from shelfd.store.database import Tx

MOST = 16
"""Files that are alike in all that is known of them: more are not looked at."""

TWINS = """
SELECT directories.root, directories.path, files.name, items.title, album
FROM files INDEXED BY files_by_fingerprint
CROSS JOIN directories ON directories.id = files.directory
CROSS JOIN items ON items.id = files.item
CROSS JOIN roots ON roots.name = directories.root
WHERE fingerprint = :fingerprint AND files.size = :size AND likeness = :likeness
  AND missing_since IS NULL AND unseen IS NULL AND damaged_at IS NULL AND active = 1
ORDER BY files.id LIMIT :most
"""

SAME_BYTES = """
SELECT directories.root, directories.path, files.name, items.title, album
FROM files INDEXED BY files_by_fingerprint
CROSS JOIN directories ON directories.id = files.directory
CROSS JOIN items ON items.id = files.item
CROSS JOIN roots ON roots.name = directories.root
WHERE fingerprint = :fingerprint AND files.size = :size AND items.kind IN ('movie', 'episode', 'book')
  AND missing_since IS NULL AND unseen IS NULL AND damaged_at IS NULL AND active = 1
ORDER BY files.id LIMIT :most
"""


def of(tx: Tx, fingerprint: int, size: int, likeness: int) -> list[Twin]:
    """Return the files that are there and are alike; one that is damaged is none."""
    values = {"fingerprint": fingerprint, "size": size, "likeness": likeness, "most": MOST}
    return _twins(tx, TWINS, values)


def called_otherwise(tx: Tx, fingerprint: int, size: int) -> list[Twin]:
    """Return the films, episodes and books that could have the same content, whatever they are taken for."""
    return _twins(tx, SAME_BYTES, {"fingerprint": fingerprint, "size": size, "most": MOST})


def _twins(tx: Tx, query: str, values: Mapping[str, int]) -> list[Twin]:
    return [
        Twin(place=Place(root, join(RelPath(path), name)), title=title, album=album)
        for root, path, name, title, album in tx.execute(query, values)
    ]
