"""Find the picture inside an audio file and what else is large there, without taking it into memory."""

import struct
from collections.abc import Callable
from typing import BinaryIO

from shelfd.edges.picture import Inside
from shelfd.edges.pictures_ape import ape
from shelfd.edges.pictures_boxes import flac, mp4
from shelfd.edges.pictures_id3 import aiff, dsf, end_of, id3, riff
from shelfd.edges.pictures_ogg import ogg
from shelfd.edges.slim import at

FORMATS: dict[bytes, Callable[[BinaryIO, int], Inside]] = {
    b"fLaC": flac,
    b"OggS": ogg,
    b"RIFF": riff,
    b"FORM": aiff,
    b"DSD ": dsf,
    b"MAC ": ape,
    b"wvpk": ape,
    b"MPCK": ape,
    b"MP+\x07": ape,
}
"""Who knows the format, by its first bytes."""

BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip")
"""What an MP4 can begin with, behind a size."""


def look(file: BinaryIO, size: int) -> Inside:
    """Return what is in a file of `size` bytes; what is damaged counts as not there."""
    try:
        return _looked(file, size)
    except (IndexError, ValueError, struct.error):  # of the bytes, which may be anything
        return Inside()


def _looked(file: BinaryIO, size: int) -> Inside:
    head = at(file, 0, 8)
    if head[4:] in BOXES:
        return mp4(file, size)
    if head[:3] != b"ID3":
        return FORMATS.get(head[:4], _nothing)(file, size)
    found = id3(file, 0, size)
    start = end_of(file)
    if at(file, start, 4) == b"fLaC":
        behind = flac(file, size, start)
        return Inside(behind.pictures + found.pictures, found.cuts + behind.cuts)
    return found


def _nothing(_file: BinaryIO, _size: int) -> Inside:
    return Inside()
