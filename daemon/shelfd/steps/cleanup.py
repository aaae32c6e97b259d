"""Forget what is old: operations with their events, drops that were filed, missing files, and the trash of imports."""

import structlog

from shelfd.core.errors import BrokenError, ShelfdError
from shelfd.core.ignored import TRASH
from shelfd.core.journal import Action, Entry, FileStep, State
from shelfd.core.operations import Operation
from shelfd.core.paths import Place, ancestors
from shelfd.steps.ports import Base, Files, Turn
from shelfd.store import drops, events, lines, operations, outdated, unseen
from shelfd.store import journal as entries

DAY_S = 86_400.0

log = structlog.get_logger()


class Cleanup:
    """Empties the trash after its days, and history after its days."""

    def __init__(self, base: Base, files: Files) -> None:
        """Remove files from the trash with `files`."""
        self._base = base
        self._files = files

    def __call__(self, operation: Operation, _turn: Turn) -> None:
        """Clean up, and end the operation with what was forgotten."""
        settings = self._base.current.settings
        now = self._base.clock.wall()
        emptied = self._empty_trash(now - settings.import_.trash_days * DAY_S)
        moment = now - settings.queue.keep_history_days * DAY_S
        gone = [
            place
            for place in drops.imported_before(self._base.db.read(), moment)
            if self._gone(place)
        ]
        with self._base.deciding, self._base.db.transaction() as tx:
            for place in gone:
                drops.remove(tx, place)
            result: dict[str, object] = {
                "trashed_files": emptied,
                "events": events.forget_before(tx, moment),
                "drops": len(gone),
                "operations": outdated.forget_before(tx, moment),
                "log_lines": lines.forget_beyond(tx),
                "missing_files": unseen.forget_missing_since(
                    tx, now - settings.missing.grace_days * DAY_S
                ),
            }
            operations.complete(tx, operation.id, result, now)

    def _gone(self, place: Place) -> bool:
        """Say whether a drop has left its inbox; what is kept there is remembered, else it were filed again."""
        roots = self._base.current.roots
        root = roots.get(place.root)
        if root is None:
            return True
        try:
            return (
                self._files.seen(root.path) is not None
                and self._files.seen(roots.absolute(place)) is None
            )
        except BrokenError as error:
            log.warning("it is remembered for now", reason=error.message)
            return False

    def _empty_trash(self, moment: float) -> int:
        emptied = 0
        for entry in entries.trashed_before(self._base.db.read(), moment):
            try:
                emptied += self._purge(entry)
            except ShelfdError as error:
                log.warning("the trash could not be emptied", reason=error.message)
        return emptied

    def _purge(self, entry: Entry) -> bool:
        """Remove one file that shelfd itself put into the trash, and the directories that are then empty."""
        place, outcome = entry.step.target, entry.outcome
        if place is None or outcome is None or self._base.current.roots.get(place.root) is None:
            return False
        path = self._base.current.roots.absolute(place)
        seen = self._files.seen(path)
        trash = next(above for above in ancestors(place.path) if above.endswith(TRASH))
        if (
            seen is None
            and self._files.seen(self._base.current.roots.absolute(Place(place.root, trash)))
            is None
        ):
            return False  # its disk is not there, so nothing is known of it
        # a hard link that was retagged in the library has another time, and is the same file still
        if (
            seen is not None
            and seen.inode != outcome.inode
            and (seen.size, seen.mtime_ns) != (outcome.size, outcome.mtime_ns)
        ):
            log.warning("this was put into the trash by somebody else, and stays", path=path)
            return False
        self._files.clear(path)
        with self._base.db.transaction() as tx:
            entries.move(tx, entry, State.PURGED)
        for above in ancestors(place.path):
            if TRASH in above.split(b"/"):
                self._remove_if_empty(Place(place.root, above))
        return seen is not None

    def _remove_if_empty(self, place: Place) -> None:
        path = self._base.current.roots.absolute(place)
        try:
            self._files.perform(FileStep(action=Action.RMDIR, source=place), path, b"", b"")
        except ShelfdError as error:
            log.debug("directory stays", reason=error.message)
