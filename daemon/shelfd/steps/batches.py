"""What a scan writes in one transaction: what it found in some directories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shelfd.core import catalog
from shelfd.core.moves import Row
from shelfd.core.operations import Operation
from shelfd.core.paths import Place, join
from shelfd.core.walk import Walk
from shelfd.steps import newcomers
from shelfd.steps.newcomers import Known
from shelfd.steps.ports import Base, Directories
from shelfd.steps.presence import Standings
from shelfd.steps.visits import Visit
from shelfd.store import catalog as shelf
from shelfd.store import unseen
from shelfd.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Visits that are written together, and where the walk stands once they are."""

    visits: Sequence[Visit]
    frontier: Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What of a batch is to be written."""

    found: Sequence[tuple[Visit, Sequence[shelf.Found]]]
    """Visits with their new and changed files."""
    known: Known
    """Which of those are known from elsewhere."""


def news(base: Base, disk: Directories, batch: Batch, standings: Standings) -> News:
    """Wait for the readers, and return what is to be written."""
    found = [(visit, _described(visit)) for visit in batch.visits if visit.news]
    new = [
        (Place(visit.root.name, join(visit.path, one.name)), one)
        for visit, files in found
        for one in files[: len(visit.changes.new)]
    ]
    return News(found=found, known=newcomers.known(base, disk, new, standings.in_sight))


def write(tx: Tx, operation: Operation, what: News, now: float) -> None:
    """Write it."""
    for visit, files in what.found:
        if visit.found is None:
            unseen.not_found_below(tx, operation.id, visit.root.name, visit.path)
        else:
            _write(tx, operation, visit, (files, what.known.moved, what.known.free), now)


def _described(visit: Visit) -> list[shelf.Found]:
    """Return the files of a visit, the new ones first, each with the item that it is."""
    if visit.found is None or visit.root.kind is None:
        return []
    return [
        shelf.Found(
            name=name,
            facts=visit.found.files[name],
            reading=reading,
            described=catalog.describe(visit.root.kind, join(visit.path, name), reading),
        )
        for name, reading in visit.read()
    ]


def _write(
    tx: Tx,
    operation: Operation,
    visit: Visit,
    what: tuple[Sequence[shelf.Found], Mapping[Place, Row], frozenset[int]],
    now: float,
) -> None:
    """Write what was found in one directory."""
    files, moved, free = what
    name = visit.root.name
    rows = shelf.Shelf(tx, name, now)
    directory = rows.directory(visit.path, visit.signature)
    fresh = []
    for one in files:
        row = moved.get(Place(name, join(visit.path, one.name)))
        if row is None:
            fresh.append(one)
        else:
            rows.move(directory, row.id, one, free=free)
    rows.put(directory, fresh)
    rows.back(directory, visit.changes.back)
    rows.settle()
    unseen.not_found(tx, operation.id, directory, visit.changes.gone)
    for path in visit.vanished:
        unseen.not_found_below(tx, operation.id, name, path)
