"""The only loop: claim the operation that is next, have it carried out, and record what became of it."""

import random
import threading
from collections.abc import Callable

import structlog

from shelfd.core import backoff
from shelfd.core.errors import BrokenError, ShelfdError
from shelfd.core.operations import MUST_END, Asker, Kind, Operation, Progress, State
from shelfd.steps.ports import Base, Executor
from shelfd.store import breakers, claims, drops, events, operations, retries, unwanted
from shelfd.store.database import Tx

PAUSE_S = 5.0  # after a fault of the database itself, before the next try
LONG_S = 0.25  # of work, from which on it is worth a pause to give memory back
AGAIN_S = 60.0  # until an operation goes on whose disk is away
ASKING = frozenset({Asker.PERSON, Asker.SCHEDULE})
"""Who wants an answer, even if it is that a disk is not there."""

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
        self._out: dict[int, Operation] = {}  # what the executor has
        self._busy_since: float | None = None
        base.db.committed.append(self._wake.set)

    def run(self) -> None:
        """Have all done that is to be done, until stopped."""
        while not self.stopping:
            try:
                self._wake.clear()
                if self.once():
                    continue
                self.look_around()
                self._rest_after_work()
                now = self._base.clock.wall()
                moment = claims.next_moment(self._base.db.read(), now)
                self._wake.wait(None if moment is None else moment - now)
            except (
                Exception
            ):  # a fault of the database: without it there is nobody to tell but the log
                log.exception("the queue cannot be worked on")
                self._wake.clear()
                self._wake.wait(PAUSE_S)
                self._release()

    def stop(self) -> None:
        """Let `run` return, and what runs come to a safe point as soon as it can."""
        self.stopping = True
        for number in tuple(self._out):
            self._executor.cancel(number, hurry=True)
        self._wake.set()

    def once(self) -> bool:
        """Have the next operation that may start carried out; False when there is none."""
        now = self._base.clock.wall()
        # no transaction for nothing: while something waits, each would keep others from theirs
        if not self._may_claim(now):
            return False
        # after a power cut it is queued as before, or runs: then it is put back, which is the same
        with self._base.db.transaction(durable=False) as tx:
            operation = claims.claim(tx, now)
        if operation is None:
            return False
        if self.stopping:  # said while it was claimed
            with self._base.db.transaction() as tx:
                operations.requeue(tx, operation.id, now)
            return False
        self._busy_since = self._busy_since or self._base.clock.monotonic()
        self._out[operation.id] = operation
        self._executor.submit(operation, self)
        return True

    def _may_claim(self, now: float) -> bool:
        reader = self._base.db.read()
        if not claims.some_due(reader, now) or not self._executor.capacity():
            return False
        return not self._out or claims.chosen(reader, now) is not None

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
        if not claims.some_due(reader, now):
            return
        is_free = self._executor.capacity() > 0
        for operation in tuple(self._out.values()):
            if operation.kind is Kind.SCAN and claims.makes_room(
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
        try:
            if error is not None:
                self._fail(operation, error)
            else:
                self._went_well(operation)
        except BrokenError as broken:
            # it stays running, and nobody runs it: it is put back when the database can be written again
            log.warning("the database cannot be written", reason=broken.message)
        finally:
            self._out.pop(operation.id, None)
            self._wake.set()

    def _went_well(self, operation: Operation) -> None:
        reader = self._base.db.read()
        if breakers.one(reader, operation.kind) is None:
            return
        latest = operations.one(reader, operation.id)
        if latest is None or latest.state is not State.COMPLETED:
            return
        with self._base.db.transaction() as tx:
            if breakers.close(tx, operation.kind):
                log.info("operations of this kind work again", kind=str(operation.kind))
                data = {"kind": operation.kind, "resting": False}
                events.add(tx, "queue", data, self._base.clock.wall())

    def _fail(self, operation: Operation, error: ShelfdError) -> None:
        log.warning("operation failed", reason=error.message, code=error.code)
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            latest = operations.one(tx, operation.id)
            if latest is None or latest.state is not State.RUNNING:
                return
            if self.stopping or error.code == "stopped":
                operations.requeue(tx, operation.id, now, now)
                return
            must_end = latest.step in MUST_END
            if error.code == "root_absent" and (must_end or operation.asked_by not in ASKING):
                # a disk that is mounted a minute later is found a minute later
                operations.requeue(tx, operation.id, now, now + AGAIN_S)
                return
            helps = backoff.can_help(error.code)
            if helps and not latest.retries:
                _note(tx, latest, error, now)
            queue = self._base.current.settings.queue
            if must_end or (helps and latest.retries < queue.retries):
                wait_s = backoff.wait_s(
                    latest.retries,
                    queue.backoff_s,
                    random.random(),  # noqa: S311  # no secret
                )  # no secret
                retries.put_off(tx, latest.id, error, now, now + wait_s)
                return
            operations.fail(tx, operation.id, error, now)
            drops.refuse(tx, operation.id, error.message)

    def _rest_after_work(self) -> None:
        since = self._busy_since
        if self._out or since is None:
            return
        self._busy_since = None
        if self._base.clock.monotonic() - since > LONG_S:
            self._rest()

    def _release(self) -> None:
        """Put back what a fault has left running: nobody runs it."""
        now = self._base.clock.wall()
        try:
            with self._base.db.transaction() as tx:
                for operation in operations.running(tx):
                    if operation.id not in self._out:
                        operations.requeue(tx, operation.id, now, now + PAUSE_S)
        except BrokenError as error:
            log.warning("the database cannot be written", reason=error.message)


def _note(tx: Tx, operation: Operation, error: ShelfdError, now: float) -> None:
    """Count a fault of the world against a kind, which may have to rest."""
    rest_s = breakers.failed(tx, operation.kind, operations.described(error), now)
    if rest_s:
        log.error("operations of this kind rest", kind=str(operation.kind), seconds=rest_s)
        events.add(tx, "queue", {"kind": operation.kind, "resting": True}, now)
