"""The file steps that write metadata files: each before the media that it is about become visible."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from shelfd.core import filing
from shelfd.core.journal import WRITE, Action, Expected, FileStep
from shelfd.core.paths import Place, ancestors, parent, within


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """A metadata file to be written."""

    place: Place
    content: bytes
    mtime_ns: int
    """What it is to say of when it was written, so that it is known again after a crash."""
    replaces: Expected | None = None
    """What lies there now and goes to the trash."""
    shared: bool = False
    """It belongs to its directory, and goes only when nothing else is left there."""


def needed(writings: Iterable[Writing], operation: int) -> set[Place]:
    """Return every directory that the trash of what is replaced will need."""
    places = [
        filing.trash(writing.place.root, operation, writing.place.path)
        for writing in writings
        if writing.replaces is not None
    ]
    return {Place(place.root, above) for place in places for above in ancestors(place.path)}


def woven(
    steps: Sequence[FileStep],
    writings: Sequence[Writing],
    existing: Collection[Place],
    operation: int,
) -> list[FileStep]:
    """Return the steps of an import with those that write; each as soon as its directory is there.

    So, taken back last first, a file of a whole directory goes when all below is gone; `existing` directories
    need not be made.
    """
    before: dict[int, list[Writing]] = {}
    for writing in writings:
        before.setdefault(_position(steps, writing.place), []).append(writing)
    made = set(existing)
    result: list[FileStep] = []
    for at, step in enumerate(steps):
        for writing in before.get(at, ()):
            result += _writes(writing, operation, made)
        if step.action is not Action.MKDIR or step.target is None:
            result.append(step)
        elif step.target not in made:  # else: in the trash, for what was written before
            made.add(step.target)
            result.append(step)
    return result


def _position(steps: Sequence[FileStep], place: Place) -> int:
    """Return before which step a file is to be written: the first that changes something below its directory."""
    directory = parent(place.path)
    return next(
        at
        for at, step in enumerate(steps)
        if step.target is not None
        and step.target.root == place.root
        and step.target.path != directory
        and within(step.target.path, directory)
    )


def _writes(writing: Writing, operation: int, made: set[Place]) -> list[FileStep]:
    write = FileStep(
        action=Action.PLACE,
        target=writing.place,
        mode=WRITE,
        expected=Expected(
            size=len(writing.content),
            mtime_ns=writing.mtime_ns,
            content=writing.content,
            # what made room for it is to come back whatever is beside it
            shared=writing.shared and writing.replaces is None,
        ),
    )
    if writing.replaces is None:
        return [write]
    return [*filing.to_trash(writing.place, operation, made, writing.replaces), write]
