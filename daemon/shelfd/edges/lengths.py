"""How long a container says that it is: Matroska and WebM, MP4 and its kin, AVI and WAV."""

import os
import stat

EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
MOST_PARTS = 10_000
"""A recording in fragments has thousands of parts; beyond so many nothing is said of it."""
STREAMED = 0xFFFFFFFF
"""The length in RIFF of what was written to a pipe."""


def missing(path: bytes) -> int:
    """Return how many bytes a media file lacks by what its container says; 0: none, or it says nothing, or is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            return 0
        return max(_said(descriptor, facts.st_size) - facts.st_size, 0)
    except OSError:
        return 0
    finally:
        os.close(descriptor)


def _said(descriptor: int, size: int) -> int:
    """Return where the content ends, by its own word; 0 when it says nothing."""
    head = os.pread(descriptor, 12, 0)
    if head[:4] == EBML:
        return _end_of_segment(descriptor, size)
    if head[4:8] in (b"ftyp", b"moov", b"mdat"):
        return _end_of_boxes(descriptor, size)
    if head[:4] == b"RIFF":
        length = int.from_bytes(head[4:8], "little")
        return 8 + length if length not in (0, STREAMED) else 0
    return 0


def _end_of_segment(descriptor: int, size: int) -> int:
    """Return where the first segment of a Matroska file ends, which follows the header and perhaps some filling."""
    position = 0
    for _ in range(MOST_PARTS):
        name = os.pread(descriptor, 4, position)
        if position >= size or len(name) < 4:
            break
        # the number of leading zero bits says of how many more bytes a number is: RFC 8794
        after = position + (9 - name[0].bit_length())
        number = os.pread(descriptor, 8, after)
        width = 9 - number[0].bit_length() if number and number[0] else 0
        if not width or len(number) < width:
            break
        length = int.from_bytes(number[:width], "big") & ((1 << 7 * width) - 1)
        is_open = length == (1 << 7 * width) - 1  # it ends where the file does
        position = after + width + length
        if name == SEGMENT:
            return 0 if is_open else position
    return 0


def _end_of_boxes(descriptor: int, size: int) -> int:
    """Return where the last box of an MP4 file ends that begins inside of it: ISO/IEC 14496-12, 4.2."""
    position = 0
    for _ in range(MOST_PARTS):
        head = os.pread(descriptor, 16, position)
        if position >= size or len(head) < 8:
            return position
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:  # 0: up to the end of the file; anything else is no box
            return 0
        position += length
    return 0
