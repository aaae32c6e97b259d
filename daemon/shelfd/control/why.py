"""Collect what the rows say of one path, for `shelfd why`."""

import msgspec
from starlette.responses import Response

from shelfd.control import places
from shelfd.control.answers import answer, located, moment
from shelfd.control.asked import Asked
from shelfd.control.operations import end_of
from shelfd.control.ports import Daemon
from shelfd.core import settled
from shelfd.core import why as rules
from shelfd.core.identity import Identity
from shelfd.core.operations import Operation
from shelfd.core.paths import Place, RelPath, top
from shelfd.core.plan import Verdict
from shelfd.core.roots import Root, Roots
from shelfd.core.why import Shelved, Why
from shelfd.store import catalog as shelf
from shelfd.store import drops, holds, journal, operations, queries
from shelfd.store.database import Tx
from shelfd.store.holds import Hold


def why(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/why`."""
    path = asked.path()
    roots = daemon.current.roots
    found = places.locate(roots, path)
    if found is None:
        reason = "it lies in no inbox and in no library of the settings"
        return answer(located(path) | _shown(Why(state="unknown", reason=reason), roots))
    root, place = found
    known = _known(daemon, root, place)
    hold = _hold(daemon.db.read(), root, place)
    known = known if hold is None else rules.held(known, settled.held(hold.held_at))
    state, reason, _watches = daemon.root_state(root.name)
    known = rules.suspended(known, root.name, state, reason)
    return answer(located(path) | {"root": root.name} | _shown(known, roots))


def _known(daemon: Daemon, root: Root, place: Place) -> Why:
    if not place.path:
        return Why(state="unknown", reason=f"this is the {root.role} {root.name} itself")
    passed = rules.passed_over(place.path, daemon.current.settings.watch.ignore)
    if passed is not None:
        return passed
    reader = daemon.db.read()
    found = _drop(reader, place) if root.role == "inbox" else None
    found = found or _steps(reader, place)
    shelved = _shelved(reader, place)
    if shelved is not None:
        return rules.with_catalog(found, shelved) if found else rules.of_catalog(shelved)
    return found or _directory(reader, place) or _nothing(daemon, root, place)


def _hold(reader: Tx, root: Root, place: Place) -> Hold | None:
    found = holds.covering(reader, place)
    if found is not None or root.role == "library" or not place.path:
        return found
    # a part of what is filed as a whole holds all of it back
    return holds.touched(holds.of(reader, root.name), [top(place.path)])


def _drop(reader: Tx, place: Place) -> Why | None:
    row = drops.one(reader, Place(place.root, top(place.path)))
    if row is None:
        owner = rules.owner(top(place.path), queries.drop_paths(reader, place.root))
        row = None if owner is None else drops.one(reader, Place(place.root, owner))
    return None if row is None else rules.of_drop(place.path, row)


def _steps(reader: Tx, place: Place) -> Why | None:
    entry = journal.last_named(reader, place.root, place.path)
    operation = None if entry is None else operations.one(reader, entry.operation)
    if entry is None or operation is None:
        return None
    return rules.of_steps(place, entry, operation, _verdict(reader, operation, place))


def _verdict(reader: Tx, operation: Operation, place: Place) -> Verdict | None:
    """Return what was decided of the file that an operation has put at a place."""
    drop = drops.of_operation(reader, operation.id)
    verdicts = () if drop is None else drop.verdicts
    ends = ((Place(verdict.root, RelPath(verdict.target)), verdict) for verdict in verdicts)
    return next((verdict for end, verdict in ends if end == place), None)


def _shelved(reader: Tx, place: Place) -> Shelved | None:
    file = queries.file_at(reader, place.root, place.path)
    return None if file is None else Shelved(item=file.item, missing_since=file.missing_since)


def _directory(reader: Tx, place: Place) -> Why | None:
    if shelf.directory_at(reader, place.root, place.path) is None:
        return None
    files = shelf.present_below(reader, place.root, place.path)
    reason = f"a directory of the library; the catalog has {files} of the files in it and below"
    return Why(state="unknown", reason=reason)


def _nothing(daemon: Daemon, root: Root, place: Place) -> Why:
    there = places.exists(daemon.current.roots.absolute(place))
    return rules.of_nothing(role=root.role, there=there)


def _shown(why: Why, roots: Roots) -> dict[str, object]:
    """Return an answer with the contract's names; `parsed` and `candidates` are there when it was judged."""
    fields: dict[str, object] = {
        "state": why.state,
        "reason": why.reason,
        "parsed": _parsed(why.identity),
        "candidates": msgspec.to_builtins(why.identity.candidates) if why.identity else [],
        "rule": why.rule or None,
        "target": None,
        "operation": why.operation,
    }
    for key, place in (("target", why.target), ("source", why.source)):
        if place is not None:
            fields |= end_of(place, roots, key)
    extra = {
        "item": why.item,
        "filed_at": moment(why.at),
        "missing_since": moment(why.missing_since),
        "files": why.files
        and [located(path) | _shown(file, roots) for path, file in why.files.items()],
    }
    return fields | {key: value for key, value in extra.items() if value is not None}


def _parsed(identity: Identity | None) -> dict[str, object]:
    if identity is None:
        return {}
    fields: dict[str, object] = msgspec.to_builtins(identity)
    return {key: value for key, value in fields.items() if key not in ("candidates", "rule")}
