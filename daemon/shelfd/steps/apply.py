"""Step 4: carry out the journal of an import or an undo, one durable file step after the other; on a fault put it back."""

from collections.abc import Sequence

import msgspec
import structlog

from shelfd.core import backoff
from shelfd.core.errors import BrokenError, RefusedError, ShelfdError
from shelfd.core.journal import Action, Entry, Outcome, State
from shelfd.core.operations import Kind, Operation, Progress, Step
from shelfd.core.paths import Place, parent
from shelfd.steps.ends import Ends, touched
from shelfd.steps.faults import Faults
from shelfd.steps.ports import Base, Files, Turn
from shelfd.steps.presence import Presence
from shelfd.store import checkpoints, operations
from shelfd.store import journal as entries

log = structlog.get_logger()


class Size:
    """How much there is to do: bytes of files, or steps where there are none."""

    def __init__(self, planned: Sequence[Entry]) -> None:
        """Measure the steps of an operation."""
        self.steps = len(planned)
        self._after: dict[int, int] = {}
        self.total = 0
        for entry in planned:
            self.total += _bytes(entry)
            self._after[entry.id] = self.total

    def after(self, entry: Entry) -> int:
        """Return how many bytes are done when this step is."""
        return self._after.get(entry.id, self.total)

    def before(self, entry: Entry) -> int:
        """Return how many bytes are done before this step."""
        return max(self.after(entry) - _bytes(entry), 0)


def _bytes(entry: Entry) -> int:
    moves = entry.step.action in (Action.PLACE, Action.MOVE) and not entry.step.trash
    return (entry.step.expected.size or 0) if moves else 0


class Apply:
    """Carries out the planned file steps of one operation."""

    def __init__(self, base: Base, files: Files, presence: Presence) -> None:
        """Change the disk with `files`, where `presence` says that the right disk is there."""
        self._base = base
        self._files = files
        self._presence = presence
        self._ends = Ends(base, files)
        self._faults = Faults(base, self._ends)

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Do what is left to do; stop between two steps when the daemon stops."""
        self._require(operation)
        size = Size(entries.of(self._base.db.read(), operation.id))
        while (entry := entries.next_step(self._base.db.read(), operation.id)) is not None:
            if entry.state is State.BEGUN:
                self._resolve(entry)
                continue
            if (error := self._given_up(operation, turn)) is not None:
                self._faults.give_up(entry, error)
            if turn.interrupted(operation):
                self._make_room(operation)
                return
            if error is not None:
                continue
            self._take(operation, turn, entry, size)
        with self._base.db.transaction() as tx:
            operations.advance(tx, operation.id, Step.SHELVE)

    def _given_up(self, operation: Operation, turn: Turn) -> ShelfdError | None:
        """Return why an import is to be put back: it is cancelled, or the process ends under it each time."""
        is_crashing = operation.crashes >= backoff.CRASHES
        if operation.kind is not Kind.IMPORT or not (is_crashing or turn.interrupted(operation)):
            return None
        latest = operations.one(self._base.db.read(), operation.id)
        if latest is None or latest.error is not None:
            return None  # that is what it does already
        if operations.called_off(self._base.db.read(), operation.id):
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

    def _make_room(self, operation: Operation) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            operations.requeue(tx, operation.id, now)

    def _take(self, operation: Operation, turn: Turn, entry: Entry, size: Size) -> None:
        """Do a step, and tell how far the operation is meanwhile and then."""
        if size.total:
            turn.copies(operation, self._progress(entry, size, size.before(entry)))
        self._do(entry)
        progress = self._progress(entry, size, size.after(entry))
        if progress.done:  # nothing of it is no news
            turn.report(operation, progress)

    def _do(self, entry: Entry) -> None:
        """Write down, do, write down."""
        before = self._ends.times(entry.touches)
        source = self._ends.seen(entry.step.source)
        mode = source.mode if source else None
        with self._base.db.transaction() as tx:
            entries.begin(tx, entry, Outcome(mode=mode, touched=touched(before, before)))
        try:
            outcome = self._files.perform(
                entry.step,
                self._ends.absolute(entry.step.source),
                self._ends.absolute(entry.step.target),
                self._ends.absolute(entry.temporary),
            )
        except ShelfdError as error:
            self._faults(entry, error)
            return
        step = entry.step
        log.debug(
            "file step done",
            action=str(step.action),
            source=self._ends.absolute(step.source),
            target=self._ends.absolute(step.target),
            method=outcome.method,
        )
        times = touched(before, self._ends.times(entry.touches))
        with self._base.db.transaction() as tx:
            entries.finish(tx, entry, msgspec.structs.replace(outcome, touched=times))
            # a step that is only found done after a crash may be what causes it
            checkpoints.got_on(tx, entry.operation)

    def _resolve(self, entry: Entry) -> None:
        """Find out what a step came to that was begun when the process ended, or when the database failed."""
        if entry.temporary is not None:
            self._files.clear(self._ends.absolute(entry.temporary))
        state = self._ends.came_to(entry.step)
        log.info("file step resolved", action=str(entry.step.action), state=str(state))
        with self._base.db.transaction() as tx:
            if state is State.DONE:
                entries.finish(tx, entry, self._ends.resumed(entry))
            else:
                entries.move(tx, entry, state)

    def _progress(self, entry: Entry, size: Size, done: int) -> Progress:
        place = entry.step.target or entry.step.source
        return Progress(
            phase="filing" if entry.step.reverses is None else "putting back",
            done=done if size.total else min(entry.seq, size.steps),
            total=size.total or size.steps,
            unit="bytes" if size.total else "file steps",
            current="" if place is None else self._base.current.roots.display(place),
        )
