"""What metadata files beside a dropped media file prove of it: their ids count before all else, their titles before names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from shelfd.core import drops
from shelfd.core.identity import Candidate, Decision, Identity
from shelfd.core.media import Kind
from shelfd.core.names_words import key
from shelfd.core.nfo import Form, Sheet
from shelfd.core.paths import RelPath, ancestors, name, parent, printable, suffix
from shelfd.core.review import of_identity

OF_DIRECTORY = frozenset((b"movie.nfo", b"metadata.opf", b"content.opf", b"metadata.json"))
"""Speak of the media of their directory, and of discs below it."""
OF_TREE = frozenset((b"tvshow.nfo", b"artist.nfo", b"album.nfo", b"season.nfo"))
"""Speak of all below their directory."""
SOURCE = "nfo"
"""What a candidate says that a metadata file tells of."""
SURE = 0.97
LIKELY = 0.9
IN_DOUBT = 0.7


class Witness(NamedTuple):
    """What one metadata file says, as far as it can be meant for a media file."""

    name: str
    """Of the file."""
    sheets: tuple[Sheet, ...]
    alone: bool
    """It can be meant for no other media file."""


Notes = Mapping[RelPath, tuple[Sheet, ...]]
Media = Mapping[RelPath, Sequence[RelPath]]
"""Media files by their directory."""


def by_media(notes: Notes, media: Iterable[RelPath]) -> dict[RelPath, tuple[Witness, ...]]:
    """Return, of each media file that there are any for, the metadata files that speak of it, nearest first."""
    if not notes:
        return {}
    beside: dict[RelPath, list[RelPath]] = defaultdict(list)
    for path in notes:
        beside[parent(path)].append(path)
    together: dict[RelPath, list[RelPath]] = defaultdict(list)
    for path in media:
        together[parent(path)].append(path)
    return {
        path: witnesses
        for paths in together.values()
        for path in paths
        if (witnesses := tuple(_witnesses(path, notes, beside, together)))
    }


def _witnesses(path: RelPath, notes: Notes, beside: Media, together: Media) -> Iterable[Witness]:
    here = sorted(beside.get(parent(path), ()))
    alone = len(together[parent(path)]) == 1
    own = [note for note in here if drops.stem(name(note)) == drops.stem(name(path))]
    for note in own:
        yield _witness(note, notes, alone=True)
    for note in here:
        if name(note).lower() in OF_DIRECTORY:
            yield _witness(note, notes, alone=alone)
    # the file of a scene group has a name of its own
    strangers = [note for note in here if note not in own and _is_strange(note)]
    if alone and len(strangers) == 1:
        yield _witness(strangers[0], notes, alone=True)
    for directory in (parent(path), *ancestors(parent(path))):
        for note in sorted(beside.get(directory, ())):
            if _speaks_of_below(note, here=directory == parent(path)):
                yield _witness(note, notes, alone=False)


def _is_strange(note: RelPath) -> bool:
    return suffix(note) == ".nfo" and name(note).lower() not in OF_DIRECTORY | OF_TREE


def _speaks_of_below(note: RelPath, *, here: bool) -> bool:
    """Say whether a metadata file also speaks of what lies in directories below its own."""
    own = name(note).lower()
    return own in OF_TREE or (own in OF_DIRECTORY and suffix(note) != ".nfo" and not here)


def _witness(note: RelPath, notes: Notes, *, alone: bool) -> Witness:
    return Witness(printable(name(note)), notes[note], alone)


def joined(identity: Identity, witnesses: Sequence[Witness], kind: Kind | None) -> Identity:
    """Return the identity with what metadata files prove, and with them as candidates; `kind` is what the inbox expects."""
    if identity.kind not in _JOINS or (identity.title and identity.confidence <= 0):
        return (
            identity  # unwanted, a sample, an extra, or unreadable: no metadata file changes that
        )
    for witness in witnesses:
        for sheet in witness.sheets:
            changed = _JOINS[identity.kind](identity, sheet, witness, kind)
            if changed is not None:
                identity = replace(changed, candidates=_with(changed, sheet, witness))
    return identity


def _video(
    identity: Identity, sheet: Sheet, witness: Witness, kind: Kind | None
) -> Identity | None:
    match sheet.form:
        case Form.MOVIE | Form.LINKS if identity.kind == "movie" and kind is not Kind.SHOWS:
            return _movie(identity, sheet, witness)
        case Form.SHOW | Form.LINKS if identity.kind == "episode":
            return _show(identity, sheet, witness)
        case Form.EPISODE if kind is not Kind.MOVIES:
            return _episode(identity, sheet, witness)
        case _:
            return None


def _movie(identity: Identity, sheet: Sheet, witness: Witness) -> Identity | None:
    agrees = key(sheet.title) == key(identity.title)
    if not (witness.alone or agrees):
        return None
    ids = {**identity.ids, **sheet.ids}
    if not sheet.title:
        return replace(identity, ids=ids) if sheet.ids else None
    year = sheet.year or (identity.year if agrees else None)
    if _contradicts(identity, sheet.title, sheet.year):
        return _doubtful(identity, f"{sheet.title} ({sheet.year})", witness)
    return replace(
        identity,
        title=sheet.title,
        year=year,
        ids=ids,
        confidence=max(identity.confidence, SURE if sheet.year or sheet.ids else LIKELY),
        rule=f"{witness.name} beside it says so",
    )


def _show(identity: Identity, sheet: Sheet, witness: Witness) -> Identity | None:
    ids = {**identity.ids, **sheet.ids}
    if not sheet.title:
        return replace(identity, ids=ids) if sheet.ids else None
    numbered = bool(identity.episodes or identity.date)
    return replace(
        identity,
        show=sheet.title,
        year=sheet.year or (identity.year if key(sheet.title) == key(identity.show) else None),
        ids=ids,
        confidence=max(identity.confidence, SURE) if numbered else identity.confidence,
        rule=f"{witness.name} says which show it is; {identity.rule}",
    )


def _episode(identity: Identity, sheet: Sheet, witness: Witness) -> Identity | None:
    """Take title and numbers of the episode; the numbers in the name stay, since players go by them."""
    if identity.kind == "episode" and identity.episodes:
        first = (identity.season, identity.episodes[0])
        meant = sheet.episode is None and witness.alone
        if not meant and (sheet.season, sheet.episode) not in (first, (None, first[1])):
            return None
        several = len(identity.episodes) > 1
        title = identity.title if several else sheet.title or identity.title
        return replace(identity, title=title, show=sheet.show or identity.show)
    show = sheet.show or identity.show
    if not (witness.alone and show and sheet.episode is not None) or identity.confidence >= 0.8:
        return None
    return replace(
        identity,
        kind="episode",
        title=sheet.title,
        show=show,
        season=1 if sheet.season is None else sheet.season,
        episodes=(sheet.episode,),
        confidence=SURE if sheet.show else LIKELY,
        rule=f"{witness.name} beside it says so",
    )


def _track(
    identity: Identity, sheet: Sheet, _witness: Witness, _kind: Kind | None
) -> Identity | None:
    """Take what neither tags nor names have told."""
    if sheet.form is Form.ALBUM:
        same = not identity.album or key(identity.album) == key(sheet.title)
        if not same:
            return None
        return replace(
            identity,
            album=identity.album or sheet.title,
            album_artist=identity.album_artist or sheet.artist,
            year=identity.year or sheet.year,
            ids={**identity.ids, **sheet.ids},
        )
    if sheet.form is not Form.ARTIST or identity.album_artist:
        return None
    return replace(identity, album_artist=sheet.title, artist=identity.artist or sheet.title)


def _book(
    identity: Identity, sheet: Sheet, witness: Witness, _kind: Kind | None
) -> Identity | None:
    if sheet.form not in (Form.BOOK, Form.AUDIOBOOK) or not sheet.title:
        return None
    if not (
        witness.alone or identity.kind == "audiobook" or key(sheet.title) == key(identity.title)
    ):
        return None
    author = ", ".join(sheet.authors) or identity.author
    return replace(
        identity,
        title=sheet.title,
        author=author,
        series=sheet.series or identity.series,
        sequence=sheet.sequence or identity.sequence,
        narrator=", ".join(sheet.narrators) or identity.narrator,
        year=sheet.year or identity.year,
        asin=sheet.asin or identity.asin,
        isbn=sheet.isbn or identity.isbn,
        confidence=max(identity.confidence, SURE if author else LIKELY),
        rule=f"{witness.name} beside it says so",
    )


_JOINS = {
    "movie": _video,
    "episode": _video,
    "track": _track,
    "book": _book,
    "audiobook": _book,
}


def _contradicts(identity: Identity, title: str, year: int | None) -> bool:
    """Say whether names that are clear tell of another film: a title in another language has the same year."""
    return (
        identity.confidence >= 0.8
        and key(title) != key(identity.title)
        and None not in (year, identity.year)
        and year != identity.year
    )


def contradicted(identity: Identity) -> bool:
    """Say whether a metadata file tells of another film than this, so that it is in doubt which of them it is."""
    return any(
        one.source == SOURCE
        and key(one.title) != key(identity.title)
        and None not in (one.year, identity.year)
        and one.year != identity.year
        for one in identity.candidates
        if identity.kind == "movie"
    )


def _doubtful(identity: Identity, other: str, witness: Witness) -> Identity:
    rule = f"{identity.rule}, but {witness.name} says {other}"
    return replace(identity, confidence=min(identity.confidence, IN_DOUBT), rule=rule)


def _with(identity: Identity, sheet: Sheet, witness: Witness) -> tuple[Candidate, ...]:
    """Return the candidates with this one, the surest first."""
    said = [f"{provider} {number}" for provider, number in sorted(sheet.ids.items())]
    title = sheet.show or sheet.title
    reasons = (f"{witness.name}: {', '.join(one for one in (title, *said) if one)}",)
    score = SURE if sheet.ids or sheet.year else LIKELY
    mine = Candidate(
        source=SOURCE,
        title=title or identity.title,
        year=sheet.year,
        score=score,
        reasons=reasons,
        accepts=_meant(identity, sheet),
    )
    return tuple(sorted((mine, *identity.candidates), key=lambda candidate: -candidate.score))


def _meant(identity: Identity, sheet: Sheet) -> Decision:
    """Return what is decided by who takes a file for what a metadata file says; `identity` has that already, where it counts."""
    meant = of_identity(identity)
    if identity.kind != "movie" or not sheet.title or sheet.title == identity.title:
        return meant
    return replace(meant, title=sheet.title, year=sheet.year, ids=dict(sheet.ids))
