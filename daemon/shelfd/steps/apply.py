"""Step 4: carry out the journal of an import or an undo, in rounds of file steps, each durable before the next; on a fault put it back."""

from collections.abc import Sequence

import structlog

from shelfd.core import backoff, rounds
from shelfd.core.errors import BrokenError, RefusedError, ShelfdError
from shelfd.core.journal import Entry, State
from shelfd.core.operations import Kind, Operation, Step
from shelfd.core.paths import Place, parent
from shelfd.steps.ends import Ends
from shelfd.steps.faults import Faults
from shelfd.steps.ports import Base, Files, Turn
from shelfd.steps.presence import Presence
from shelfd.steps.rounds import Rounds, Size
from shelfd.store import journal as entries
from shelfd.store import operations

log = structlog.get_logger()


class Apply:
    """Carries out the planned file steps of one operation."""

    def __init__(self, base: Base, files: Files, presence: Presence) -> None:
        """Change the disk with `files`, where `presence` says that the right disk is there."""
        self._base = base
        self._files = files
        self._presence = presence
        self._ends = Ends(base, files)
        self._faults = Faults(base, self._ends)
        self._rounds = Rounds(base, files, self._ends)

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Do what is left to do; stop between two steps when the daemon stops."""
        self._require(operation)
        size = Size(entries.of(self._base.db.read(), operation.id))
        while waiting := entries.next_steps(self._base.db.read(), operation.id, rounds.MOST):
            if waiting[0].state is State.BEGUN:
                self._resolve([entry for entry in waiting if entry.state is State.BEGUN])
                continue
            if (error := self._given_up(operation)) is not None:
                self._faults.give_up(waiting[0], error)
            if turn.interrupted(operation):
                self._make_room(operation)
                return
            if error is not None:
                continue
            # what ends the process each time is found out one step at a time
            taken = waiting[:1] if operation.crashes else rounds.together(waiting)
            fault = self._rounds(operation, turn, taken, size)
            if fault is not None:
                self._faults(*fault)
        with self._base.db.transaction() as tx:
            operations.advance(tx, operation.id, Step.SHELVE)

    def _given_up(self, operation: Operation) -> ShelfdError | None:
        """Return why an import is to be put back: it is cancelled, or the process ends under it each time."""
        reader = self._base.db.read()
        is_crashing = operation.crashes >= backoff.CRASHES
        # asked each time: it can have been cancelled while it waited to go on, when nothing interrupts it
        is_called_off = operations.called_off(reader, operation.id)
        if operation.kind is not Kind.IMPORT or not (is_crashing or is_called_off):
            return None
        latest = operations.one(reader, operation.id)
        if latest is None or latest.error is not None:
            return None  # that is what it does already
        if is_called_off:
            return RefusedError(
                "it was cancelled", code="cancelled", hint="`shelfd retry` files it after all"
            )
        what = f"the daemon has ended {operation.crashes} times while its files were moved"
        hint = "look into the log for what ended it; `shelfd retry` tries it once more"
        return BrokenError(what, code="crashed", hint=hint) if is_crashing else None

    def _require(self, operation: Operation) -> None:
        """Raise BrokenError when a disk is away on which something is to be changed."""
        places = {
            Place(end.root, parent(end.path))
            for entry in entries.of(self._base.db.read(), operation.id)
            if entry.state in (State.PLANNED, State.BEGUN)
            for end in (entry.step.source, entry.step.target)
            if end is not None
        }
        for place in sorted(places):
            root = self._base.current.roots.get(place.root)
            if root is not None:
                self._presence.require(root, place.path)
        reader = self._base.db.read()
        goes_on = operation.kind is Kind.IMPORT and operation.error is None
        if goes_on and not operations.called_off(reader, operation.id):
            self._require_filed(operation)

    def _require_filed(self, operation: Operation) -> None:
        """Raise BrokenError when a library is not the one in which this operation has already filed something."""
        filed: dict[str, list[Place]] = {}
        for entry in entries.of(self._base.db.read(), operation.id):
            target = entry.step.target
            if entry.state is State.DONE and entry.step.reverses is None and target is not None:
                filed.setdefault(target.root, []).append(target)
        for name, places in filed.items():
            root = self._base.current.roots.get(name)
            is_library = root is not None and root.role == "library"
            if root and is_library and not any(self._ends.seen(place) for place in places):
                self._presence.require_more(root)

    def _make_room(self, operation: Operation) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            operations.requeue(tx, operation.id, now)

    def _resolve(self, begun: Sequence[Entry]) -> None:
        """Find out what steps came to that were begun when the process ended, or when the database failed."""
        for entry in begun:
            self._ends.sweep(entry)
        states = {entry.id: self._ends.came_to(entry.step) for entry in begun}
        done = [entry for entry in begun if states[entry.id] is State.DONE]
        log.info("file steps resolved", begun=len(begun), done=len(done))
        for entry in done:
            self._files.settle(entry.step, self._ends.absolute(entry.step.target))
        # they are there, and a power cut could still take them
        self._files.sync([self._ends.absolute(place) for place in rounds.changed(done)])
        outcomes = {entry.id: self._ends.resumed(entry) for entry in done}
        with self._base.db.transaction() as tx:
            for entry in begun:
                if entry.id in outcomes:
                    entries.finish(tx, entry, outcomes[entry.id])
                else:
                    entries.move(tx, entry, states[entry.id])
