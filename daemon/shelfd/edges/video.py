"""Read the streams of anything FFmpeg knows: by PyAV, or by the `ffprobe` command where PyAV is missing."""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from shelfd.core.media import Chapter, Reading, Stream
from shelfd.edges.dolby import is_dolby_vision
from shelfd.edges.guard import UnreadableError, guarded, half_sentence
from shelfd.edges.languages import language
from shelfd.edges.picture import hashed
from shelfd.edges.tag_names import clean, named

if TYPE_CHECKING:
    from av.codec.context import CodecContext
    from av.container import InputContainer
    from av.stream import Stream as AvStream

try:
    import av
    import av.logging
    from av.audio.codeccontext import AudioCodecContext
    from av.stream import Disposition
    from av.video.codeccontext import VideoCodecContext
except ImportError:  # there is no wheel for every processor
    HAVE_PYAV = False
else:
    HAVE_PYAV = True
    av.logging.set_libav_level(av.logging.PANIC)

FORMATS = {"matroska,webm": "matroska", "mov,mp4,m4a,3gp,3g2,mj2": "mp4"}
"""FFmpeg's names for families of containers; of others the part before the comma is taken."""

ONLY_FILES = "file"
"""A playlist that calls itself `film.mkv` makes FFmpeg read nothing but files."""

QUESTION = (
    f"ffprobe -v error -protocol_whitelist {ONLY_FILES} -print_format json"
    " -show_format -show_streams -show_chapters"
)
OPENING_S = 5.0
FFPROBE_S = 15.0


class _FoundStream(msgspec.Struct, frozen=True):
    """A stream, under the names that `ffprobe` prints."""

    codec_type: str = ""
    codec_name: str = ""
    codec_tag_string: str = ""
    profile: str | None = None
    bit_rate: int | None = None
    width: int | None = None
    height: int | None = None
    pix_fmt: str = ""
    avg_frame_rate: str = ""
    """A fraction: `24000/1001`."""
    color_transfer: str = ""
    channels: int | None = None
    channel_layout: str = ""
    sample_rate: int | None = None
    disposition: dict[str, int] = {}
    tags: dict[str, str] = {}


class _FoundChapter(msgspec.Struct, frozen=True):
    """A named part of the file."""

    start_time: float
    """Seconds."""
    tags: dict[str, str] = {}


class _FoundFormat(msgspec.Struct, frozen=True):
    """The container."""

    format_name: str = ""
    duration: float | None = None
    """Seconds."""
    tags: dict[str, str] = {}


class _Found(msgspec.Struct, frozen=True):
    """What either of the two ways found."""

    format: _FoundFormat = _FoundFormat()
    streams: list[_FoundStream] = []
    chapters: list[_FoundChapter] = []


PLAYED = frozenset(("audio", "subtitle", "video"))
"""Types that have a codec; what FFmpeg says of the others differs from version to version."""
FLAGS = ("default", "forced", "attached_pic")
TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}
"""FFmpeg's numbers for how brightness is written (ITU-T H.273), as far as they matter here."""

HDR = {"smpte2084": "HDR10", "arib-std-b67": "HLG"}
DOLBY_TAGS = frozenset(("dvh1", "dvhe", "dva1", "dvav", "dav1"))
DOLBY_CODECS = frozenset(("h264", "hevc", "av1"))
MOST_CHAPTERS = 2000
DEPTH = re.compile(r"(?:p0?|gray|rgb|bgr)(9|1[0246])[lb]e")
"""What the name of a pixel format ends with when a colour has more than 8 bits."""

RATE_TAGS = ("BPS", "BPS-eng")
"""Where mkvmerge writes bits a second."""


@guarded
def read(path: bytes) -> Reading:
    """Return what the video file says of itself; without moving pictures it is an error; never raises."""
    return (by_pyav if HAVE_PYAV else by_ffprobe)(path, "video")


@guarded
def read_sound(path: bytes) -> Reading:
    """Return what FFmpeg says of an audio file; without sound it is an error; never raises."""
    reading = (by_pyav if HAVE_PYAV else by_ffprobe)(path, "audio")
    if reading.error or (
        reading.duration_ms and any(stream.sample_rate for stream in reading.streams)
    ):
        return reading
    raise UnreadableError("no audio in it")  # FFmpeg takes zeros for MP3 and noise for AAC


def by_pyav(path: bytes, wanted: str) -> Reading:
    """Return the reading by PyAV, with an error when there is no stream of the type `wanted`.

    UnreadableError when FFmpeg can make nothing of the file.
    """
    with _opened(path) as container:
        reading = _reading(path, _container(container), wanted)
        return msgspec.structs.replace(reading, cover=hashed([_attached(container)], ""))


def attached(path: bytes) -> bytes:
    """Return the first picture that is attached to the file, empty without; UnreadableError as above."""
    if not HAVE_PYAV:
        return b""
    with _opened(path) as container:
        return _attached(container)


@contextlib.contextmanager
def _opened(path: bytes) -> Iterator["InputContainer"]:
    try:
        with av.open(
            "file:" + os.fsdecode(path),
            container_options={"protocol_whitelist": ONLY_FILES},
            metadata_errors="replace",
            timeout=(OPENING_S, OPENING_S),
        ) as container:
            yield container
    except av.FFmpegError as fault:
        raise UnreadableError(half_sentence(fault.strerror)) from fault


