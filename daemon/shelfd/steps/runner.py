"""The only loop: claim the next operation, run its steps, record what became of it."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import structlog
from msgspec.structs import replace

from shelfd.core.errors import BrokenError, ShelfdError
from shelfd.core.operations import (
    MUST_END,
    Asker,
    Kind,
    Operation,
    Pace,
    Progress,
    State,
    Step,
)
from shelfd.steps.ports import Base, Turn
from shelfd.store import drops, operations
from shelfd.store.database import Database

REPORT_S = 1.0  # between two reports of one operation
PAUSE_S = 5.0  # after a fault of the database itself, before the next try
LONG_S = 0.25  # of work, from which on it is worth a pause to give memory back
AGAIN_S = 60.0  # until an operation goes on that must not end half done
ASKING = frozenset({Asker.PERSON, Asker.SCHEDULE})
"""Who wants an answer, even if it is that a disk is not there."""

log = structlog.get_logger()

Run = Callable[[Operation, Turn], None]


class Said:
    """What people have said of the work meanwhile, read again only after something was written."""

    def __init__(self, db: Database) -> None:
        """Listen to what is written there."""
        self._db = db
        self._news = True
        self._operation = 0
        self._cancel = self._paused = False
        db.committed.append(self._hear)

    def cancel(self, operation: int) -> bool:
        """Say whether an operation is to be cancelled."""
        self._read(operation)
        return self._cancel

    def pause(self, operation: int) -> bool:
        """Say whether the queue was paused while an operation runs."""
        self._read(operation)
        return self._paused

    def _hear(self) -> None:
        self._news = True

    def _read(self, operation: int) -> None:
        if not self._news and operation == self._operation:
            return
        # before the rows are read: what is written from now on is news again
        self._news, self._operation = False, operation
        reader = self._db.read()
        self._cancel = operations.called_off(reader, operation)
        self._paused = operations.paused(reader)


class Runner:
    """Runs operations one after the other in the thread that calls `run`."""

    def __init__(
        self,
        base: Base,
        steps: Mapping[Step, Run],
        bound: Callable[..., AbstractContextManager[None]],
        rest: Callable[[], None],
    ) -> None:
        """`bound` puts values on every line that is logged inside of it; `rest` is called after long work."""
        self._base = base
        self._steps = steps
        self._bound = bound
        self._rest = rest
        self._wake = threading.Event()
        self.stopping = False
        """True: at the next safe point the work ends."""
        self._reported = 0.0
        self._pace = Pace()
        self._said = Said(base.db)
        base.db.committed.append(self._wake.set)

    def run(self) -> None:
        """Work until stopped; a step that runs then goes on to its next safe point."""
        busy_since: float | None = None
        while not self.stopping:
            try:
                self._wake.clear()
                began = self._base.clock.monotonic()
                if self.once():
                    busy_since = busy_since or began
                    continue
                if busy_since is not None and began - busy_since > LONG_S:
                    self._rest()
                busy_since = None
                due = operations.next_due(self._base.db.read())
                self._wake.wait(None if due is None else max(due - self._base.clock.wall(), 0.0))
            except (
                Exception
            ):  # a fault of the database: without it there is nobody to tell but the log
                log.exception("the queue cannot be worked on")
                self._wake.clear()
                self._wake.wait(PAUSE_S)
                _release(self._base)

    def stop(self) -> None:
        """Let `run` return at the next safe point."""
        self.stopping = True
        self._wake.set()

    def report(self, operation: Operation, progress: Progress) -> None:
        """Write progress with its rate, at most once a second."""
        now = self._base.clock.monotonic()
        if now - self._reported < REPORT_S:
            return
        self._reported = now
        paced = replace(progress, rate=self._pace.take(progress, now))
        with self._base.db.transaction(durable=False) as tx:
            operations.progress(tx, operation.id, paced, self._base.clock.wall())

    def interrupted(self, operation: Operation) -> bool:
        """Say whether the operation is to make room: a scan does for anything more urgent, and for a pause."""
        if self.stopping or self.cancelled(operation):
            return True
        if operation.kind is not Kind.SCAN:
            return False
        if self._said.pause(operation.id):
            return True
        now = self._base.clock.wall()
        return operations.more_urgent_waits(self._base.db.read(), operation.priority, now)

    def cancelled(self, operation: Operation) -> bool:
        """Say whether the operation is to be cancelled; cheap, so a step may ask as often as it likes."""
        return self._said.cancel(operation.id)

    def once(self) -> bool:
        """Run the next operation that is due; False when there is none."""
        due = operations.next_due(self._base.db.read())
        # no transaction for nothing: its commit would wake this very loop, for as long as something waits
        if due is None or due > self._base.clock.wall():
            return False
        # after a power cut it is queued as before, or runs: then it is put back, which is the same
        with self._base.db.transaction(durable=False) as tx:
            operation = operations.claim(tx, self._base.clock.wall())
        if operation is None:
            return False
        self._reported = self._base.clock.monotonic()
        self._pace = Pace()
        with self._bound(operation=operation.id):
            self._run(operation)
        return True

    def _run(self, operation: Operation) -> None:
        # a look every few seconds while something settles is no news
        tell = log.debug if operation.kind is Kind.SCAN else log.info
        tell("operation runs", kind=str(operation.kind), path=operation.display)
        try:
            latest = self._through(operation)
        except ShelfdError as error:
            self._fail(operation, error)
        except Exception as error:
            log.exception("a fault in shelfd")
            what = f"a fault in shelfd: {type(error).__name__}: {error}"
            hint = "please report it, with the log"
            self._fail(operation, BrokenError(what, code="internal", hint=hint))
        else:
            tell("operation ended", state=str(latest.state) if latest else "gone")

    def _through(self, operation: Operation) -> Operation | None:
        """Run one step after the other, until the operation has ended or was put back; return its last state."""
        latest: Operation | None = operation
        while latest is not None and latest.state is State.RUNNING and not self._left_off(latest):
            step = latest.step
            self._steps[step](latest, self)
            latest = operations.one(self._base.db.read(), operation.id)
            if latest is not None and latest.state is State.RUNNING and latest.step is step:
                raise RuntimeError(f"the step {step} has neither ended nor handed over")
        return latest

    def _left_off(self, operation: Operation) -> bool:
        """Put an operation back between two of its steps when the daemon stops, or end it when it is cancelled."""
        if not self.stopping and not self.cancelled(operation):
            return False
        with self._base.db.transaction() as tx:
            operations.requeue(tx, operation.id, self._base.clock.wall())
        return True

    def _fail(self, operation: Operation, error: ShelfdError) -> None:
        log.warning("operation failed", reason=error.message, code=error.code)
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            latest = operations.one(tx, operation.id)
            if self.stopping or (latest is not None and latest.step in MUST_END):
                again = now if self.stopping else now + AGAIN_S
                operations.requeue(tx, operation.id, now, again)
                return
            if error.code == "root_absent" and operation.asked_by not in ASKING:
                # a disk that is mounted a minute later is found a minute later
                operations.requeue(tx, operation.id, now, now + AGAIN_S)
                return
            operations.fail(tx, operation.id, error, now)
            drops.refuse(tx, operation.id, error.message)


def _release(base: Base) -> None:
    """Put back what a fault has left running: nobody runs it."""
    now = base.clock.wall()
    try:
        with base.db.transaction() as tx:
            for operation in operations.running(tx):
                operations.requeue(tx, operation.id, now, now + PAUSE_S)
    except BrokenError as error:
        log.warning("the database cannot be written", reason=error.message)
