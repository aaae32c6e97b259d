"""The only loop: claim the operation that is next, have it carried out, and record what became of it."""

import threading
from collections.abc import Callable

import structlog

from shelfd.core.errors import BrokenError, ShelfdError
from shelfd.core.operations import YIELDING, Operation, Progress
from shelfd.steps import outcomes
from shelfd.steps.astray import PAUSE_S, Astray
from shelfd.steps.ports import Base, Executor, Told
from shelfd.store import claims, operations, unwanted

LONG_S = 0.25  # of work, from which on it is worth a pause to give memory back

log = structlog.get_logger()


class Runner:
    """Gives operations to an executor, in the thread that calls `run`, and hears from it how they go."""

    def __init__(self, base: Base, executor: Executor, rest: Callable[[], None]) -> None:
        """`rest` is called after long work, when there is no more."""
        self._base = base
        self._executor = executor
        self._rest = rest
        self._wake = threading.Event()
        self.stopping = False
        """True: at the next safe point the work ends."""
        # what the executor has; what is put back goes to no second worker while the first is in it
        self._out: dict[int, Operation] = {}
        self._astray = Astray(base)
        self._busy_since: float | None = None
        self._seen = -1  # what of the queue has changed since was not looked at
        self._moment: float | None = None  # the Unix time up to which it sleeps
        base.db.queue.listeners.append(self._wake.set)

    def run(self) -> None:
        """Have all done that is to be done, until stopped."""
        said = False
        while not self.stopping:
            try:
                self._wake.clear()
                if self._astray.expected:
                    self._astray.release(self._out)
                self._turn()
                said = False
            except Exception as error:
                # mostly a fault of the database: without it there is nobody to tell but the log
                if not isinstance(error, BrokenError):
                    log.exception("the queue cannot be worked on")
                elif not said:
                    log.warning("the queue cannot be worked on yet", reason=error.message)
                said = True
                self._wake.clear()
                self._astray.expected = True
                if not self.stopping:
                    self._wake.wait(PAUSE_S)

    def stop(self) -> None:
        """Let `run` return, and what runs come to a safe point as soon as it can."""
        self.stopping = True
        for number in tuple(self._out):
            self._executor.cancel(number, hurry=True)
        self._wake.set()

    def once(self) -> bool:
        """Have the next operation that may start carried out; False when there is none."""
        operation = self._claim()
        if operation is not None:
            _submit(self._executor, operation, self, self._out)
        return operation is not None

    def _turn(self) -> None:
        """Have one operation carried out, or look around; then sleep, unless there is more to do."""
        operation = self._claim()
        if operation is None:
            self._hear()
            self._rest_after_work()
        now, is_due = self._base.clock.wall(), False
        try:
            is_due, self._moment = claims.outlook(self._base.db.read(), now)
        finally:
            if operation is not None:
                # last of all: from now on another thread works, and each of the two would only hold up the other
                _submit(self._executor, operation, self, self._out)
        if operation is None or not is_due:
            self._wake.wait(None if self._moment is None else self._moment - now)

    def _hear(self) -> None:
        """Look around when there are news, or when the time has come for which this has slept."""
        changes = self._base.db.queue.changes
        is_time = self._moment is not None and self._moment <= self._base.clock.wall()
        if changes != self._seen or is_time:
            self._seen = changes
            self.look_around()

    def _claim(self) -> Operation | None:
        now, reader = self._base.clock.wall(), self._base.db.read()
        # no transaction for nothing: while something waits, each would keep others from theirs
        if not claims.outlook(reader, now).is_due or not self._executor.capacity():
            return None
        if self._out and claims.chosen(reader, now, tuple(self._out)) is None:
            return None
        before = self._base.db.queue.changes
        # after a power cut it is queued as before, or runs: then it is put back, which is the same
        with self._base.db.transaction(durable=False) as tx:
            operation = claims.claim(tx, now, tuple(self._out))
        if operation is None:
            return None
        self._pass_over(before + 1)
        if self.stopping:  # said while it was claimed
            with self._base.db.transaction() as tx:
                operations.requeue(tx, operation.id, now)
            return None
        self._busy_since = self._busy_since or self._base.clock.monotonic()
        self._out[operation.id] = operation
        return operation

    def _pass_over(self, change: int) -> None:
        """Let a claim, which is a change of the queue as well, be no news to who made it."""
        self._wake.clear()
        if self._base.db.queue.changes == change:
            self._seen = change
        else:
            self._wake.set()

    def look_around(self) -> None:
        """Have those come to a safe point that are to be cancelled, that are paused, or that are in the way."""
        reader, now = self._base.db.read(), self._base.clock.wall()
        if unwanted.overdue(reader, now):
            with self._base.db.transaction() as tx:
                unwanted.expire(tx, now)
        if not self._out:
            return
        for number, is_called_off in unwanted.running(reader, now):
            self._executor.cancel(number, hurry=is_called_off)
        if not claims.outlook(reader, now).is_due:
            return
        is_free = self._executor.capacity() > 0
        for operation in tuple(self._out.values()):
            if operation.kind in YIELDING and claims.makes_room(
                reader, operation.id, now, is_free=is_free
            ):
                self._executor.cancel(operation.id, hurry=False)
                return  # one is enough

    def progressed(self, operation: Operation, progress: Progress) -> None:
        """Write how far an operation is."""
        with self._base.db.transaction(durable=False) as tx:
            operations.progress(tx, operation.id, progress, self._base.clock.wall())

    def ended(self, operation: Operation, error: ShelfdError | None) -> None:
        """Record what became of an operation: it has ended or was put back, or met an error."""
        fault: Exception | None = None
        try:
            if error is not None:
                outcomes.failed(self._base, operation, error, stopping=self.stopping)
            else:
                outcomes.went_well(self._base, operation)
            self._astray.recorded(operation)
        except Exception as found:  # noqa: BLE001  # whatever it is, the worker must go on
            fault = found
        self._out.pop(operation.id, None)
        if fault is not None:
            # it stays running, and nobody runs it: it is put back when the database can be written again
            self._astray.left(operation, error, fault)
        self._wake.set()

    def _rest_after_work(self) -> None:
        since = self._busy_since
        if self._out or since is None:
            return
        self._busy_since = None
        if self._base.clock.monotonic() - since > LONG_S:
            self._rest()


def _submit(
    executor: Executor, operation: Operation, told: Told, out: dict[int, Operation]
) -> None:
    try:
        executor.submit(operation, told)
    except Exception:
        out.pop(operation.id, None)
        raise
