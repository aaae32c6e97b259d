"""The one vocabulary of tags: what each format's names mean here, in one way of writing values."""

import functools
import re
from collections.abc import Iterable

from shelfd.edges.languages import language

LONGEST = 1000
"""Characters kept of one value: what is longer is lyrics or garbage, not a name."""

NAMES = {
    "movietitle": "title",
    "episodetitle": "title",
    "title": "title",
    "wmtitle": "title",
    "artist": "artist",
    "albumartist": "albumartist",
    "wmalbumartist": "albumartist",
    "album": "album",
    "wmalbumtitle": "album",
    "track": "track",
    "tracknumber": "track",
    "wmtracknumber": "track",
    "tracktotal": "tracktotal",
    "totaltracks": "tracktotal",
    "trackc": "tracktotal",
    "disc": "disc",
    "discnumber": "disc",
    "disk": "disc",
    "wmpartofset": "disc",
    "disctotal": "disctotal",
    "totaldiscs": "disctotal",
    "discc": "disctotal",
    "date": "date",
    "datereleased": "date",
    "releasedate": "date",
    "year": "date",
    "wmyear": "date",
    "genre": "genre",
    "wmgenre": "genre",
    "compilation": "compilation",
    "wmiscompilation": "compilation",
    "composer": "composer",
    "wmcomposer": "composer",
    "author": "author",
    "narrator": "narrator",
    "series": "series",
    "movementname": "movement_name",
    "seriespart": "sequence",
    "movement": "movement",
    "asin": "asin",
    "audibleasin": "audible_asin",
    "cdek": "audible_asin",
    "isbn": "isbn",
    "publisher": "publisher",
    "wmpublisher": "publisher",
    "language": "language",
    "wmlanguage": "language",
    "show": "show",
    "collectiontitle": "show",
    "season": "season",
    "seasonnumber": "season",
    "seasonpartnumber": "season",
    "episode": "episode",
    "episodesort": "episode",
    "episodepartnumber": "episode",
    "movietmdb": "tmdb",
    "tmdb": "tmdb",
    "movieimdb": "imdb",
    "imdb": "imdb",
    "collectiontmdb": "collection_tmdb",
    "collectionimdb": "collection_imdb",
    "movietvdb2": "tvdb",
    "collectiontvdb2": "tvdb",
    "tvdb2": "tvdb",
    "collectiontvdb": "tvdb_series",
    "tvdb": "tvdb_series",
    "mediatype": "media_type",
    "comment": "comment",
    "comments": "comment",
    "description": "comment",
    "bpm": "bpm",
    "wmbeatsperminute": "bpm",
    "replaygaintrackgain": "replaygain_track_gain",
    "r128trackgain": "r128_track_gain",
    "replaygaintrackpeak": "replaygain_track_peak",
    "replaygainalbumgain": "replaygain_album_gain",
    "r128albumgain": "r128_album_gain",
    "replaygainalbumpeak": "replaygain_album_peak",
    "musicbrainztrackid": "musicbrainz_trackid",
    "musicbrainzalbumid": "musicbrainz_albumid",
    "musicbrainzartistid": "musicbrainz_artistid",
    "musicbrainzalbumartistid": "musicbrainz_albumartistid",
    "musicbrainzreleasegroupid": "musicbrainz_releasegroupid",
    "musicbrainzreleasetrackid": "musicbrainz_releasetrackid",
}
"""A file's own name, without case and punctuation -> shelfd's name; where several mean one thing, the upper line wins.

In Matroska what a tag is about can stand before it: `COLLECTION/TITLE` is the title of the show.
"""

LOUD = {
    name: name.replace("r128", "replaygain")
    for name in NAMES.values()
    if name.startswith(("replaygain", "r128"))
}
RANK = {plain: rank for rank, plain in enumerate(NAMES)}
LISTS = frozenset(
    "artist albumartist genre composer author narrator publisher language"
    " musicbrainz_artistid musicbrainz_albumartistid".split(),
)
"""Tags that can have several values; of the others the first one counts."""
WHOLE_NUMBERS = frozenset(
    "track tracktotal disc disctotal sequence movement season episode bpm".split()
)
WRITTEN = WHOLE_NUMBERS | {"date", "compilation", "language"} | LOUD.keys()
"""Tags whose values have one way of being written."""

