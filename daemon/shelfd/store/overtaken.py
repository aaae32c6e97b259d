"""Whether what an import has planned is out of date, since others have ended meanwhile where it is to work."""

from collections.abc import Set as AbstractSet

from shelfd.core.meeting import ALIKE, WORK
from shelfd.core.paths import Place, RelPath
from shelfd.store.database import Tx

ENDED = """
SELECT DISTINCT place.root, place.path
FROM operation_history AS ended JOIN operation_places AS place ON place.operation = ended.operation
WHERE ended.rowid > (SELECT max(rowid) FROM operation_history WHERE operation = :id AND became = 'running')
  AND ended.operation <> :id AND ended.became NOT IN ('queued', 'running')
"""


def is_overtaken(tx: Tx, operation: int, places: AbstractSet[Place]) -> bool:
    """Say whether another import that meets this one has ended since this one began to run; see core.meeting."""
    shared = {place for place in places if place.root.startswith((WORK, ALIKE))}
    if not shared:
        return False
    rows = tx.execute(ENDED, {"id": operation})
    return any(Place(root, RelPath(path)) in shared for root, path in rows)
