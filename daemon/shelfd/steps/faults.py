"""What a file step that did not happen means for the rest of its operation."""

import structlog

from shelfd.core import filing, journal
from shelfd.core.errors import ShelfdError
from shelfd.core.ignored import TRASH
from shelfd.core.journal import WRITE, Action, Entry, FileStep, State
from shelfd.core.operations import Kind
from shelfd.core.paths import Place, parent
from shelfd.steps.ends import Ends
from shelfd.steps.ports import Base
from shelfd.store import journal as entries
from shelfd.store import operations

NEEDLESS = frozenset(
    {
        "directory_exists",
        "directory_in_use",
        "directory_gone",
        "not_needed",  # somebody else has written a metadata file, or changed it
    }
)
"""Errors of steps that others have forestalled."""
HALFWAY = frozenset({"disk_error", "no_space"})
"""Errors of the disk that may come after the change itself."""

log = structlog.get_logger()


class Faults:
    """Writes down how an operation goes on after a fault: without the step, by another way, or back."""

    def __init__(self, base: Base, ends: Ends) -> None:
        """Look at the world with `ends`."""
        self._base = base
        self._ends = ends

    def __call__(self, entry: Entry, error: ShelfdError) -> None:
        """Decide, and write that down; the next step of the journal is then what is to be done.

        BrokenError when half a file is left that cannot be removed now: the step stays begun, and is tried again.
        """
        try:
            self._ends.sweep(entry)
        except ShelfdError:
            log.warning("file step failed", reason=error.message)
            raise
        if error.code in NEEDLESS or self._spares_metadata(entry, error):
            with self._base.db.transaction() as tx:
                entries.pass_over(tx, entry)
            return
        self._go_on(entry, error)

    def _go_on(self, entry: Entry, error: ShelfdError) -> None:
        if error.code == "stopped":  # to be done again after the restart
            with self._base.db.transaction() as tx:
                entries.move(tx, entry, State.PLANNED)
            return
        steps = self._trash_anew(entry)
        if steps or (error.code == "crosses_mounts" and (steps := self._another_way(entry))):
            with self._base.db.transaction() as tx:
                entries.replace(tx, entry, steps)
            return
        log.warning("file step failed", reason=error.message)
        if error.code in HALFWAY:
            self._keep(entry)
        if entry.step.action is Action.STAMP:
            with (
                self._base.db.transaction() as tx
            ):  # a time that cannot be set is no reason to stop
                entries.move(tx, entry, State.DROPPED)
            return
        if not self._goes_back(entry):
            self._put_back(entry, error)
            return
        with self._base.db.transaction() as tx:
            # the rest is still put back; what this one leaves is named by the error
            if entries.state(tx, entry) is State.BEGUN:
                entries.move(tx, entry, State.DROPPED)
            operations.note_error(tx, entry.operation, error)

    def give_up(self, entry: Entry, error: ShelfdError) -> None:
        """Put back what an import has moved before this step, which has not begun."""
        log.warning("what was filed so far is put back", reason=error.message)
        self._put_back(entry, error)

    def _keep(self, entry: Entry) -> None:
        """Write down that a step has happened all the same, if it has, with what was noted before: it is to be put back."""
        noted = entries.one(self._base.db.read(), entry.id)
        if noted.state is State.BEGUN and self._ends.came_to(noted.step) is State.DONE:
            with self._base.db.transaction() as tx:
                entries.finish(tx, noted, self._ends.resumed(noted))

    def _goes_back(self, entry: Entry) -> bool:
        operation = operations.one(self._base.db.read(), entry.operation)
        return operation is not None and (
            operation.kind is Kind.UNDO or operation.error is not None
        )

    def _spares_metadata(self, entry: Entry, error: ShelfdError) -> bool:
        """Say whether only a metadata file has not made room for a fuller one: it stays, and the media are filed."""
        step = entry.step
        if (
            not step.trash
            or step.reverses is not None
            or error.code in ("stopped", "crosses_mounts")
        ):
            return False
        steps = [one.step for one in entries.of(self._base.db.read(), entry.operation)]
        spares = (
            any(one.mode == WRITE and one.target == step.source for one in steps)
            and self._ends.came_to(step) is State.PLANNED
        )
        if spares:
            log.warning("a metadata file stays as it is", reason=error.message)
        return spares

    def _trash_anew(self, entry: Entry) -> list[FileStep]:
        """Return what makes a directory in the trash when that has gone: another operation has left it empty; else nothing."""
        target, step = entry.step.target, entry.step
        if step.action is not Action.MKDIR or step.reverses is not None or target is None:
            return []
        trash = Place(target.root, parent(target.path))
        if TRASH not in trash.path.split(b"/") or self._ends.seen(trash) is not None:
            return []
        return [FileStep(action=Action.MKDIR, target=trash), step]

    def _another_way(self, entry: Entry) -> list[FileStep]:
        """Return what to do where a rename is impossible; empty when there is nothing else."""
        if entry.step.reverses is not None:
            return []
        return [
            step
            for step in filing.across(entry.step, entry.operation)
            if step.action is not Action.MKDIR or self._ends.seen(step.target) is None
        ]

    def _put_back(self, entry: Entry, error: ShelfdError) -> None:
        done = [
            other
            for other in entries.of(self._base.db.read(), entry.operation)
            if other.state is State.DONE and other.step.reverses is None
        ]
        back = journal.reversal(done, self._ends.times_around(done))
        with self._base.db.transaction() as tx:
            if entry.id not in {other.id for other in done}:
                entries.move(tx, entry, State.DROPPED)
            entries.drop_planned(tx, entry.operation)
            entries.plan(tx, entry.operation, back)
            operations.note_error(tx, entry.operation, error)
