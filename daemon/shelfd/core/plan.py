"""What is to become of each file of a dropped item, as a value that can be shown before anything happens."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from shelfd.core import drops, ignored, known, layout, media, paths, review
from shelfd.core.identity import Identity, identify
from shelfd.core.listing import Facts
from shelfd.core.media import Kind, Reading, Sort
from shelfd.core.paths import (
    Place,
    RelPath,
    guessed,
    name,
    parent,
    printable,
    suffix,
)

LIBRARY = {
    "movie": Kind.MOVIES,
    "episode": Kind.SHOWS,
    "track": Kind.MUSIC,
    "audiobook": Kind.AUDIOBOOKS,
    "book": Kind.BOOKS,
}
"""Which kind of library takes which kind of item."""
STAYS = "what it belongs to stays"


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What becomes of one file of a drop; also what `shelfd why` tells."""

    path: bytes
    """Relative to the inbox."""
    state: str
    """`file`: goes to the target; `filed`: its content is there already; `review`: waits for a person;
    `refused`: stays, though it is media; `left`: stays, since it is none, or a person has said so."""
    reason: str = ""
    rule: str = ""
    identity: Identity | None = None
    root: str = ""
    target: bytes = b""
    """Relative to `root`."""
    owner: bytes = b""
    """For a sidecar: the media file that it travels with."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A settled drop, what is inside its files, and what the settings say."""

    inbox: str
    kind: Kind | None
    mode: str
    after: str
    libraries: Mapping[Kind, str]
    auto_accept: float
    drop: RelPath
    files: Mapping[RelPath, Facts]
    readings: Mapping[RelPath, Reading]
    """Of each media file in it."""
    markers: Mapping[RelPath, Facts] = msgspec.field(default_factory=dict)
    """Files by which the sender says that it is complete; they leave the inbox with it."""
    judged: Mapping[RelPath, review.Judged] = msgspec.field(default_factory=dict)
    """What people and the catalog say of its media; what is not in it goes by tags and names alone."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What is already there where things are to go."""

    spelled: Mapping[Place, RelPath]
    """Each target as the library spells it."""
    taken: Mapping[Place, bool]
    """Targets at which something lies: True when it is the same content."""


def verdicts(request: Request) -> list[Verdict]:
    """Return what is to become of each file, by its name and its inside alone, in the order of paths."""
    judged = _numbered([_judged(request, path) for path in sorted(request.readings)])
    judged = _distinct([_with_target(request, verdict) for verdict in judged])
    mains = {RelPath(verdict.path): verdict for verdict in judged}
    beside = [_beside(path, mains) for path in request.files if path not in request.readings]
    return sorted([*judged, *_distinct(beside)], key=lambda verdict: verdict.path)


def settled(planned: Sequence[Verdict], world: World) -> list[Verdict]:
    """Return the verdicts again, in view of what is already at the targets."""
    seen = {verdict.path: _against(verdict, world) for verdict in planned}
    return [
        msgspec.structs.replace(verdict, state="left", reason=STAYS, root="", target=b"")
        if verdict.owner and seen[verdict.owner].state not in ("file", "filed")
        else verdict
        for verdict in seen.values()
    ]


def identified(request: Request, path: RelPath) -> Identity:
    """Return what a media file is by its tags and names alone."""
    parts = tuple(guessed(part) for part in path.split(b"/"))
    return identify(parts, request.readings[path], request.kind)


def _judged(request: Request, path: RelPath) -> Verdict:
    reading = request.readings[path]
    found = request.judged.get(path)
    identity = identified(request, path) if found is None else found.identity
    verdict = Verdict(path=path, state="refused", rule=identity.rule, identity=identity)
    if reading.error is not None:
        return msgspec.structs.replace(verdict, reason=f"it cannot be read: {reading.error}")
    if found is not None and found.skip:
        return msgspec.structs.replace(verdict, state="left", reason=review.SKIPPED)
    state = review.state(identity, request.auto_accept)
    reason = "" if state == "file" else review.reason(identity, request.auto_accept)
    return msgspec.structs.replace(verdict, state=state, reason=reason)


