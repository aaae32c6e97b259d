"""Step 0, once at every start: bring the queue and the drops back to known states, after whatever ended the process."""

from collections.abc import Mapping

import structlog

from shelfd.core import backoff
from shelfd.core.errors import BrokenError
from shelfd.core.lines import Level, Lines
from shelfd.core.operations import MUST_END, Kind, Operation, State
from shelfd.steps.ports import Base
from shelfd.store import anew, checkpoints, drops, journal, lines, operations, retries, verified
from shelfd.store.database import Tx

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
                self._put_back(tx, operation, now)
            anew.plan_all(tx)
            retries.not_later_than(tx, now + LONGEST_WAIT_S, now)
            drops.release(tx)
            return len(interrupted) + retries.checkpointed(tx)

    def _put_back(self, tx: Tx, operation: Operation, now: float) -> None:
        """Let an operation go on under which the process has ended, unless that is what it does each time."""
        crashes = retries.crashed(tx, operation.id)
        log.info(
            "operation was interrupted by the end of the daemon",
            operation=operation.id,
            crashes=crashes,
        )
        if crashes < backoff.CRASHES or (
            # what it has moved is put back first, see steps.apply; that gets as many tries
            operation.step in MUST_END and crashes < 2 * backoff.CRASHES
        ):
            operations.requeue(tx, operation.id, now)
            _tell(tx, operation.id, Level.WARNING, _goes_on(tx, operation.id, crashes), now)
            return
        error = BrokenError(
            f"the daemon has ended {crashes} times while this ran, without progress between",
            code="crashed",
            hint="look into the log for what ended it; `shelfd retry` tries it once more",
        )
        log.error("operation is given up", operation=operation.id, reason=error.message)
        _tell(tx, operation.id, Level.ERROR, f"{error.message}: it is given up", now)
        drops.refuse(tx, operation.id, error.message)
        operations.fail(tx, operation.id, error, now)


def _goes_on(tx: Tx, number: int, crashes: int) -> str:
    """Say what becomes of an operation that was put back."""
    latest = operations.one(tx, number)
    if latest is not None and latest.state is not State.QUEUED:
        return f"shelfd ended while this ran; it is {latest.state} now"
    if crashes < backoff.CRASHES:
        attempt = f"attempt {crashes + 1} of {backoff.CRASHES}"
        return f"shelfd ended while this ran; it goes on ({attempt})"
    attempt = f"attempt {crashes - backoff.CRASHES + 1} of {backoff.CRASHES}"
    return f"shelfd ended {crashes} times while this ran; what it has moved is put back ({attempt})"


def _recovered(tx: Tx, number: int) -> Mapping[str, object]:
    """Return what is left of the work of an operation: where its scan or verify stands, or how far it came with files."""
    latest = operations.one(tx, number)
    if latest is not None and latest.kind is Kind.VERIFY:
        tally = verified.load(tx, number)
        return {} if tally is None else {"files": tally.files, "bytes": tally.bytes}
    if (walk := checkpoints.load(tx, number)) is not None:
        return {"directories": walk.done, "known": walk.total}
    states = [entry.state for entry in journal.of(tx, number)]
    counted = {str(state): states.count(state) for state in dict.fromkeys(states)}
    return {"file_steps": counted} if counted else {}


def _tell(tx: Tx, number: int, level: Level, message: str, now: float) -> None:
    """Write a line into the log of an operation that does not run."""
    told = Lines()
    told.add(now, level, message, _recovered(tx, number))
    lines.add(tx, number, told.waiting(), lines.last(tx, number))
