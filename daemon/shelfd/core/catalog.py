"""Which item of the catalog a file of a library is, and what the catalog says of it."""

import functools
import hashlib
import re
from collections.abc import Mapping

import msgspec

from shelfd.core import extras, units
from shelfd.core.identity import Identity, identify, tagged_track
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import RelPath, guessed, identity, join, name, parent, searchable

_SEASON = re.compile(
    rb"(?i)(?:season|specials|staffel|saison|temporada|series|s)[ ._-]*[0-9]{0,4}\Z"
)


# gc=False: thousands are alive at once, and none can be part of a cycle
class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a player shows; fields as in the contract."""

    kind: str
    key: str
    """What makes two files the same item, within its root and kind."""
    path: bytes
    title: str
    year: int | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()
    artist: str | None = None
    album: str | None = None
    disc: int | None = None
    track: int | None = None
    author: str | None = None
    series: str | None = None
    sequence: str | None = None
    narrator: str | None = None
    ids: Mapping[str, str] = {}

    @property
    def search(self) -> str:
        """Return the text that a search looks in."""
        words = (self.title, self.artist, self.album, self.author, self.series, self.narrator)
        lines = (" ".join(searchable(word).split()) for word in words if word)
        return "\n".join(line for line in lines if line)  # the index takes a newline for an end


class Described(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file's item, and the item that this one is part of."""

    item: Item
    whole: Item | None = None

    likeness: int | None = None
    """What makes it the same work wherever it lies, as signed 64 bit; None when too little is known."""


def describe(kind: Kind, path: RelPath, reading: Reading) -> Described:
    """Return the item that the media file at `path` in a library of this kind belongs to."""
    part = _part_of_work(kind, path)
    if part is not None:
        return part
    found = _described(kind, path, reading)
    return Described(item=found.item, whole=found.whole, likeness=_likeness(found))


def _part_of_work(kind: Kind, path: RelPath) -> Described | None:
    """Return the movie or show that a file is an extra or a disc of, which is no item of its own; None when it is none."""
    if kind not in (Kind.MOVIES, Kind.SHOWS):
        return None
    home = units.home_of(path) or extras.home_of(path)
    if not home:
        return None
    if kind is Kind.MOVIES:
        return _described(kind, join(home, name(home) + b".mkv"), Reading())
    show = parent(home) if parent(home) and _SEASON.match(name(home)) else home
    episode = join(join(show, b"Season 01"), name(show) + b" S01E01.mkv")
    whole = _described(kind, episode, Reading()).whole
    return None if whole is None else Described(item=whole)


def _described(kind: Kind, path: RelPath, reading: Reading) -> Described:
    by_tags = tagged_track(reading) if kind is Kind.MUSIC else None
    found = by_tags or identify(tuple(map(guessed, path.split(b"/"))), reading, kind)
    title = found.title or guessed(name(path)).rpartition(".")[0]
    match kind:
        case Kind.SHOWS:
            return _episode(path, found, title)
        case Kind.MUSIC:
            return _track(path, found, title)
        case Kind.MOVIES:
            return Described(item=_movie(path, found, title))
        case Kind.AUDIOBOOKS:
            book = found.album or title
            home = parent(path) or path
            return Described(item=_book("audiobook", (_key(home, book), home), found, book))
        case Kind.BOOKS:
            return Described(item=_book("book", (_key(path), path), found, title))


def _movie(path: RelPath, found: Identity, title: str) -> Item:
    # all versions and parts of a movie lie in one directory, and are one item
    home = parent(path) or path
    return Item(
        kind="movie",
        key=_key(home, title),
        path=home,
        title=title,
        year=found.year,
        ids=found.ids,
    )


def _episode(path: RelPath, found: Identity, title: str) -> Described:
    show_title = found.show or title
    above = parent(path)
    # the directory of the show is the one above its season
    home = parent(above) or above or path
    show = Item(
        kind="show",
        key=_key(home, show_title),
        path=home,
        title=show_title,
        year=found.year,
        ids=found.ids,
    )
    episode = Item(
        kind="episode",
        key=_key(path),
        path=path,
        title=found.title,
        year=found.year,
        season=found.season,
        episodes=found.episodes,
    )
    return Described(item=episode, whole=show)


def _track(path: RelPath, found: Identity, title: str) -> Described:
    artist = found.artist or found.album_artist or None
    track = Item(
        kind="track",
        key=_key(path),
        path=path,
        title=title,
        year=found.year,
        artist=artist,
        album=found.album or None,
        disc=found.disc,
        track=found.track,
        ids=found.ids,
    )
    if not found.album:
        return Described(item=track)
    by = found.album_artist or found.artist
    return Described(item=track, whole=_album(by, found.album, found.year, parent(path)))


@functools.lru_cache(maxsize=64)  # the tracks of an album follow one another
def _album(by: str, title: str, year: int | None, home: RelPath) -> Item:
    return Item(
        kind="album",
        key=_key(b"", f"{by}\n{title}"),
        path=home,
        title=title,
        year=year,
        artist=by or None,
        album=title,
    )


def _book(kind: str, place: tuple[str, RelPath], found: Identity, title: str) -> Item:
    return Item(
        kind=kind,
        key=place[0],
        path=place[1],
        title=title,
        year=found.year,
        author=found.author or None,
        series=found.series or None,
        sequence=found.sequence or None,
        narrator=found.narrator or None,
        ids=found.ids,
    )


def _key(path: bytes, title: str = "") -> str:
    # two names on disk are two places, however alike; two spellings of a title are one title
    return f"{path.decode('utf-8', 'backslashreplace')}\n{identity(title.encode())}"


def _likeness(described: Described) -> int | None:
    item, show = described.item, described.whole.title if described.whole else None
    words: tuple[object, ...] = ()
    match item.kind:
        case "track":
            words = item.artist, item.album, item.title
        case "movie":
            words = item.title, item.year
        case "episode":
            words = show, item.season is not None, item.episodes
        case "book":
            words = item.author, item.title
        case _:
            pass  # an album is the same by its tracks, an audiobook is many files
    if not words or not all(words):
        return None
    spelled = identity("\n".join(map(str, words)).encode("utf-8", "surrogateescape"))
    year = described.whole.year if item.kind == "episode" and described.whole else None
    exact = f"{item.kind}\n{spelled}\n{item.season} {item.disc} {item.track} {year}"
    digest = hashlib.blake2b(exact.encode("utf-8", "surrogateescape"), digest_size=8)
    return int.from_bytes(digest.digest(), "big", signed=True)
