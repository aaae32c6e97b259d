"""The names and values of each kind of tags, as mutagen holds them."""

import re
from collections.abc import Iterable
from typing import Any

Pairs = Iterable[tuple[str, str]]

FRAMES = {
    "TIT2": "title",
    "TPE1": "artist",
    "TPE2": "albumartist",
    "TALB": "album",
    "TRCK": "track",
    "TPOS": "disc",
    "TDRC": "date",
    "TDRL": "releasedate",
    "TCON": "genre",
    "TCMP": "compilation",
    "TCOM": "composer",
    "TPUB": "publisher",
    "TLAN": "language",
    "MVNM": "movementname",
    "MVIN": "movement",
    "TBPM": "bpm",
}
"""ID3v2.4 frames, and of what 2.3 had in their place; mutagen has turned those of 2.2 into these."""

ATOMS = {
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "aART": "albumartist",
    "\xa9alb": "album",
    "\xa9day": "date",
    "\xa9gen": "genre",
    "cpil": "compilation",
    "\xa9com": "composer",
    "\xa9wrt": "composer",
    "\xa9nrt": "narrator",
    "\xa9mvn": "movementname",
    "\xa9mvi": "movement",
    "\xa9pub": "publisher",
    "CDEK": "cdek",
    "tvsh": "show",
    "tvsn": "season",
    "tves": "episode",
    "stik": "mediatype",
    "\xa9cmt": "comment",
    "tmpo": "bpm",
}
DAY_AND_MONTH = re.compile(r"\d{4}")
MUSICBRAINZ = "http://musicbrainz.org"
MASTER = 1
"""The channel of a volume frame that means all."""

PLACES = {"trkn": "track", "disk": "disc"}
"""Atoms that hold a number and a total, 0 where unset."""


ASF_NAMES = {"Author": "artist", "Description": "comment"}


def pairs(tags: Any) -> Pairs:
    """Return names and values as the file has them, whichever of the five kinds of tags it is."""
    for base in type(tags).__mro__:
        if base.__name__ in FORMS:
            return FORMS[base.__name__](tags)
    return ()


def _id3(tags: Any) -> Pairs:
    if "TYER" in tags:
        yield "year", day_of(str(tags["TYER"]), str(tags.get("TDAT", "")))
    for frame in tags.values():
        if frame.FrameID in FRAMES:
            values = frame.genres if frame.FrameID == "TCON" else map(str, frame.text)
            yield from ((FRAMES[frame.FrameID], value) for value in values)
        elif frame.FrameID == "TXXX":
            yield from ((frame.desc, value) for value in frame.text)
        elif frame.FrameID == "COMM" and not frame.desc:
            yield from (("comment", value) for value in frame.text)
        elif frame.FrameID == "RVA2":
            yield from _volume(frame)
        elif frame.FrameID == "UFID" and frame.owner == MUSICBRAINZ:
            yield "musicbrainz_trackid", frame.data.decode("ascii", "replace")


def day_of(year: str, day: str) -> str:
    """Return the date of an ID3v2.3 tag, whose frame for the day holds `DDMM`."""
    return f"{year}-{day[2:]}-{day[:2]}" if DAY_AND_MONTH.fullmatch(day) else year


def _volume(frame: Any) -> Pairs:
    """Return what an older way of saying ReplayGain says."""
    if frame.channel == MASTER and frame.desc.lower() in ("track", "album"):
        yield f"replaygain_{frame.desc}_gain", f"{frame.gain:.2f}"
        if frame.peak:
            yield f"replaygain_{frame.desc}_peak", f"{frame.peak:.6f}"


def _mp4(tags: Any) -> Pairs:
    for atom, values in tags.items():
        if atom in ATOMS:
            for value in values if isinstance(values, list) else [values]:
                yield ATOMS[atom], _text(value)
        elif atom in PLACES:
            yield from ((PLACES[atom], f"{place}/{total}") for place, total in values if place)
        elif atom.startswith("----:"):
            yield from ((atom.rpartition(":")[2], _text(value)) for value in values)


def _vorbis(tags: Any) -> Pairs:
    return (pair for pair in tags if pair[0] != "metadata_block_picture")


def _ape(tags: Any) -> Pairs:
    for name, value in tags.items():
        if value.kind == 0:  # text; the others are pictures and links
            yield from ((name, text) for text in value)


def _asf(tags: Any) -> Pairs:
    for name, value in tags:
        yield ASF_NAMES.get(name, name), str(value)


def _text(value: object) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


FORMS = {
    "ID3Tags": _id3,
    "MP4Tags": _mp4,
    "VComment": _vorbis,
    "APEv2": _ape,
    "ASFTags": _asf,
}
