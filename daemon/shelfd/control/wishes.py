"""What may be asked for: scans, imports, undos and verifies, checked and put into the queue."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from shelfd.control import places, scans, undos, verifies
from shelfd.control.answers import InvalidError, answer
from shelfd.control.asked import LARGEST, Asked, absolute, missing
from shelfd.control.ports import Daemon
from shelfd.core.errors import ConflictError, NotFoundError
from shelfd.core.operations import LONGEST_DEADLINE_S, Asker, Kind, State, Step, Wish
from shelfd.core.paths import Place, top
from shelfd.core.settings import Mode
from shelfd.store import operations
from shelfd.store.database import Tx

MOST = 100  # operations that one waits for
Number = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]

HINT = (
    'for example {"kind": "scan", "path": "/srv/media", "recursive": true},'
    ' {"kind": "import", "path": "/srv/inbox/x", "dry_run": true}, {"kind": "undo", "operation": 1}'
)


class Body(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """What is asked for; `kind` says which of those below."""

    deadline_s: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_DEADLINE_S)] | None = None
    """It fails unless it has ended after so many seconds; an import or undo that moves files goes on to its end."""
    waits_for: Annotated[list[Number], msgspec.Meta(max_length=MOST)] = []
    """Ids of operations that must end well before it starts; when one does not, it fails."""


class Scan(Body, frozen=True, kw_only=True, tag="scan"):
    """Read a directory again; without a path everything."""

    path: str = ""
    path_bytes: str = ""
    recursive: bool = False
    full: bool = False
    """Read the inside of every file anew, whatever is stored of it."""
    quick: bool = False
    """Look only at directories in which a name has come or gone."""

    @property
    def options(self) -> dict[str, bool]:
        """Return how the scan is to be done."""
        return {"recursive": self.recursive, "full": self.full, "quick": self.quick}


class Import(Body, frozen=True, kw_only=True, tag="import"):
    """File what lies in an inbox, now; of an inbox itself all that lies in it, each as a part of the operation."""

    path: str = ""
    path_bytes: str = ""
    mode: Mode | None = None
    organize: bool = False
    """Arrange what lies in a library as its layout has it: by renames, each item as a part of the operation."""
    dry_run: bool = False


class Undo(Body, frozen=True, kw_only=True, tag="undo"):
    """Put one import back, or with `since` each that ended since then and can be put back."""

    operation: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)] | None = None
    since: datetime | None = None
    """RFC 3339 with its zone."""
    dry_run: bool = False


class Verify(Body, frozen=True, kw_only=True, tag="verify"):
    """Compare files of libraries with the hashes in the catalog; without a path all of them."""

    path: str = ""
    path_bytes: str = ""


class DryRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the operation in the address is to be undone."""

    dry_run: bool = False


Wanted: TypeAlias = Scan | Import | Undo | Verify
"""All that may be asked for."""


