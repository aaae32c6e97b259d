"""Step 5: put what was filed, or taken back, into the catalog, and end the operation with its outcome."""

from collections.abc import Sequence

import structlog
from msgspec.structs import replace

from shelfd.core import backoff, rest
from shelfd.core.drops import Sight
from shelfd.core.errors import ShelfdError
from shelfd.core.journal import Action, Entry, State
from shelfd.core.operations import Kind, Operation
from shelfd.core.paths import Place, name, parent
from shelfd.steps import inbox, quarantining
from shelfd.steps.beside import Beside
from shelfd.steps.filed import Filed
from shelfd.steps.late import orphans
from shelfd.steps.pinning import Pinning
from shelfd.steps.ports import Base, Directories, Turn
from shelfd.store import catalog as shelf
from shelfd.store import drops as rows
from shelfd.store import ends, events, operations, retries, unseen
from shelfd.store import journal as entries
from shelfd.store.database import Tx

RETRY_S = 300.0  # until a drop is tried again whose filing failed for a reason outside of it
LONGEST_RETRY_S = 86_400.0
LEFT_TO_PEOPLE = {
    "cancelled": "its import was cancelled, and {}",
    "crashed": "the daemon ended under its import each time, and {}",
}
"""Why an import was put back that nobody tries again by itself, by the code of its error."""

log = structlog.get_logger()


