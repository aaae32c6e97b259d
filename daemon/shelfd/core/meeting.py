"""Where imports meet that work at other paths: at one work under two names, or at two spellings of one directory."""

from collections.abc import Iterable

from shelfd.core import known, paths
from shelfd.core.journal import Action, FileStep
from shelfd.core.paths import Place, RelPath
from shelfd.core.verdicts import Verdict

WORK, ALIKE = "work:", "alike:"
"""How the roots of such places begin, which are in no settings."""


def places(planned: Iterable[Verdict], steps: Iterable[FileStep], inbox: str) -> frozenset[Place]:
    """Return all places at which an import meets others beside those at which it works."""
    return _of_works(planned) | _of_spellings(steps, inbox)


def _of_works(planned: Iterable[Verdict]) -> frozenset[Place]:
    """Return a place for each work of which something is filed: no two imports are at work on one at the same time."""
    found = set()
    for verdict in planned:
        if verdict.state == "file" and verdict.identity is not None:
            sought = known.sought(verdict.identity)
            if sought is not None and sought.title:
                title = RelPath(sought.title.encode("utf-8", "surrogateescape"))
                found.add(Place(WORK + sought.kind, title))
    return frozenset(found)


def _of_spellings(steps: Iterable[FileStep], inbox: str) -> frozenset[Place]:
    """Return a place for each directory that is made outside of the inbox, the same for all its spellings."""
    return frozenset(
        Place(ALIKE + step.target.root, _folded(step.target.path))
        for step in steps
        if step.action is Action.MKDIR and step.target is not None and step.target.root != inbox
    )


def _folded(path: RelPath) -> RelPath:
    return RelPath(paths.identity(path).encode("utf-8", "surrogateescape"))