LOUDNESS = re.compile(r"([+-]?\d{1,3}(?:[.,]\d{1,9})?)\s*(?:dB)?", re.IGNORECASE)
R128 = re.compile(r"[+-]?\d{1,5}")
R128_STEPS = 256
"""Opus counts its gains in so many steps of a decibel (RFC 7845, 5.2.1)."""

R128_BELOW = 5
"""Decibels; Opus aims at -23 LUFS, ReplayGain at -18."""

PUNCTUATION = str.maketrans("", "", " _-/:.")
DATE = re.compile(
    r"(?!0000)(\d{4})(?:[-/.]?(0[1-9]|1[0-2])(?:[-/.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)",
)
WHOLE = re.compile(r"0*(\d+)(?:\.0+)?")


def named(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tags under shelfd's names; `pairs` are the file's own names and values, in its order.

    Names that mean nothing here and empty values are left out; `2/3` becomes a number and a total;
    dates are `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; numbers have no leading zeros.
    """
    found: dict[str, dict[str, None]] = {}
    for name, value in pairs:
        plain = _plain(name)
        if plain in NAMES and (text := clean(value)):
            found.setdefault(plain, {})[text] = None
    tags: dict[str, str] = {}
    for plain in sorted(found, key=RANK.__getitem__):
        name = NAMES[plain]
        value = "; ".join(found[plain])[:LONGEST] if name in LISTS else next(iter(found[plain]))
        if name not in WRITTEN:
            tags.setdefault(name, value)
            continue
        for part, written in _written(name, value):
            tags.setdefault(part, written)
    return tags


def clean(value: str) -> str:
    """Return the value without padding around it, in Unicode that can be written down."""
    if value.isascii() and value.isprintable():  # as most are
        return value.strip()[:LONGEST]
    text = value.replace("\0", " ").replace("\ufeff", "").strip()[:LONGEST]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def date(value: str) -> str:
    """Return the date as far as it is one, empty when it is none: `2005-06-05` from `2005/06/05 12:00`."""
    parts = DATE.match(value)
    return "-".join(part for part in parts.groups() if part) if parts else ""


def number(value: str) -> str:
    """Return the number without padding, `1` from `01` or `1.0`; any other text as it is."""
    whole = WHOLE.fullmatch(value)
    return whole[1] if whole else value


def loudness(name: str, value: str) -> str:
    """Return the gain or peak as a plain number, `-6.52` from `-6,52 dB`; empty when it is none."""
    if name.startswith("r128"):
        steps = R128.fullmatch(value)
        return f"{int(steps[0]) / R128_STEPS + R128_BELOW:.2f}" if steps else ""
    plain = LOUDNESS.fullmatch(value)
    return plain[1].replace(",", ".").removeprefix("+") if plain else ""


@functools.lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return name.translate(PUNCTUATION).lower()


@functools.lru_cache(
    maxsize=1024
)  # the tracks of an album have one date, and those of all albums the same numbers
def _written(name: str, value: str) -> tuple[tuple[str, str], ...]:
    return tuple(_parts(name, value))


def _parts(name: str, value: str) -> Iterable[tuple[str, str]]:
    if name in WHOLE_NUMBERS:
        place, _, total = (number(part.strip()) for part in value.partition("/"))
        if place:
            yield name, place
        if name in ("track", "disc") and total.strip("0"):
            yield name + "total", total
        return
    if name == "date":
        value = date(value)
    elif name == "compilation":
        value = "1" if value.lower() in ("1", "true", "yes") else ""
    elif name == "language":
        value = "; ".join(dict.fromkeys(language(one) or one for one in value.split("; ")))
    else:
        name, value = LOUD[name], loudness(name, value)
    if value:
        yield name, value
