"""What is to become of each file of a dropped item, as a value that can be shown before anything happens."""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from shelfd.core import (
    belongings,
    conflicts,
    embedded,
    evidence,
    homes,
    late,
    layout,
    paths,
    review,
    siblings,
    units,
    wholes,
)
from shelfd.core.errors import RefusedError
from shelfd.core.identity import Identity, identify
from shelfd.core.media import Kind
from shelfd.core.paths import Place, RelPath, guessed, name, printable, suffix
from shelfd.core.review import Judged
from shelfd.core.roles import Roles, roles
from shelfd.core.units import Disc
from shelfd.core.verdicts import THERE, Library, Request, Verdict, World, stays

__all__ = ["Library", "Request", "Verdict", "World", "identities", "settled", "verdicts"]

LIBRARY = {
    "movie": Kind.MOVIES,
    "episode": Kind.SHOWS,
    "track": Kind.MUSIC,
    "audiobook": Kind.AUDIOBOOKS,
    "book": Kind.BOOKS,
}
"""Which kind of library takes which kind of item."""
THERE_ALREADY = "the same content is there already"


def verdicts(request: Request) -> list[Verdict]:
    """Return what is to become of each file, in the order of paths.

    Each is judged by itself, so that one that cannot be read or understood keeps no other from being filed; only
    the files of a disc are filed together or not at all.
    """
    sorted_out = roles(request.files)
    found = _found(request, sorted_out)
    works = _judged(request, {path: found[path] for path in sorted_out.works})
    discs = [
        verdict
        for disc in sorted_out.discs
        for verdict in _of_disc(request, disc, found[disc.files[0]])
    ]
    done = units.together(_distinct([*works, *discs]))
    booklets = belongings.booklets(request, sorted_out, done)
    if booklets:
        done = [verdict for verdict in done if verdict.path not in booklets]
        sorted_out = sorted_out._replace(rest=[*sorted_out.rest, *booklets])
    others = belongings.verdicts(request, sorted_out, done)
    return sorted(_distinct([*done, *others]), key=lambda verdict: verdict.path)


def travelled(planned: Sequence[Verdict], world: World) -> list[Verdict]:
    """Return the verdicts with what is named after a work going where that goes, perhaps by another name than planned."""
    works = _works(planned, world)
    return [_travelling(verdict, world, works) for verdict in planned]


def identities(request: Request, sorted_out: Roles) -> dict[RelPath, Identity]:
    """Return what each work and each disc is by its inside, its names and its metadata files; a disc by its first file."""
    found = {path: _identified(request, path) for path in sorted_out.works}
    found = siblings.told(found, request.readings, request.kind)
    images = wholes.images(request.files, request.cues)
    found = wholes.completed(found, request.readings, request.cues, images)
    discs = {disc.files[0]: units.identified(disc, request.kind) for disc in sorted_out.discs}
    return {**found, **discs}


def settled(planned: Sequence[Verdict], world: World) -> list[Verdict]:
    """Return the verdicts again, in view of what is already at the targets."""
    works = _works(planned, world)
    gone = {Place(one.root, RelPath(file.path)) for one in works.values() for file in one.replaces}
    seen = [works.get(verdict.path) or _against(verdict, world, gone) for verdict in planned]
    # a name beside what is there can be that of another one of the same drop
    whole = {verdict.path: verdict for verdict in units.together(_distinct(seen))}
    return [
        _with_owner(verdict, whole[verdict.owner])
        if verdict.owner and not verdict.unit
        else verdict
        for verdict in whole.values()
    ]


def _works(planned: Sequence[Verdict], world: World) -> dict[bytes, Verdict]:
    """Return what travels with nothing else, in view of what is already there."""
    return {verdict.path: _against(verdict, world) for verdict in planned if not verdict.owner}


def _with_owner(verdict: Verdict, owner: Verdict) -> Verdict:
    """Let a file stay when what it belongs to does."""
    if owner.state in units.GOING or verdict.state not in units.GOING:
        return verdict
    return replace(verdict, state="left", reason=belongings.STAYS, root="", target=b"")


def _found(request: Request, sorted_out: Roles) -> dict[RelPath, Judged]:
    """Return what is known of each work and each disc: what people and the catalog say of it counts before all else."""
    wanted = {*sorted_out.works, *(disc.files[0] for disc in sorted_out.discs)}
    if wanted <= request.judged.keys():
        return {path: request.judged[path] for path in wanted}
    read = identities(request, sorted_out)
    return {path: request.judged.get(path) or Judged(identity=read[path]) for path in wanted}


def _identified(request: Request, path: RelPath) -> Identity:
    reading = request.readings[path]
    parts = tuple(guessed(part) for part in path.split(b"/"))
    # ids in names and tags make a file sure, and a metadata file that contradicts it unsure again
    found = embedded.with_ids(identify(parts, reading, request.kind), reading.tags)
    return evidence.joined(found, request.witnesses.get(path, ()), request.kind)


def _judged(request: Request, found: Mapping[RelPath, Judged]) -> list[Verdict]:
    """Return the verdicts on what is to be played or read, with their places by what they are."""
    images = wholes.images(request.files, request.cues)
    judged = {
        path: _accepted(request, path, one, request.readings[path].error)
        for path, one in found.items()
    }
    books = [
        (path, found[path].identity)
        for path, verdict in judged.items()
        if verdict.state == "file" and found[path].identity.kind == "audiobook"
    ]
    for path, part in wholes.parts(books).items():
        read = found[path].identity
        # what comes after the rest of its book is not all of it
        own = read.part if part is None and homes.is_later_part(found[path]) else part
        judged[path] = replace(judged[path], identity=replace(read, part=own))
    return [_with_target(request, one, found[path], images) for path, one in judged.items()]


