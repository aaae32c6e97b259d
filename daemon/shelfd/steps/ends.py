"""What lies at the ends of file steps, and when the directories around them were last changed."""

from collections.abc import Iterable

from shelfd.core.journal import (
    Action,
    Entry,
    Expected,
    FileStep,
    Outcome,
    Seen,
    State,
    Touched,
    resolve,
)
from shelfd.core.paths import Place, RelPath
from shelfd.core.rights import Rights
from shelfd.steps.ports import Base, Files


class Ends:
    """Looks at places as file steps know them."""

    def __init__(self, base: Base, files: Files) -> None:
        """Look with `files`."""
        self._base = base
        self._files = files

    def absolute(self, place: Place | None) -> bytes:
        """Return where a place is; empty for an end that a step does not have."""
        return b"" if place is None else self._base.current.roots.absolute(place)

    def seen(self, place: Place | None) -> Expected | None:
        """Return what lies at a place; None when nothing does."""
        return None if place is None else self._files.seen(self.absolute(place))

    def had(self, step: FileStep) -> Rights | None:
        """Return the rights of what a step is to remove, or to give others; None for any other step."""
        changes = step.action is Action.MOVE and step.expected.rights is not None
        if step.source is None or not (changes or step.action is Action.RMDIR):
            return None
        return self._files.had(self.absolute(step.source))

    def came_to(self, step: FileStep) -> State:
        """Return what a step that was begun has come to, from what lies at its ends now."""
        state = resolve(step, Seen(self.seen(step.source), self.seen(step.target)))
        ends = self.absolute(step.source), self.absolute(step.target)
        is_placed = state is State.DONE and step.action is Action.PLACE
        if is_placed and not self._files.is_made(step, *ends):
            return State.PLANNED  # somebody else's file, that looks like it from outside
        return state

    def sweep(self, entry: Entry) -> None:
        """Remove what a copy has left under its temporary name; BrokenError when it cannot be: then it is still begun."""
        # a file system that is read-only refuses to remove what is not there
        if entry.step.action is Action.PLACE and self.seen(entry.temporary) is not None:
            self._files.clear(self.absolute(entry.temporary))

    def resumed(self, entry: Entry) -> Outcome:
        """Return the outcome that a begun step would have written, as far as it can still be seen."""
        target = self.seen(entry.step.target)
        noted = entry.outcome or Outcome()
        before = {Place(one.root, RelPath(one.path)): one.before for one in noted.touched}
        return Outcome(
            method="" if target is None else "resumed",
            size=target.size if target else None,
            mtime_ns=target.mtime_ns if target else None,
            inode=target.inode if target else None,
            mode=noted.mode,
            was=noted.was,
            touched=touched(before, self.times(before)),
        )

    def times(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return the modification times, in nanoseconds, of those directories that are there."""
        seen = {place: self.seen(place) for place in places}
        return {place: found.mtime_ns for place, found in seen.items() if found and found.mtime_ns}

    def times_around(self, done: Iterable[Entry]) -> dict[Place, int]:
        """Return the times of all directories that these steps have changed."""
        touched = [one for entry in done if entry.outcome for one in entry.outcome.touched]
        return self.times({Place(one.root, RelPath(one.path)) for one in touched})


def touched(before: dict[Place, int], after: dict[Place, int]) -> tuple[Touched, ...]:
    """Return the change of each directory that has one; one that is gone keeps its time."""
    return tuple(
        Touched(root=place.root, path=place.path, before=mtime, after=after.get(place, mtime))
        for place, mtime in before.items()
    )