def by_ffprobe(path: bytes, wanted: str) -> Reading:
    """Return the same by a process of `ffprobe`, which takes a hundred times as long."""
    command: list[str | bytes] = [*QUESTION.split(), b"file:" + path]
    try:
        answer = subprocess.run(  # noqa: S603  # the only foreign part is one argument that starts with `file:`
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=FFPROBE_S, check=True
        )
    except FileNotFoundError as missing:
        raise UnreadableError("neither PyAV nor ffprobe is there; install ffmpeg") from missing
    except subprocess.TimeoutExpired as slow:
        raise UnreadableError(f"ffprobe took longer than {FFPROBE_S:.0f} s") from slow
    except subprocess.CalledProcessError as fault:
        said = fault.stderr.decode("utf-8", "replace").strip()
        raise UnreadableError(half_sentence(said.rpartition(": ")[2])) from fault
    return _reading(path, msgspec.json.decode(answer.stdout, type=_Found, strict=False), wanted)


def _container(container: "InputContainer") -> _Found:
    duration = container.duration
    return _Found(
        format=_FoundFormat(
            format_name=container.format.name,
            duration=None if duration is None else duration / av.time_base,
            tags=container.metadata,
        ),
        streams=[_stream(stream, stream.codec_context) for stream in container.streams],
        chapters=[
            _FoundChapter(
                start_time=chapter["start"] * float(chapter["time_base"] or 0),
                tags=chapter["metadata"],
            )
            for chapter in container.chapters()
        ],
    )


def _attached(container: "InputContainer") -> bytes:
    """Return the first picture that is attached; FFmpeg has it in memory once the file is open."""
    for stream in container.streams:
        if Disposition.attached_pic in stream.disposition:
            packet = next(container.demux(stream), None)
            return b"" if packet is None else bytes(packet)
    return b""


def _stream(stream: "AvStream", context: "CodecContext | None") -> _FoundStream:
    """Return the stream; `context` is None where this FFmpeg has no decoder for it."""
    picture = context if isinstance(context, VideoCodecContext) else None
    sound = context if isinstance(context, AudioCodecContext) else None
    return _FoundStream(
        codec_type=stream.type,
        codec_name=context.codec.canonical_name if context else "",
        codec_tag_string=context.codec_tag if context else "",
        profile=context.profile if context else None,
        bit_rate=context.bit_rate if context else None,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        pix_fmt=(picture.pix_fmt or "") if picture else "",
        avg_frame_rate=str(getattr(stream, "average_rate", None) or ""),
        color_transfer=TRANSFERS.get(picture.color_trc, "") if picture else "",
        channels=sound.channels if sound else None,
        channel_layout=sound.layout.name if sound else "",
        sample_rate=sound.sample_rate if sound else None,
        disposition={flag: int(Disposition[flag] in stream.disposition) for flag in FLAGS},
        tags=stream.metadata,
    )


def _reading(path: bytes, found: _Found, wanted: str) -> Reading:
    streams = [stream for stream in found.streams if not stream.disposition.get("attached_pic")]
    tags = list(found.format.tags.items())
    if found.format.format_name == "ogg":  # FFmpeg hangs what Ogg says of the whole on its stream
        tags += [pair for stream in streams for pair in stream.tags.items()]
    container = FORMATS.get(found.format.format_name, found.format.format_name.partition(",")[0])
    return Reading(
        format=container,
        duration_ms=round((found.format.duration or 0) * 1000) or None,
        tags=named(tags),
        streams=tuple(_told(path, container, stream) for stream in streams),
        chapters=tuple(
            Chapter(
                start_ms=round(chapter.start_time * 1000),
                title=clean(chapter.tags.get("title", "")),
            )
            for chapter in found.chapters[:MOST_CHAPTERS]
        ),
        error=None
        if any(stream.codec_type == wanted for stream in streams)
        else f"no {wanted} in it",
    )


def _told(path: bytes, container: str, stream: _FoundStream) -> Stream:
    said = next((stream.tags[name] for name in RATE_TAGS if name in stream.tags), "")
    colours = DEPTH.search(stream.pix_fmt)
    return Stream(
        type=stream.codec_type,
        codec=stream.codec_name if stream.codec_type in PLAYED else "",
        profile=_profile(stream.profile),
        language=language(stream.tags.get("language", "")),
        bit_rate=stream.bit_rate or (int(said) if said.isdecimal() else 0) or None,
        bit_depth=(int(colours[1]) if colours else 8) if stream.pix_fmt else None,
        width=stream.width or None,
        height=stream.height or None,
        pixel_format=stream.pix_fmt,
        frame_rate=_a_second(stream.avg_frame_rate) if stream.codec_type == "video" else None,
        hdr=_hdr(path, container, stream),
        channels=stream.channels or None,
        channel_layout=stream.channel_layout,
        sample_rate=stream.sample_rate or None,
        default=bool(stream.disposition.get("default")),
        forced=bool(stream.disposition.get("forced")),
    )


def _profile(said: str | None) -> str:
    return "" if said is None or said.lower() == "unknown" else said


def _a_second(fraction: str) -> float | None:
    number, _, seconds = fraction.partition("/")
    if not number.isdecimal() or not int(number) or seconds == "0":
        return None
    return round(int(number) / int(seconds or 1), 3)


def _hdr(path: bytes, container: str, stream: _FoundStream) -> str:
    if stream.codec_tag_string in DOLBY_TAGS:
        return "Dolby Vision"
    if stream.codec_name in DOLBY_CODECS and is_dolby_vision(path, container):
        return "Dolby Vision"
    return HDR.get(stream.color_transfer, "")