def _of_disc(request: Request, disc: Disc, found: Judged) -> list[Verdict]:
    judged = _accepted(request, disc.files[0], found, None)
    if judged.state == "file" and found.identity.kind != "movie":
        judged = stays(judged, "players read a disc only as a movie")
    if judged.state == "review" and units.main(disc, request) is None:
        # nobody could be understood: an answer is kept for the content of a file
        judged = replace(judged, state="refused")
    return units.verdicts(disc, _with_target(request, judged, found, ()), request.readings)


def _accepted(request: Request, path: RelPath, found: Judged, error: str | None) -> Verdict:
    """Return that a file is filed as what it is taken for, or why that is not certain enough."""
    identity = found.identity
    verdict = Verdict(path=path, state="refused", rule=identity.rule, identity=identity)
    if error is not None:
        return replace(verdict, reason=f"it cannot be read: {error}")
    if found.skip:
        return replace(verdict, state="left", reason=review.SKIPPED)
    state = review.state(identity, request.auto_accept)
    reason = "" if state == "file" else review.reason(identity, request.auto_accept)
    return replace(verdict, state=state, reason=reason)


def _with_target(
    request: Request, verdict: Verdict, found: Judged, images: Collection[RelPath]
) -> Verdict:
    if verdict.state != "file" or verdict.identity is None:
        return verdict
    path, identity = RelPath(verdict.path), verdict.identity
    kind = LIBRARY[identity.kind]
    root = request.libraries.get(kind)
    if root is None:
        return stays(verdict, f"there is no library of kind {kind} in the settings")
    if found.home is not None:
        root = found.home.root
    own = request.layouts.get(root, layout.Layout())
    try:
        parts = layout.target(identity, suffix(path), own)
    except RefusedError as error:
        return stays(verdict, error.message)
    if path in images:  # as its cue sheet calls it
        parts = (*parts[:-1], layout.kept(guessed(name(path)), own.names))
    if found.home is not None:
        target = homes.placed(identity.kind, parts, found.home.path, found.inner, own.names)
        verdict = replace(verdict, rule=f"{verdict.rule}{homes.said(identity.kind)}")
    else:
        parts = late.at_home(
            parts, identity, path, [one for one in request.known.works if one.root == root]
        )
        target = b"/".join(part.encode() for part in parts)
    return replace(verdict, root=root, target=target)


def _distinct(judged: Sequence[Verdict]) -> list[Verdict]:
    """Refuse each file that would get the name of another one of the same drop; the surest keeps it."""
    first: dict[tuple[str, str], bytes] = {}
    for verdict in sorted(judged, key=lambda verdict: -_confidence(verdict)):
        if verdict.root:
            first.setdefault(_name(verdict), verdict.path)
    return [
        verdict
        if (other := first.get(_name(verdict), verdict.path)) == verdict.path
        else stays(verdict, f"it would get the same name as {printable(other)}")
        for verdict in judged
    ]


def _name(verdict: Verdict) -> tuple[str, str]:
    # as the library will spell it: two spellings of one name are one target
    return verdict.root, paths.identity(verdict.target)


def _confidence(verdict: Verdict) -> float:
    return verdict.identity.confidence if verdict.identity else 0.0


def _travelling(verdict: Verdict, world: World, works: Mapping[bytes, Verdict]) -> Verdict:
    """Let a file go where the work goes that it is named after, which has perhaps another name than was planned."""
    owner = works.get(verdict.owner)
    if verdict.state != "file" or owner is None or not owner.renamed_from:
        return verdict
    spelled = _spelled(verdict, world).path
    target = conflicts.travelling(spelled, owner.renamed_from, owner.target)
    if verdict.owner in world.conflict.elsewhere and target == spelled:
        return stays(verdict, f"what it belongs to is in the library as {printable(owner.target)}")
    return replace(verdict, root=owner.root, target=target)


def _against(verdict: Verdict, world: World, gone: Collection[Place] = frozenset()) -> Verdict:
    if verdict.state != "file":
        return verdict
    target = _spelled(verdict, world)
    verdict = replace(verdict, target=target.path)
    same = None if target in gone else world.taken.get(target)
    other = world.conflict.elsewhere.get(verdict.path)
    if same or other is not None:
        return _there(verdict, None if same else other)
    way = conflicts.way(world.conflict, verdict.path, target, verdict.identity)
    if way is None or way.stays:
        reason = way.stays if way else THERE + printable(target.path)
        return verdict if way is None and same is None else stays(verdict, reason)
    moved = target.path if way.target != target.path else b""
    verdict = replace(verdict, target=way.target, renamed_from=moved)
    if way.there:
        return replace(verdict, state="filed", reason=THERE_ALREADY)
    return replace(verdict, replaces=way.replaces, rule=f"{verdict.rule}; {way.rule}")


def _there(verdict: Verdict, other: Place | None) -> Verdict:
    """Return that the content of a file is at its target already, or at another place."""
    if other is None:
        return replace(verdict, state="filed", reason=THERE_ALREADY)
    reason = f"{THERE_ALREADY}: {printable(other.path)}"
    there = replace(verdict, state="filed", reason=reason, renamed_from=verdict.target)
    return replace(there, root=other.root, target=other.path)


def _spelled(verdict: Verdict, world: World) -> Place:
    """Return the target of a file as its library spells it."""
    wanted = Place(verdict.root, RelPath(verdict.target))
    return Place(wanted.root, world.spelled.get(wanted, wanted.path))
