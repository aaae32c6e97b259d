"""Step 0, once at every start: bring the queue and the drops back to known states, after whatever ended the process."""

import structlog

from shelfd.steps.ports import Base
from shelfd.store import drops, operations

LONGEST_WAIT_S = (
    86_400.0  # nothing waits longer by itself: a later time comes from a clock that was wrong
)

log = structlog.get_logger()


class Recover:
    """Puts what ran back into the queue; the step that changes files finds out itself how far it had come."""

    def __init__(self, base: Base) -> None:
        """Write with this."""
        self._base = base

    def __call__(self) -> int:
        """Recover, and return how many operations go on."""
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            interrupted = operations.running(tx)
            for operation in interrupted:
                operations.requeue(tx, operation.id, now)
                log.info(
                    "operation was interrupted by the end of the daemon", operation=operation.id
                )
            operations.not_later_than(tx, now + LONGEST_WAIT_S)
            drops.release(tx)
            return len(interrupted) + operations.checkpointed(tx)
