"""Step 5 of arranging a library anew, and of putting that back: the catalog follows each file, which keeps its id."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import structlog

from shelfd.core import catalog
from shelfd.core.errors import ShelfdError
from shelfd.core.journal import Action, Entry, State
from shelfd.core.listing import NEVER
from shelfd.core.media import HOLDS, Reading
from shelfd.core.operations import Kind, Operation
from shelfd.core.paths import Place, ancestors, name, parent, suffix
from shelfd.steps import newcomers
from shelfd.steps.beside import Beside
from shelfd.steps.filed import Filed
from shelfd.steps.ports import Base, Directories, Turn
from shelfd.store import catalog as shelf
from shelfd.store import events, operations, renamed, unseen
from shelfd.store import journal as entries
from shelfd.store.database import Tx

log = structlog.get_logger()


class _Followed(NamedTuple):
    """A file of the catalog that is somewhere else now."""

    id: int
    source: Place
    target: Place
    found: shelf.Found


class Resettle:
    """Ends an operation whose renames within a library are all done."""

    def __init__(self, base: Base, disk: Directories) -> None:
        """Look at what was renamed with `disk`."""
        self._base = base
        self._disk = disk
        self._rows = Filed(base, disk)

    def __call__(self, operation: Operation, _turn: Turn) -> None:
        """Write catalog, event and outcome in one transaction."""
        done = [
            entry
            for entry in entries.of(self._base.db.read(), operation.id)
            if entry.state is State.DONE
        ]
        # what was put back within the same import is where it was
        if operation.kind is Kind.IMPORT:
            done = [entry for entry in done if entry.step.reverses is None]
        moved = [entry for entry in done if entry.step.action is Action.MOVE]
        now = self._base.clock.wall()
        with self._base.deciding:
            beside = Beside(self._base, self._disk)
            followed = [one for entry in moved if (one := self._followed(entry, beside))]
            free = newcomers.free(self._base, self._disk, [one.id for one in followed])
            with self._base.db.transaction() as tx:
                self._move(tx, followed, free, now)
                self._left(tx, operation, done, now)
                known = {one.target for one in followed}
                strange = [entry for entry in moved if entry.step.target not in known]
                for wish in self._rows.scans([one for one in strange if self._is_news(one)]):
                    operations.enqueue(tx, wish, now)
                self._end(tx, operation, moved, now)

    def _followed(self, entry: Entry, beside: Beside) -> _Followed | None:
        """Return the row that follows a file; None when there is none, or the file is another one by now."""
        source, target = entry.step.source, entry.step.target
        if source is None or target is None:
            return None
        root = self._base.current.roots.get(target.root)
        row = renamed.at(self._base.db.read(), source)
        facts = self._disk.facts(self._base.current.roots.absolute(target))
        if root is None or root.kind is None or row is None or facts is None:
            return None
        if self._rows.changed(entry):
            return None
        reading = msgspec.json.decode(row[1], type=Reading)
        found = shelf.Found(
            name=name(target.path),
            facts=facts,
            reading=reading,
            described=catalog.describe(
                root.kind, target.path, reading, beside.of(root, target.path)
            ),
        )
        return _Followed(row[0], source, target, found)

    def _move(
        self, tx: Tx, followed: Sequence[_Followed], free: frozenset[int], now: float
    ) -> None:
        """Let the rows be where their files are: first from wherever they were, so that each name is free."""
        followed = sorted(followed, key=_is_of_a_scattered_album)
        shelf.lift(tx, [(one.id, one.found) for one in followed], free)
        for root in {one.target.root for one in followed}:
            rows = shelf.Shelf(tx, root, now)
            for one in followed:
                if one.target.root != root:
                    continue
                for above in reversed(ancestors(parent(one.target.path))):
                    if shelf.directory_at(tx, root, above) is None:
                        rows.directory(above, NEVER)
                # it was not read, so its signature is not known
                directory = rows.directory(parent(one.target.path), NEVER)
                if renamed.at(tx, one.target) is not None:
                    rows.forget(directory, one.found.name)  # of a file that was missing there
                rows.move(directory, one.id, one.found, free=free)
            rows.settle()

    def _left(self, tx: Tx, operation: Operation, done: Sequence[Entry], now: float) -> None:
        """Note which directories are gone."""
        for entry in done:
            source = entry.step.source
            if entry.step.action is Action.RMDIR and source is not None:
                unseen.not_found_below(tx, operation.id, source.root, source.path)
        unseen.missing_of(tx, operation.id, now)

    def _is_news(self, entry: Entry) -> bool:
        """Say whether a file that was renamed is one that the catalog would have, and has not."""
        target = entry.step.target
        if target is None:
            return False
        root = self._base.current.roots.get(target.root)
        if renamed.at(self._base.db.read(), target) is not None:
            return False  # a scan that came by has found it
        return (
            root is not None and root.kind is not None and suffix(target.path) in HOLDS[root.kind]
        )

    def _end(self, tx: Tx, operation: Operation, moved: Sequence[Entry], now: float) -> None:
        targets = [
            self._base.current.roots.display(entry.step.target)
            for entry in moved
            if entry.step.target is not None
        ]
        if operation.error is not None:
            error = _error(operation)
            if error.code == "cancelled":
                operations.cancel(tx, operation.id, now)
            else:
                operations.fail(tx, operation.id, error, now)
            return
        if operation.kind is Kind.UNDO:
            result: dict[str, object] = {
                "operation": operation.options["operation"],
                "back": targets,
            }
            events.add(tx, "undone", {"path": operation.display, **result}, now, operation.id)
        else:
            result = {"filed": targets}
            data: dict[str, object] = {"path": operation.display, "targets": targets}
            events.add(tx, "filed", data, now, operation.id)
        operations.complete(tx, operation.id, result, now)
        log.info("arranged", files=len(targets))


def _error(operation: Operation) -> ShelfdError:
    found = operation.error or {}
    return ShelfdError(found["message"], code=found["code"], hint=found["hint"])


def _is_of_a_scattered_album(one: _Followed) -> bool:
    """Say whether a track is of an album without a directory; one that has one goes where that is."""
    whole = one.found.described.whole
    return whole is not None and whole.kind == "album" and whole.key.startswith("\n")
