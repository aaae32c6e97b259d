"""The rows of operations that are tried again: after a fault, after a crash, or because somebody asks for it."""

from shelfd.core.errors import ShelfdError
from shelfd.core.operations import FIRST_STEP, Asker, Operation, priority
from shelfd.store import ends, operations
from shelfd.store.database import Tx
from shelfd.store.ranks import AGING_S, YIELDING_KINDS

AGAIN = f"""
UPDATE operations
SET state = 'queued', changed_at = :now, finished_at = NULL, error = NULL, result = NULL, cancel = 0, retries = 0,
    fault = NULL, deadline = NULL, unique_key = NULL, step = :step, not_before = 0, asked_by = 'person',
    phase = CASE WHEN kind IN ({YIELDING_KINDS}) THEN phase ELSE '' END,
    done = CASE WHEN kind IN ({YIELDING_KINDS}) THEN done ELSE 0 END,
    total = CASE WHEN kind IN ({YIELDING_KINDS}) THEN total ELSE 0 END,
    priority = min(priority, :priority), rank = :now + min(priority, :priority) * {AGING_S}
WHERE id = :id
"""  # noqa: S608  # built from constants

# what waits is never ranked as if it had come later than it did, or starts later than it does
NO_LATER = f"""
UPDATE operations SET rank = max(not_before, :now) + priority * {AGING_S}
WHERE state = 'queued' AND rank > max(not_before, :now) + priority * {AGING_S}
"""  # noqa: S608  # built from constants


def put_off(tx: Tx, operation: int, error: ShelfdError, now: float, until: float) -> None:
    """Put a running operation back after a fault that may have passed at a Unix time."""
    tx.execute(
        "UPDATE operations SET retries = retries + 1, fault = ? WHERE id = ?",
        (operations.encoded(operations.described(error)), operation),
    )
    operations.requeue(tx, operation, now, until)


def begin_anew(tx: Tx, operation: int) -> None:
    """Let a running import that was put back go on with its first step."""
    tx.execute("UPDATE operations SET step = 'plan', error = NULL WHERE id = ?", (operation,))


def not_later_than(tx: Tx, moment: float, now: float) -> None:
    """Let nothing wait beyond a Unix time, nor behind all that comes from now on: that is of a clock that was wrong."""
    tx.execute(
        "UPDATE operations SET not_before = ?1 WHERE state = 'queued' AND not_before > ?1",
        (moment,),
    )
    tx.execute(NO_LATER, {"now": now})


def checkpointed(tx: Tx) -> int:
    """Return how many waiting scans have read a part of what they are to read."""
    row = tx.execute(
        "SELECT count(*) FROM checkpoints JOIN operations ON id = operation"
        " WHERE state = 'queued' AND kind = 'scan'"
    ).fetchone()
    return int(row[0])


def crashed(tx: Tx, operation: int) -> int:
    """Count the end of the process under a running operation; return how many there were without progress between."""
    row = tx.execute(
        "UPDATE operations SET crashes = crashes + 1 WHERE id = ? RETURNING crashes", (operation,)
    ).fetchone()
    return int(row[0])


def again(tx: Tx, operation: Operation, now: float) -> None:
    """Let an operation that has ended badly begin anew, or a scan go on where it stood, since a person asks for it."""
    ends.note(tx, "id = ?1", (operation.id,))
    values = {
        "id": operation.id,
        "step": FIRST_STEP.get(operation.kind, operation.step),
        "priority": priority(operation.kind, Asker.PERSON),
        "now": now,
    }
    tx.execute(AGAIN, values)
    tx.execute(operations.BEGIN_ANEW, (operation.id,))
