"""Step 0, once at every start: bring the journal and the queue back to states that are known, after whatever ended the process."""

import structlog

from shelfd.core import journal
from shelfd.core.journal import Entry, Outcome, Seen, State, Touched
from shelfd.core.paths import Place, RelPath
from shelfd.steps.ports import Base, Files
from shelfd.store import drops, operations
from shelfd.store import journal as entries

log = structlog.get_logger()


class Recover:
    """Finds out what each begun file step came to; what is left of its operation is then done as usual."""

    def __init__(self, base: Base, files: Files) -> None:
        """Look with `files`, and clear what a copy has left."""
        self._base = base
        self._files = files

    def __call__(self) -> int:
        """Recover, and return how many operations go on."""
        for entry in entries.begun(self._base.db.read()):
            self._resolve(entry)
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            interrupted = operations.running(tx)
            for operation in interrupted:
                log.info("operation goes on after a restart", operation=operation.id)
                operations.requeue(tx, operation.id, now)
            drops.release(tx)
        return len(interrupted)

    def _resolve(self, entry: Entry) -> None:
        if not self._reachable(entry):
            return  # its root is not in the settings: the step stays open until it is
        if (temporary := entry.temporary) is not None:
            self._files.clear(self._absolute(temporary))
        step = entry.step
        target = self._files.seen(self._absolute(step.target)) if step.target else None
        source = self._files.seen(self._absolute(step.source)) if step.source else None
        state = journal.resolve(step, Seen(source, target))
        log.info("file step resolved", action=str(step.action), state=str(state))
        with self._base.db.transaction() as tx:
            if state is State.DONE:
                entries.finish(tx, entry, self._outcome(entry, target))
            else:
                entries.move(tx, entry, state)

    def _outcome(self, entry: Entry, target: journal.Expected | None) -> Outcome:
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

    def _reachable(self, entry: Entry) -> bool:
        ends = (entry.step.source, entry.step.target)
        return all(self._base.current.roots.get(end.root) for end in ends if end is not None)

    def _absolute(self, place: Place) -> bytes:
        return self._base.current.roots.absolute(place)
