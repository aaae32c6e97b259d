"""Read the tags of audio files; the only file that imports mutagen."""

import functools
import importlib
import io
from collections.abc import Iterable, Iterator
from typing import Any

from mutagen import MutagenError

from shelfd.core.media import Chapter, Reading, Stream
from shelfd.core.paths import suffix
from shelfd.edges.guard import guarded
from shelfd.edges.tag_names import clean, named

Pairs = Iterable[tuple[str, str]]

CLASSES = {
    ".mp3": "mp3.MP3",
    ".flac": "flac.FLAC",
    ".m4a": "mp4.MP4",
    ".m4b": "mp4.MP4",
    ".ogg": "oggvorbis.OggVorbis",
    ".oga": "oggvorbis.OggVorbis",
    ".opus": "oggopus.OggOpus",
    ".aac": "aac.AAC",
    ".ac3": "ac3.AC3",
    ".aif": "aiff.AIFF",
    ".aiff": "aiff.AIFF",
    ".ape": "monkeysaudio.MonkeysAudio",
    ".dsf": "dsf.DSF",
    ".mpc": "musepack.Musepack",
    ".wav": "wave.WAVE",
    ".wma": "asf.ASF",
    ".wv": "wavpack.WavPack",
}
"""mutagen's class by extension: asking for it directly takes a third less time than letting mutagen guess."""

KINDS = {
    "MP3": ("mp3", "mp3"),
    "FLAC": ("flac", "flac"),
    "MP4": ("mp4", "aac"),
    "OggVorbis": ("ogg", "vorbis"),
    "OggOpus": ("ogg", "opus"),
    "OggFLAC": ("ogg", "flac"),
    "OggSpeex": ("ogg", "speex"),
    "AAC": ("aac", "aac"),
    "AC3": ("ac3", "ac3"),
    "AIFF": ("aiff", "pcm"),
    "MonkeysAudio": ("ape", "ape"),
    "DSF": ("dsf", "dsd"),
    "Musepack": ("mpc", "musepack"),
    "WAVE": ("wav", "pcm"),
    "ASF": ("asf", "wma"),
    "WavPack": ("wavpack", "wavpack"),
}
"""Container and codec by mutagen's class."""

CODECS = {"alac": "alac", "ac-3": "ac3", "ec-3": "eac3", "mp4a.40.36": "als", "mp4a.6B": "mp3"}
"""What else can be in an MP4."""

OPUS_RATE = 48_000
"""Hz; Opus is always decoded at this rate, whatever went in (RFC 7845, 5.1)."""

HEAD_OF_A_TAG = 1 << 20
"""Bytes; the text is in it, even if the picture is not."""

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
    "MVNM": "series",
    "MVIN": "movement",
}
"""ID3v2.4 frames; mutagen has turned older ones into these."""

ATOMS = {
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "aART": "albumartist",
    "\xa9alb": "album",
    "\xa9day": "date",
    "\xa9gen": "genre",
    "cpil": "compilation",
    "\xa9wrt": "composer",
    "\xa9nrt": "narrator",
    "\xa9mvn": "series",
    "\xa9mvi": "movement",
    "\xa9pub": "publisher",
    "CDEK": "asin",
    "tvsh": "show",
    "tvsn": "season",
    "tves": "episode",
    "stik": "mediatype",
}
PLACES = {"trkn": "track", "disk": "disc"}
"""Atoms that hold a number and a total, 0 where unset."""


@guarded
def read(path: bytes) -> Reading:
    """Return what the audio file says of itself; never raises.

    Where there are tags but no audio behind them (half a download), both `tags` and `error` are set.
    """
    extension = suffix(path)
    media = _opened(path, extension)
    kind = type(media).__name__
    if media is None or kind not in KINDS:
        error = f"no {extension[1:].upper()} audio in it"
        return Reading(tags=named(_pairs(_lone_tags(path))), error=error)
    tags = named(_pairs(media.tags))
    if extension == ".m4b" and "composer" in tags:
        tags.setdefault("narrator", tags["composer"])  # where audiobook tools put the reader
    return Reading(
        format=KINDS[kind][0],
        duration_ms=_milliseconds(media.info),
        tags=tags,
        streams=(_stream(media.info, KINDS[kind][1]),),
        chapters=tuple(_chapters(media)),
    )