def _numbered(judged: Sequence[Verdict]) -> list[Verdict]:
    """Give the files of one audiobook their part numbers; a book in one file has none."""
    books: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in judged:
        if verdict.state == "file" and verdict.identity and verdict.identity.kind == "audiobook":
            books[verdict.identity.author, _book(verdict.identity)].append(verdict)
    parts: dict[bytes, int | None] = {}
    for files in books.values():
        numbers = [verdict.identity.part for verdict in files if verdict.identity]
        clear = None not in numbers and len(set(numbers)) == len(numbers)
        for order, verdict in enumerate(files, 1):
            own = verdict.identity.part if verdict.identity and clear else order
            parts[verdict.path] = own if len(files) > 1 else None
    return [
        msgspec.structs.replace(
            verdict, identity=msgspec.structs.replace(verdict.identity, part=parts[verdict.path])
        )
        if verdict.path in parts and verdict.identity
        else verdict
        for verdict in judged
    ]


def _book(identity: Identity) -> str:
    return identity.album or identity.title


def _with_target(request: Request, verdict: Verdict) -> Verdict:
    if verdict.state != "file" or verdict.identity is None:
        return verdict
    kind = LIBRARY[verdict.identity.kind]
    root = request.libraries.get(kind)
    if root is None:
        return msgspec.structs.replace(
            verdict, state="refused", reason=f"there is no library of kind {kind} in the settings"
        )
    parts = layout.target(verdict.identity, suffix(verdict.path))
    target = b"/".join(part.encode() for part in parts)
    found = request.judged.get(RelPath(verdict.path))
    if found is not None and found.home is not None:
        root, target = found.home.root, known.placed(parts, found.home.path, found.season)
    return msgspec.structs.replace(verdict, root=root, target=target)


def _distinct(judged: Sequence[Verdict]) -> list[Verdict]:
    """Refuse each file that would get the name of another one of the same drop; the surest keeps it."""
    first: dict[tuple[str, str], bytes] = {}
    for verdict in sorted(judged, key=lambda verdict: -_confidence(verdict)):
        if verdict.root:
            first.setdefault(_name(verdict), verdict.path)
    return [
        verdict
        if (other := first.get(_name(verdict), verdict.path)) == verdict.path
        else _stays(verdict, other)
        for verdict in judged
    ]


def _name(verdict: Verdict) -> tuple[str, str]:
    # as the library will spell it: two spellings of one name are one target
    return verdict.root, paths.identity(verdict.target)


def _confidence(verdict: Verdict) -> float:
    return verdict.identity.confidence if verdict.identity else 0.0


def _stays(verdict: Verdict, other: bytes) -> Verdict:
    return msgspec.structs.replace(
        verdict,
        state="left" if verdict.owner else "refused",
        reason=f"it would get the same name as {printable(other)}",
        root="",
        target=b"",
    )


def _beside(path: RelPath, mains: Mapping[RelPath, Verdict]) -> Verdict:
    """Let what is no media itself travel with the media file that it belongs to."""
    sort = media.sort(path)
    near = [main for main in mains if parent(main) == parent(path)]
    named = [main for main in near if drops.belongs_to(name(path), drops.stem(name(main)))]
    owner = max(named, key=len, default=None)
    if owner is None and sort is Sort.COVER:
        owner = min((main for main in near if mains[main].state == "file"), default=None)
    if owner is not None and sort is not Sort.OTHER and mains[owner].state != "file":
        return Verdict(path=path, state="left", reason=STAYS, owner=owner)
    if owner is None or sort is Sort.OTHER:
        reason = _why_left(path)
        return Verdict(path=path, state="left", reason=reason)
    main = mains[owner]
    target = tuple(part.decode() for part in main.target.split(b"/"))
    parts = layout.beside(target, guessed(name(owner)), guessed(name(path)))
    return Verdict(
        path=path,
        state="file",
        rule=f"belongs to {printable(name(owner))}",
        root=main.root,
        target=b"/".join(part.encode() for part in parts),
        owner=owner,
    )


def _why_left(path: RelPath) -> str:
    if (mark := ignored.unfinished(name(path))) is not None:
        return f"its name says that a program is still writing it ({mark})"
    if media.sort(path) is Sort.OTHER:
        return "it is no file that a player reads"
    return "there is no media file beside it that it belongs to"


def _against(verdict: Verdict, world: World) -> Verdict:
    if verdict.state != "file":
        return verdict
    wanted = Place(verdict.root, RelPath(verdict.target))
    target = world.spelled.get(wanted, wanted.path)
    verdict = msgspec.structs.replace(verdict, target=target)
    same = world.taken.get(Place(verdict.root, target))
    if same is None:
        return verdict
    if same:
        return msgspec.structs.replace(
            verdict, state="filed", reason="the same content is there already"
        )
    return msgspec.structs.replace(
        verdict,
        state="left" if verdict.owner else "refused",
        reason=f"something else is already at {printable(target)}",
    )
