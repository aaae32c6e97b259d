"""The process that reads the inside of media files for the daemon, because parsers crash and hang.

Its standard input is one end of a socket that carries frames both ways: four bytes of length (big
endian), then msgpack. In come lists of paths; out go lists of Readings in the same order, as many
as were read since the last frame. In place of a path can stand a Sought, which is answered with the
Picture, or with a Reading whose `error` says why there is none. The first frame out is an empty list and means: ready.
Before each file its place in the list, counted from 1, is written to a file that both sides have
open, so that whoever finds this process dead or stuck knows on what.
"""

import contextlib
import ctypes
import functools
import importlib
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator

import msgspec

from shelfd.core.media import Reading, Sort, Sought, sort
from shelfd.core.paths import suffix
from shelfd.edges import fingerprint
from shelfd.edges.guard import Reader

PLACE_BYTES = 4
FLUSH_S = 0.02
"""How long a Reading may wait for others: a frame for each would take a tenth more time in all."""

LIBRARIES_BYTES = 192 << 20
"""Address space that the parsers themselves take when they are loaded; 105 MB were measured."""

NICENESS = 15
"""Beyond the daemon's own, and further back than the work of its threads."""
NICEST = 19
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
"""The number of the system call, by machine; the C library has no function for it."""

IOPRIO_WHO_PROCESS = 1
IOPRIO_IDLE = 3 << 13
PR_SET_PDEATHSIG = 1

TEXT_CHUNKS = frozenset((".aif", ".aifc", ".aiff", ".wav"))
"""Formats with text of their own beside ID3, which only FFmpeg reads."""

CHAPTERED = frozenset((".m4b",))
"""Formats whose chapters can be in a track of their own, which only FFmpeg reads."""


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(list[bytes | Sought]).decode
decode_one = msgspec.msgpack.Decoder(Reading).decode


def main() -> None:
    """Answer until the other end of the socket is closed: `probe_worker BYTES FD`.

    BYTES of memory may be used beyond the libraries; FD is the shared file for the place.
    """
    memory_bytes, place = (int(argument) for argument in sys.argv[1:])
    _be_a_good_child()
    _limit_memory(memory_bytes + LIBRARIES_BYTES)
    with contextlib.suppress(ConnectionError):
        _answer(place)


def read(path: bytes) -> Reading:
    """Return what is inside the file, by the reader for its kind, and its fingerprint; never raises."""
    match sort(path):
        case Sort.AUDIO:
            reading = _audio(path)
        case Sort.VIDEO:
            reading = _reader("video.read")(path)
        case Sort.BOOK:
            reading = _reader("books.read")(path)
        case _:
            return Reading(error="it is no media file by its name")
    if reading.fingerprint is not None:
        return reading
    return msgspec.structs.replace(reading, fingerprint=fingerprint.of(path))


def _audio(path: bytes) -> Reading:
    """Return the tags by mutagen, and what FFmpeg knows where mutagen is at its end."""
    first = _reader("tags.read")(path)
    if not _lacks(first, suffix(path)):
        return first
    second = _reader("video.read_sound")(path)
    return first if second.error else _filled(first, second)


def _lacks(reading: Reading, extension: str) -> bool:
    """Say whether FFmpeg may know more; most music is not worth asking."""
    if reading.error or reading.duration_ms is None or not _whole(reading):
        return True
    if extension in CHAPTERED:
        return not reading.chapters
    return extension in TEXT_CHUNKS and not reading.tags


def _filled(first: Reading, second: Reading) -> Reading:
    """Return what mutagen found, with what only FFmpeg did."""
    return msgspec.structs.replace(
        first,
        format=first.format or second.format,
        duration_ms=first.duration_ms or second.duration_ms,
        tags={**second.tags, **first.tags},
        streams=first.streams if _whole(first) else second.streams,
        chapters=first.chapters or second.chapters,
        cover=first.cover or second.cover,
        error=None,
    )


def _whole(reading: Reading) -> bool:
    """Say whether all is known of the sound."""
    for stream in reading.streams:
        if not stream.channels or not stream.sample_rate:
            return False
    return bool(reading.streams)


@functools.cache
def _reader(name: str) -> Reader:
    """Import the reader when its first file comes: PyAV alone takes 20 MB, which music does not need."""
    module, _, function = name.partition(".")
    found: Reader = getattr(importlib.import_module(f"shelfd.edges.{module}"), function)
    return found


def _be_a_good_child() -> None:
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)  # sent to all of a service: the daemon decides
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    with contextlib.suppress(OSError):  # a service may be forbidden to do so
        own = os.getpriority(
            os.PRIO_PROCESS, os.getppid()
        )  # not that of the thread that started this
        os.setpriority(os.PRIO_PROCESS, 0, min(own + NICENESS, NICEST))
    if call := IOPRIO_SET.get(os.uname().machine):  # whatever it answers: it can be forbidden, too
        libc.syscall(call, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE)


def _limit_memory(more_bytes: int) -> None:
    with open("/proc/self/statm", encoding="ascii") as file:
        now_bytes = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = now_bytes + more_bytes
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _answer(place: int) -> None:
    with open(0, "rb") as questions, open(0, "wb", closefd=False) as answers:

        def send(readings: list[msgspec.Raw]) -> None:
            frame = encode(readings)
            answers.write(len(frame).to_bytes(4, "big") + frame)
            answers.flush()

        send([])
        while length := questions.read(4):
            asked = decode(questions.read(int.from_bytes(length, "big")))
            for readings in _batches(asked, place):
                send(readings)


def _batches(asked: list[bytes | Sought], place: int) -> Iterator[list[msgspec.Raw]]:
    batch: list[msgspec.Raw] = []
    flushed = time.monotonic()
    for number, one in enumerate(asked, start=1):
        os.pwrite(place, number.to_bytes(PLACE_BYTES, "big"), 0)
        batch.append(_sendable(read(one)) if isinstance(one, bytes) else _shown(one))
        if time.monotonic() > flushed + FLUSH_S:
            yield batch
            batch, flushed = [], time.monotonic()
    if batch:
        yield batch


def _shown(sought: Sought) -> msgspec.Raw:
    # few ask for covers while files are read, and it may take FFmpeg
    from shelfd.edges import covers  # noqa: PLC0415  # see above

    return msgspec.Raw(encode(covers.take(sought)))


def _sendable(reading: Reading) -> msgspec.Raw:
    """Return what arrives at the other end: what cannot be sent costs one file, not all beside it."""
    try:
        written = encode(reading)
        decode_one(written)
    except (msgspec.MsgspecError, OverflowError, ValueError):
        error = "it is damaged (what it says is impossible)"
        written = encode(Reading(error=error, fingerprint=reading.fingerprint))
    return msgspec.Raw(written)


if __name__ == "__main__":
    main()
