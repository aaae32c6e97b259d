"""Collect what the rows say of one path, for `shelfd why`."""

import os

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from shelfd.control import places
from shelfd.control.answers import answer, located, moment
from shelfd.control.asked import Asked
from shelfd.control.operations import end_of
from shelfd.control.ports import Daemon
from shelfd.core import embedded, settled
from shelfd.core import why as rules
from shelfd.core.errors import BrokenError, ConflictError, NotFoundError
from shelfd.core.identity import Identity, identify
from shelfd.core.journal import Entry
from shelfd.core.paths import (
    Place,
    RelPath,
    ancestors,
    guessed,
    name,
    parent,
    printable,
    top,
    within,
)
from shelfd.core.roots import QUARANTINE, Root, Roots
from shelfd.core.why import Shelved, Why
from shelfd.edges import directories
from shelfd.steps.ignoring import Ignoring
from shelfd.steps.ports import Base
from shelfd.store import catalog as shelf
from shelfd.store import drops, holds, journal, operations, queries, reviews
from shelfd.store.database import Tx
from shelfd.store.holds import Hold

DAY_S = 86_400.0
NAMED = 3  # works that a sentence names


def why(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/why`."""
    path = asked.path()
    roots = daemon.current.roots
    found = places.locate(roots, path)
    if found is None:
        reason = "it lies in no inbox and in no library of the settings"
        moved = _quarantined(daemon.db.read(), roots, path)
        known = moved or Why(state="unknown", reason=reason)
        return answer(located(path) | _shown(known, roots))
    root, place = found
    known = _known(daemon, root, place)
    hold = _hold(daemon.db.read(), root, place)
    known = known if hold is None else rules.held(known, settled.held(hold.held_at))
    known = _in_sight(daemon, root, place, known)
    return answer(located(path) | {"root": root.name} | _shown(known, roots))


def _known(daemon: Daemon, root: Root, place: Place) -> Why:
    passed = _passed_over(daemon, root, place)
    if not place.path:
        itself = Why(state="unknown", reason=f"this is the {root.role} {root.name} itself")
        return passed or itself
    reader = daemon.db.read()
    shelved = _shelved(daemon, place)
    if passed is not None:
        return rules.with_catalog(passed, shelved) if shelved else passed
    found = _dropped(daemon, place) if root.role == "inbox" else None
    found = found or _steps(reader, place)
    if shelved is not None:
        if found is None:
            found = rules.of_catalog(_as_read(reader, root, place))
        return rules.with_catalog(found, shelved)
    known = _directory(reader, place)
    if found is not None:
        return found if known is None else replace(found, item=known.item)
    return known or _nothing(daemon, root, place)


def _passed_over(daemon: Daemon, root: Root, place: Place) -> Why | None:
    if root.role == "inbox":
        return rules.passed_over(place.path, daemon.current.settings.watch.ignore)
    base = Base(db=daemon.db, clock=daemon.clock, current=daemon.current)
    ignoring = Ignoring(base, directories)
    # a directory that hides what is in it is none that is passed over, but people mean that
    reason = ignoring.passed_over(root, place.path) or ignoring.rules(root, place.path).hidden
    return None if reason is None else Why(state="ignored", reason=reason)


def _in_sight(daemon: Daemon, root: Root, place: Place, known: Why) -> Why:
    """Return the answer in view of the state of its root, and of whether a file of the catalog is there."""
    seen = daemon.condition().of(root.name)
    if known.item is None or known.state == "ignored":
        return rules.suspended(known, root.name, seen.state, seen.reason)
    # while an operation works on it, or after an undo, it need not be there
    expected = known.missing_since is None and (known.state == "filed" or known.operation is None)
    if not expected or _is_there(daemon, place):
        return known
    return rules.out_of_sight(known, root.name, seen.state, seen.reason)


def _is_there(daemon: Daemon, place: Place) -> bool:
    try:
        return places.exists(daemon.current.roots.absolute(place))
    except ConflictError:
        return False  # its disk does not answer


def _hold(reader: Tx, root: Root, place: Place) -> Hold | None:
    found = holds.covering(reader, place)
    if found is not None or root.role == "library" or not place.path:
        return found
    # a part of what is filed as a whole holds all of it back
    return holds.touched(holds.of(reader, root.name), [top(place.path)])


def _dropped(daemon: Daemon, place: Place) -> Why | None:
    reader = daemon.db.read()
    found = _drop(reader, place)
    if place.path == top(place.path) or found is None or _is_there(daemon, place):
        return found
    # it may have gone with an import, and what is known of its drop by now is about the rest
    before = _steps(reader, place)
    return before if before is not None and before.state == "imported" else found


def _drop(reader: Tx, place: Place) -> Why | None:
    row = drops.one(reader, Place(place.root, top(place.path)))
    if row is None:
        owner = rules.owner(top(place.path), queries.drop_paths(reader, place.root))
        row = None if owner is None else drops.one(reader, Place(place.root, owner))
    if row is None:
        return None
    found = rules.of_drop(place.path, row)
    asked = row.state == "review"
    return (
        replace(found, review=reviews.of_drop(reader, Place(row.root, row.path)))
        if asked
        else found
    )


def _steps(reader: Tx, place: Place) -> Why | None:
    entry = journal.last_named(reader, place.root, place.path)
    operation = None if entry is None else operations.one(reader, entry.operation)
    if entry is None or operation is None:
        return None
    if entry.step.trash and entry.step.source == place:
        # what was copied goes to the trash after that
        filed = (one for one in journal.of(reader, entry.operation) if one.step.source == place)
        entry = next((one for one in filed if one.step.target and not one.step.trash), entry)
    return rules.of_steps(place, entry, operation, _decided(reader, entry, place))


def _quarantined(reader: Tx, roots: Roots, path: bytes) -> Why | None:
    """Return why something lies in the quarantine; None when shelfd has not put it there."""
    root = roots.get(QUARANTINE)
    if root is None or not within(RelPath(path), RelPath(root.path)):
        return None
    place = Place(QUARANTINE, RelPath(path[len(root.path) :].strip(b"/")))
    entry = journal.last_named(reader, place.root, place.path)
    drop = None if entry is None else drops.of_operation(reader, entry.operation)
    if entry is None or drop is None:
        return None
    source = entry.step.source
    return Why(state="refused", reason=drop.reason, source=source, operation=entry.operation)


def _decided(reader: Tx, entry: Entry, place: Place) -> tuple[Identity | None, str]:
    """Return what the file of a step was taken for, and by which rule it went where it did."""
    known = entry.step.expected
    if known.identity is not None or known.rule:
        return known.identity, known.rule
    # a step that was written down before steps remembered it
    drop = drops.of_operation(reader, entry.operation)
    for verdict in () if drop is None else drop.verdicts:
        if Place(verdict.root, RelPath(verdict.target)) == place:
            return verdict.identity, verdict.rule
    return None, ""


def _shelved(daemon: Daemon, place: Place) -> Shelved | None:
    file = queries.file_at(daemon.db.read(), place.root, place.path)
    if file is None:
        return None
    since = file.missing_since
    grace_s = daemon.current.settings.missing.grace_days * DAY_S
    kept_until = None if since is None else since + grace_s
    return Shelved(item=file.item, missing_since=since, kept_until=kept_until)


def _as_read(reader: Tx, root: Root, place: Place) -> Identity | None:
    """Return what a file of the catalog is taken for by its names and by what was read in it."""
    file = queries.file_at(reader, place.root, place.path)
    if file is None:
        return None
    parts = tuple(guessed(part) for part in place.path.split(b"/"))
    return embedded.with_ids(identify(parts, file.reading, root.kind), file.reading.tags)


def _directory(reader: Tx, place: Place) -> Why | None:
    if shelf.directory_at(reader, place.root, place.path) is None:
        return None
    files = shelf.present_below(reader, place.root, place.path)
    reason = f"a directory of the library; the catalog has {files} of the files in it and below"
    works = queries.items_in(reader, place.root, place.path)
    if not works:
        return Why(state="unknown", reason=reason)
    called = ", ".join(f"{work.kind} {work.title!r}" for work in works[:NAMED])
    more = f" and {len(works) - NAMED} more" if len(works) > NAMED else ""
    only = works[0].id if len(works) == 1 else None
    return Why(state="unknown", reason=f"{reason}; it is of the {called}{more}", item=only)


def _nothing(daemon: Daemon, root: Root, place: Place) -> Why:
    there = places.exists(daemon.current.roots.absolute(place))
    found = _on_disk(daemon, root, place) if there else None
    return found or rules.of_nothing(role=root.role, there=there)


def _on_disk(daemon: Daemon, root: Root, place: Place) -> Why | None:
    """Return why no scan takes what lies in a library, by what it is, or by a link that leads there."""
    if root.kind is None or root.role == "inbox":
        return None
    current = daemon.current
    scan, inside = current.settings.scan, directories.among(one.path for one in current.roots)
    for here in reversed([place.path, *ancestors(place.path)]):
        above = current.roots.absolute(Place(root.name, parent(here)))
        if here != place.path and not os.path.islink(os.path.join(above, name(here))):
            continue
        try:
            found = directories.listing(above, scan.symlinks, inside)
        except (BrokenError, NotFoundError) as error:
            return Why(state="unknown", reason=error.message)
        if (known := rules.of_entry(name(here), root.kind, found, scan)) is not None:
            subject = "" if here == place.path else f"{printable(here)}: "
            return replace(known, reason=f"{subject}{known.reason}")
    return None


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
        "kept_until": moment(why.kept_until),
        "review": why.review,
        "files": why.files
        and [located(path) | _shown(file, roots) for path, file in why.files.items()],
    }
    return fields | {key: value for key, value in extra.items() if value is not None}


def _parsed(identity: Identity | None) -> dict[str, object]:
    if identity is None:
        return {}
    fields: dict[str, object] = msgspec.to_builtins(identity)
    return {key: value for key, value in fields.items() if key not in ("candidates", "rule")}
