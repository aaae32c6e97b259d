"""What is refused, moved out of an inbox as a whole: the file steps."""

from collections.abc import Collection
from itertools import chain

from shelfd.core.archives import is_archive
from shelfd.core.journal import Action, Expected, FileStep
from shelfd.core.listing import Facts
from shelfd.core.paths import Place, RelPath, ancestors, join, within
from shelfd.core.plan import Request
from shelfd.core.roots import QUARANTINE


def takes(request: Request) -> bool:
    """Say whether a refused drop may be moved away.

    What is to stay for others, such as a torrent client, stays; and so do archives, which may be unpacked there, and
    what may still be written.
    """
    if request.incomplete:
        return False
    leaves = request.mode == "move" or (request.after == "trash" and request.mode != "symlink")
    return leaves and bool(request.files) and not any(map(is_archive, request.files))


def targets(request: Request, operation: int | None = None) -> dict[RelPath, Place]:
    """Return where each file goes: below the name of its inbox, as it lay there; with `operation`, below that as well."""
    home = RelPath(request.inbox.encode())
    if operation is not None:
        home = join(home, b"%d" % operation)
    return {
        path: Place(QUARANTINE, join(home, path)) for path in chain(request.files, request.markers)
    }


def needed(goals: Collection[Place]) -> set[Place]:
    """Return every directory that must be there for these targets."""
    return {Place(goal.root, above) for goal in goals for above in ancestors(goal.path)}


def steps(
    request: Request, goals: dict[RelPath, Place], existing: Collection[Place]
) -> list[FileStep]:
    """Return the file steps that move a drop to these targets; `existing` directories need not be made."""
    missing = sorted(needed(goals.values()) - set(existing))
    facts = {**request.files, **request.markers}
    return [
        *(FileStep(action=Action.MKDIR, target=place) for place in missing),
        *(_moved(request, path, goal, facts[path]) for path, goal in sorted(goals.items())),
        *(
            FileStep(action=Action.RMDIR, source=Place(request.inbox, path))
            for path in _inside(request)
        ),
    ]


def _moved(request: Request, path: RelPath, goal: Place, facts: Facts) -> FileStep:
    return FileStep(
        action=Action.MOVE,
        source=Place(request.inbox, path),
        target=goal,
        mode="move",
        expected=Expected(size=facts.size, mtime_ns=facts.mtime_ns, inode=facts.inode),
    )


def _inside(request: Request) -> list[RelPath]:
    """Return the directories of a drop, the deepest first."""
    found = {
        above
        for path in chain(request.files, request.markers)
        for above in ancestors(path)
        if within(above, request.drop)
    }
    return sorted(found, key=lambda path: (-path.count(b"/"), path))
