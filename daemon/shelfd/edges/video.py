"""Read the streams of anything FFmpeg knows: by PyAV, or by the `ffprobe` command where PyAV is missing."""

import os
import subprocess
from typing import TYPE_CHECKING

import msgspec

from shelfd.core.media import Chapter, Reading, Stream
from shelfd.edges.guard import UnreadableError, guarded, half_sentence
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
    width: int | None = None
    height: int | None = None
    channels: int | None = None
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
UNDETERMINED = "und"
"""The code of ISO 639-2 for a language that nobody has said."""


@guarded
def read(path: bytes) -> Reading:
    """Return what the video file says of itself; without moving pictures it is an error; never raises."""
    return (by_pyav if HAVE_PYAV else by_ffprobe)(path, "video")


@guarded
def read_sound(path: bytes) -> Reading:
    """Return what FFmpeg says of an audio file; without sound it is an error; never raises."""
    reading = (by_pyav if HAVE_PYAV else by_ffprobe)(path, "audio")
    if reading.duration_ms and any(stream.sample_rate for stream in reading.streams):
        return reading
    raise UnreadableError("no audio in it")  # FFmpeg takes zeros for MP3 and noise for AAC


def by_pyav(path: bytes, wanted: str) -> Reading:
    """Return the reading by PyAV; UnreadableError when there is no stream of the type `wanted`."""
    try:
        with av.open(
            "file:" + os.fsdecode(path),
            container_options={"protocol_whitelist": ONLY_FILES},
            metadata_errors="replace",
            timeout=(OPENING_S, OPENING_S),
        ) as container:
            return _reading(_container(container), wanted)
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
    return _reading(msgspec.json.decode(answer.stdout, type=_Found, strict=False), wanted)


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


def _stream(stream: "AvStream", context: "CodecContext | None") -> _FoundStream:
    """Return the stream; `context` is None where this FFmpeg has no decoder for it."""
    picture = context if isinstance(context, VideoCodecContext) else None
    sound = context if isinstance(context, AudioCodecContext) else None
    return _FoundStream(
        codec_type=stream.type,
        codec_name=context.codec.canonical_name if context else "",
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        channels=sound.channels if sound else None,
        sample_rate=sound.sample_rate if sound else None,
        disposition={flag: int(Disposition[flag] in stream.disposition) for flag in FLAGS},
        tags=stream.metadata,
    )


def _reading(found: _Found, wanted: str) -> Reading:
    streams = [stream for stream in found.streams if not stream.disposition.get("attached_pic")]
    if not any(stream.codec_type == wanted for stream in streams):
        raise UnreadableError(f"no {wanted} in it")
    tags = list(found.format.tags.items())
    if found.format.format_name == "ogg":  # FFmpeg hangs what Ogg says of the whole on its stream
        tags += [pair for stream in streams for pair in stream.tags.items()]
    return Reading(
        format=FORMATS.get(found.format.format_name, found.format.format_name.partition(",")[0]),
        duration_ms=round((found.format.duration or 0) * 1000) or None,
        tags=named(tags),
        streams=tuple(_told(stream) for stream in streams),
        chapters=tuple(
            Chapter(
                start_ms=round(chapter.start_time * 1000),
                title=clean(chapter.tags.get("title", "")),
            )
            for chapter in found.chapters
        ),
    )


def _told(stream: _FoundStream) -> Stream:
    language = clean(stream.tags.get("language", ""))
    return Stream(
        type=stream.codec_type,
        codec=stream.codec_name if stream.codec_type in PLAYED else "",
        language="" if language == UNDETERMINED else language,
        width=stream.width or None,
        height=stream.height or None,
        channels=stream.channels or None,
        sample_rate=stream.sample_rate or None,
        default=bool(stream.disposition.get("default")),
        forced=bool(stream.disposition.get("forced")),
    )
