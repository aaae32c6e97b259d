"""What runs by its row though nobody carries it out, since its end could not be recorded: put back, and in the end failed."""

from collections.abc import Collection

import structlog

from shelfd.core.errors import BrokenError, ShelfdError
from shelfd.core.operations import Operation, State
from shelfd.steps.ports import Base
from shelfd.store import drops, journal, operations
from shelfd.store.database import Tx

PAUSE_S = 5.0  # after a fault, before the next try
TRIES = 3
"""Faults of shelfd's own in a row after which an operation is not tried again; those of the database pass."""

log = structlog.get_logger()


class Astray:
    """Puts such operations back; one of which the end can never be recorded is ended otherwise."""

    def __init__(self, base: Base) -> None:
        """Begin with none."""
        self._base = base
        self.expected = False
        """True: there may be some."""
        # by operation: what went wrong each time, in words; a fault of the database counts for nothing
        self._faults: dict[int, list[str]] = {}
        self._lost: set[int] = set()
        """Those that cannot even be ended: they are left to the next start, so that all else goes on."""

    def recorded(self, operation: Operation) -> None:
        """Forget what went wrong before, since it has gone well."""
        self._faults.pop(operation.id, None)

    def left(self, operation: Operation, met: ShelfdError | None, fault: Exception) -> None:
        """Take note of one whose end could not be recorded; `met` is what it had met itself."""
        if isinstance(fault, BrokenError):
            log.warning("the database cannot be written", reason=fault.message)
        else:
            log.error("what became of an operation cannot be recorded", exc_info=fault)
            said = _said(fault) if met is None else f"{_said(fault)}; it had met: {met.message}"
            self._faults.setdefault(operation.id, []).append(said)
        self.expected = True

    def release(self, out: Collection[int]) -> None:
        """Put back what runs and is not `out`, or end it; BrokenError when the database cannot be written."""
        self.expected = False  # first: what is left meanwhile is not forgotten
        for operation in operations.running(self._base.db.read()):
            if operation.id in out or operation.id in self._lost:
                continue
            try:
                self._put_back(operation)
            except BrokenError:
                raise
            except Exception as fault:
                log.exception("an operation cannot be put back", operation=operation.id)
                self._lost.add(operation.id)
                try:
                    self._give_up(operation, _said(fault))
                except BrokenError:
                    self._lost.discard(operation.id)  # it passes
                    raise

    def _put_back(self, operation: Operation) -> None:
        faults = self._faults.get(operation.id, [])
        if len(faults) >= TRIES:
            self._give_up(operation, faults[-1])
            return
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if _runs(tx, operation):
                operations.requeue(tx, operation.id, now, now + PAUSE_S)

    def _give_up(self, operation: Operation, fault: str) -> None:
        error = _given_up(fault)
        with self._base.db.transaction() as tx:
            if not _runs(tx, operation):
                return
            drops.refuse(tx, operation.id, error.message)
            operations.fail(tx, operation.id, error, self._base.clock.wall())
            journal.drop_planned(tx, operation.id)
        log.error("operation is given up", operation=operation.id, reason=error.message)
        self._faults.pop(operation.id, None)
        self._lost.discard(operation.id)


def _runs(tx: Tx, operation: Operation) -> bool:
    """Say whether it still runs by its row: its end may have been recorded a moment ago."""
    now = operations.one(tx, operation.id)
    return now is not None and now.state is State.RUNNING


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"


def _given_up(fault: str) -> BrokenError:
    # what could not be written may be just the words of the fault
    said = fault.encode("utf-8", "backslashreplace").decode()
    return BrokenError(
        f"a fault in shelfd: what became of this cannot be recorded: {said}",
        code="internal",
        hint="please report it, with the log; `shelfd retry` tries it once more",
    )
