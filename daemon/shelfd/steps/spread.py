"""An import of a whole inbox: each drop in it is a part by itself, and it is over when they are."""

from shelfd.core.operations import Asker, Kind, Operation, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.roots import Root
from shelfd.steps import inbox
from shelfd.steps.gathering import counted, gather
from shelfd.steps.ports import Base, Directories
from shelfd.store import adopted, drops, operations, relations
from shelfd.store.database import Tx


def spread(base: Base, disk: Directories, operation: Operation, root: Root) -> None:
    """Begin the parts of an import and put it back until they have ended; or end it, when they have.

    What waits already by itself becomes a part of it; what somebody has asked for otherwise is left to that.
    """
    ended = relations.parts(base.db.read(), operation.id)
    if ended:
        result = _result(base.db.read(), operation, ended)
        gather(base, operation, ended, result, "imports have not ended well")
        return
    entries = inbox.entries(disk, root, TOP, base.current.settings.watch.ignore)
    now = base.clock.wall()
    with base.db.transaction() as tx:
        if not _is_dry(operation):
            adopted.adopt(tx, operation, now)
        known = drops.of(tx, root.name, None)
        done = {path for path, drop in known.items() if drop.state == "imported"}
        waiting = set() if _is_dry(operation) else adopted.in_hand(tx, root.name)
        for drop in entries.drops:
            if drop.path not in done | waiting:
                operations.enqueue(tx, _part(base, operation, drop.path), now)
        if relations.parts(tx, operation.id):
            operations.requeue(tx, operation.id, now)
        else:
            operations.complete(tx, operation.id, _result(tx, operation, {}), now)


def _is_dry(operation: Operation) -> bool:
    return operation.options.get("dry_run") is True


def _part(base: Base, operation: Operation, path: RelPath) -> Wish:
    place = Place(operation.root, path)
    return Wish(
        kind=Kind.IMPORT,
        step=Step.PLAN,
        place=place,
        display=base.current.roots.display(place),
        asker=Asker.PERSON,
        options=operation.options,
        deadline=operation.deadline,
        parent=operation.id,
    )


def _result(tx: Tx, operation: Operation, ended: dict[str, int]) -> dict[str, object]:
    others = [] if _is_dry(operation) else adopted.others(tx, operation)
    return {**counted(ended), "others": others}