def create(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/operations`: 202 with the id, or for an undo `since` with the ids, first to be done first."""
    wish: Wanted = asked.content(Wanted, HINT)  # type: ignore[arg-type]  # a union is a form, too
    match wish:
        case Scan():
            return _scan(daemon, wish)
        case Import():
            return _import(daemon, wish)
        case Verify():
            path = absolute(wish.path, wish.path_bytes) if wish.path or wish.path_bytes else None
            return _accepted(daemon, wish, verifies.wish(daemon, path))
        case Undo(operation=int(number), since=None):
            return _undo(daemon, number, wish)
        case Undo(operation=None, since=datetime() as moment):
            return _undo_since(daemon, moment, wish)
        case Undo():
            raise InvalidError(
                "body: an undo needs either operation or since",
                code="invalid_body",
                hint='for example {"kind": "undo", "operation": 1} or {"kind": "undo", "since": "2026-11-21T18:00:00Z"}',
            )


def undo(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/operations/{id}/undo`."""
    number = asked.id("operation")
    how = asked.content(DryRun, "it may have dry_run in it, true or false")
    return _undo(daemon, number, Undo(dry_run=how.dry_run))


def _accepted(daemon: Daemon, body: Body, *wishes: Wish) -> Response:
    """Put wishes into the queue; the first one is what was asked for."""
    with daemon.db.transaction() as tx:
        ids = _enqueued(daemon, tx, body, wishes)
    return answer({"id": ids[0]}, 202)


def _enqueued(daemon: Daemon, tx: Tx, body: Body, wishes: Iterable[Wish]) -> list[int]:
    for number in body.waits_for:
        other = operations.one(tx, number)
        if other is None:
            raise _nothing_to_wait_for(number)
        if other.state in (State.FAILED, State.CANCELLED):
            raise ConflictError(
                f"operation {number}: it has not ended well, so nothing can follow it",
                code="dependency_failed",
                hint=f"`shelfd retry {number}` first",
            )
    now = daemon.clock.wall()
    deadline = None if body.deadline_s is None else now + body.deadline_s
    how = {"deadline": deadline, "waits_for": tuple(body.waits_for)}
    # looks at inboxes that come along with a scan of everything serve for others, too
    asked = [replace(wish, **how) if wish.asker is Asker.PERSON else wish for wish in wishes]
    return [operations.enqueue(tx, wish, now) for wish in asked]


def _nothing_to_wait_for(number: int) -> NotFoundError:
    error = missing("operation", number)
    return NotFoundError(f"waits_for: {error.message}", code=error.code, hint=error.hint)


def _scan(daemon: Daemon, wish: Scan) -> Response:
    if wish.full and wish.quick:
        raise InvalidError(
            "body: a scan is either full or quick",
            code="invalid_body",
            hint="leave one of them out",
        )
    if not (wish.path or wish.path_bytes):
        return _accepted(daemon, wish, *scans.everything(daemon.current.roots, wish.options))
    path = absolute(wish.path, wish.path_bytes)
    return _accepted(daemon, wish, scans.below(daemon, path, wish.options))


def _import(daemon: Daemon, wish: Import) -> Response:
    if wish.organize:
        return _organize(daemon, wish)
    roots = daemon.current.roots
    root, place = places.require_inbox(roots, absolute(wish.path, wish.path_bytes))
    places.require(roots.absolute(place))
    options: dict[str, object] = {"dry_run": True} if wish.dry_run else {}
    if wish.mode is not None:
        options["mode"] = wish.mode
    # what was dropped together is filed together: the entry of the inbox, however deep the path
    dropped = Place(root.name, top(place.path))
    return _accepted(
        daemon,
        wish,
        Wish(
            kind=Kind.IMPORT,
            step=Step.PLAN,
            place=dropped,
            display=roots.display(dropped),
            asker=Asker.PERSON,
            options=options,
        ),
    )


def _organize(daemon: Daemon, wish: Import) -> Response:
    if wish.mode is not None:
        raise InvalidError(
            "body: what is organized is renamed, whatever the mode",
            code="invalid_body",
            hint="leave mode out",
        )
    roots = daemon.current.roots
    place = places.require_library(roots, absolute(wish.path, wish.path_bytes))
    places.require(roots.absolute(place))
    options: dict[str, object] = {"organize": True}
    return _accepted(
        daemon,
        wish,
        Wish(
            kind=Kind.IMPORT,
            step=Step.PLAN,
            place=place,
            display=roots.display(place),
            asker=Asker.PERSON,
            options=options | {"dry_run": True} if wish.dry_run else options,
        ),
    )


def _undo(daemon: Daemon, number: int, body: Undo) -> Response:
    # looked at and enqueued at once, so that two who ask at the same time do not both get it
    with daemon.db.transaction() as tx:
        wish = undos.one(tx, daemon.current.roots, number, dry_run=body.dry_run)
        return answer({"id": _enqueued(daemon, tx, body, [wish])[0]}, 202)


def _undo_since(daemon: Daemon, moment: datetime, body: Undo) -> Response:
    with daemon.db.transaction() as tx:
        wishes = undos.since(tx, daemon.current.roots, moment, dry_run=body.dry_run)
        ids = _enqueued(daemon, tx, body, wishes)
    return answer({"ids": ids}, 202)
