"""Scans that need not be done, since another one that began after they were asked for has seen all that they would."""

from shelfd.core.operations import Operation, strength
from shelfd.store.database import Tx

NEIGHBOURS = 100
"""So many operations before and after one are asked: what waits together was asked for together."""

OPTIONS = frozenset({"recursive", "full", "quick"})
"""A scan with any other was asked for with something special in mind."""

# first of all, as it is said of nearly all scans: nothing was completed since this one was asked for
BY = """
SELECT max(id) FROM operations
WHERE EXISTS (SELECT 1 FROM operation_history WHERE became = 'completed'
              AND id > (SELECT min(id) FROM operation_history WHERE operation = :id))
  AND state = 'completed' AND id BETWEEN :id - :neighbours AND :id + :neighbours AND id <> :id
  AND step = 'scan' AND started_at > :created_at
  AND json_extract(result, '$.directories') IS NOT NULL AND json_extract(result, '$.absent') IS NULL
  AND CASE WHEN json_extract(options, '$.full') THEN 2 WHEN json_extract(options, '$.quick') THEN 0 ELSE 1 END
      >= :strength
  AND CASE WHEN json_extract(options, '$.recursive') OR json_extract(options, '$.quick')
      THEN root = '' OR root = :root AND (path IN (x'', :path)
           OR substr(:path, 1, length(path)) = path AND substr(:path, length(path) + 1, 1) = x'2f')
      ELSE NOT :recursive AND root = :root AND path = :path END
  AND NOT EXISTS (SELECT 1 FROM roots WHERE active = 1 AND suspended NOT NULL AND :root IN ('', name))
"""


def by(tx: Tx, operation: Operation) -> int | None:
    """Return the scan that has done the work of this one, which has not begun; None when it is to be done.

    Of a library that is suspended each scan says so itself.
    """
    said = {option for option, value in operation.options.items() if value is True}
    if operation.attempts > 1 or said - OPTIONS:
        return None
    values = {
        "id": operation.id,
        "neighbours": NEIGHBOURS,
        "created_at": operation.created_at,
        "strength": strength(operation.options),
        "root": operation.root,
        "path": operation.path,
        "recursive": bool(said & {"recursive", "quick"}),
    }
    row = tx.execute(BY, values).fetchone()
    return None if row[0] is None else int(row[0])
