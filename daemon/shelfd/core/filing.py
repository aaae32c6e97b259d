"""The file steps that carry out the verdicts on a drop: directories, then targets, and the sources last."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from shelfd.core import ignored
from shelfd.core.conflicts import Replaced
from shelfd.core.identity import Identity
from shelfd.core.journal import Action, Counterpart, Expected, FileStep
from shelfd.core.nfo import is_note
from shelfd.core.paths import Place, RelPath, ancestors, join, name, parent, within
from shelfd.core.plan import Request, Verdict

IN_ITSELF = frozenset({Action.MKDIR, Action.RMDIR, Action.STAMP})
"""What is done to a directory, and not to an entry of it."""
RENAME = "rename"
"""The mode of a move that never becomes a copy."""


def works_at(steps: Iterable[FileStep], inbox: str) -> frozenset[Place]:
    """Return the directories outside of the inbox in which these steps change something."""
    return frozenset(
        end if step.action in IN_ITSELF else Place(end.root, parent(end.path))
        for step in steps
        for end in (step.source, step.target)
        if end is not None and end.root != inbox
    )


def needed(request: Request, planned: Sequence[Verdict], operation: int) -> set[Place]:
    """Return every directory that the steps of this plan will need."""
    places = [Place(verdict.root, RelPath(verdict.target)) for verdict in planned if verdict.root]
    leaving = [*(RelPath(verdict.path) for verdict in planned), *request.markers]
    places += [trash(request.inbox, operation, path) for path in leaving]
    places += [
        trash(verdict.root, operation, RelPath(file.path))
        for verdict in planned
        for file in verdict.replaces
    ]
    return {Place(place.root, above) for place in places for above in ancestors(place.path)}


def steps(
    request: Request, planned: Sequence[Verdict], existing: Iterable[Place], operation: int
) -> list[FileStep]:
    """Return the file steps that carry out the verdicts; `existing` directories need not be made."""
    # what describes media comes before them, so that no player sees them without it
    moves = sorted(
        (verdict for verdict in planned if verdict.state == "file"),
        key=lambda verdict: not is_note(verdict.path),
    )
    there = [verdict for verdict in planned if verdict.state == "filed"]
    result: list[FileStep] = []
    made = set(existing)
    replaced = {
        Place(verdict.root, RelPath(file.path)): file
        for verdict in moves
        for file in verdict.replaces
    }
    for verdict in moves:
        target = Place(verdict.root, RelPath(verdict.target))
        result += directories(target, made)
        # a note comes before the media for which the old one makes room
        for place in (target, *(Place(target.root, RelPath(one.path)) for one in verdict.replaces)):
            if (file := replaced.pop(place, None)) is not None:
                result += to_trash(place, operation, made, _as_it_was(file))
        result.append(_filing(request, verdict, target))
    if moves + there and (request.mode == "move" or _leaves(request)):
        result += _markers_to_trash(request, operation, made)
    if _leaves(request):
        gone = there if request.mode == "move" else [*moves, *there]
        for verdict in gone:
            result += to_trash(
                Place(request.inbox, RelPath(verdict.path)),
                operation,
                made,
                _leaving(request, verdict),
            )
        result += _emptied(request, [*moves, *there])
    elif request.mode == "move":
        result += _emptied(request, moves)
    return result


def _as_it_was(file: Replaced) -> Expected:
    """Return what was decided on: a file that is another one by now does not make room."""
    return Expected(size=file.size, mtime_ns=file.mtime_ns, inode=file.inode)


def _leaves(request: Request) -> bool:
    """Say whether what was filed does not stay in the inbox, whatever the way it was filed by."""
    return request.after == "trash" and request.mode != "symlink"


def _markers_to_trash(request: Request, operation: int, made: set[Place]) -> list[FileStep]:
    return [
        step
        for path, facts in request.markers.items()
        for step in to_trash(
            Place(request.inbox, path),
            operation,
            made,
            Expected(size=facts.size, mtime_ns=facts.mtime_ns, inode=facts.inode),
        )
    ]


def across(step: FileStep, operation: int) -> list[FileStep]:
    """Return what to do instead of a rename between two mounts, which the kernel refuses; empty: nothing.

    A filing becomes a verified copy, then the source goes to the trash. A source that cannot reach the trash
    of its inbox goes to one beside it.
    """
    if step.source is None or step.target is None or step.mode == RENAME:
        return []
    if not step.trash:
        copy = replace(step, action=Action.PLACE, mode="copy")
        return [
            copy,
            *to_trash(step.source, operation, set(), replace(step.expected, rights=None)),
        ]
    source = step.source
    beside = join(parent(source.path), b"%b/%d" % (ignored.TRASH, operation))
    target = Place(source.root, join(beside, name(source.path)))
    return (
        [] if target == step.target else [*directories(target, set()), replace(step, target=target)]
    )


def to_trash(source: Place, operation: int, made: set[Place], expected: Expected) -> list[FileStep]:
    """Return the steps that put one source into the trash; directories in `made` exist or will."""
    target = trash(source.root, operation, source.path)
    move = FileStep(action=Action.MOVE, source=source, target=target, trash=True, expected=expected)
    return [*directories(target, made), move]


def trash(root: str, operation: int, path: RelPath) -> Place:
    """Return where a file of a root lies in the trash of its file system."""
    return Place(root, RelPath(b"%b/%d/%b" % (ignored.TRASH, operation, path)))


def directories(target: Place, made: set[Place]) -> list[FileStep]:
    """Return steps for the directories above `target` that do not exist yet, top first, and note them as made."""
    missing = [
        place
        for above in reversed(ancestors(target.path))
        if (place := Place(target.root, above)) not in made
    ]
    made.update(missing)
    return [FileStep(action=Action.MKDIR, target=place) for place in missing]


def _filing(request: Request, verdict: Verdict, target: Place) -> FileStep:
    return FileStep(
        action=Action.MOVE if request.mode == "move" else Action.PLACE,
        source=Place(request.inbox, RelPath(verdict.path)),
        target=target,
        mode=request.mode,
        expected=replace(
            _expected(request, verdict), identity=_told(verdict.identity), rule=verdict.rule
        ),
    )


def _told(identity: Identity | None) -> Identity | None:
    """Return what is remembered of an identity: without what a person could have decided instead."""
    if identity is None:
        return None
    seen = tuple(replace(one, accepts=None) for one in identity.candidates)
    return replace(identity, candidates=seen)


def _leaving(request: Request, verdict: Verdict) -> Expected:
    """Return what the way of a source into the trash relies on: where its content was there before, that it still is."""
    expected = _expected(request, verdict)
    if verdict.state != "filed":
        return expected
    return replace(expected, counterpart=Counterpart(root=verdict.root, path=verdict.target))


def _expected(request: Request, verdict: Verdict) -> Expected:
    path = RelPath(verdict.path)
    facts = request.files[path]
    return Expected(
        size=facts.size,
        mtime_ns=facts.mtime_ns,
        inode=facts.inode,
        reading=request.readings.get(path),
    )


def _emptied(request: Request, gone: Sequence[Verdict]) -> list[FileStep]:
    """Return steps that remove the dropped directories in which nothing stays, deepest first."""
    stays = set(request.files) - {RelPath(verdict.path) for verdict in gone}
    inside = {
        above
        for path in request.files
        for above in ancestors(path)
        if within(above, request.drop) and not any(within(left, above) for left in stays)
    }
    return [
        FileStep(action=Action.RMDIR, source=Place(request.inbox, path))
        for path in sorted(inside, key=lambda path: (-path.count(b"/"), path))
    ]
