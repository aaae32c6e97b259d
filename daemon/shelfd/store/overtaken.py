"""Whether what an import has planned is out of date, since others have ended meanwhile where it is to work."""

from collections.abc import Set as AbstractSet

from shelfd.core.paths import Place, RelPath
from shelfd.store.database import Tx

ENDED = """
SELECT DISTINCT place.root, place.path
FROM operation_history AS ended JOIN operation_places AS place ON place.operation = ended.operation
WHERE ended.rowid > (SELECT max(rowid) FROM operation_history WHERE operation = :id AND became = 'running')
  AND ended.operation <> :id AND ended.became NOT IN ('queued', 'running')
"""


def is_overtaken(tx: Tx, operation: int, places: AbstractSet[Place]) -> bool:
    """Say whether another operation that works at one of these places has ended since this one began to run."""
    rows = tx.execute(ENDED, {"id": operation})
    return any(Place(root, RelPath(path)) in places for root, path in rows)
