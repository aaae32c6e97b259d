"""Files of the libraries that hold what files of a drop do, which therefore leave: noted at the plan, looked at before they leave."""

from collections.abc import Sequence

import structlog
from msgspec.structs import replace

from shelfd.core.errors import BrokenError
from shelfd.core.journal import WRITE, Counterpart, FileStep
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
    seen = files.seen(base.current.roots.absolute(Place(other.root, RelPath(other.path))))
    there = Counterpart(root=other.root, path=other.path)
    if seen is not None:
        there = replace(there, size=seen.size, mtime_ns=seen.mtime_ns, inode=seen.inode)
    if seen is None or there != other:
        reason = (
            f"{printable(step.source.path)}: it stays, since {printable(other.path)}, which held the same,"
            " is gone or another file"
        )
        log.warning("it is looked at again", reason=reason)
        raise BrokenError(reason, code="not_needed")
