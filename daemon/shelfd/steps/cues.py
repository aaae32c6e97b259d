"""Reads the cue sheets of a drop; a room of the plan."""

from collections.abc import Iterable

import structlog

from shelfd.core import cue
from shelfd.core.cue import Cue
from shelfd.core.errors import BrokenError
from shelfd.core.paths import Place, RelPath, suffix
from shelfd.core.roots import Root
from shelfd.steps.ports import Base, Directories

log = structlog.get_logger()


def sheets(
    base: Base, disk: Directories, root: Root, files: Iterable[RelPath]
) -> dict[RelPath, Cue]:
    """Return what each cue sheet of a drop says; one that cannot be read, or is too long to be one, says nothing."""
    found: dict[RelPath, Cue] = {}
    for path in files:
        if suffix(path) != ".cue":
            continue
        try:
            data = disk.content(base.current.roots.absolute(Place(root.name, path)), cue.LONGEST)
        except BrokenError as error:
            log.info("cue sheet is not read", path=path, reason=error.message)
            continue
        said = None if data is None else cue.read(data)
        if said is not None:
            found[path] = said
    return found
