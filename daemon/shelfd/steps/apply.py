"""Step 4: carry out the journal of an import or an undo, one durable file step after the other; on a fault put it back."""

import msgspec
import structlog

from shelfd.core import filing, journal
from shelfd.core.errors import BrokenError, ShelfdError
from shelfd.core.journal import Entry, Expected, Outcome, Seen, State, Touched
from shelfd.core.operations import Kind, Operation, Progress, Step
from shelfd.core.paths import Place, RelPath
from shelfd.steps.ports import Base, Directories, Files, Turn
from shelfd.store import journal as entries
from shelfd.store import operations

log = structlog.get_logger()


class Apply:
    """Carries out the planned file steps of one operation."""

    def __init__(self, base: Base, disk: Directories, files: Files) -> None:
        """Look with `disk`, change with `files`."""
        self._base = base
        self._disk = disk
        self._files = files

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Do what is left to do; stop between two steps when the daemon stops."""
        self._require_roots(operation)
        total = len(entries.of(self._base.db.read(), operation.id))
        while (entry := entries.next_step(self._base.db.read(), operation.id)) is not None:
            if turn.interrupted(operation):
                return self._make_room(operation)
            if entry.state is State.BEGUN:
                self._resolve(entry)
                continue
            self._do(entry)
            turn.report(
                operation,
                Progress(
                    phase="filing" if operation.kind is Kind.IMPORT else "putting back",
                    done=min(entry.seq, total),
                    total=total,
                    unit="file steps",
                    current=self._display(entry),
                ),
            )
        with self._base.db.transaction() as tx:
            operations.advance(tx, operation.id, Step.SHELVE)
        return None

    def _make_room(self, operation: Operation) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            operations.requeue(tx, operation.id, now)

    def _require_roots(self, operation: Operation) -> None:
        for entry in entries.of(self._base.db.read(), operation.id):
            for end in (entry.step.source, entry.step.target):
                if end is not None and self._base.current.roots.get(end.root) is None:
                    raise BrokenError(
                        f"{operation.display}: it is half filed, and {end.root} is no longer in the settings",
                        code="root_left_settings",
                        hint=f"put {end.root} back into the settings until operation {operation.id} has ended",
                    )

    def _do(self, entry: Entry) -> None:
        """Write down, do, write down."""
        before = self._mtimes(entry)
        source = self._files.seen(self._absolute(entry.step.source)) if entry.step.source else None
        mode = source.mode if source else None
        with self._base.db.transaction() as tx:
            entries.begin(tx, entry, Outcome(mode=mode, touched=_touched(before, before)))
        try:
            outcome = self._perform(entry)
        except ShelfdError as error:
            self._fault(entry, error)
            return
        after = self._mtimes(entry)
        with self._base.db.transaction() as tx:
            times = _touched(before, after)
            entries.finish(tx, entry, msgspec.structs.replace(outcome, touched=times))

    def _perform(self, entry: Entry) -> Outcome:
        step = entry.step
        return self._files.perform(
            step,
            self._absolute(step.source),
            self._absolute(step.target),
            self._absolute(entry.temporary),
        )

    def _fault(self, entry: Entry, error: ShelfdError) -> None:
        """Decide what a step that did not happen means for the rest, and write that down."""
        without_trace = {
            "directory_exists": State.DROPPED,  # not needed
            "directory_in_use": State.DROPPED,
            "stopped": State.PLANNED,  # to be done again after the restart
        }
        if error.code in without_trace:
            with self._base.db.transaction() as tx:
                entries.move(tx, entry, without_trace[error.code])
            return
        if error.code == "crosses_mounts" and entry.step.reverses is None:
            steps = self._across(entry)
            if steps is not None:
                with self._base.db.transaction() as tx:
                    entries.replace(tx, entry, steps)
                return
        log.warning("file step failed", reason=error.message)
        if entry.step.reverses is not None:
            with self._base.db.transaction() as tx:
                # the rest is still put back; what this one leaves is named by the error
                entries.move(tx, entry, State.DROPPED)
                operations.note_error(tx, entry.operation, error)
            return
        self._put_back(entry, error)

    def _across(self, entry: Entry) -> list[journal.FileStep] | None:
        """Return what to do where a rename is impossible; None when there is nothing else."""
        steps = filing.across(entry.step, entry.operation)
        missing = [
            step
            for step in steps
            if step.action is not journal.Action.MKDIR
            or self._disk.inode(self._absolute(step.target)) is None
        ]
        return missing or None

    def _put_back(self, entry: Entry, error: ShelfdError) -> None:
        done = [
            other
            for other in entries.of(self._base.db.read(), entry.operation)
            if other.state is State.DONE and other.step.reverses is None
        ]
        back = journal.reversal(done, self._times_of(done))
        with self._base.db.transaction() as tx:
            entries.move(tx, entry, State.DROPPED)
            entries.drop_planned(tx, entry.operation)
            entries.plan(tx, entry.operation, back)
            operations.note_error(tx, entry.operation, error)

    def _times_of(self, done: list[Entry]) -> dict[Place, int]:
        places = {
            Place(touched.root, RelPath(touched.path))
            for entry in done
            if entry.outcome
            for touched in entry.outcome.touched
        }
        times = {place: self._files.mtime(self._absolute(place)) for place in places}
        return {place: mtime for place, mtime in times.items() if mtime is not None}

    def _resolve(self, entry: Entry) -> None:
        """Find out what a step came to that was begun when the process ended, or when the database failed."""
        if (temporary := entry.temporary) is not None:
            self._files.clear(self._absolute(temporary))
        step = entry.step
        target = self._files.seen(self._absolute(step.target)) if step.target else None
        source = self._files.seen(self._absolute(step.source)) if step.source else None
        state = journal.resolve(step, Seen(source, target))
        log.info("file step resolved", action=str(step.action), state=str(state))
        with self._base.db.transaction() as tx:
            if state is State.DONE:
                entries.finish(tx, entry, self._outcome_of(entry, target))
            else:
                entries.move(tx, entry, state)

    def _outcome_of(self, entry: Entry, target: Expected | None) -> Outcome:
        """Return the outcome that the step would have written, as far as it can still be seen."""
        touched = entry.outcome.touched if entry.outcome else ()
        return Outcome(
            method="" if target is None else "resumed",
            size=target.size if target else None,
            mtime_ns=target.mtime_ns if target else None,
            inode=target.inode if target else None,
            mode=entry.outcome.mode if entry.outcome else None,
            touched=tuple(self._now(one) for one in touched),
        )

    def _now(self, touched: Touched) -> Touched:
        place = Place(touched.root, RelPath(touched.path))
        mtime = self._files.mtime(self._absolute(place))
        after = touched.before if mtime is None else mtime
        return Touched(root=touched.root, path=touched.path, before=touched.before, after=after)

    def _mtimes(self, entry: Entry) -> dict[Place, int]:
        times = {place: self._files.mtime(self._absolute(place)) for place in entry.touches}
        return {place: mtime for place, mtime in times.items() if mtime is not None}

    def _absolute(self, place: Place | None) -> bytes:
        return b"" if place is None else self._base.current.roots.absolute(place)

    def _display(self, entry: Entry) -> str:
        place = entry.step.target or entry.step.source
        return "" if place is None else self._base.current.roots.display(place)


def _touched(before: dict[Place, int], after: dict[Place, int]) -> tuple[Touched, ...]:
    return tuple(
        Touched(root=place.root, path=place.path, before=mtime, after=after.get(place, mtime))
        for place, mtime in before.items()
    )
