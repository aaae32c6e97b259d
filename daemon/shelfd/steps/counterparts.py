"""Files of the libraries that hold what files of a drop do, which therefore leave: noted at the plan, looked at before they leave."""

from collections.abc import Sequence

import structlog
from msgspec.structs import replace

from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.journal import WRITE, Action, Counterpart, FileStep
from shelfd.core.paths import Place, RelPath, printable
from shelfd.steps.ports import Base, Files

log = structlog.get_logger()


def noted(base: Base, files: Files, steps: Sequence[FileStep]) -> list[FileStep]:
    """Return the steps with how each counterpart is now; what this import itself takes away or writes is none."""
    own = {
        end
        for step in steps
        if step.trash or step.mode == WRITE
        for end in (step.source, step.target)
    }
    return [_noted(base, files, step, own) for step in steps]


def _noted(base: Base, files: Files, step: FileStep, own: set[Place | None]) -> FileStep:
    other = step.expected.counterpart
    if other is None:
        return step
    place = Place(other.root, RelPath(other.path))
    if place in own:
        return replace(step, expected=replace(step.expected, counterpart=None))
    seen = files.seen(base.current.roots.absolute(place))
    if seen is not None:
        other = replace(other, size=seen.size, mtime_ns=seen.mtime_ns, inode=seen.inode)
    return replace(step, expected=replace(step.expected, counterpart=other))


def require(base: Base, files: Files, step: FileStep) -> None:
    """Raise BrokenError, by which a step is left out, when the counterpart of its source is gone or another file."""
    other = step.expected.counterpart
    if other is None or step.source is None:
        return
    if not _is_there(base, files, other):
        reason = (
            f"{printable(step.source.path)}: it stays, since {printable(other.path)}, which held the same,"
            " is gone or another file"
        )
        log.warning("it is looked at again", reason=reason)
        raise BrokenError(reason, code="not_needed")


def keep(base: Base, files: Files, step: FileStep) -> None:
    """Bring a source back from the trash, and raise RefusedError, when its counterpart has gone with it.

    Then both were one file, seen from two sides by whatever made it look like two: a union of disks, a server's own
    share mounted again, an encrypted view.
    """
    other = step.expected.counterpart
    if other is None or step.source is None or step.target is None or _is_there(base, files, other):
        return
    absolute = base.current.roots.absolute
    source, trashed = absolute(step.source), absolute(step.target)
    own = replace(step.expected, counterpart=None)
    back = FileStep(action=Action.MOVE, source=step.target, target=step.source, expected=own)
    files.perform(back, trashed, source, b"")
    raise RefusedError(
        f"{printable(source)}: it is {printable(other.path)} of {other.root} itself, by a link or a mount",
        code="same_place",
        hint="an inbox and a library must not show the same files",
    )


def _is_there(base: Base, files: Files, other: Counterpart) -> bool:
    seen = files.seen(base.current.roots.absolute(Place(other.root, RelPath(other.path))))
    if seen is None:
        return False
    now = (seen.size, seen.mtime_ns, seen.inode)
    return now == (other.size, other.mtime_ns, other.inode)
