"""An import of a whole inbox: each drop in it is a part by itself, and it is over when they are."""

from shelfd.core.errors import RefusedError
from shelfd.core.operations import Asker, Kind, Operation, State, Step, Wish
from shelfd.core.paths import TOP, Place
from shelfd.core.roots import Root
from shelfd.steps import inbox
from shelfd.steps.ports import Base, Directories
from shelfd.store import drops, operations, relations

BUSY = frozenset({"queued", "imported"})
"""States of drops that are filed, or will be, without being asked again."""


def spread(base: Base, disk: Directories, operation: Operation, root: Root) -> None:
    """Begin the parts of an import and put it back until they have ended; or end it, when they have."""
    ended = relations.parts(base.db.read(), operation.id)
    if ended:
        _gather(base, operation, ended)
        return
    entries = inbox.entries(disk, root, TOP, base.current.settings.watch.ignore)
    known = drops.of(base.db.read(), root.name, None)
    paths = [
        drop.path
        for drop in entries.drops
        if (row := known.get(drop.path)) is None or row.state not in BUSY
    ]
    now = base.clock.wall()
    with base.db.transaction() as tx:
        for path in paths:
            place = Place(root.name, path)
            part = Wish(
                kind=Kind.IMPORT,
                step=Step.PLAN,
                place=place,
                display=base.current.roots.display(place),
                asker=Asker.PERSON,
                options=operation.options,
                deadline=operation.deadline,
                parent=operation.id,
            )
            operations.enqueue(tx, part, now)
        if paths:
            operations.requeue(tx, operation.id, now)
        else:
            operations.complete(tx, operation.id, _counted({}), now)


def _gather(base: Base, operation: Operation, ended: dict[str, int]) -> None:
    result = _counted(ended)
    now = base.clock.wall()
    with base.db.transaction() as tx:
        if set(ended) == {str(State.COMPLETED)}:
            operations.complete(tx, operation.id, result, now)
            return
        bad = result["parts"] - result["completed"]
        error = RefusedError(
            f"{operation.display}: {bad} of {result['parts']} imports have not ended well",
            code="parts_failed",
            hint="`shelfd operations --kind import` says why",
        )
        operations.fail(tx, operation.id, error, now, result)


def _counted(ended: dict[str, int]) -> dict[str, int]:
    ways = (State.COMPLETED, State.FAILED, State.CANCELLED)
    return {"parts": sum(ended.values()), **{str(way): ended.get(way, 0) for way in ways}}
