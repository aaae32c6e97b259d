"""What may be asked for: scans, imports and undos, checked and put into the queue."""

from datetime import datetime
from typing import Annotated

import msgspec
from starlette.responses import Response

from shelfd.control import places, scans, undos
from shelfd.control.answers import InvalidError, answer
from shelfd.control.asked import LARGEST, Asked, absolute
from shelfd.control.ports import Daemon
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import Place, top
from shelfd.core.settings import Mode
from shelfd.store import operations

HINT = (
    'for example {"kind": "scan", "path": "/srv/media", "recursive": true},'
    ' {"kind": "import", "path": "/srv/inbox/x", "dry_run": true}, {"kind": "undo", "operation": 1}'
)


class Body(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """What is asked for; `kind` says which of those below."""


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
    """File what lies in an inbox, now."""

    path: str = ""
    path_bytes: str = ""
    mode: Mode | None = None
    dry_run: bool = False


class Undo(Body, frozen=True, kw_only=True, tag="undo"):
    """Put one import back, or with `since` each that ended since then and can be put back."""

    operation: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)] | None = None
    since: datetime | None = None
    """RFC 3339 with its zone."""
    dry_run: bool = False


class DryRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the operation in the address is to be undone."""

    dry_run: bool = False


def create(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/operations`: 202 with the id, or for an undo `since` with the ids, first to be done first."""
    wish: Scan | Import | Undo = asked.content(Scan | Import | Undo, HINT)  # type: ignore[arg-type]  # a union is a form, too
    match wish:
        case Scan():
            return _scan(daemon, wish)
        case Import():
            return _import(daemon, wish)
        case Undo(operation=int(number), since=None):
            return _undo(daemon, number, dry_run=wish.dry_run)
        case Undo(operation=None, since=datetime() as moment):
            return _undo_since(daemon, moment, dry_run=wish.dry_run)
        case Undo():
            raise InvalidError("body: an undo needs either operation or since", code="invalid_body")


def undo(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/operations/{id}/undo`."""
    number = asked.id("operation")
    how = asked.content(DryRun, "it may have dry_run in it, true or false")
    return _undo(daemon, number, dry_run=how.dry_run)


def _accepted(daemon: Daemon, *wishes: Wish) -> Response:
    """Put wishes into the queue; the first one is what was asked for."""
    now = daemon.clock.wall()
    with daemon.db.transaction() as tx:
        ids = [operations.enqueue(tx, wish, now) for wish in wishes]
    return answer({"id": ids[0]}, 202)


def _scan(daemon: Daemon, wish: Scan) -> Response:
    if wish.full and wish.quick:
        raise InvalidError(
            "body: a scan is either full or quick",
            code="invalid_body",
            hint="leave one of them out",
        )
    if not (wish.path or wish.path_bytes):
        return _accepted(daemon, *scans.everything(daemon.current.roots, wish.options))
    path = absolute(wish.path, wish.path_bytes)
    return _accepted(daemon, scans.below(daemon, path, wish.options))


def _import(daemon: Daemon, wish: Import) -> Response:
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
        Wish(
            kind=Kind.IMPORT,
            step=Step.PLAN,
            place=dropped,
            display=roots.display(dropped),
            asker=Asker.PERSON,
            options=options,
        ),
    )


def _undo(daemon: Daemon, number: int, *, dry_run: bool) -> Response:
    now = daemon.clock.wall()
    # looked at and enqueued at once, so that two who ask at the same time do not both get it
    with daemon.db.transaction() as tx:
        wish = undos.one(tx, daemon.current.roots, number, dry_run=dry_run)
        return answer({"id": operations.enqueue(tx, wish, now)}, 202)


def _undo_since(daemon: Daemon, moment: datetime, *, dry_run: bool) -> Response:
    now = daemon.clock.wall()
    with daemon.db.transaction() as tx:
        wishes = undos.since(tx, daemon.current.roots, moment, dry_run=dry_run)
        ids = [operations.enqueue(tx, wish, now) for wish in wishes]
    return answer({"ids": ids}, 202)
