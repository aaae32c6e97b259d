"""Say whether a film is in Dolby Vision, which FFmpeg's library keeps to itself where PyAV asks it."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from shelfd.edges.boxes import Box, boxes
from shelfd.edges.slim import at

HEAD = 1 << 16
"""Bytes: Matroska describes its tracks within so many."""

MATROSKA = tuple(b"\x41\xe7\x84" + name for name in (b"dvcC", b"dvvC", b"dvwC"))
"""The element that names what comes beside the pictures: its number, its length, its value."""

MP4 = (b"dvcC", b"dvvC", b"dvwC")
WAY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
MOST_OF_A_DESCRIPTION = 1 << 16


def is_dolby_vision(path: bytes, container: str) -> bool:
    """Say whether a `matroska` or `mp4` has its configuration record; OSError when it cannot be read."""
    with open(path, "rb") as file:
        if container == "matroska":
            head = file.read(HEAD)
            return any(record in head for record in MATROSKA)
        if container != "mp4":
            return False
        size = os.fstat(file.fileno()).st_size
        return any(
            name in at(file, box.start, min(box.size, MOST_OF_A_DESCRIPTION))
            for box in _along(file, 0, size, WAY)
            for name in MP4
        )


def _along(file: BinaryIO, start: int, end: int, way: tuple[bytes, ...]) -> Iterator[Box]:
    for box in boxes(file, start, end):
        if box.name == way[0] and len(way) == 1:
            yield box
        elif box.name == way[0]:
            yield from _along(file, box.body, box.end, way[1:])
