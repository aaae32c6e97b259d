"""The rows of operations that must come to an end or to a safe point: too late, cancelled, or paused."""

from shelfd.core.operations import too_late
from shelfd.store import drops, operations
from shelfd.store.database import Tx
from shelfd.store.operations import CAN_END
from shelfd.store.pauses import PAUSES_IT

LATE = f"""
SELECT id FROM operations INDEXED BY operations_by_deadline
WHERE deadline <= :now AND finished_at IS NULL AND state = 'queued' AND {CAN_END}
  -- they have the same deadline, and one that moves files by then goes on to its end; the whole says what became of them
  AND NOT EXISTS (SELECT 1 FROM operations AS part WHERE part.parent = operations.id)
"""  # noqa: S608  # built from constants
UNWANTED = f"""
SELECT id, cancel,
       -- what is put back already, or has moved its last file, only comes to its end
       cancel AND error IS NULL AND step <> 'shelve' OR coalesce(deadline <= :now, 0) AND {CAN_END}
       OR EXISTS (SELECT 1 FROM pauses WHERE {PAUSES_IT}) AS is_unwanted
FROM operations WHERE state = 'running'
"""  # noqa: S608  # built from constants


def expire(tx: Tx, now: float) -> None:
    """Let those fail that wait and that nobody wants any more."""
    for row in tx.execute(LATE, {"now": now}).fetchall():
        operations.fail(tx, row["id"], too_late(), now)
        drops.release(tx)


def overdue(tx: Tx, now: float) -> bool:
    """Say whether something waits that nobody wants any more."""
    return tx.execute(LATE, {"now": now}).fetchone() is not None


def running(tx: Tx, now: float) -> list[tuple[int, bool]]:
    """Return what runs and is to come to a safe point, and whether at once: what is paused, too late or cancelled."""
    rows = tx.execute(UNWANTED, {"now": now}).fetchall()
    return [(row["id"], bool(row["cancel"])) for row in rows if row["is_unwanted"]]
