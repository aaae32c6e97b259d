"""What becomes of an operation that nobody works on any more: it has ended, is tried again, or has failed."""

import random

import structlog

from shelfd.core import backoff
from shelfd.core.errors import ShelfdError
from shelfd.core.operations import MUST_END, Asker, Operation, State
from shelfd.steps.ports import Base
from shelfd.store import absorbed, breakers, drops, operations, retries, stops
from shelfd.store.database import Tx

AGAIN_S = 60.0  # until an operation goes on whose disk is away
ASKING = frozenset({Asker.PERSON, Asker.SCHEDULE})
"""Who wants an answer, even if it is that a disk is not there."""

log = structlog.get_logger()


def went_well(base: Base, operation: Operation) -> None:
    """Note that operations of this kind work, if that was in doubt."""
    reader = base.db.read()
    if breakers.one(reader, operation.kind) is None:
        return
    latest = operations.one(reader, operation.id)
    if latest is None or latest.state is not State.COMPLETED:
        return
    with base.db.transaction() as tx:
        if breakers.close(tx, operation.kind):
            log.info("operations of this kind work again", kind=str(operation.kind))
            stops.tell(tx, base.clock.wall())


def failed(base: Base, operation: Operation, error: ShelfdError, *, stopping: bool) -> None:
    """End an operation that has met an error, or put it back where another try can help."""
    if _is_done(base, operation, error):
        return
    log.warning("operation failed", reason=error.message, code=error.code)
    now = base.clock.wall()
    with base.db.transaction() as tx:
        latest = operations.one(tx, operation.id)
        if latest is None or latest.state is not State.RUNNING:
            return
        if stopping or error.code == "stopped":
            operations.requeue(tx, operation.id, now, now)
            return
        must_end = latest.step in MUST_END
        if error.code == "root_absent" and (must_end or operation.asked_by not in ASKING):
            # a disk that is mounted a minute later is found a minute later
            operations.requeue(tx, operation.id, now, now + AGAIN_S)
            return
        helps = backoff.can_help(error.code)
        if helps:
            _note(tx, latest, error, now)
        queue = base.current.settings.queue
        if must_end or (helps and latest.retries < queue.retries):
            wait_s = backoff.wait_s(
                latest.retries,
                queue.backoff_s,
                random.random(),  # noqa: S311  # no secret
            )
            retries.put_off(tx, latest.id, error, now, now + wait_s)
            return
        # first: of what is queued no longer its end lets go
        drops.refuse(tx, operation.id, error.message)
        operations.fail(tx, operation.id, error, now)


def _is_done(base: Base, operation: Operation, error: ShelfdError) -> bool:
    """Say whether an import finds nothing since another one has filed it meanwhile; then it has ended well."""
    if error.code != "no_such_drop" or operation.asked_by is Asker.PERSON:
        return False
    with base.db.transaction() as tx:
        latest, other = operations.one(tx, operation.id), absorbed.imported(tx, operation)
        if other is None or latest is None or latest.state is not State.RUNNING:
            return False
        operations.complete(tx, operation.id, {"absorbed_by": other}, base.clock.wall())
        drops.release(tx)
    log.info("another import has done its work", by=other)
    return True


def _note(tx: Tx, operation: Operation, error: ShelfdError, now: float) -> None:
    """Count a fault of the world against a kind, which may have to rest: once of each operation, and when it is the probe."""
    known = breakers.one(tx, operation.kind)
    if operation.retries and (known is None or known.until is None):
        return
    rest_s = breakers.failed(tx, operation.kind, operations.described(error), now)
    if rest_s:
        log.error("operations of this kind rest", kind=str(operation.kind), seconds=rest_s)
        stops.tell(tx, now)
