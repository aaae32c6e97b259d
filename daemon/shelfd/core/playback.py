"""Whether the household's players can play a video as it is, and if not, why."""

from collections.abc import Iterator

import msgspec

from shelfd.core.media import Reading, Stream
from shelfd.core.settings import Playback

CONTAINERS = {
    "avi": "avi",
    "m2ts": "mpegts",
    "m4v": "mp4",
    "mkv": "matroska",
    "mov": "mp4",
    "ts": "mpegts",
    "webm": "matroska",
    "wmv": "asf",
}
"""What people call a container after its files -> its name in a Reading."""


class Verdict(msgspec.Struct, frozen=True):
    """What players make of a video."""

    plays: bool
    reasons: tuple[str, ...] = ()
    """Sentences without a full stop: `its video codec hevc is not among h264, av1`."""


def verdict(reading: Reading, playback: Playback) -> Verdict | None:
    """Return whether players that can do what `playback` says can play it without converting it.

    Several tracks of sound are a choice: one that can be played is enough. None when there is nothing
    to say: the file has no moving pictures, or `playback` allows everything.
    """
    pictures = [stream for stream in reading.streams if stream.type == "video"]
    if not pictures or playback == Playback():
        return None
    reasons = (
        *_container(reading.format, playback),
        *(reason for stream in pictures for reason in _picture(stream, playback)),
        *_sound([stream for stream in reading.streams if stream.type == "audio"], playback),
    )
    return Verdict(not reasons, tuple(dict.fromkeys(reasons)))


def _container(found: str, playback: Playback) -> Iterator[str]:
    wanted = [CONTAINERS.get(name.lower(), name.lower()) for name in playback.containers]
    if wanted and found not in wanted:
        yield f"its container {found} is not among {', '.join(playback.containers)}"


def _picture(stream: Stream, playback: Playback) -> Iterator[str]:
    yield from _among("video codec", stream.codec, playback.video_codecs)
    yield from _among("pixel format", stream.pixel_format, playback.pixel_formats)


def _sound(streams: list[Stream], playback: Playback) -> Iterator[str]:
    told = [list(_track(stream, playback)) for stream in streams]
    if told and all(told):
        yield from (reason for reasons in told for reason in reasons)


def _track(stream: Stream, playback: Playback) -> Iterator[str]:
    yield from _among("audio codec", stream.codec, playback.audio_codecs)
    if stream.channels and 0 < playback.max_channels < stream.channels:
        yield f"its {stream.channels} channels of sound are more than {playback.max_channels}"


def _among(what: str, found: str, allowed: tuple[str, ...]) -> Iterator[str]:
    if allowed and found.lower() not in (name.lower() for name in allowed):
        yield f"its {what} {found or 'that nobody knows'} is not among {', '.join(allowed)}"
