"""What the tags inside a file say, as far as they say anything."""

import functools
import re
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from shelfd.core.names_words import key

VARIOUS = "Various Artists"
"""The album artist of a compilation, as MusicBrainz and every player write it."""


# gc=False: thousands are alive at once, and none can be part of a cycle
class Tagged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The tags that matter for where a file belongs; empty or None where there is none worth believing."""

    title: str = ""
    artist: str = ""
    album_artist: str = ""
    """Who the album is filed under: one name, the same for each track of the album."""
    album: str = ""
    year: int | None = None
    track: int | None = None
    disc: int | None = None
    discs: int | None = None
    tracks: int | None = None
    author: str = ""
    series: str = ""
    sequence: str = ""
    narrator: str = ""
    asin: str = ""
    isbn: str = ""
    show: str = ""
    season: int | None = None
    episode: int | None = None
    spoken: bool = False
    """The tags say that this is an audiobook."""


def tagged(tags: Mapping[str, str]) -> Tagged:
    """Return what `tags`, under shelfd's names, say; fillers such as `Unknown Artist` count as nothing."""
    said = {name: text for name, raw in tags.items() if name in _USED and (text := _text(raw))}
    artist = said.get("artist", "")
    album_artist = _names(said.get("albumartist", ""))
    if not album_artist:
        album_artist = VARIOUS if said.get("compilation") == "1" else _first_artist(artist)
    track, disc = said.get("track", ""), said.get("disc", "")
    sound = Tagged(
        title=said.get("title", ""),
        artist=_names(artist),
        album_artist=various(album_artist),
        album=said.get("album", ""),
        year=_year(said.get("date", "")),
        track=_number(track),
        disc=_number(disc),
        discs=_number(said.get("disctotal", "") or disc.partition("/")[2]),
        tracks=_number(said.get("tracktotal", "") or track.partition("/")[2]),
        spoken=_is_spoken(said, tags),
    )
    return sound if said.keys() <= _SOUND else _with_more(sound, said)


def tells_album_artist(tags: Mapping[str, str]) -> bool:
    """Say whether tags tell who the album is by, and not only who plays on this track of it."""
    return bool(tags.get("albumartist")) or tags.get("compilation") == "1"


def _with_more(sound: Tagged, said: Mapping[str, str]) -> Tagged:
    """Add what music seldom has."""
    # audiobooks have their series where classical music has its movement
    series = said.get("series", "") or said.get("movement_name", "")
    sequence = (said.get("sequence", "") or said.get("movement", "")).replace(",", ".")
    return replace(
        sound,
        author=_names(said.get("author", "")),
        series=series,
        sequence=sequence if _SEQUENCE.fullmatch(sequence) else "",
        narrator=_names(said.get("narrator", "")),
        asin=said.get("audible_asin", "") or said.get("asin", ""),
        isbn=said.get("isbn", ""),
        show=said.get("show", ""),
        season=_number(said.get("season", "")),
        episode=_number(said.get("episode", "")),
    )


def various(artist: str) -> str:
    """Return the artist, and for all ways to say that there are many the one that players know."""
    if artist[:1] not in _FIRST_OF_VARIOUS:
        return artist
    return VARIOUS if key(artist) in ("va", "various", "various artists", "diverse") else artist


def _is_spoken(said: Mapping[str, str], tags: Mapping[str, str]) -> bool:
    """Say whether tags are those of an audiobook; a plain ASIN is on every album that shops have, and a movement on a symphony."""
    # 2 is what the iTunes atom `stik` means by an audiobook
    if "audible_asin" in said or said.get("media_type", "").lower() in ("2", "audiobook"):
        return True
    if _SPOKEN.search(said.get("genre", "")):
        return True
    return not _SPOKEN_OF.isdisjoint(said) and _OF_MUSIC.isdisjoint(tags)


@functools.lru_cache(maxsize=512)  # most values are the same throughout an album
def _text(raw: str) -> str:
    # nearly all are: the substitution costs as much as all the rest
    plain = raw if raw.isprintable() else _CONTROL.sub(" ", raw)
    text = " ".join(plain.split())
    # of a thousand values one begins like a filler, and the patterns cost more than all the rest
    if text[:1] in _FIRST_OF_FILLERS and (_NOTHING.fullmatch(text) or _FILLER.fullmatch(text)):
        return ""
    return text


def _names(text: str) -> str:
    if ";" not in text:
        return text
    return ", ".join(name.strip() for name in text.split(";") if name.strip())


def _first_artist(text: str) -> str:
    first = text.partition(";")[0].strip()
    return _FEATURING.split(first)[0].strip() or first


def _number(text: str) -> int | None:
    if not text:
        return None
    found = _DIGITS.match(text)
    return int(found[1]) if found else None


def _year(text: str) -> int | None:
    found = _YEAR.match(text) if text else None
    return int(found[1]) if found and int(found[1]) else None


_USED = frozenset(
    "title artist albumartist compilation album date track tracktotal disc disctotal author series sequence"
    " narrator asin audible_asin isbn movement_name movement show season episode media_type"
    " genre".split()
)
_SPOKEN_OF = frozenset(("series", "narrator"))
_OF_MUSIC = frozenset(("musicbrainz_albumid", "musicbrainz_trackid"))
"""Ids of records and recordings, which the tagger of a book does not look up."""
_SOUND = frozenset(
    "title artist albumartist compilation album date track tracktotal disc disctotal genre".split()
)
_YEAR = re.compile(r"\s*(\d{4})")
_SEQUENCE = re.compile(r"\d{1,4}(?:\.\d{1,3})?")
_DIGITS = re.compile(r"\s*(\d{1,5})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\ufeff]+")
_NOTHING = re.compile(r"[\s.\u2026]*")
_FIRST_OF_VARIOUS = frozenset("vVdD([ ")
_FIRST_OF_FILLERS = frozenset("uU<aAtTpP.\u2026")
_FILLER = re.compile(
    r"(?i)(?:unknown|unbekannter?s?|<unknown>)(?: (?:artist|album|title|author|interpret|titel))?"
    r"|(?:audio ?)?(?:track|titel|piste|pista)[ _-]?\d{1,3}",
)
_SPOKEN = re.compile(r"(?i)audio ?books?|h(?:ö|oe|o)rb(?:ü|ue|u)ch|h(?:ö|oe|o)rspiel|speech|spoken")
_FEATURING = re.compile(r"(?i)\s+[(\[]?(?:feat\.?|ft\.?|featuring)\s")
