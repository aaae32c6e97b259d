"""Read the tags of audio files; the only file that imports mutagen."""

import functools
import importlib
import io
import os
import struct
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from mutagen import MutagenError

from shelfd.core.media import Chapter, Cover, Reading, Stream
from shelfd.core.paths import suffix
from shelfd.edges import (
    fingerprint,
    id3_text,
    mp4_ordinary,
    mpeg_ordinary,
    pictures,
    vorbis_ordinary,
)
from shelfd.edges.beginning import Beginning, Content, NotOrdinaryError, Sound
from shelfd.edges.guard import guarded
from shelfd.edges.picture import cover, hashed
from shelfd.edges.slim import Slim
from shelfd.edges.tag_names import clean, named
from shelfd.edges.tags_forms import pairs

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
    ".aifc": "aiff.AIFF",
    ".aiff": "aiff.AIFF",
    ".ape": "monkeysaudio.MonkeysAudio",
    ".dsf": "dsf.DSF",
    ".mp1": "mp3.MP3",
    ".mp2": "mp3.MP3",
    ".mpc": "musepack.Musepack",
    ".spx": "oggspeex.OggSpeex",
    ".tta": "trueaudio.TrueAudio",
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
    "TrueAudio": ("tta", "tta"),
    "WAVE": ("wav", "pcm"),
    "ASF": ("asf", "wma"),
    "WavPack": ("wavpack", "wavpack"),
}
"""Container and codec by mutagen's class."""

CODECS = {"alac": "alac", "ac-3": "ac3", "ec-3": "eac3", "mp4a.40.36": "als", "mp4a.6B": "mp3"}
"""What else can be in an MP4."""

EXACT = frozenset("alac als ape dsd flac pcm tta wavpack".split())
"""Codecs that lose nothing: samples of the others have no number of bits."""

OPUS_RATE = 48_000
"""Hz; Opus is always decoded at this rate, whatever went in (RFC 7845, 5.1)."""

READ_AHEAD = 1 << 14
"""Bytes; what most files say of themselves is in so many."""

MPEG = frozenset(name for name, dotted in CLASSES.items() if dotted == "mp3.MP3")
MOST_CHAPTERS = 2000
UNREAD = "APIC PIC GEOB GEO PRIV USLT ULT SYLT SLT".split()
"""Frames of ID3 that say nothing here; some of them are large, and some often damaged."""

NOT_ORDINARY = (NotOrdinaryError, IndexError, ValueError, struct.error)
"""How the readers of ordinary files say that mutagen is to read this one; what they take apart may be anything."""


@guarded
def read(path: bytes) -> Reading:
    """Return what the audio file says of itself; never raises.

    Where there are tags but no audio behind them (half a download), both `tags` and `error` are set. An ordinary
    file comes with its fingerprint, since all of that is in what was read of it anyway.
    """
    extension = suffix(path)
    if extension in ORDINARY:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            beginning = Beginning(descriptor, size, os.read(descriptor, fingerprint.HEAD))
            return _ordinary(beginning, ORDINARY[extension])
        except NOT_ORDINARY:
            pass
        finally:
            os.close(descriptor)
    return thorough(path)


def _ordinary(file: Beginning, reader: Callable[[Beginning], Content]) -> Reading:
    container, sound, pairs, picture = reader(file)
    return Reading(
        format=container,
        duration_ms=round(sound.seconds * 1000) or None,
        tags=named(pairs),
        streams=(
            Stream(
                type="audio",
                codec=sound.codec,
                bit_rate=sound.bit_rate or None,
                bit_depth=sound.bit_depth or None,
                channels=sound.channels or None,
                sample_rate=sound.sample_rate or None,
            ),
        ),
        cover=picture,
        fingerprint=fingerprint.made(file.head, file.size),
    )


def thorough(path: bytes) -> Reading:
    """Return what mutagen makes of the file; raises whatever it meets."""
    with open(path, "rb", buffering=READ_AHEAD) as file:
        size = os.fstat(file.fileno()).st_size
        inside = pictures.look(file, size)
        picture = cover(inside.pictures)
        file.seek(0)
        slim = io.BufferedReader(Slim(file, size, inside.cuts)) if inside.cuts else file
        return _read(slim, suffix(path), picture)


def _mpeg(file: Beginning) -> Content:
    tag = id3_text.ordinary(file)
    try:
        sound = mpeg_ordinary.sound(file, tag.end)
    except NOT_ORDINARY:
        sound = _mpeg_by_mutagen(file, tag.end)
    return Content("mp3", sound, tag.pairs, tag.cover)


def _mpeg_by_mutagen(file: Beginning, start: int) -> Sound:
    with open(file.descriptor, "rb", buffering=READ_AHEAD, closefd=False) as whole:
        try:
            info = _class("mp3.MPEGInfo")(whole, start)
        except (MutagenError, EOFError) as fault:
            raise NotOrdinaryError from fault
    return Sound(f"mp{info.layer}", info.length, info.bitrate, info.channels, info.sample_rate)


