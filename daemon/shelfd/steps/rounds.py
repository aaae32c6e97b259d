"""Carry out file steps that were chosen to be begun together: written down, done in their order, made durable, written down."""

from collections.abc import Sequence
from typing import NamedTuple

import structlog
from msgspec.structs import replace

from shelfd.core import rounds
from shelfd.core.errors import ShelfdError
from shelfd.core.journal import Action, Entry, Outcome, State
from shelfd.core.operations import Operation, Progress
from shelfd.steps import counterparts
from shelfd.steps.ends import Ends, touched
from shelfd.steps.faults import HALFWAY
from shelfd.steps.ports import Base, Files, Turn
from shelfd.store import checkpoints
from shelfd.store import journal as entries

log = structlog.get_logger()


class Fault(NamedTuple):
    """A step that went wrong, and how."""

    entry: Entry
    error: ShelfdError


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
    # what is discarded is compared before with what it was made of
    reads = entry.step.action in (Action.PLACE, Action.MOVE, Action.DISCARD)
    return (entry.step.expected.size or 0) if reads and not entry.step.trash else 0


class Rounds:
    """Carries out rounds of steps of one operation."""

    def __init__(self, base: Base, files: Files, ends: Ends) -> None:
        """Change the disk with `files`."""
        self._base = base
        self._files = files
        self._ends = ends

    def __call__(
        self, operation: Operation, turn: Turn, taken: Sequence[Entry], size: Size
    ) -> Fault | None:
        """Do these steps up to the first that goes wrong, and return that one.

        It is still begun, unless only making it durable has failed; those behind it are planned again.
        """
        self._begin(taken)
        done: dict[int, Outcome] = {}
        fault: Fault | None = None
        for entry in taken:
            if done and turn.interrupted(operation):
                break
            if size.total:
                turn.copies(operation, self._progress(entry, size, size.before(entry)))
            try:
                done[entry.id] = self._perform(entry)
            except ShelfdError as error:
                fault = Fault(entry, error)
                break
            progress = self._progress(entry, size, size.after(entry))
            if progress.done:  # nothing of it is no news
                turn.report(operation, progress)
        unsynced = self._sync([entry for entry in taken if entry.id in done])
        if unsynced is not None and (fault is None or fault.error.code not in HALFWAY):
            fault = unsynced  # else: what may have happened by half must be looked at
        self._finish(taken, done, fault)
        return fault

    def _begin(self, taken: Sequence[Entry]) -> None:
        noted: dict[int, Outcome] = {}
        for entry in taken:
            before = self._ends.times(entry.touches)
            source = self._ends.seen(entry.step.source)
            mode = source.mode if source else None
            was = self._ends.had(entry.step)
            noted[entry.id] = Outcome(mode=mode, was=was, touched=touched(before, before))
        with self._base.db.transaction() as tx:
            for entry in taken:
                entries.begin(tx, entry, noted[entry.id])

    def _perform(self, entry: Entry) -> Outcome:
        step = entry.step
        source, target = self._ends.absolute(step.source), self._ends.absolute(step.target)
        counterparts.require(self._base, self._files, step)
        before = self._ends.times(entry.touches)
        outcome = self._files.perform(step, source, target, self._ends.absolute(entry.temporary))
        log.debug(
            "file step done",
            action=str(step.action),
            source=source,
            target=target,
            method=outcome.method,
        )
        return replace(outcome, touched=touched(before, self._ends.times(entry.touches)))

    def _sync(self, performed: Sequence[Entry]) -> Fault | None:
        """Make what was done durable; if the disk fails at that, the last of the steps is as much at fault as any."""
        try:
            self._files.sync([self._ends.absolute(place) for place in rounds.changed(performed)])
        except ShelfdError as error:
            return Fault(next(entry for entry in reversed(performed) if entry.touches), error)
        return None

    def _finish(
        self, taken: Sequence[Entry], done: dict[int, Outcome], fault: Fault | None
    ) -> None:
        with self._base.db.transaction() as tx:
            for entry in taken:
                if entry.id in done:
                    entries.finish(tx, entry, done[entry.id])
                elif fault is None or fault.entry.id != entry.id:
                    entries.move(tx, entry, State.PLANNED)
            if done and taken:
                # a step that is only found done after a crash may be what causes it
                checkpoints.got_on(tx, taken[0].operation)

    def _progress(self, entry: Entry, size: Size, done: int) -> Progress:
        place = entry.step.target or entry.step.source
        return Progress(
            phase="filing" if entry.step.reverses is None else "putting back",
            done=done if size.total else min(entry.seq, size.steps),
            total=size.total or size.steps,
            unit="bytes" if size.total else "file steps",
            current="" if place is None else self._base.current.roots.display(place),
        )
