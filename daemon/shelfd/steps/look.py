"""Step 2, inboxes: look at what was dropped, and queue the import of what has settled."""

from collections.abc import Callable
from dataclasses import dataclass

from shelfd.core import drops, settled
from shelfd.core.drops import Drop
from shelfd.core.errors import UsageError
from shelfd.core.listing import Listing
from shelfd.core.operations import Asker, Kind, Operation, Step, Wish
from shelfd.core.paths import TOP, Place, top
from shelfd.core.roots import Root
from shelfd.core.settled import Memory, Waiting
from shelfd.steps import inbox
from shelfd.steps.ports import Base, Directories, Turn
from shelfd.store import drops as rows
from shelfd.store import operations, roots
from shelfd.store.database import Tx

MANY = 16  # drops; each look lists the whole inbox, so a thousand of them are better served by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look at one drop came to."""

    drop: Drop
    memory: Memory
    waiting: Waiting | None
    """None: it is to be imported now."""


class Look:
    """Looks at one drop of an inbox, or with an empty path at all of them."""

    def __init__(self, base: Base, disk: Directories, ensure: Callable[[bytes], None]) -> None:
        """`ensure` makes sure that a directory is watched."""
        self._base = base
        self._disk = disk
        self._ensure = ensure

    def __call__(self, operation: Operation, _turn: Turn) -> None:
        """Look, decide, and hand over to imports and later looks."""
        root = self._base.current.roots.get(operation.root)
        if root is None:
            raise UsageError(
                f"{operation.root}: no inbox of this name is in the settings any more",
                code="no_such_root",
            )
        listing = inbox.top(self._disk, root)
        self._ensure(root.path)
        patterns = self._base.current.settings.watch.ignore
        present = drops.group(listing, patterns)
        wanted = [
            drop for drop in present if not operation.path or top(operation.path) in drop.members
        ]
        known = rows.of(self._base.db.read(), root.name)
        again = operation.options.get("again") is True
        looked = [
            found
            for drop in wanted
            if (found := self._look(root, listing, drop, known.get(drop.path), again=again))
        ]
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            for found in looked:
                self._record(tx, root, found, now)
            for wish in self._next_looks(root, looked):
                operations.enqueue(tx, wish, now)
            keep = {drop.path for drop in present}
            rows.forget(tx, root.name, keep, None if not operation.path else {top(operation.path)})
            if not operation.path:
                roots.scanned(tx, root.name, now)
            rows.release(tx)
            result = {"drops": len(wanted), "ready": sum(found.waiting is None for found in looked)}
            operations.complete(tx, operation.id, result, now)

    def _look(
        self, root: Root, listing: Listing, drop: Drop, row: rows.Drop | None, *, again: bool
    ) -> Looked | None:
        """Return what to record of a drop; None when nothing has changed that matters."""
        if row is not None and row.state == "queued":
            return None  # its import looks itself
        now = self._base.clock.wall()
        here = inbox.sight(
            self._disk, root, listing, drop, self._base.current.settings.watch.ignore
        )
        digest = settled.snapshot(here)
        if row is not None and row.state in ("imported", "held"):
            # a drop that was dealt with becomes a new one only when its files do
            if row.memory.snapshot == settled.snapshot(here, links=False):
                return None
            row = None
        same = row is not None and row.memory.snapshot == digest
        if (
            row is not None
            and same
            and row.state != "settling"
            and not (again and row.state == "refused")
        ):
            return None
        memory = Memory(
            snapshot=digest,
            bytes=here.bytes,
            changed_at=min(row.memory.changed_at, now) if row is not None and same else now,
            looked_at=now,
        )
        patience = inbox.quiet_s(self._base.current.settings.watch.settle_s, listing, drop)
        waiting = settled.quiet(here, row.memory if row is not None else None, now, patience)
        if waiting is None:
            later = settled.patiently(memory, now, patience)
            waiting = settled.whole(here, inbox.doubts(self._disk, root, here), later)
        return Looked(drop=drop, memory=memory, waiting=waiting)

    def _record(self, tx: Tx, root: Root, found: Looked, now: float) -> None:
        place = Place(root.name, found.drop.path)
        waiting = found.waiting
        if waiting is None:
            rows.looked(tx, place, "settling", "it has settled", found.memory)
            wish = Wish(
                kind=Kind.IMPORT,
                step=Step.PLAN,
                place=place,
                display=self._base.current.roots.display(place),
                asker=Asker.SHELFD,
            )
            rows.queued(tx, place, operations.enqueue(tx, wish, now))
            return
        state = "refused" if waiting.refused else "settling"
        rows.looked(tx, place, state, waiting.reason, found.memory)

    def _next_looks(self, root: Root, looked: list[Looked]) -> list[Wish]:
        """Return when to look again: at each drop by itself, or when there are many, at all of them at once."""
        later = [
            (found.drop.path, found.waiting.look_at)
            for found in looked
            if found.waiting is not None and found.waiting.look_at is not None
        ]
        if len(later) > MANY:
            later = [(TOP, min(look_at for _path, look_at in later))]
        current = self._base.current.roots
        return [inbox.next_look(current, Place(root.name, path), at) for path, at in later]