class Shelve:
    """Ends an import or an undo whose file steps are all done."""

    def __init__(self, base: Base, disk: Directories, pinning: Pinning) -> None:
        """Look at what was filed with `disk`; an undo forgets decisions that `pinning` keeps."""
        self._base = base
        self._pinning = pinning
        self._disk = disk
        self._rows = Filed(base, disk)

    def __call__(self, operation: Operation, _turn: Turn) -> None:
        """Write catalog, drop, event and outcome in one transaction."""
        if operation.kind is Kind.UNDO:
            self._undone(operation)
        elif operation.error is not None:
            self._failed(operation)
        elif quarantining.is_moved(done := entries.of(self._base.db.read(), operation.id)):
            quarantining.end(self._base, operation, done)
        else:
            self._filed(operation)

    def _failed(self, operation: Operation) -> None:
        """End an import that was put back after a fault, or let it begin anew."""
        error = _error(operation)
        left = [
            entry for entry in entries.of(self._base.db.read(), operation.id) if _is_filing(entry)
        ]
        if error.code in LEFT_TO_PEOPLE:
            return self._left_to_people(operation, left, error)
        if self._begins_anew(operation, error):
            raise error  # the runner says when
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            row = rows.of_operation(tx, operation.id)
            if row is not None:
                place = Place(row.root, row.path)
                reason = f"filing it failed, and {_put_back(left)}: {error.message}"
                rows.looked(tx, place, "settling", reason, row.memory)
                patience = _patience(tx, place)
                log.info("it was put back and is tried again", in_s=patience, code=error.code)
                wish = inbox.next_look(self._base.current.roots, place, now + patience)
                operations.enqueue(tx, wish, now)
            for wish in self._rows.scans(left):  # what could not be put back
                operations.enqueue(tx, wish, now)
            operations.fail(tx, operation.id, error, now)
        return None

    def _left_to_people(
        self, operation: Operation, left: Sequence[Entry], error: ShelfdError
    ) -> None:
        """End an import that was put back, and that shelfd does not try again: its drop stays until a person says so."""
        here = self._sight(operation)
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if here is not None:
                why = LEFT_TO_PEOPLE[error.code].format(_put_back(left))
                reason = f"{why}: `shelfd import` files it"
                rows.looked(tx, operation.place, "held", reason, inbox.kept(here, now))
            for wish in self._rows.scans(left):
                operations.enqueue(tx, wish, now)
            if error.code == "cancelled":
                operations.cancel(tx, operation.id, now)
            else:
                operations.fail(tx, operation.id, error, now)

    def _begins_anew(self, operation: Operation, error: ShelfdError) -> bool:
        """Let an import that was put back, whole, begin anew where that can help; False when it ends here."""
        most = self._base.current.settings.queue.retries
        if not backoff.can_help(error.code) or operation.retries >= most:
            return False
        here = self._sight(operation)
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if here is None or entries.has_left_something(tx, operation.id):
                return False
            entries.forget(tx, operation.id)
            retries.begin_anew(tx, operation.id)
            row = rows.of_operation(tx, operation.id)
            if row is not None:
                reason = f"filing it failed, and is tried again: {error.message}"
                # what was put back has a change time of its own: it is no newcomer for that
                memory = replace(inbox.memory(here, now), changed_at=row.memory.changed_at)
                rows.looked(tx, Place(row.root, row.path), "queued", reason, memory)
        return True

    def _filed(self, operation: Operation) -> None:
        done = entries.of(self._base.db.read(), operation.id)
        placed = [entry for entry in done if _is_filing(entry)]
        beside = Beside(self._base, self._disk)
        found = [one for entry in placed if (one := self._rows.described(entry, beside))]
        made = [entry.step.target for entry in done if entry.step.action is Action.MKDIR]
        targets = [self._display(entry.step.target) for entry in placed]
        here = self._sight(operation)
        touched = [entry for entry in placed if self._rows.changed(entry)]
        replaced = {entry.step.source for entry in done if entry.step.trash} - {
            entry.step.target for entry in placed
        }
        now = self._base.clock.wall()
        with self._base.deciding, self._base.db.transaction() as tx:
            for wish in self._rows.scans(touched):
                operations.enqueue(tx, wish, now)
            for wish in orphans(tx, self._base, [file.described for _place, file in found]):
                operations.enqueue(tx, wish, now)
            for root in {place.root for place, _file in found}:
                self._rows.shelve(shelf.Shelf(tx, root, now), root, made, found)
            for place in replaced:
                self._forget(tx, operation, place, now)
            row = rows.of_operation(tx, operation.id)
            verdicts = row.verdicts if row else ()
            self._drop_filed(tx, operation, here, now)
            data: dict[str, object] = {"path": operation.display, "targets": targets}
            events.add(tx, "filed", data, now, operation.id)
            result = {"filed": targets, **rest.result(verdicts)}
            operations.complete(tx, operation.id, result, now)
        for entry in placed:
            log.info(
                "filed",
                source=self._display(entry.step.source),
                target=self._display(entry.step.target),
                method=entry.outcome.method if entry.outcome else "",
            )

    def _drop_filed(self, tx: Tx, operation: Operation, here: Sight | None, now: float) -> None:
        row = rows.of_operation(tx, operation.id)
        if row is None:
            return
        place = Place(row.root, row.path)
        reason = rest.filed(row.verdicts)
        rows.judged(tx, place, ("imported", reason), row.verdicts, (operation.id, now))
        if here is None:
            return
        late = _late(tx, operation, row, here)
        if late or any(verdict.state != "left" for verdict in rest.stays(row.verdicts)):
            # what stayed, or came late, is to be judged by itself
            operations.enqueue(tx, inbox.next_look(self._base.current.roots, place, now), now)
        else:
            rows.looked(tx, place, "imported", reason, inbox.kept(here, now))

    def _undone(self, operation: Operation) -> None:
        done = entries.of(self._base.db.read(), operation.id)
        back = [
            self._display(entry.step.target) for entry in done if entry.step.action is Action.MOVE
        ]
        for path in back:
            log.info("put back", target=path)
        removed = [
            self._display(entry.step.source)
            for entry in done
            if entry.step.action is Action.DISCARD and entry.state is State.DONE
        ]
        lost = [entry.step.source for entry in done if entry.state is State.DONE]
        restored = [entry for entry in done if _is_filing(entry) and self._in_library(entry)]
        here = self._sight(operation)
        now = self._base.clock.wall()
        with self._base.deciding, self._base.db.transaction() as tx:
            for place in lost:
                self._forget(tx, operation, place, now)
            for wish in self._rows.scans(restored):
                operations.enqueue(tx, wish, now)
            if here is not None:
                reason = f"operation {operation.id} put it back: `shelfd import` files it again"
                rows.looked(tx, operation.place, "held", reason, inbox.kept(here, now))
            result: dict[str, object] = {"operation": operation.options["operation"], "back": back}
            if removed:
                result["removed"] = removed
            if operation.error is not None:
                operations.fail(tx, operation.id, _error(operation), now)
                return
            undone = int(str(operation.options["operation"]))
            self._pinning.forget(tx, entries.of(tx, undone))
            events.add(tx, "undone", {"path": operation.display, **result}, now, operation.id)
            operations.complete(tx, operation.id, result, now)

    def _forget(self, tx: Tx, operation: Operation, place: Place | None, now: float) -> None:
        """Note that what had been filed at a place of a library is no longer there."""
        root = self._base.current.roots.get(place.root) if place else None
        if place is None or root is None or root.role != "library":
            return
        shelved = shelf.Shelf(tx, place.root, now)
        known = shelf.directory_at(tx, place.root, parent(place.path))
        if known is not None:
            shelved.forget(known.id, name(place.path))
        shelved.settle()
        unseen.not_found_below(tx, operation.id, place.root, place.path)
        # of what a scan has not found nobody has decided yet
        unseen.missing_of(tx, operation.id, now)

    def _in_library(self, entry: Entry) -> bool:
        root = self._base.current.roots.get(entry.step.target.root) if entry.step.target else None
        return root is not None and root.role == "library"

    def _sight(self, operation: Operation) -> Sight | None:
        """Return what lies in the drop now; None when nothing is left of it."""
        root = self._base.current.roots.get(operation.root)
        if root is None:
            return None
        patterns = self._base.current.settings.watch.ignore
        found = inbox.find(self._disk, root, operation.path, patterns)
        return found[1] if found else None

    def _display(self, place: Place | None) -> str:
        return "" if place is None else self._base.current.roots.display(place)


