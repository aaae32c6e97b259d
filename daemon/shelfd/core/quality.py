"""Which of two files of the same item is the better one, and why, in words.

The rules are asked one after the other, and the first on which the two differ decides: what can be seen or heard by
everybody comes before what only an expert finds. What one of the two does not say decides nothing.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from shelfd.core.media import Reading, Stream

LINES = (
    (2000, 3000, 2160),
    (1300, 2000, 1440),
    (800, 1400, 1080),
    (620, 1000, 720),
    (500, 900, 576),
)
"""From this height or width on, both in points, a picture is called so many lines; below the last one it is 480."""
CINEMA = re.compile(r"(?i)(?<![a-z0-9])(?:cam(?:rip)?|hdcam|telesync|hdts|telecine)(?![a-z0-9])")
"""What a release is called that was filmed off a screen."""
DAMAGE = re.compile(r"invalid data|end of file|it is (?:empty|damaged)|no .+ in it$")
"""The errors of a reader (`Reading.error`) that are about the content; others are about the disk, or the reader."""
ABOUT_AS_LONG = 0.95
"""A file must last so much of the time of another to be better: PAL runs 4 % faster than film."""
CODECS = {"mpeg2video": 1, "mpeg4": 2, "vc1": 2, "h264": 3, "vp9": 4, "hevc": 4, "av1": 5}
"""Which video codec shows more in the same number of bits."""
LOSSLESS = frozenset({"flac", "alac", "wavpack", "ape", "tta", "truehd", "mlp"})
MORE = 1.2
"""A bit rate must be so many times another to be heard or seen."""


class Copy(NamedTuple):
    """One file of an item: what is inside it, and how it was called, which may tell that it comes from a cinema."""

    reading: Reading
    name: str
    size: int
    """Bytes."""
    missing: int = 0
    """Bytes that it lacks by what its container says."""


class Comparison(NamedTuple):
    """How a file compares with another one."""

    better: bool
    reason: str
    """Half a sentence: `1080p instead of 720p`, or `nothing in it is better`."""


class Trait(NamedTuple):
    """One thing by which two files can be compared."""

    rank: float
    words: str


def compare(new: Copy, old: Copy) -> Comparison:
    """Say whether `new` is better than `old`; equal is not better, and what is in doubt is not either."""
    doubt = _doubt(new, old)
    if doubt:
        return Comparison(False, doubt)  # noqa: FBT003  # a field of a tuple, as it is called below
    for trait in TRAITS:
        mine, theirs = trait(new), trait(old)
        if mine is None or theirs is None or mine.rank == theirs.rank:
            continue
        return Comparison(mine.rank > theirs.rank, f"{mine.words} instead of {theirs.words}")
    rates = _rate(new), _rate(old)
    if _weighs(new, old) and rates[0] and rates[1] and max(rates) > MORE * min(rates):
        words = f"{rates[0] // 1000} kbit/s instead of {rates[1] // 1000}"
        return Comparison(rates[0] > rates[1], words)
    return Comparison(False, "nothing in it is better")  # noqa: FBT003  # a field of a tuple, as it is called above


def _doubt(new: Copy, old: Copy) -> str:
    """Return why `new` must not take the place of `old`, whatever else is in it; empty: nothing is against it."""
    error, lasts = old.reading.error, old.reading.duration_ms
    if error is not None and not DAMAGE.match(error):
        return f"what is there could not be read ({error}), and is perhaps better"
    if new.missing:
        return f"it is cut off, {new.missing} bytes are missing"
    if lasts and (new.reading.duration_ms or 0) < ABOUT_AS_LONG * lasts:
        return f"it lasts {_lasts(new)} instead of {_lasts(old)}"
    if CINEMA.search(new.name) and not CINEMA.search(old.name):
        return "it is a recording in a cinema"
    return ""


def _lasts(copy: Copy) -> str:
    if copy.reading.duration_ms is None:
        return "nobody knows how long"
    seconds = copy.reading.duration_ms // 1000
    return f"{seconds // 60}:{seconds % 60:02} minutes"


def label(copy: Copy) -> str:
    """Return what tells this file from others of the same item, for its name: `1080p`, `FLAC`; empty: nothing."""
    lines = _lines(copy)
    if lines is not None:
        return lines.words
    sound = _first(copy.reading, "audio")
    return sound.codec.upper() if sound is not None else ""


def _first(reading: Reading, sort: str) -> Stream | None:
    return next((stream for stream in reading.streams if stream.type == sort), None)


def _readable(copy: Copy) -> Trait | None:
    return Trait(
        copy.reading.error is None,
        "one that can be read" if copy.reading.error is None else "one that cannot",
    )


def _whole(copy: Copy) -> Trait | None:
    return Trait(not copy.missing, "one that is cut off" if copy.missing else "a whole one")


def _lines(copy: Copy) -> Trait | None:
    picture = _first(copy.reading, "video")
    if picture is None or not picture.height or not picture.width:
        return None
    lines = 480
    for height, width, called in LINES:
        if picture.height >= height or picture.width >= width:
            lines = called
            break
    return Trait(lines, f"{lines}p")


def _range(copy: Copy) -> Trait | None:
    picture = _first(copy.reading, "video")
    if picture is None:
        return None
    return Trait(bool(picture.hdr), picture.hdr or "the usual range of brightness")


def _codec(copy: Copy) -> Trait | None:
    picture = _first(copy.reading, "video")
    if picture is None or picture.codec not in CODECS:
        return None
    return Trait(CODECS[picture.codec], picture.codec)


def _lossless(copy: Copy) -> Trait | None:
    sound = _first(copy.reading, "audio")
    if sound is None or not sound.codec:
        return None
    whole = sound.codec in LOSSLESS or sound.codec.startswith("pcm_")
    return Trait(whole, f"{sound.codec}, which loses {'nothing' if whole else 'some'}")


def _depth(copy: Copy) -> Trait | None:
    sound = _first(copy.reading, "audio")
    if sound is None or not sound.bit_depth:
        return None
    return Trait(sound.bit_depth, f"{sound.bit_depth} bits a sample")


def _sampling(copy: Copy) -> Trait | None:
    sound = _first(copy.reading, "audio")
    if sound is None or not sound.sample_rate:
        return None
    return Trait(sound.sample_rate, f"{sound.sample_rate} Hz")


def _channels(copy: Copy) -> Trait | None:
    channels = [stream.channels for stream in copy.reading.streams if stream.channels]
    return Trait(max(channels), f"{max(channels)} channels") if channels else None


TRAITS: tuple[Callable[[Copy], Trait | None], ...] = (
    _readable,
    _whole,
    _lines,
    _range,
    _codec,
    _lossless,
    _depth,
    _sampling,
    _channels,
)


def _weighs(one: Copy, other: Copy) -> bool:
    """Say whether more bits a second are better: of one codec that throws something away."""
    sort = "video" if _first(one.reading, "video") else "audio"
    mine, theirs = _first(one.reading, sort), _first(other.reading, sort)
    return (
        mine is not None
        and theirs is not None
        and mine.codec == theirs.codec
        and mine.codec not in LOSSLESS
    )


def _rate(copy: Copy) -> int:
    """Return the bits a second of a whole file, 0 when that is not known."""
    duration = copy.reading.duration_ms
    return copy.size * 8000 // duration if duration else 0
