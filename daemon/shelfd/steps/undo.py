"""Plan an undo: the file steps that put an import back exactly as it was, or every reason why that cannot be."""

from collections.abc import Mapping, Sequence

from shelfd.core import journal
from shelfd.core.errors import ConflictError, NotFoundError, RefusedError
from shelfd.core.journal import Action, Entry, Expected, FileStep, State
from shelfd.core.operations import Kind, Operation
from shelfd.core.paths import Place, ancestors, printable
from shelfd.steps import handing_over
from shelfd.steps.ends import Ends
from shelfd.steps.ports import Base, Files, Turn
from shelfd.steps.shown import shown
from shelfd.store import claims, operations, renamed
from shelfd.store import journal as entries


class Undo:
    """Plans one undo; the steps are carried out like those of an import."""

    def __init__(self, base: Base, files: Files) -> None:
        """Look at the ends of the steps with `files`."""
        self._base = base
        self._files = files
        self._ends = Ends(base, files)

    def __call__(self, operation: Operation, _turn: Turn) -> None:
        """Write the steps as planned, or end with what is in the way."""
        done = self._done(operation)
        steps = journal.reversal(done, self._ends.times_around(done), self._left(done))
        seen = self._seen(steps)
        objections = [*journal.objections(steps, seen), *self._edited(steps, seen)]
        if objections:
            raise RefusedError(
                f"operation {operation.options['operation']} cannot be undone: {'; '.join(objections)}",
                code="world_changed",
                hint="nothing was changed; move back by hand what is named here, then try again",
            )
        places = handing_over.places(self._base, operation, steps, self._files)
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if operation.options.get("dry_run") is True:
                operations.complete(
                    tx, operation.id, {"steps": shown(steps, self._base.current.roots)}, now
                )
                return
            entries.plan(tx, operation.id, steps)
            claims.carry_out(tx, operation.id, places, now)

    def _done(self, operation: Operation) -> list[Entry]:
        wanted = int(str(operation.options["operation"]))
        reader = self._base.db.read()
        target = operations.one(reader, wanted)
        if target is None:
            raise NotFoundError(
                f"operation {wanted}: there is none of this id", code="no_such_operation"
            )
        self._find_out(target, operation)
        whole = renamed.is_organizing(target)
        found = entries.of_whole(reader, wanted) if whole else entries.of(reader, wanted)
        if any(entry.state is State.PURGED for entry in found):
            raise ConflictError(
                f"operation {wanted}: its trash has been emptied, so it cannot be undone",
                code="trash_emptied",
                hint="import.trash_days says how long the trash is kept",
            )
        done = [
            entry for entry in found if entry.state is State.DONE and entry.step.reverses is None
        ]
        if target.kind is not Kind.IMPORT or target.finished_at is None or not done:
            raise ConflictError(
                f"operation {wanted}: there is nothing to undo",
                code="nothing_to_undo",
                hint="only finished imports that filed something can be undone, and only once",
            )
        return done

    def _left(self, done: Sequence[Entry]) -> set[Place]:
        """Return the directories of what was filed that another import had made, and its undo had to leave."""
        targets = {entry.step.target for entry in done if entry.step.target is not None}
        around = {Place(one.root, above) for one in targets for above in ancestors(one.path)}
        return {place for place in around if self._is_left(place)}

    def _is_left(self, place: Place) -> bool:
        """Say whether a directory is still the one that an undone import made: not one of the same name."""
        made = entries.left_behind(self._base.db.read(), place.root, place.path)
        there = self._ends.seen(place)
        if made is None or made.outcome is None or there is None:
            return False
        return made.outcome.inode is not None and made.outcome.inode == there.inode

    def _find_out(self, target: Operation, undo: Operation) -> None:
        """Find out what came of steps that were begun by an import which was given up in their midst."""
        begun = [
            entry
            for entry in entries.of(self._base.db.read(), target.id)
            if entry.state is State.BEGUN and target.finished_at is not None
        ]
        if not begun or undo.options.get("dry_run") is True:
            return
        for entry in begun:
            self._ends.sweep(entry)
        done = {
            entry.id: self._ends.resumed(entry)
            for entry in begun
            if self._ends.came_to(entry.step) is State.DONE
        }
        with self._base.db.transaction() as tx:
            for entry in begun:
                if entry.id in done:
                    entries.finish(tx, entry, done[entry.id])
                else:
                    entries.move(tx, entry, State.DROPPED)
            entries.drop_planned(tx, target.id)

    def _edited(self, steps: list[FileStep], seen: Mapping[Place, Expected | None]) -> list[str]:
        """Return which placed files are other files by now that hold something else, though size and time are the same.

        Those that are the same files by their number are compared when it comes to them.
        """
        comes_from = {
            step.target: step.source for step in steps if step.action is Action.MOVE and step.target
        }
        found = []
        for step in steps:
            now = seen.get(step.source) if step.source else None
            origin = comes_from.get(step.target, step.target) if step.target else None
            if step.action is not Action.DISCARD or now is None or not (step.source and origin):
                continue
            is_other = (
                now.inode != step.expected.inode
                and not now.link
                and (now.size, now.mtime_ns) == (step.expected.size, step.expected.mtime_ns)
            )
            pair = self._ends.absolute(step.source), self._ends.absolute(origin)
            if is_other and seen.get(origin) and not self._files.same_content(*pair):
                found.append(f"{printable(step.source.path)} has been changed since")
        return found

    def _seen(self, steps: list[FileStep]) -> dict[Place, Expected | None]:
        ends = {end for step in steps for end in (step.source, step.target) if end is not None}
        return {end: self._ends.seen(end) for end in ends}