def _opened(path: bytes, extension: str) -> Any:
    try:
        if extension in CLASSES:
            return _class(CLASSES[extension])(path, **_less(extension))
    except MutagenError as fault:
        if isinstance(fault.__cause__, OSError) and fault.__cause__.errno:
            raise fault.__cause__ from fault
    try:
        return _class("_file.File")(path)  # goes by the content, in case the extension is wrong
    except MutagenError:
        return None


@functools.cache
def _class(dotted: str) -> Any:
    """Return the class; its module is imported when the first file of its format comes."""
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(f"mutagen.{module}"), name)


@functools.cache
def _less(extension: str) -> dict[str, Any]:
    """Return the arguments that keep pictures out of memory: 413 -> 313 MB for a cover of 100 MB."""
    if extension != ".mp3":
        return {}
    frames = {**_class("id3.Frames"), **_class("id3.Frames_2_2")}
    for unread in ("APIC", "PIC", "GEOB", "GEO", "PRIV"):
        del frames[unread]
    return {"known_frames": frames}


def _lone_tags(path: bytes) -> Any:
    """Return the ID3v2 tag of a file that has nothing else, even one that was cut off inside it."""
    with open(path, "rb") as file:
        head = file.read(HEAD_OF_A_TAG)
    if not head.startswith(b"ID3") or len(head) < 10:
        return None
    said = functools.reduce(lambda size, byte: size << 7 | byte & 0x7F, head[6:10], 0)
    size = min(said, len(head) - 10)
    there = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    try:
        return _class("id3.ID3")(io.BytesIO(head[:6] + there + head[10:]), **_less(".mp3"))
    except MutagenError:
        return None


def _milliseconds(info: Any) -> int | None:
    """Return the length; None when the header leaves it open, as that of a live recording does."""
    return round(info.length * 1000) or None


def _stream(info: Any, codec: str) -> Stream:
    said = str(getattr(info, "codec", ""))
    if codec == "mp3":
        codec = f"mp{info.layer}"
    return Stream(
        type="audio",
        codec=CODECS.get(said, codec),
        channels=getattr(info, "channels", None) or None,
        sample_rate=OPUS_RATE if codec == "opus" else getattr(info, "sample_rate", None) or None,
    )


def _chapters(media: Any) -> Iterator[Chapter]:
    for chapter in getattr(media, "chapters", None) or ():
        yield Chapter(start_ms=round(chapter.start * 1000), title=clean(chapter.title))
    if hasattr(media.tags, "getall"):
        for frame in sorted(media.tags.getall("CHAP"), key=lambda chap: chap.start_time):
            title = "".join(str(title) for title in frame.sub_frames.getall("TIT2"))
            yield Chapter(start_ms=frame.start_time, title=clean(title))


def _pairs(tags: Any) -> Pairs:
    """Return names and values as the file has them, whichever of the five kinds of tags it is."""
    for base in type(tags).__mro__:
        if base.__name__ in FORMS:
            return FORMS[base.__name__](tags)
    return ()


def _id3(tags: Any) -> Pairs:
    for frame in tags.values():
        if frame.FrameID in FRAMES:
            values = frame.genres if frame.FrameID == "TCON" else map(str, frame.text)
            yield from ((FRAMES[frame.FrameID], value) for value in values)
        elif frame.FrameID == "TXXX":
            yield from ((frame.desc, value) for value in frame.text)
        elif frame.FrameID == "UFID" and frame.owner == "http://musicbrainz.org":
            yield "musicbrainz_trackid", frame.data.decode("ascii", "replace")


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
        yield "artist" if name == "Author" else name, str(value)


def _text(value: object) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


FORMS = {
    "ID3Tags": _id3,
    "MP4Tags": _mp4,
    "VComment": _vorbis,
    "APEv2": _ape,
    "ASFTags": _asf,
}
