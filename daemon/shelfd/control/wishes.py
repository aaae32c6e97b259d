"""What may be asked for: scans, imports and undos, checked and put into the queue."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.responses import Response

from shelfd.control import places
from shelfd.control.answers import InvalidError, answer
from shelfd.control.asked import Asked, absolute, missing
from shelfd.control.ports import Daemon
from shelfd.core.errors import ConflictError, UsageError
from shelfd.core.operations import Asker, Kind, Operation, Step, Wish
from shelfd.core.paths import TOP, Place, printable, top
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Mode
from shelfd.store import drops, operations, queries
from shelfd.store.database import Tx

HINT = (
    'for example {"kind": "scan", "path": "/srv/media", "recursive": true},'
    ' {"kind": "import", "path": "/srv/inbox/x", "dry_run": true}, {"kind": "undo", "operation": 1}'
)


class Scan(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    tag="scan",
    forbid_unknown_fields=True,
):
    """Read a directory again; without a path everything."""

    path: str = ""
    path_bytes: str = ""
    recursive: bool = False
    full: bool = False
    """Read the inside of every file anew, whatever is stored of it."""


class Import(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    tag="import",
    forbid_unknown_fields=True,
):
    """File what lies in an inbox, now."""

    path: str = ""
    path_bytes: str = ""
    mode: Mode | None = None
    dry_run: bool = False


class Undo(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    tag="undo",
    forbid_unknown_fields=True,
):
    """Put one import back, or with `since` each that ended since then and can be put back."""

    operation: int | None = None
    since: datetime | None = None
    """RFC 3339 with its zone."""
    dry_run: bool = False


class DryRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the operation in the address is to be undone."""

    dry_run: bool = False


