"""Which track of which album the names of an audio file and of its directories mean."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from shelfd.core.names_albums import Album, read_album
from shelfd.core.names_words import YEAR, component, key, named, spaced
from shelfd.core.parsed import Parsed


class Track(NamedTuple):
    """What the file name says."""

    title: str | None
    number: int | None = None
    disc: int | None = None
    artist: str | None = None
    album: str | None = None


def track(directories: Sequence[str], stem: str) -> Parsed:
    """Read `Artist - Album (Year)/03 - Title`, `Artist/Album/03 Title`, `Artist - Title` and scene forms."""
    album = _album(directories)
    told = _scene(stem) or _file(
        component(_NUMBER_IN_BRACKETS.sub(r"\1 - ", stem)).text, album.artist
    )
    artist = told.artist or album.artist
    confidence, rule = _judged(told, album)
    return Parsed(
        kind="track",
        title=told.title or (stem.strip() if told.number is not None else None),
        artist=artist,
        album=album.album or told.album,
        album_artist=album.artist or artist,
        year=album.year,
        track=told.number,
        disc=told.disc or album.disc,
        confidence=confidence,
        rule=rule,
    )


def album(names: Sequence[str]) -> Parsed:
    """Read the directory of an album, or a release, and those above it."""
    told = _album([*names[:-1], _GENRE.sub("", names[-1])])
    told = told._replace(
        album=plain(_SPAN.split(told.album)[0].strip(" ,./|")) if told.album else None
    )
    alone = told.artist is None
    return Parsed(
        kind="track",
        title=told.album if alone else None,
        artist=told.artist,
        album=told.album,
        album_artist=told.artist,
        year=told.year,
        disc=told.disc,
        confidence=0.0 if not told.album else 0.3 if alone else 0.8 if told.sure else 0.6,
        rule="a title alone, of a track or an album" if alone else "Artist - Album of a release",
    )


def disc_of(directory: str) -> int | None:
    """Return which disc of a set a directory says it holds, None when it is no such directory."""
    found = _DISC.fullmatch(directory.strip())
    return int(found[1]) if found else None


def without_disc(album: str) -> tuple[str, int | None]:
    """Return the title of an album without the disc that it names: `Some (Disc 2)`."""
    found = _DISC_IN_ALBUM.search(album)
    if found is None or not album[: found.start()].strip():
        return album, None
    return album[: found.start()].strip(), int(found[1])


def _judged(told: Track, album: Album) -> tuple[float, str]:
    if not told.title:
        return 0.2 if told.number is not None else 0.0, "no title in the file name"
    if album.artist and album.album and told.number is not None:
        if album.sure:
            return 0.8, "artist and album in the directory names, number and title in the file name"
        return 0.7, "what may be artist and album in the directory name"
    if told.artist and told.title:
        return 0.6, "Artist - Title in the file name"
    return 0.4, "a title in the file name"


def _scene(stem: str) -> Track | None:
    """Read `03-the_artist-the_title-group`, where dashes part what blanks cannot."""
    found = None if " " in stem else _SCENE_TRACK.fullmatch(stem)
    if not found or ("_" not in stem and not found["group"]):
        return None
    disc = int(found["disc"]) if found["disc"] else None
    return Track(spaced(found["title"]), int(found["number"]), disc, spaced(found["artist"]))


def _file(text: str, known_artist: str | None) -> Track:
    text = re.sub(r"(?i)^track[ ._-]?(?=\d)", "", spaced(text))
    full = _ARTIST_ALBUM_NUMBER.fullmatch(text)
    if full:
        return Track(
            full["title"].strip(), int(full["number"]), None, full["artist"], full["album"]
        )
    if inside := _NUMBER_BETWEEN.fullmatch(text):
        return Track(inside["title"], int(inside["number"]), artist=inside["artist"])
    found = _NUMBERED.match(text)
    if not found:
        artist, title = _artist_title(text, known_artist)
        return Track(title, artist=artist)
    disc, number = found["disc"], int(found["number"] or found["alone"] or found["padded"])
    if disc is None and 100 < number < 1000 and number % 100 < 40:
        disc, number = str(number // 100), number % 100
    artist, title = _artist_title(text[found.end() :], known_artist)
    return Track(title or None, number, int(disc) if disc else None, artist)


def _artist_title(text: str, known_artist: str | None) -> tuple[str | None, str | None]:
    text = text.strip(" -\u2013_")
    first, dash, rest = text.partition(" - ")
    if dash and rest.strip():
        if known_artist and key(first) == key(known_artist):
            return None, rest.strip(" -")
        return first.strip(), rest.strip(" -")
    by = None if known_artist else _BY.fullmatch(text)
    if by:
        return by["artist"], by["title"]
    return None, text if re.search(r"[^\W_]", text) else None


def plain(text: str) -> str:
    """Return the title of an album or a song without who is featured on it and which edition it is."""
    while (shorter := _DECORATION.sub("", text).strip()) != text and shorter:
        text = shorter
    return text


def _album(directories: Sequence[str]) -> Album:
    names = named(directories)
    disc = disc_of(names[-1]) if names else None
    if disc is not None:
        names = names[:-1]
    if not names:
        return Album(disc=disc)
    told = read_album(names[-1])
    if told.artist or len(names) < 2:
        return told._replace(disc=disc)
    above = read_album(names[-2])
    return told._replace(artist=above.artist or above.album, disc=disc, sure=True)


_BY = re.compile(r"(?P<title>.+?) by (?P<artist>\w+(?: \w+){1,3})")
_GENRE = re.compile(r"(?i)^\([^()]*\)\s*(?=\[|.* - .*(?:, ?(?:flac|mp3|ape)\b|lossless))|^\s+")
_SPAN = re.compile(
    rf" - {YEAR}[-\u2013]{YEAR}| {YEAR}(?= (?:\d?cd|\d{{2,3}} ?kbps|flac|mp3|web)\b| *$)",
    re.IGNORECASE,
)
"""What stands behind an album's name and is not in brackets: the years of a discography, the year and the format."""
_DECORATION = re.compile(
    r"(?i)\s*[\[(](?:(?:ft|feat|featuring)\b[^\[\]()]*|single|album|ep|lp|book|(?:un)?abridged|explicit|promo(?: cd)?|[^\[\]()]*\bedition|(?:deluxe|expanded|bonus track) version|bonus tracks?|(?:\d{4} )?remaster(?:ed)?(?: \d{4})?)[\])]$"
    r"| (?:ft|feat)\. .*$",
)
_DISC_IN_ALBUM = re.compile(r"(?i)[\s,:(\[-]+(?:cd|dis[ck])[ ._-]*(\d{1,2})[)\]]?\s*$")
_DISC = re.compile(r"(?i)(?:cd|dis[ck]|digital media|side)[ ._-]*(\d{1,2})(?:[ ._-].*)?")
_NUMBERED = re.compile(
    r"(?:(?P<disc>\d)[-.](?P<number>\d\d)(?![\d.])|(?P<alone>\d{1,3}))(?:[ .]*[-\u2013.)][ .]*|$|(?<=[-.]\d\d) +(?=\S))"
    r"|(?P<padded>[01]\d) +(?=\S)",
)
_NUMBER_IN_BRACKETS = re.compile(r"^[\[(](\d{1,3})[\])][ ._-]*")
_NUMBER_BETWEEN = re.compile(r"(?P<artist>\D[^-]*?) - (?P<number>\d{1,3}) - (?P<title>.+)")
_SCENE_TRACK = re.compile(
    r"(?P<disc>\d(?=\d\d-))?(?P<number>\d{2})\.?-(?P<artist>[^-]+)-(?P<title>[^-]+)(?P<group>-[^-]+)?"
)
_ARTIST_ALBUM_NUMBER = re.compile(
    r"(?P<artist>[^-]+) - (?P<album>.+?) - (?P<number>\d{1,3})(?: -|\.)? (?P<title>.+)"
)
