"""The verdicts on what belongs to the works of a drop: its extras, and all that lies beside them."""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from shelfd.core import archives, extras, leftovers, sidecars, units
from shelfd.core.extras import Extra
from shelfd.core.identity import Identity
from shelfd.core.media import Reading
from shelfd.core.paths import RelPath, guessed, identity, name, parent, printable, suffix
from shelfd.core.roles import Roles
from shelfd.core.sidecars import natural
from shelfd.core.verdicts import Request, Verdict, left
from shelfd.core.works import (
    ALL,
    HEARD,
    READ,
    SEEN,
    Work,
    Works,
    filed,
    home,
    is_one_item,
    stem,
    work,
)

NOT_HERE = "nothing that it could belong to is filed with it"
"""Why an extra stays."""
STAYS = "what it belongs to stays"
BESIDE = "what it lies beside stays"
"""Why something stays that may belong to what is not filed."""
ALONE = frozenset((NOT_HERE, leftovers.ALONE))
"""Reasons to stay that end when what a file belongs to is known."""


def verdicts(request: Request, roles: Roles, done: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts on all files of a drop but its works and discs, on which those are `done`."""
    works = Works([*_works(done, roles), *request.known.works])
    volumes = archives.reasons(archives.archives(roles.rest), request.files)
    packed = [
        Verdict(path=path, state=state, reason=reason) for path, (state, reason) in volumes.items()
    ]
    rest = [path for path in roles.rest if path not in volumes]
    found = [
        *packed,
        *(left(path, leftovers.SAMPLE) for path in roles.samples),
        *_extras(roles, works, request.readings),
        *_beside(rest, works, request.known.there),
    ]
    return [_doubted(verdict, request.known.doubts) for verdict in found]


def booklets(request: Request, roles: Roles, done: Sequence[Verdict]) -> list[RelPath]:
    """Return the PDFs that lie beside an audiobook and go with it; with an album those that are no certain book.

    A person may have said otherwise, and beside the same book in another form a PDF is one of its forms.
    """
    books = [verdict for verdict in done if verdict.identity and verdict.identity.kind == "book"]
    pdfs = {verdict.path for verdict in books if suffix(verdict.path) == ".pdf"}
    if not pdfs:
        return []
    works = Works(_works([verdict for verdict in done if verdict.path not in pdfs], roles))
    return [
        path
        for verdict in books
        if verdict.path in pdfs
        and (path := RelPath(verdict.path))
        and (verdict.state == "review" or not _is_music(path, works))
        and _is_booklet(request, path, works)
    ]


def _is_booklet(request: Request, path: RelPath, works: Works) -> bool:
    judged = request.judged.get(path)
    if request.readings[path].error is not None or (judged is not None and judged.decided):
        return False
    sound = filed(works.near(parent(path), HEARD))
    return bool(sound) and is_one_item(sound) and not works.near(parent(path), READ)


def _is_music(path: RelPath, works: Works) -> bool:
    return any(one.kind == "track" for one in works.near(parent(path), HEARD))


def waiting(planned: Sequence[Verdict]) -> list[RelPath]:
    """Return the files that stay only because nothing is there that they belong to."""
    return [RelPath(verdict.path) for verdict in planned if verdict.reason in ALONE]


def unclaimed(planned: Sequence[Verdict]) -> list[RelPath]:
    """Return the files that may belong to what was filed from the same place before."""
    return [RelPath(one.path) for one in planned if one.reason in ALONE or one.reason == BESIDE]


def _doubted(verdict: Verdict, doubts: Mapping[RelPath, str]) -> Verdict:
    reason = doubts.get(RelPath(verdict.path))
    return replace(verdict, reason=reason) if reason and verdict.reason in ALONE else verdict


def _works(done: Sequence[Verdict], roles: Roles) -> list[Work]:
    """Return what is filed; a disc is one work, as if it were a file."""
    going = [verdict for verdict in done if verdict.state == "file" and verdict.identity]
    single = [
        work(RelPath(verdict.path), verdict.identity, verdict.root, RelPath(verdict.target))
        for verdict in going
        if not verdict.unit and verdict.identity
    ]
    firsts = {verdict.path: verdict for verdict in going}
    whole = [
        units.work(disc, firsts[disc.files[0]]) for disc in roles.discs if disc.files[0] in firsts
    ]
    stay = [
        work(RelPath(verdict.path), verdict.identity, "", RelPath(b""))
        for verdict in done
        if verdict.state not in units.GOING and verdict.identity and not verdict.unit
    ]
    return [*single, *(one for one in whole if one is not None), *stay]


def _extras(roles: Roles, works: Works, readings: Mapping[RelPath, Reading]) -> list[Verdict]:
    result: list[Verdict] = []
    taken: set[str] = set()
    for path in sorted(roles.extras, key=natural):
        reading = readings.get(path)
        is_what = Identity(kind="extra", title=guessed(stem(path))) if reading else None
        verdict = Verdict(path=path, state="refused", reason=NOT_HERE, identity=is_what)
        found = roles.extras[path]
        if reading is not None and reading.error is not None:
            result.append(replace(verdict, reason=f"it cannot be read: {reading.error}"))
            continue
        group = _of(found, filed(works.near(found.beside, SEEN)))
        if group:
            verdict = _with_work(verdict, found, group, taken)
        elif any(one.stays for one in works.near(found.beside, SEEN)):
            verdict = replace(verdict, reason=BESIDE)
        result.append(verdict)
    return result


def _of(found: Extra, videos: Sequence[Work]) -> Sequence[Work]:
    """Return the files of the one movie or show that an extra belongs to, none when there is none or several."""
    called = found.named.lower()
    named = [one for one in videos if called and stem(one.path).lower() == called]
    group = named or videos
    return group if is_one_item(group) else ()


def _with_work(verdict: Verdict, found: Extra, group: Sequence[Work], taken: set[str]) -> Verdict:
    owner = group[0]
    directories = home(group)
    if found.whole and owner.kind == "episode":
        directories = directories[:1]
    number = 1
    while _folded(extras.target(directories, found, RelPath(verdict.path), number)) in taken:
        number += 1
    parts = extras.target(directories, found, RelPath(verdict.path), number)
    taken.add(_folded(parts))
    what = found.folder or "theme"
    return replace(
        verdict,
        state="file",
        reason="",
        rule=f"an extra ({what}) of {owner.title}",
        root=owner.root,
        target=b"/".join(part.encode() for part in parts),
        owner=owner.owner,
    )


def _folded(parts: tuple[str, ...]) -> str:
    return identity("/".join(parts).encode())


def _beside(
    rest: Sequence[RelPath], works: Works, there: Collection[tuple[str, ...]]
) -> list[Verdict]:
    """Let what is no media itself travel with the works that it belongs to."""
    result, found = [], []
    for path in rest:
        joined = None if leftovers.worthless(path) else sidecars.joined(path, works)
        if joined is None or (not joined.named and leftovers.advertising(path)):
            reason = leftovers.reason(path)
            beside = works.near(parent(path), ALL) if reason in ALONE else ()
            result.append(left(path, BESIDE if any(one.stays for one in beside) else reason))
        elif joined.work.stays:
            result.append(left(path, STAYS))
        else:
            found.append((path, joined))
    targets = sidecars.numbered(found, there)
    for path, joined in found:
        result.append(
            Verdict(
                path=path,
                state="file",
                rule=f"belongs to {printable(name(joined.work.path))}",
                root=joined.work.root,
                target=b"/".join(part.encode() for part in targets[path]),
                owner=joined.work.owner,
            )
        )
    return result
