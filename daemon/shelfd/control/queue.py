"""What people say of the queue: this one not, that one again, nothing for now, go on."""

import msgspec
from starlette.responses import Response

from shelfd.control.answers import InvalidError, answer, moment
from shelfd.control.asked import Asked, missing
from shelfd.control.operations import shown
from shelfd.control.ports import Daemon
from shelfd.core import journal as file_steps
from shelfd.core.errors import ConflictError, NotFoundError
from shelfd.core.operations import MAY_END, MUST_END, Kind, Operation, State, Step
from shelfd.store import breakers, drops, journal, operations, pauses, relations, retries, stops
from shelfd.store.database import Tx


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that has nothing to say."""


CANCELLED = "its import was cancelled: `shelfd import` files it"


class What(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of the queue is meant; without either, all of it."""

    kind: Kind | None = None
    root: str | None = None
    """Its name."""


def cancel(daemon: Daemon, asked: Asked) -> Response:
    """Return `DELETE /v1/operations/{id}`: the operation, with 200 when it has ended, 202 when it will at its next safe point."""
    number = asked.id("operation")
    # looked at and cancelled at once: no worker takes it in between
    with daemon.db.transaction() as tx:
        found = operations.one(tx, number)
        if found is None:
            raise missing("operation", number)
        if (refusal := _not_cancellable(tx, found)) is not None:
            raise refusal
        if found.state is State.QUEUED and not (found.step in MUST_END and _begun(tx, found)):
            drops.hold(tx, number, CANCELLED)
            operations.cancel(tx, number, daemon.clock.wall())
        else:
            operations.call_off(tx, number)
    latest = operations.one(daemon.db.read(), number) or found
    return answer(shown(latest, daemon), 202 if latest.finished_at is None else 200)


def retry(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/operations/{id}/retry`: 202, and what has ended badly is done under its own id.

    Of an import of a whole inbox each part that has ended badly is.
    """
    number = asked.id("operation")
    asked.content(Nothing, "it is empty")
    with daemon.db.transaction() as tx:
        found = operations.one(tx, number)
        if found is None:
            raise missing("operation", number)
        if (refusal := _not_retryable(tx, found)) is not None:
            raise refusal
        now = daemon.clock.wall()
        for other in relations.ended_badly(tx, number):
            part = operations.one(tx, other)
            if part is not None and _not_retryable(tx, part) is None:
                _again(tx, part, now)
        _again(tx, found, now)
    return answer({"id": number}, 202)


def _again(tx: Tx, found: Operation, now: float) -> None:
    if found.kind is Kind.IMPORT:
        journal.forget(tx, found.id)
    retries.again(tx, found, now)


def pause(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/queue/pause`: nothing starts until it is resumed, and what runs comes to a safe point.

    With a kind or a root in the body, nothing of this kind, or nothing that concerns this root.
    """
    wanted = _wanted(daemon, asked)
    with daemon.db.transaction() as tx:
        now = daemon.clock.wall()
        if pauses.begin(tx, wanted, now):
            stops.tell(tx, now)
    return answer(stops.paused(daemon.db.read()))


def resume(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/queue/resume`: what waits starts; with a kind or a root in the body, what that one has stopped.

    A kind that rests after faults is tried again at once.
    """
    wanted = _wanted(daemon, asked)
    with daemon.db.transaction() as tx:
        ended = [
            pauses.end(tx, pause) for pause in pauses.every(tx) if wanted in (pauses.Pause(), pause)
        ]
        woken = [
            breakers.close(tx, breaker.kind)
            for breaker in breakers.resting(tx)
            if wanted in (pauses.Pause(), pauses.Pause("kind", breaker.kind))
        ]
        if any(ended) or any(woken):
            stops.tell(tx, daemon.clock.wall())
    return answer(stops.paused(daemon.db.read()))


def _wanted(daemon: Daemon, asked: Asked) -> pauses.Pause:
    """Return what is to be stopped, or to go on, by the body."""
    what = asked.content(What, 'it is empty, or for example {"kind": "scan"} or {"root": "music"}')
    if what.kind is not None and what.root is not None:
        raise InvalidError(
            "body: it has both a kind and a root",
            code="invalid_body",
            hint="ask once for each of them",
        )
    if what.root is not None and daemon.current.roots.get(what.root) is None:
        raise NotFoundError(
            f"{what.root}: there is no library or inbox of this name",
            code="no_such_root",
            hint="`shelfd status` lists them",
        )
    if what.kind is not None:
        return pauses.Pause("kind", what.kind)
    return pauses.Pause() if what.root is None else pauses.Pause("root", what.root)


def standing(tx: Tx) -> dict[str, object]:
    """Return what keeps operations from starting: what people have paused, and the kinds that rest after faults."""
    return {
        **stops.paused(tx),
        "resting": [
            {
                "kind": breaker.kind,
                "failures": breaker.failures,
                "error": breaker.error,
                "until": moment(breaker.until),
            }
            for breaker in breakers.resting(tx)
        ],
    }


def _not_retryable(tx: Tx, found: Operation) -> ConflictError | None:
    subject = f"operation {found.id}"
    if found.finished_at is None:
        return ConflictError(
            f"{subject}: it has not ended yet, it is {found.state}",
            code="not_ended",
            hint=f"wait for it: shelfd events --operation {found.id}",
        )
    if found.state is State.COMPLETED:
        return ConflictError(
            f"{subject}: it has ended well, there is nothing to try again",
            code="ended_well",
            hint="ask for the same anew with `shelfd scan` or `shelfd import`",
        )
    if others := relations.awaited(tx, found.id, parts=False):
        return ConflictError(
            f"{subject}: it is to follow operation {others[0]}, which has not ended well",
            code="dependency_failed",
            hint=f"`shelfd retry {others[0]}` first",
        )
    if found.kind is Kind.IMPORT and journal.has_left_something(tx, found.id):
        return ConflictError(
            f"{subject}: some of what it has done to files is still in place",
            code="files_left",
            hint=f"`shelfd operation {found.id}` shows it, `shelfd undo {found.id}` puts it back",
        )
    return None


def _not_cancellable(tx: Tx, found: Operation) -> ConflictError | None:
    subject = f"operation {found.id}"
    if found.finished_at is not None:
        return ConflictError(f"{subject}: it has ended already, it is {found.state}", code="ended")
    if found.step in MUST_END and (found.state is State.RUNNING or _begun(tx, found)):
        if found.kind is Kind.IMPORT and found.step is Step.APPLY and found.error is None:
            return None  # what it has moved is put back
        return ConflictError(
            f"{subject}: its files are being moved, and it ends when all of them are",
            code="moving_files",
            hint=f"wait for it; then `shelfd undo {found.id}` puts an import back",
        )
    if found.state is State.RUNNING and found.step not in MAY_END:
        return ConflictError(
            f"{subject}: it runs, and is too short to be interrupted",
            code="not_interruptible",
            hint="it ends by itself in a moment",
        )
    return None


def _begun(tx: Tx, found: Operation) -> bool:
    """Say whether an operation that waits has changed files, so that it must be finished."""
    steps = journal.of(tx, found.id)
    return any(entry.state is not file_steps.State.PLANNED for entry in steps)