def _is_filing(entry: Entry) -> bool:
    filing = entry.step.action in (Action.PLACE, Action.MOVE) and not entry.step.trash
    return filing and entry.state is State.DONE


def _put_back(done: Sequence[Entry]) -> str:
    """Return what has become of the files of an import that was to be put back."""
    left = {entry.step.source or entry.step.target for entry in done if not entry.step.reverses}
    if not left:
        return "it was put back"
    return f"{len(left)} of its files could not be put back"


def _error(operation: Operation) -> ShelfdError:
    found = operation.error or {}
    return ShelfdError(found["message"], code=found["code"], hint=found["hint"])


def _late(tx: Tx, operation: Operation, row: rows.Drop, here: Sight) -> set[bytes]:
    """Return what came, or came anew, since the plan was made."""
    done = [entry for entry in entries.of(tx, operation.id) if entry.state is State.DONE]
    mine = [e for e in done if e.step.source and e.step.source.root == row.root]
    gone = {e.step.source.path for e in mine if e.step.source and e.step.action is Action.MOVE}
    kept = {
        e.step.source.path: (e.step.expected.size, e.step.expected.mtime_ns)
        for e in mine
        if e.step.source and e.step.action is Action.PLACE
    }
    stayed = {
        entry.step.source.path
        for entry in entries.of(tx, operation.id)
        if entry.state is State.DROPPED and entry.step.expected.counterpart and entry.step.source
    }
    judged = {verdict.path for verdict in row.verdicts}
    return {
        path
        for path, facts in here.files.items()
        if path not in judged
        or path in gone | stayed
        or kept.get(path, (facts.size, facts.mtime_ns)) != (facts.size, facts.mtime_ns)
    }


def _patience(tx: Tx, place: Place) -> float:
    """Return the seconds until the next try: doubled with each failure, up to a day."""
    doublings = min(ends.failures(tx, place), 20)
    return min(RETRY_S * float(1 << doublings), LONGEST_RETRY_S)
