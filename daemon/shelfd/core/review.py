"""What is asked of a person about a dropped item: what its unsure files could be, as one question."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core import decisions, names
from shelfd.core.identity import Candidate, Decision, Identity
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import Place, RelPath, within
from shelfd.core.tagged import Tagged, tagged

UNWANTED = ("not the work itself", "which belongs together")
"""How the rules of samples, extras and parts of discs end."""
SKIPPED = "a person has said that it is to stay"
MOST = 20  # candidates of one question; more than these nobody reads


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file beyond its tags and names."""

    identity: Identity
    home: Place | None = None
    """The directory that its movie, show, album or book has to itself."""
    inner: RelPath | None = None
    """The directory there in which the rest of its season or disc lies."""
    versions: tuple[Place, ...] = ()
    """Files of the libraries that are the same item, perhaps in another form."""
    decided: bool = False
    """It is what a person has said."""
    skip: bool = False
    """A person has said that it is to stay where it is."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that one of the candidates is to be chosen for."""

    path: bytes
    """Relative to the inbox."""
    fingerprint: int | None = None
    """Of its content; see edges.fingerprint."""
    offers: tuple[int, ...] = ()
    """Which of the candidates are its own, counted from 0."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is asked about one item."""

    files: tuple[File, ...]
    candidates: tuple[Candidate, ...]
    """The most likely first."""


def state(identity: Identity, auto_accept: float) -> str:
    """Return what becomes of a file by how sure it is: `file`, `review`, or `refused` when nobody wants it."""
    if 0 < identity.confidence >= auto_accept:
        return "file"
    unwanted = not identity.kind or identity.rule.endswith(UNWANTED)
    return "refused" if unwanted and identity.confidence <= 0 else "review"


def reason(identity: Identity, auto_accept: float) -> str:
    """Return why a file is not filed without asking."""
    if identity.confidence <= 0:
        return f"not understood: {identity.rule}"
    sure, least = f"{identity.confidence:.2f}", f"{auto_accept:.2f}"
    return f"not sure enough ({sure}, import.auto_accept is {least}): {identity.rule}"


def inside(drop: RelPath, path: RelPath) -> bytes:
    """Return the name of a file below its drop; empty when it is the drop itself, whatever that is called."""
    return path[len(drop) :].lstrip(b"/") if path != drop and within(path, drop) else b""


def candidates(
    identity: Identity, parts: Sequence[str], reading: Reading, kind: Kind | None
) -> tuple[Candidate, ...]:
    """Return everything that a file could be, each with what is decided by who accepts it, the most likely first.

    Those that the identity has stay; `kind` is what is expected in the inbox.
    """
    if not identity.kind:
        return identity.candidates
    said, named = tagged(reading.tags), names.parse(parts, kind)
    meant = {"tags": _by_tags(said, identity.kind), "names": _by_names(named, identity.kind)}
    found = [
        one if one.accepts is not None else replace(one, accepts=meant.get(one.source))
        for one in identity.candidates
    ]
    together = of_identity(identity)
    if together.title and not any(one.accepts == together for one in found):
        both = Candidate(
            source="names" if said == tagged({}) else "tags and names",
            title=together.title,
            year=together.year,
            score=round(identity.confidence, 2),
            reasons=(identity.rule,),
            accepts=together,
        )
        found.append(both)
    return tuple(sorted(found, key=lambda one: -one.score))


def question(unsure: Mapping[RelPath, tuple[Identity, int | None]]) -> Question:
    """Return what to ask about these files of one item, each with the fingerprint of its content.

    Of several files only what they can have in common is asked: the show, not the episode.
    """
    alone = len(unsure) == 1
    asked: dict[bytes, Candidate] = {}
    offers: dict[RelPath, list[bytes]] = {}
    for path, (identity, _fingerprint) in unsure.items():
        for one in identity.candidates:
            if one.accepts is None:
                continue
            accepts = one.accepts if alone else decisions.of_work(one.accepts)
            if accepts == Decision(kind=accepts.kind):
                continue
            same = msgspec.json.encode(accepts)
            if same not in asked or asked[same].score < one.score:
                asked[same] = replace(one, accepts=accepts)
            offers.setdefault(path, []).append(same)
    best = sorted(asked, key=lambda same: -asked[same].score)[:MOST]
    return Question(
        files=tuple(
            File(
                path=path,
                fingerprint=fingerprint,
                offers=tuple(
                    number for number, same in enumerate(best) if same in offers.get(path, ())
                ),
            )
            for path, (_identity, fingerprint) in unsure.items()
        ),
        candidates=tuple(asked[same] for same in best),
    )


def of_identity(read: Identity) -> Decision:
    """Return the decision that a file is what it was read as."""
    episode = read.kind == "episode"
    return Decision(
        kind=read.kind,
        title=decisions.work_title(read),
        year=read.year,
        season=read.season,
        episodes=read.episodes,
        date=read.date,
        episode_title=read.title if episode else "",
        artist=read.artist,
        album_artist=read.album_artist,
        album=read.album,
        track=read.track,
        disc=read.disc,
        author=read.author,
        series=read.series,
        sequence=read.sequence,
        narrator=read.narrator,
        asin=read.asin,
        isbn=read.isbn,
        edition=read.edition,
        ids=read.ids,
    )


def _by_names(named: names.Parsed, kind: str) -> Decision | None:
    if not named.title:
        return None
    return Decision(
        kind=named.kind or kind,
        title=named.title,
        year=named.year,
        season=named.season,
        episodes=named.episodes or named.absolute,
        date=named.date,
        episode_title=named.episode_title or "",
        artist=named.artist or "",
        album_artist=named.album_artist or "",
        album=named.album or "",
        track=named.track,
        disc=named.disc,
        author=named.author or "",
        series=named.series or "",
        sequence=named.sequence or "",
        narrator=named.narrator or "",
        asin=named.asin or "",
        edition=named.edition or "",
        ids=named.ids,
    )


def _by_tags(said: Tagged, kind: str) -> Decision | None:
    """Return what the tags alone make of a file of this kind; None when they do not name it."""
    found = Decision(kind=kind, year=said.year)
    match kind:
        case "episode":
            number = () if said.episode is None else (said.episode,)
            found = replace(found, title=said.show, season=said.season, episodes=number, year=None)
        case "track":
            found = replace(
                found,
                title=said.title,
                artist=said.artist,
                album_artist=said.album_artist,
                album=said.album,
                track=said.track,
                disc=said.disc,
            )
        case "audiobook" | "book":
            title = (said.album or said.title) if kind == "audiobook" else said.title
            by = said.author or (said.album_artist if kind == "audiobook" else said.artist)
            found = replace(
                found,
                title=title,
                author=by,
                series=said.series,
                sequence=said.sequence,
                narrator=said.narrator if kind == "audiobook" else "",
                asin=said.asin if kind == "audiobook" else "",
                isbn=said.isbn,
            )
        case _:
            found = replace(found, title=said.title)
    return found if found.title else None
