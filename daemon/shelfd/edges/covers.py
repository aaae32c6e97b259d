"""Take a cover out of a file, or from beside others; in a `probe_worker`, since parsers crash and hang."""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import xxhash

from shelfd.core.media import PICTURE, Picture, Reading, Sort, Sought, sort
from shelfd.core.paths import guessed, suffix
from shelfd.edges import pictures
from shelfd.edges.guard import UnreadableError, refused
from shelfd.edges.picture import known

MOST = 16 << 20
"""Bytes; what is larger is no cover that a player could want, and it would be held in memory whole."""


def take(sought: Sought) -> Picture | Reading:
    """Return the picture, or a Reading with the reason as its `error`; never raises."""
    try:
        return _inside(sought) if sought.hash else _beside(sought)
    except Exception as fault:  # noqa: BLE001  # parsers of hostile bytes raise whatever they meet
        return refused(fault)


def _inside(sought: Sought) -> Picture:
    too_large = False
    for data in _embedded(sought.path):
        too_large = too_large or len(data) > MOST
        if xxhash.xxh3_128_hexdigest(data) == sought.hash:
            return Picture(data, sought.hash, known(data))
    if too_large:
        raise UnreadableError(f"its cover is larger than {MOST >> 20} MiB")
    raise UnreadableError("its cover is another one by now")


def _embedded(path: bytes) -> Iterator[bytes]:
    """Yield all pictures in the file, one byte more than the most of those that are too large."""
    found = False
    with _open(path) as file:
        if sort(path) is Sort.AUDIO:
            for picture in pictures.look(file, os.fstat(file.fileno()).st_size).pictures:
                found = True
                yield _limited(picture.pieces())
    if found:
        return
    # what only FFmpeg finds; PyAV alone takes 20 MB, which most music does not need
    from shelfd.edges import video  # noqa: PLC0415  # see above

    yield video.attached(path)[: MOST + 1]


def _beside(sought: Sought) -> Picture:
    found = sorted(
        (sought.stems.index(stem), name)
        for name in os.listdir(sought.path)
        if suffix(name) in PICTURE and (stem := _stem(name)) in sought.stems
    )
    why = "there is no picture of such a name"
    for _place, name in found:
        try:
            # a link can lead to what is nobody's business
            with _open(os.path.join(sought.path, name), os.O_NOFOLLOW) as file:
                data = file.read(MOST + 1)
        except (OSError, UnreadableError):
            why = f"{guessed(name)} cannot be read"
            continue
        mime = known(data)
        if mime and len(data) <= MOST:
            return Picture(data, xxhash.xxh3_128_hexdigest(data), mime)
        why = f"{guessed(name)} is {f'larger than {MOST >> 20} MiB' if mime else 'no picture'}"
    raise UnreadableError(why)


def _stem(name: bytes) -> str:
    return guessed(name.rpartition(b".")[0]).lower()


@contextlib.contextmanager
def _open(path: bytes, flags: int = 0) -> Iterator[BinaryIO]:
    # a FIFO would block
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UnreadableError("it is not a regular file")
        yield file


def _limited(pieces: Iterable[bytes]) -> bytes:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > MOST:
            break
    return bytes(data)
