"""What people say of the queue: this one not, nothing for now, go on."""

import msgspec
from starlette.responses import Response

from shelfd.control.answers import answer
from shelfd.control.asked import Asked, missing
from shelfd.control.operations import shown
from shelfd.control.ports import Daemon
from shelfd.core import journal as file_steps
from shelfd.core.errors import ConflictError
from shelfd.core.operations import MAY_END, MUST_END, Operation, State
from shelfd.store import events, journal, operations
from shelfd.store.database import Tx


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that has nothing to say."""


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
        if found.state is State.QUEUED:
            operations.cancel(tx, number, daemon.clock.wall())
        else:
            operations.call_off(tx, number)
    latest = operations.one(daemon.db.read(), number) or found
    return answer(shown(latest, daemon), 202 if latest.finished_at is None else 200)


def pause(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/queue/pause`: nothing starts until it is resumed, and what scans leaves off."""
    return _set(daemon, asked, paused=True)


def resume(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/queue/resume`: what waits starts."""
    return _set(daemon, asked, paused=False)


def _set(daemon: Daemon, asked: Asked, *, paused: bool) -> Response:
    asked.content(Nothing, "it is empty")
    with daemon.db.transaction() as tx:
        if operations.paused(tx) is not paused:
            operations.pause(tx, paused=paused)
            events.add(tx, "queue", {"paused": paused}, daemon.clock.wall())
    return answer({"paused": paused})


def _not_cancellable(tx: Tx, found: Operation) -> ConflictError | None:
    subject = f"operation {found.id}"
    if found.finished_at is not None:
        return ConflictError(f"{subject}: it has ended already, it is {found.state}", code="ended")
    if found.step in MUST_END and (found.state is State.RUNNING or _begun(tx, found)):
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
