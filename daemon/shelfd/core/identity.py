"""What a dropped file is: the tags inside it and its names, joined."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core.media import AUDIO, BOOK, VIDEO, Kind, Reading
from shelfd.core.names import Parsed, parse
from shelfd.core.names_comics import EXTENSIONS as COMICS
from shelfd.core.names_junk import JUNK
from shelfd.core.names_words import key
from shelfd.core.tagged import Tagged, tagged, various


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person says that a file is; what is left open stays as it was read."""

    kind: str = ""
    """As that of an Identity; empty: only with `skip`."""
    title: str = ""
    """Of the movie, the show, the track, the book."""
    year: int | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()
    date: str | None = None
    episode_title: str = ""
    artist: str = ""
    album_artist: str = ""
    album: str = ""
    track: int | None = None
    disc: int | None = None
    author: str = ""
    series: str = ""
    sequence: str = ""
    narrator: str = ""
    asin: str = ""
    isbn: str = ""
    edition: str = ""
    ids: dict[str, str] = {}
    skip: bool = False
    """It is to stay where it is."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one source takes the file for."""

    source: str
    """`tags`, `names`, `tags and names`, `ids`, `library`, or `nfo`: a metadata file beside it."""
    title: str
    year: int | None = None
    score: float
    """0..1: how sure this source alone is."""
    reasons: tuple[str, ...] = ()
    accepts: Decision | None = None
    """What is decided by who accepts it; None: nobody is asked."""


