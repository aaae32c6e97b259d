"""Move what is refused to the quarantine of the settings, through the journal like every other file; a room of the steps."""

from collections.abc import Collection, Sequence

import structlog

from shelfd.core import late, quarantine
from shelfd.core.errors import BrokenError
from shelfd.core.journal import Action, Entry, State
from shelfd.core.operations import Operation
from shelfd.core.paths import TOP, Place, RelPath, join, printable
from shelfd.core.plan import Request, Verdict
from shelfd.core.roots import QUARANTINE, Root
from shelfd.core.settled import Memory
from shelfd.steps import handing_over
from shelfd.steps.ports import Base, Directories, Files
from shelfd.steps.presence import Presence
from shelfd.store import claims, events, journal, operations
from shelfd.store import drops as rows

log = structlog.get_logger()


class Quarantine:
    """Plans the way of refused drops out of their inboxes."""

    def __init__(self, base: Base, disk: Directories, files: Files, presence: Presence) -> None:
        """Look at the quarantine with `disk`; what keeps a disk busy, `files` knows, and if it is there, `presence`."""
        self._presence = presence
        self._base = base
        self._disk = disk
        self._files = files

    def takes(self, operation: Operation, request: Request, verdicts: Sequence[Verdict]) -> bool:
        """Say whether a drop of which nothing is filed is to be moved, and can be."""
        root = self._base.current.roots.get(QUARANTINE)
        if root is None or operation.options.get("dry_run") is True:
            return False
        if any(verdict.state == "review" or _is_wanted(verdict) for verdict in verdicts):
            return False
        if not _is_there(self._presence, root):
            return False
        return quarantine.takes(request)

    def move(
        self, operation: Operation, request: Request, memory: Memory, verdicts: Sequence[Verdict]
    ) -> None:
        """Write the steps as planned; the same operation then carries them out."""
        absolute = self._base.current.roots.absolute
        goals = quarantine.targets(request)
        if self._are_taken(goals.values()):
            goals = quarantine.targets(request, operation.id)
        needed = quarantine.needed(goals.values())
        there = [place for place in needed if self._disk.inode(absolute(place)) is not None]
        steps = quarantine.steps(request, goals, there)
        places = handing_over.places(self._base, operation, steps, self._files)
        now = self._base.clock.wall()
        place = Place(request.inbox, request.drop)
        reason = f"{_reason(verdicts)}; it is moved to the quarantine"
        log.info("it is moved to the quarantine", reason=reason)
        with self._base.db.transaction() as tx:
            rows.looked(tx, place, "queued", reason, memory)
            rows.judged(tx, place, ("queued", reason), verdicts, (operation.id, now))
            journal.plan(tx, operation.id, steps)
            claims.carry_out(tx, operation.id, places, now)

    def _are_taken(self, goals: Collection[Place]) -> bool:
        """Say whether something is at one of these places already, or is no directory above one."""
        absolute = self._base.current.roots.absolute
        if any(self._disk.exists(absolute(goal)) for goal in goals):
            return True
        return any(
            self._disk.exists(path := absolute(above)) and self._disk.inode(path) is None
            for above in quarantine.needed(goals)
        )


def is_moved(done: Sequence[Entry]) -> bool:
    """Say whether what an import has done is to put its drop into the quarantine."""
    return any(entry.step.target and entry.step.target.root == QUARANTINE for entry in done)


def end(base: Base, operation: Operation, done: Sequence[Entry]) -> None:
    """End an import whose drop lies in the quarantine now."""
    roots = base.current.roots
    targets = [
        roots.display(entry.step.target)
        for entry in done
        if entry.step.target
        and entry.step.target.root == QUARANTINE
        and entry.step.action in (Action.MOVE, Action.PLACE)
        and entry.state is State.DONE
    ]
    now = base.clock.wall()
    with base.db.transaction() as tx:
        row = rows.of_operation(tx, operation.id)
        where = (
            f"it lies in the quarantine: {targets[0]}" if targets else "it lies in the quarantine"
        )
        reason = where
        if row is not None:
            reason = f"{_reason(row.verdicts)}; {where}"
            state = ("quarantined", reason)
            rows.judged(tx, Place(row.root, row.path), state, row.verdicts, (operation.id, now))
        data: dict[str, object] = {"path": operation.display, "targets": targets, "reason": reason}
        events.add(tx, "quarantined", data, now, operation.id)
        operations.complete(tx, operation.id, {"quarantined": targets, "reason": reason}, now)
    log.info("it lies in the quarantine", targets=targets)


def _is_there(presence: Presence, root: Root) -> bool:
    """Say whether the quarantine is there, and the one that it was."""
    try:
        presence.require(root)
    except BrokenError as error:
        log.warning("nothing goes to the quarantine", reason=error.message, hint=error.hint)
        return False
    return True


def forget_gone(base: Base, disk: Directories, presence: Presence, inbox: str) -> None:
    """Forget the drops of an inbox of which nothing lies in the quarantine any more."""
    roots = base.current.roots
    root = roots.get(QUARANTINE)
    if root is None or not _is_there(presence, root):
        return
    reader = base.db.read()
    gone = [
        Place(inbox, path)
        for path, drop in rows.of(reader, inbox).items()
        if drop.state == "quarantined"
        and not any(
            disk.exists(roots.absolute(place))
            for place in _lies(inbox, path, journal.of(reader, drop.operation or 0))
        )
    ]
    if gone:
        with base.db.transaction() as tx:
            for place in gone:
                rows.remove(tx, place)


def _lies(inbox: str, path: RelPath, done: Sequence[Entry]) -> list[Place]:
    """Return where a drop lies in the quarantine; when its operation is forgotten, where it most likely does."""
    found = [
        entry.step.target
        for entry in done
        if entry.step.target
        and entry.step.target.root == QUARANTINE
        and entry.step.action in (Action.MOVE, Action.PLACE)
    ]
    return found or [Place(QUARANTINE, join(RelPath(inbox.encode()), path or TOP))]


def _is_wanted(verdict: Verdict) -> bool:
    """Say whether a person has said that a file is to stay where it is, or it waits there for its work."""
    if verdict.reason.startswith(late.WAITS):
        return True
    return verdict.state == "left" and verdict.identity is not None


def _reason(verdicts: Sequence[Verdict]) -> str:
    refused = [verdict for verdict in verdicts if verdict.state == "refused"]
    first = next(iter(refused or verdicts), None)
    return "there is nothing in it" if first is None else f"{printable(first.path)}: {first.reason}"
