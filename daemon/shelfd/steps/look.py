"""Step 2, inboxes: look at what was dropped, and queue the import of what has settled."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core import ignored, settled
from shelfd.core.drops import Drop, Sight
from shelfd.core.errors import UsageError
from shelfd.core.operations import Asker, Kind, Operation, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath, top
from shelfd.core.roots import Root
from shelfd.core.settled import Memory, Waiting
from shelfd.steps import inbox, quarantining
from shelfd.steps.inbox import Entries
from shelfd.steps.ports import Base, Directories, Turn
from shelfd.steps.presence import Presence
from shelfd.store import drops as rows
from shelfd.store import holds, operations, roots
from shelfd.store.database import Tx
from shelfd.store.holds import Hold

MANY = 16  # drops; each look lists the whole inbox, so a thousand of them are better served by one

STAYING = frozenset({"refused", "review"})
"""States of drops that another judgement could file as they are."""
DEALT_WITH = frozenset({"imported", "held", "quarantined"})
"""States after which a drop that has changed is a new one."""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at one drop came to."""

    drop: Drop
    memory: Memory
    waiting: Waiting | None
    """None: it is to be imported now."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What one look goes by."""

    root: Root
    entries: Entries
    holds: Sequence[Hold]
    settle_s: float
    again: bool
    """What was refused, or is asked about, is judged anew, although it has not changed."""


class Look:
    """Looks at one drop of an inbox, or with an empty path at all of them."""

    def __init__(
        self,
        base: Base,
        disk: Directories,
        presence: Presence,
        ensure: Callable[[bytes], None],
        remote: Callable[[Root], bool] = lambda _root: False,
    ) -> None:
        """`ensure` makes sure that a directory is watched; `remote` says whether a root lies on a network file system."""
        self._base = base
        self._disk = disk
        self._presence = presence
        self._ensure = ensure
        self._remote = remote

    def __call__(self, operation: Operation, _turn: Turn) -> None:
        """Look, decide, and hand over to imports and later looks."""
        root = self._base.current.roots.get(operation.root)
        if root is None:
            raise UsageError(
                f"{operation.root}: no inbox of this name is in the settings any more",
                code="no_such_root",
            )
        self._presence.require(root)  # else all that was dropped would seem to be gone
        self._ensure(root.path)
        view = self._view(operation, root)
        present = view.entries.drops
        wanted = [drop for drop in present if _concerns(operation.path, drop)]
        among = [drop.path for drop in wanted] if operation.path else None
        known = rows.of(self._base.db.read(), root.name, among)
        looked = [
            found for drop in wanted if (found := self._look(view, drop, known.get(drop.path)))
        ]
        if not operation.path:
            quarantining.forget_gone(self._base, self._disk, self._presence, root.name)
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

    def _view(self, operation: Operation, root: Root) -> View:
        watch = self._base.current.settings.watch
        return View(
            root=root,
            entries=inbox.entries(self._disk, root, operation.path, watch.ignore),
            holds=holds.of(self._base.db.read(), root.name),
            settle_s=watch.settle_network_s if self._remote(root) else watch.settle_s,
            again=operation.options.get("again") is True,
        )

    def _look(self, view: View, drop: Drop, row: rows.Drop | None) -> Looked | None:
        """Return what to record of a drop; None when nothing has changed that matters."""
        if row is not None and row.state == "queued":
            return None  # its import looks itself
        hold = holds.touched(view.holds, drop.members)
        now = self._base.clock.wall()
        if hold is not None and (row is None or row.state in ("settling", "held")):
            return _held(drop, row, hold, now)
        patterns = self._base.current.settings.watch.ignore
        here = inbox.sight(self._disk, view.root, view.entries, drop, patterns)
        if _dealt_with(row, here, again=view.again):
            return None
        if hold is not None:
            return _held(drop, None, hold, now)
        # a drop that was dealt with becomes a new one when its files do
        before = None if row is None or row.state in DEALT_WITH else row.memory
        return self._judge(view, drop, here, before)

    def _judge(self, view: View, drop: Drop, here: Sight, before: Memory | None) -> Looked:
        """Return whether a drop has settled, and if not, why not; `before` is what the last look found."""
        now = self._base.clock.wall()
        memory = inbox.memory(here, now)
        if before is not None and before.snapshot == memory.snapshot:
            memory = replace(memory, changed_at=min(before.changed_at, now))
        directory = drop.path in view.entries.listing.directories
        quiet_s = settled.patience(here, view.settle_s, directory=directory)
        waiting = settled.quiet(here, before, now, quiet_s)
        if waiting is None:
            later = settled.patiently(memory, now, quiet_s)
            waiting = settled.whole(here, inbox.doubts(self._disk, view.root, here), later)
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
        rows.looked(tx, place, waiting.state, waiting.reason, found.memory)

    def _next_looks(self, root: Root, looked: list[Looked]) -> list[Wish]:
        """Return when to look again: at each drop by itself, or when there are many, at all of them at once."""
        later = [
            (found.drop.path, found.waiting.look_at)
            for found in looked
            if found.waiting is not None and found.waiting.look_at is not None
        ]
        # one at all of them would have to wait for the imports that run
        if len(later) > MANY and not rows.some_queued(self._base.db.read(), root.name):
            later = [(TOP, min(look_at for _path, look_at in later))]
        current = self._base.current.roots
        return [inbox.next_look(current, Place(root.name, path), at) for path, at in later]


def _concerns(path: RelPath, drop: Drop) -> bool:
    """Say whether a change of this entry, or of what will get another name, is one of the drop."""
    entry = top(path)
    return not path or entry in drop.members or ignored.writes_to(entry) in drop.members


def _dealt_with(row: rows.Drop | None, here: Sight, *, again: bool) -> bool:
    """Say whether a drop is as it was when it was filed, put back, refused or asked about."""
    if row is None or row.state == "settling" or (again and row.state in STAYING):
        return False
    if row.memory.snapshot == settled.snapshot(here, links=row.state in STAYING):
        return True
    # who has said that it is to stay has said so of what a look had found
    return row.state == "held" and row.memory.snapshot == settled.snapshot(here)


def _held(drop: Drop, row: rows.Drop | None, hold: Hold, now: float) -> Looked | None:
    """Return what to record of a drop while somebody holds it; None when that is known, or a person put it back."""
    if row is not None and row.state == "held":
        return None
    waiting = Waiting(reason=settled.held(hold.held_at), look_at=None, state="held")
    return Looked(drop=drop, memory=inbox.unseen(now), waiting=waiting)
