"""What a scan writes in one transaction: what it found in some directories."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core import catalog
from shelfd.core.errors import BrokenError
from shelfd.core.listing import NEVER
from shelfd.core.operations import Operation
from shelfd.core.paths import Place, join, parent
from shelfd.core.roots import Roots
from shelfd.core.walk import Walk
from shelfd.steps import newcomers
from shelfd.steps.beside import Beside
from shelfd.steps.newcomers import Known, New
from shelfd.steps.ports import Base, Directories
from shelfd.steps.standings import Standings
from shelfd.steps.visit import Visit
from shelfd.steps.visits import Eyes
from shelfd.store import again, signatures, unseen
from shelfd.store import catalog as shelf
from shelfd.store.database import Tx


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Visits that are written together, and where the walk stands once they are."""

    visits: Sequence[Visit]
    frontier: Walk


Described = Sequence[tuple[Visit, Sequence[shelf.Found]]]
"""Visits with their new and changed files, each with the item that it is."""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What of a batch is to be written."""

    found: Described
    known: Known
    """Which of those are known from elsewhere."""
    others: int = 0
    """Files that were read again, though they look the same, and are other than their rows say."""


def described(base: Base, eyes: Eyes, batch: Batch) -> Described:
    """Wait for the readers, and return what they have found."""
    beside = Beside(base, eyes.disk)
    return [_described(base, eyes.disk, beside, visit) for visit in batch.visits if visit.news]


def news(base: Base, eyes: Eyes, found: Described, standings: Standings, newest: int) -> News:
    """Return what is to be written; until it is, nobody else may write what is known of files.

    `newest` is the highest id that a file had when the scan began, or went on.
    """
    new = [
        New(place=_place(visit, one), found=one, replaced=one.name in visit.replaced)
        for visit, files in found
        for wanted in [visit.replaced.union(visit.changes.new)]
        for one in files
        if one.name in wanted
    ]
    reader = base.db.read()
    others = sum(
        again.others(
            reader, visit.root.name, visit.path, [one for one in files if one.name in visit.again]
        )
        for visit, files in found
        if visit.again
    )
    known = newcomers.known(base, eyes, new, standings.in_sight, newest)
    return News(found=found, known=known, others=others)


def write(tx: Tx, operation: Operation, what: News, roots: Roots, now: float) -> None:
    """Write it: first what moved, from wherever to wherever, so that each name is free for what has it now.

    What was found in a root that has left `roots` meanwhile is left out.
    """
    moved, free = what.known.moved, what.known.free
    found = [(visit, files) for visit, files in what.found if roots.get(visit.root.name)]
    lifted = [
        (row.id, one)
        for visit, files in found
        for one in files
        if (row := moved.get(_place(visit, one))) is not None
    ]
    shelf.lift(tx, lifted, free)
    shelves = []
    for visit, files in found:
        if visit.found is None:
            unseen.not_found_below(tx, operation.id, visit.root.name, visit.path)
            # what is above may look the same when it is back: its disk was away
            signatures.doubt(tx, visit.root.name, parent(visit.path))
            continue
        rows, directory = _put(tx, visit, now)
        fresh = []
        for one in files:
            row = moved.get(_place(visit, one))
            if row is None:
                fresh.append(one)
            else:
                rows.move(directory, row.id, one, free=free)
        shelves.append((visit, rows, directory, fresh))
    for visit, rows, directory, fresh in shelves:
        rows.put(directory, fresh)
        rows.back(directory, visit.changes.back)
        rows.settle()
        unseen.not_found(tx, operation.id, directory, visit.changes.gone)
        for path in visit.vanished:
            unseen.not_found_below(tx, operation.id, visit.root.name, path)


def _put(tx: Tx, visit: Visit, now: float) -> tuple[shelf.Shelf, int]:
    """Put the directory of a visit, and what there is to be read in it; return what writes there, and its id."""
    rows = shelf.Shelf(tx, visit.root.name, now)
    if visit.path:
        signatures.doubt_above_unknown(tx, visit.root.name, visit.path)
    directory = rows.directory(visit.path, visit.signature, visit.sieve)
    signatures.meet(tx, visit.root.name, visit.met, now)
    if visit.other_rules:
        signatures.choose_anew_below(tx, visit.root.name, visit.path)
    return rows, directory


def _place(visit: Visit, one: shelf.Found) -> Place:
    return Place(visit.root.name, join(visit.path, one.name))


def _described(
    base: Base, disk: Directories, beside: Beside, visit: Visit
) -> tuple[Visit, list[shelf.Found]]:
    """Return a visit with its files, each with the item that it is."""
    kind = visit.root.kind
    if visit.found is None or kind is None:
        return visit, []
    facts = visit.found.files
    files = []
    for name, reading in visit.read():
        path = join(visit.path, name)
        if reading.error is not None and _is_away(base, disk, Place(visit.root.name, path)):
            # its disk went away: that says nothing of the file, so the directory is read again
            visit = replace(visit, signature=NEVER)
            continue
        files.append(
            shelf.Found(
                name=name,
                facts=facts[name],
                reading=reading,
                described=catalog.describe(kind, path, reading, beside.of(visit.root, path)),
            )
        )
    return visit, files


def _is_away(base: Base, disk: Directories, place: Place) -> bool:
    path = base.current.roots.absolute(place)
    try:
        return disk.facts(path) is None and not disk.exists(path)
    except BrokenError:
        return True
