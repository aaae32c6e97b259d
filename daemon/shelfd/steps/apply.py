"""Step 4: carry out the journal of an import or an undo, one durable file step after the other; on a fault put it back."""

import msgspec
import structlog

from shelfd.core import journal
from shelfd.core.errors import ShelfdError
from shelfd.core.journal import Entry, Expected, Outcome, Seen, State
from shelfd.core.operations import Kind, Operation, Progress, Step
from shelfd.core.paths import Place, RelPath
from shelfd.steps.ends import Ends, touched
from shelfd.steps.faults import Faults
from shelfd.steps.ports import Base, Files, Turn
from shelfd.store import journal as entries
from shelfd.store import operations

log = structlog.get_logger()


class Apply:
    """Carries out the planned file steps of one operation."""

    def __init__(self, base: Base, files: Files) -> None:
        """Change the disk with `files`."""
        self._base = base
        self._files = files
        self._ends = Ends(base, files)
        self._faults = Faults(base, self._ends)

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Do what is left to do; stop between two steps when the daemon stops."""
        total = len(entries.of(self._base.db.read(), operation.id))
        while (entry := entries.next_step(self._base.db.read(), operation.id)) is not None:
            if turn.interrupted(operation):
                return self._make_room(operation)
            if entry.state is State.BEGUN:
                self._resolve(entry)
                continue
            self._do(entry)
            turn.report(operation, self._progress(operation, entry, total))
        with self._base.db.transaction() as tx:
            operations.advance(tx, operation.id, Step.SHELVE)
        return None

    def _make_room(self, operation: Operation) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            operations.requeue(tx, operation.id, now)

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
        times = touched(before, self._ends.times(entry.touches))
        with self._base.db.transaction() as tx:
            entries.finish(tx, entry, msgspec.structs.replace(outcome, touched=times))

    def _resolve(self, entry: Entry) -> None:
        """Find out what a step came to that was begun when the process ended, or when the database failed."""
        if entry.temporary is not None:
            self._files.clear(self._ends.absolute(entry.temporary))
        seen = Seen(self._ends.seen(entry.step.source), self._ends.seen(entry.step.target))
        state = journal.resolve(entry.step, seen)
        log.info("file step resolved", action=str(entry.step.action), state=str(state))
        with self._base.db.transaction() as tx:
            if state is State.DONE:
                entries.finish(tx, entry, self._resumed(entry, seen.target))
            else:
                entries.move(tx, entry, state)

    def _resumed(self, entry: Entry, target: Expected | None) -> Outcome:
        """Return the outcome that the step would have written, as far as it can still be seen."""
        noted = entry.outcome or Outcome()
        before = {Place(one.root, RelPath(one.path)): one.before for one in noted.touched}
        return Outcome(
            method="" if target is None else "resumed",
            size=target.size if target else None,
            mtime_ns=target.mtime_ns if target else None,
            inode=target.inode if target else None,
            mode=noted.mode,
            touched=touched(before, self._ends.times(before)),
        )

    def _progress(self, operation: Operation, entry: Entry, total: int) -> Progress:
        place = entry.step.target or entry.step.source
        return Progress(
            phase="filing" if operation.kind is Kind.IMPORT else "putting back",
            done=min(entry.seq, total),
            total=total,
            unit="file steps",
            current="" if place is None else self._base.current.roots.display(place),
        )
