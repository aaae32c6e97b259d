"""Which item of the catalog a file of a library is, and what the catalog says of it."""

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core import evidence, extras, names_music, units, wholes
from shelfd.core.evidence import Witness
from shelfd.core.identity import Identity, identify, tagged_track
from shelfd.core.layout_audio import SINGLES
from shelfd.core.media import Kind, Reading
from shelfd.core.names_music import disc_of, plain, without_disc
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath, guessed, identity, join, name, parent, searchable
from shelfd.core.tagged import VARIOUS, tells_album_artist

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
    date: str | None = None
    """The day of broadcast, `yyyy-mm-dd`, of an episode of a show that counts by it."""
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
        words = (
            *(self.title, self.date, self.artist, self.album),
            *(self.author, self.series, self.narrator),
        )
        lines = (" ".join(searchable(word).split()) for word in words if word)
        return "\n".join(line for line in lines if line)  # the index takes a newline for an end


class Described(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file's item, and the item that this one is part of."""

    item: Item
    whole: Item | None = None

    certain: bool = True
    """It knows all of its whole; else its parts decide together, see `agreed`."""

    likeness: int | None = None
    """What makes it the same work wherever it lies, as signed 64 bit; None when too little is known."""


def describe(
    kind: Kind, path: RelPath, reading: Reading, witnesses: Sequence[Witness] = ()
) -> Described:
    """Return the item that the media file at `path` in a library of this kind belongs to.

    `witnesses` are the metadata files that speak of it.
    """
    part = _part_of_work(kind, path)
    if part is not None:
        return part
    found = _described(kind, path, reading, witnesses)
    certain = kind is not Kind.MUSIC or tells_album_artist(reading.tags)
    return replace(found, certain=certain, likeness=_likeness(found))


def agreed(album: Item, tracks: Sequence[Described]) -> Item:
    """Return an album as all its tracks together tell of it: under whom, as in a plan; there is at least one."""
    albums = [track.whole for track in tracks if track.whole is not None]
    told = [one.whole.artist for one in tracks if one.whole is not None and one.certain]
    title = _most([one.title for one in albums]) or album.title
    years = [one.year for one in albums if one.year is not None]
    return replace(
        album,
        path=min((one.path for one in albums), default=album.path),
        title=title,
        album=title,
        year=min(years, key=lambda year: (-years.count(year), year)) if years else None,
        artist=_most([artist for artist in told if artist])
        or _main_artist([one.artist for one in albums if one.artist])
        or None,
    )


def _main_artist(artists: Sequence[str]) -> str:
    if not artists:
        return ""
    main, often = Counter(map(key, artists)).most_common(1)[0]
    if often < wholes.MAIN_ARTIST * len(artists):
        return VARIOUS
    return _most([artist for artist in artists if key(artist) == main])


def _most(texts: Sequence[str]) -> str:
    counted = Counter(texts)
    return min(counted, key=lambda text: (-counted[text], text)) if counted else ""


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


def _described(
    kind: Kind, path: RelPath, reading: Reading, witnesses: Sequence[Witness] = ()
) -> Described:
    by_tags = tagged_track(reading) if kind is Kind.MUSIC else None
    found = by_tags or identify(tuple(map(guessed, path.split(b"/"))), reading, kind)
    found = evidence.joined(found, witnesses, kind) if witnesses else found
    title = found.title or guessed(name(path)).rpartition(".")[0]
    match kind:
        case Kind.SHOWS:
            return _episode(path, found, title)
        case Kind.MUSIC:
            if found.album == SINGLES and not reading.tags.get("album"):
                found = replace(found, album="")
            return _track(path, found, title)
        case Kind.MOVIES:
            return Described(item=_movie(path, found, title))
        case Kind.AUDIOBOOKS:
            book = found.album or title
            home = wholes.home(path) or path
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
        date=found.date,
    )
    return Described(item=episode, whole=show)


def _track(path: RelPath, found: Identity, title: str) -> Described:
    artist = found.artist or found.album_artist or None
    above = parent(path)
    # a disc has one title with the others of its album; in a plan, its directory is named after its number
    album, told = without_disc(found.album)
    year = found.year or _year(above)
    track = Item(
        kind="track",
        key=_key(path),
        path=path,
        title=title,
        year=year,
        artist=artist,
        album=album or None,
        disc=_disc(above) or told or found.disc,
        track=found.track,
        ids=found.ids,
    )
    if not album:
        return Described(item=track)
    by = found.album_artist or found.artist
    return Described(item=track, whole=_album(by, album, year, above))


@functools.lru_cache(maxsize=64)  # the tracks of an album follow one another
def _album(by: str, title: str, year: int | None, above: RelPath) -> Item:
    home = _home(above, title)
    where = parent(above) if _disc(above) is not None else above
    return Item(
        kind="album",
        # what has a directory of its own is one album, whoever plays; else artist and title tell it from others
        key=_key(b"", f"{by}\n{title}") if home is None else _key(_all_discs(home), title),
        path=where if home is None else home,
        title=title,
        year=year,
        artist=by or None,
        album=title,
    )


def _home(above: RelPath, title: str) -> RelPath | None:
    """Return the directory that is called after an album whose track lies in `above`; None when there is none."""
    outer = parent(above)
    if above and _is_called(above, title):
        return above
    # not that of an artist with the name of the album
    below_others = _disc(above) is not None or bool(parent(outer))
    return outer if outer and below_others and _is_called(outer, title) else None


def _is_called(directory: RelPath, title: str) -> bool:
    mine, theirs = key(plain(title))[:40].strip(), key(guessed(name(directory)))
    return bool(mine and theirs) and (mine in theirs or theirs in mine)


def _all_discs(home: RelPath) -> RelPath:
    """Return what `Album CD1` and `Album CD2` have in common."""
    title, disc = without_disc(guessed(name(home)))
    return home if disc is None else join(parent(home), title.encode("utf-8", "replace"))


@functools.lru_cache(maxsize=64)
def _disc(directory: RelPath) -> int | None:
    return disc_of(guessed(name(directory)))


@functools.lru_cache(maxsize=64)
def _year(directory: RelPath) -> int | None:
    """Return the year that the directories of an album tell."""
    return names_music.track(tuple(map(guessed, directory.split(b"/"))), "").year


def _book(kind: str, place: tuple[str, RelPath], found: Identity, title: str) -> Item:
    numbers = ("asin", found.asin), ("isbn", found.isbn)
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
        ids={**found.ids, **{of: number for of, number in numbers if number}},
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
            numbers = (item.season is not None, item.episodes)
            words = show, *([item.date] if item.date else numbers)
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