# gc=False: thousands are alive at once, and none can be part of a cycle
class Identity(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What a file is, and how sure that is; what is not known is None or empty."""

    kind: str
    """`movie`, `episode`, `track`, `audiobook` or `book`, `extra` for what belongs to one; empty when it is none that
    is wanted."""
    title: str = ""
    """Of the movie, the track, the book; for an episode that of the episode."""
    year: int | None = None
    """Of the movie, the album, the book; for an episode that in which the show began."""
    show: str = ""
    season: int | None = None
    episodes: tuple[int, ...] = ()
    date: str | None = None
    """The day of broadcast, `yyyy-mm-dd`, for shows that count by it."""
    artist: str = ""
    album_artist: str = ""
    album: str = ""
    track: int | None = None
    disc: int | None = None
    discs: int | None = None
    author: str = ""
    series: str = ""
    sequence: str = ""
    narrator: str = ""
    asin: str = ""
    isbn: str = ""
    part: int | None = None
    """Which of the files that one movie or one audiobook is split into."""
    edition: str = ""
    ids: dict[str, str] = {}
    confidence: float = 0.0
    rule: str = ""
    candidates: tuple[Candidate, ...] = ()


def identify(parts: Sequence[str], reading: Reading, kind: Kind | None = None) -> Identity:
    """Return what the file is: `parts` are its names below the inbox, `kind` what is expected there.

    A confidence of 0 means that it cannot be told or is not wanted; the rule says why.
    """
    extension = "." + parts[-1].rpartition(".")[2].lower() if parts else ""
    said = tagged(reading.tags)
    if extension in AUDIO and kind is None and said.spoken:
        kind = Kind.AUDIOBOOKS
    named = parse(parts, kind)
    if named.kind is None:
        return Identity(kind="", rule=named.rule)
    if reading.error is not None:
        return Identity(kind=named.kind, rule=f"unreadable: {reading.error}")
    if extension in VIDEO:
        return _video(said, named, kind)
    if extension in BOOK or named.kind == "audiobook":
        found = _book(said, named)
        return _issue(said, found) if extension in COMICS else found
    sure = said.title and said.artist
    return replace(_track(said, named), candidates=_candidates(said, named, 0.95 if sure else 0.6))


def tagged_track(reading: Reading) -> Identity | None:
    """Return the track that complete tags tell of without a look at the names, which cost three times as much.

    None when a name could still add something. The candidates, which are for people, are left out.
    """
    said = tagged(reading.tags)
    if said.spoken or said.track is None or not (said.title and said.artist and said.album):
        return None
    return _track(said, _UNNAMED)


def _track(said: Tagged, named: Parsed) -> Identity:
    """Tags before names; title and artist in the tags make it certain."""
    # a name that is but a number is no title to file under
    title = said.title or (named.title if named.confidence > 0.2 else "") or ""
    artist = said.artist or named.artist or ""
    if said.title and said.artist:
        confidence, rule = (0.97 if said.album else 0.95), "title and artist in the tags"
    elif said.artist and said.album and title:
        sure = named.track is not None or said.track is not None
        confidence = 0.85 if sure else 0.75
        rule = "artist and album in the tags, the title in the file name"
    elif said.title and artist:
        confidence, rule = max(0.7, named.confidence), f"the title in the tags, {named.rule}"
    else:
        confidence, rule = (named.confidence if artist else min(named.confidence, 0.4)), named.rule
    return Identity(
        kind="track",
        title=title,
        artist=artist,
        album_artist=said.album_artist or various(named.album_artist or ""),
        album=said.album or named.album or "",
        year=said.year or named.year,
        track=said.track if said.track is not None else named.track,
        disc=said.disc or named.disc,
        discs=said.discs,
        confidence=confidence if title else 0.0,
        rule=rule if title else "no title, neither in the tags nor in the names",
    )


_UNNAMED = Parsed()
SURE_ISSUE = 0.9
"""How sure a comic at least is that says series and number."""


def _book(said: Tagged, named: Parsed) -> Identity:
    """Tags before names; an audiobook has its title in `album`, since `title` is that of a chapter."""
    spoken = named.kind == "audiobook"
    inside = (
        (said.album or ("" if named.part is not None else said.title)) if spoken else said.title
    )
    called = " - ".join(part for part in (named.title, named.subtitle) if part)
    title = inside or called or said.title
    author = (said.author or said.album_artist) if spoken else (said.author or said.artist)
    if inside and author:
        confidence, rule = 0.95, "title and author in the tags"
    elif title and author and key(author) == key(named.author):
        confidence, rule = max(0.85, named.confidence), "the author in the tags and in the names"
    elif author and title:
        confidence, rule = max(0.7, named.confidence), f"the author in the tags, {named.rule}"
    elif inside and named.author:
        confidence, rule = max(0.7, named.confidence), f"the title in the tags, {named.rule}"
    else:
        confidence, rule = (named.confidence if title else 0.0), named.rule
    return Identity(
        kind=named.kind or "",
        title=title or "",
        author=author or named.author or "",
        series=said.series or named.series or "",
        sequence=said.sequence or named.sequence or "",
        year=said.year or named.year,
        narrator=said.narrator or named.narrator or "",
        asin=said.asin or named.asin or "",
        isbn=said.isbn,
        disc=said.disc or named.disc,
        part=_part(said, named) if spoken else None,
        confidence=confidence,
        rule=rule,
        candidates=_candidates(said, named, 0.95 if inside and author else 0.6),
    )


def _issue(said: Tagged, found: Identity) -> Identity:
    """Return a comic, of which series and number tell enough: nobody looks for it by its writer."""
    if not (said.series and said.sequence) or found.confidence >= SURE_ISSUE:
        return found
    return replace(found, confidence=SURE_ISSUE, rule="series and number in ComicInfo.xml")


def _part(said: Tagged, named: Parsed) -> int | None:
    """Return which of its book's files this is; a book that says it has one track has no parts."""
    if said.tracks == 1:
        return None
    return named.part if named.part is not None else said.track


def _video(said: Tagged, named: Parsed, kind: Kind | None) -> Identity:
    """Names decide; tags fill what they leave open, confirm them or cast doubt on them."""
    complete = said.show and said.season is not None and said.episode is not None
    if complete and kind is not Kind.MOVIES and named.confidence < 0.8 and _is_work(named):
        named = msgspec.structs.replace(
            named,
            kind="episode",
            title=said.show,
            year=named.year if key(named.title) == key(said.show) else None,
            season=said.season,
            episodes=(said.episode or 0,),
            absolute=(),
            date=None,
            confidence=0.9,
            rule="show, season and episode in the tags",
        )
    return _episode(said, named) if named.kind == "episode" else _movie(said, named)


def _episode(said: Tagged, named: Parsed) -> Identity:
    confidence, rule = named.confidence, named.rule
    episodes = named.episodes or named.absolute
    tagged_number = (said.season, said.episode)
    if None not in tagged_number and episodes and tagged_number != (named.season, episodes[0]):
        confidence = min(confidence, 0.6)
        rule = f"{rule}, but the tags say season {said.season} episode {said.episode}"
    return Identity(
        kind="episode",
        title=named.episode_title or _own_title(said, named),
        show=named.title or "",
        year=named.year,
        season=named.season if named.season is not None or named.date else 1 if episodes else None,
        episodes=episodes,
        date=named.date if named.season is None else None,
        ids=named.ids,
        confidence=confidence,
        rule=rule,
        candidates=_candidates(said, named, 0.5),
    )


def _movie(said: Tagged, named: Parsed) -> Identity:
    confidence, rule, year = named.confidence, named.rule, named.year
    agrees = bool(said.title) and key(said.title) == key(named.title)
    if agrees and year is None and said.year and named.confidence >= 0.5:
        confidence, rule, year = (
            0.85,
            f"{rule}; the tags have the same title, and its year",
            said.year,
        )
    elif agrees and confidence >= 0.75 and said.year in (None, year):
        confidence, rule = min(1.0, confidence + 0.05), f"{rule}; the tags have the same title"
    return Identity(
        kind="movie",
        title=named.title or "",
        year=year,
        part=named.part,
        edition=named.edition or "",
        ids=named.ids,
        confidence=round(confidence, 2),
        rule=rule,
        candidates=_candidates(said, named, 0.5),
    )


def _is_work(named: Parsed) -> bool:
    """Say whether the names leave it open what the file is; a sample or an extra they do not."""
    return named.confidence > 0 or not named.title


def _own_title(said: Tagged, named: Parsed) -> str:
    """Return the title in a container, unless it repeats the show or the name of the release."""
    text = said.title
    repeats = key(named.title) in key(text) if named.title else False
    return "" if repeats or JUNK.search(text) or ("." in text and " " not in text) else text


def _candidates(said: Tagged, named: Parsed, tags_score: float) -> tuple[Candidate, ...]:
    found = []
    reasons = tuple(
        f"{name} in the tags: {value}"
        for name, value in (
            ("title", said.title),
            ("artist", said.artist),
            ("album", said.album),
            ("author", said.author),
            ("show", said.show),
        )
        if value
    )
    if reasons:
        title = said.title or said.album or said.show
        found.append(
            Candidate(source="tags", title=title, year=said.year, score=tags_score, reasons=reasons)
        )
    if named.title:
        found.append(
            Candidate(
                source="names",
                title=named.title,
                year=named.year,
                score=named.confidence,
                reasons=(named.rule,),
            )
        )
    return tuple(sorted(found, key=lambda candidate: -candidate.score))