ORDINARY: dict[str, Callable[[Beginning], Content]] = {
    **dict.fromkeys(MPEG, _mpeg),
    ".m4a": mp4_ordinary.read,
    ".flac": vorbis_ordinary.flac,
    ".opus": vorbis_ordinary.opus,
    ".ogg": vorbis_ordinary.vorbis,
    ".oga": vorbis_ordinary.vorbis,
}
"""What is tried first, by extension."""


def _read(file: BinaryIO, extension: str, picture: Cover | None) -> Reading:
    media = _opened(file, extension)
    kind = type(media).__name__
    if media is None or kind not in KINDS:
        error = f"no {extension[1:].upper()} audio in it"
        return Reading(tags=named(pairs(_lone_tags(file))), error=error, cover=picture)
    tags = named(pairs(media.tags))
    if extension == ".m4b" and "composer" in tags:
        tags.setdefault("narrator", tags["composer"])  # where audiobook tools put the reader
    return Reading(
        format=KINDS[kind][0],
        duration_ms=_milliseconds(media.info),
        tags=tags,
        streams=(_stream(media.info, KINDS[kind][1]),),
        chapters=tuple(islice(_chapters(media), MOST_CHAPTERS)),
        cover=picture or (_asf_cover(media) if kind == "ASF" else None),
    )


def _opened(file: BinaryIO, extension: str) -> Any:
    try:
        if extension in CLASSES:
            return _class(CLASSES[extension])(file, **_less(extension))
    except MutagenError as fault:
        _raise_refusal(fault)
    file.seek(0)
    try:
        return _class("_file.File")(file)  # goes by the content, in case the extension is wrong
    except MutagenError as fault:
        _raise_refusal(fault)
        return None


def _raise_refusal(fault: MutagenError) -> None:
    """Raise the OSError behind it when it came from the disk and not from the content."""
    if isinstance(fault.__cause__, OSError) and fault.__cause__.errno:
        raise fault.__cause__ from fault


@functools.cache
def _class(dotted: str) -> Any:
    """Return the class; its module is imported when the first file of its format comes."""
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(f"mutagen.{module}"), name)


@functools.cache
def _less(extension: str) -> dict[str, Any]:
    """Return the arguments that let mutagen leave out what is not asked for."""
    if extension not in MPEG:
        return {}
    frames = {**_class("id3.Frames"), **_class("id3.Frames_2_2")}
    for unread in UNREAD:
        del frames[unread]
    return {"known_frames": frames, "translate": False}


def _lone_tags(file: BinaryIO) -> Any:
    """Return the ID3 tag of a file that has nothing else, even one that was cut off inside it."""
    file.seek(0)
    try:
        return _class("id3.ID3")(file, **_less(".mp3"))
    except MutagenError:
        return None


def _asf_cover(media: Any) -> Cover | None:
    """Return the first picture of a WMA, which mutagen has in memory anyway."""
    for value in media.tags.get("WM/Picture", ()):
        data: bytes = value.value
        mime, _, rest = data[5:].decode("utf-16-le", "ignore").partition("\0")
        text, _, _ = rest.partition("\0")
        start = 5 + 2 * (len(mime) + 1 + len(text) + 1)
        return hashed([data[start:]], mime)
    return None


def _milliseconds(info: Any) -> int | None:
    """Return the length; None when the header leaves it open, as that of a live recording does."""
    return round(info.length * 1000) or None


def _stream(info: Any, codec: str) -> Stream:
    said = str(getattr(info, "codec", ""))
    codec = f"mp{info.layer}" if codec == "mp3" else CODECS.get(said, codec)
    return Stream(
        type="audio",
        codec=codec,
        bit_rate=_number(info, "bitrate"),
        bit_depth=_number(info, "bits_per_sample") if codec in EXACT else None,
        channels=_number(info, "channels"),
        sample_rate=OPUS_RATE if codec == "opus" else _number(info, "sample_rate"),
    )


def _number(info: Any, name: str) -> int | None:
    """Return the whole number; mutagen says True for one channel of a WavPack."""
    return int(getattr(info, name, 0)) or None


def _chapters(media: Any) -> Iterator[Chapter]:
    for chapter in getattr(media, "chapters", None) or ():
        yield Chapter(start_ms=round(chapter.start * 1000), title=clean(chapter.title))
    if hasattr(media.tags, "getall"):
        for frame in sorted(media.tags.getall("CHAP"), key=lambda chap: chap.start_time):
            title = "".join(str(title) for title in frame.sub_frames.getall("TIT2"))
            yield Chapter(start_ms=frame.start_time, title=clean(title))