def create(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/operations`: 202 with the id, or for an undo `since` with the ids, first to be done first."""
    wish: Scan | Import | Undo = asked.content(Scan | Import | Undo, HINT)  # type: ignore[arg-type]  # a union is a form, too
    match wish:
        case Scan():
            return _accepted(daemon, _scans(daemon.current.roots, wish))
        case Import():
            return _accepted(daemon, [_import(daemon.current.roots, wish)])
        case Undo(operation=int(number), since=None):
            return _undo(daemon, number, dry_run=wish.dry_run)
        case Undo(operation=None, since=datetime() as moment):
            return _undo_since(daemon, moment, dry_run=wish.dry_run)
        case Undo():
            raise InvalidError("body: an undo needs either operation or since", code="invalid_body")


def undo(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/operations/{id}/undo`."""
    number = asked.id("operation")
    return _undo(
        daemon,
        number,
        dry_run=asked.content(DryRun, "it may have dry_run in it, true or false").dry_run,
    )


def _accepted(daemon: Daemon, wishes: Sequence[Wish]) -> Response:
    """Put wishes into the queue; the first one is what was asked for."""
    now = daemon.clock.wall()
    with daemon.db.transaction() as tx:
        ids = [operations.enqueue(tx, wish, now) for wish in wishes]
    return answer({"id": ids[0]}, 202)


def _scans(roots: Roots, wish: Scan) -> list[Wish]:
    if not (wish.path or wish.path_bytes):
        return _everything(roots, full=wish.full)
    path = absolute(wish.path, wish.path_bytes)
    found = places.locate(roots, path)
    if found is None:
        raise _outside(path, "library and no inbox")
    root, place = found
    if root.role == "inbox":
        return [_look(roots, place, Asker.PERSON)]
    options = {"recursive": wish.recursive, "full": wish.full}
    return [
        Wish(
            kind=Kind.SCAN,
            step=Step.SCAN,
            place=place,
            display=roots.display(place),
            asker=Asker.PERSON,
            options={option: True for option, on in options.items() if on},
        )
    ]


def _everything(roots: Roots, *, full: bool) -> list[Wish]:
    """Return one scan of all libraries, and beside it a look at each inbox."""
    scan = Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place("", TOP),
        display="all libraries",
        asker=Asker.PERSON,
        options={"recursive": True, "full": True} if full else {"recursive": True},
    )
    inboxes = [Place(root.name, TOP) for root in roots if root.role == "inbox"]
    return [scan, *(_look(roots, place, Asker.SHELFD) for place in inboxes)]


def _look(roots: Roots, place: Place, asker: Asker) -> Wish:
    return Wish(
        kind=Kind.SCAN,
        step=Step.LOOK,
        place=place,
        display=roots.display(place),
        asker=asker,
        # what was refused may be welcome by now: that is why people ask
        options={"again": True},
    )


def _import(roots: Roots, wish: Import) -> Wish:
    path = absolute(wish.path, wish.path_bytes)
    root, place = _in_an_inbox(roots, path)
    places.require(roots.absolute(place))
    options: dict[str, object] = {"dry_run": True} if wish.dry_run else {}
    if wish.mode is not None:
        options["mode"] = wish.mode
    # what was dropped together is filed together: the entry of the inbox, however deep the path
    dropped = Place(root.name, top(place.path))
    return Wish(
        kind=Kind.IMPORT,
        step=Step.PLAN,
        place=dropped,
        display=roots.display(dropped),
        asker=Asker.PERSON,
        options=options,
    )


def _in_an_inbox(roots: Roots, path: bytes) -> tuple[Root, Place]:
    found = places.locate(roots, path)
    if found is None or found[0].role != "inbox":
        raise _outside(path, "inbox")
    if not found[1].path:
        raise UsageError(
            f"{printable(path)}: this is an inbox itself",
            code="not_in_an_inbox",
            hint="name what lies in it; `shelfd scan` looks at all of it",
        )
    return found


def _outside(path: bytes, what: str) -> UsageError:
    return UsageError(
        f"{printable(path)}: it lies in no {what} of the settings",
        code="not_in_a_root" if what != "inbox" else "not_in_an_inbox",
        hint="`shelfd status` lists the libraries and inboxes",
    )


def _undo(daemon: Daemon, number: int, *, dry_run: bool) -> Response:
    now = daemon.clock.wall()
    with daemon.db.transaction() as tx:
        wish = _undo_wish(tx, daemon.current.roots, number, dry_run=dry_run)
        return answer({"id": operations.enqueue(tx, wish, now)}, 202)


def _undo_since(daemon: Daemon, since: datetime, *, dry_run: bool) -> Response:
    if since.tzinfo is None:
        raise InvalidError("since: it has no time zone", code="invalid_body")
    roots, now = daemon.current.roots, daemon.clock.wall()
    with daemon.db.transaction() as tx:
        numbers = [
            number
            for number in queries.undoable(tx, since.timestamp())
            if queries.undone_by(tx, number) is None
        ]
        wishes = [_undo_wish(tx, roots, number, dry_run=dry_run) for number in numbers]
        ids = [operations.enqueue(tx, wish, now) for wish in wishes]
    if not ids:
        raise ConflictError(
            f"undo: no import that can be undone has ended since {since.isoformat()}",
            code="nothing_to_undo",
            hint="`shelfd operations --kind import` lists imports",
        )
    return answer({"ids": ids}, 202)


def _undo_wish(tx: Tx, roots: Roots, number: int, *, dry_run: bool) -> Wish:
    target = operations.one(tx, number)
    if target is None:
        raise missing("operation", number)
    if (refusal := _not_undoable(tx, target)) is not None:
        raise refusal
    drop = drops.of_operation(tx, number)
    place = target.place if drop is None else Place(drop.root, drop.path)
    options: dict[str, object] = {"operation": number}
    return Wish(
        kind=Kind.UNDO,
        step=Step.UNDO,
        place=place,
        display=roots.display(place),
        asker=Asker.PERSON,
        options=options | {"dry_run": True} if dry_run else options,
    )


def _not_undoable(tx: Tx, target: Operation) -> ConflictError | None:
    subject = f"operation {target.id}"
    if target.kind is not Kind.IMPORT:
        return ConflictError(
            f"{subject}: it is no import but of kind {target.kind}",
            code="not_an_import",
            hint="`shelfd operations --kind import` lists imports",
        )
    if target.finished_at is None:
        return ConflictError(
            f"{subject}: it has not ended yet, it is {target.state}",
            code="not_ended",
            hint=f"wait for it: shelfd events --operation {target.id}",
        )
    if (other := queries.undone_by(tx, target.id)) is not None:
        return ConflictError(f"{subject}: operation {other} undoes it already", code="being_undone")
    if not queries.is_undoable(tx, target.id):
        return ConflictError(
            f"{subject}: there is nothing to undo",
            code="nothing_to_undo",
            hint="only imports that filed something can be undone, once, and until the trash is emptied",
        )
    return None
