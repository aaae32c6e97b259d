"""Find pictures and what else is large in FLAC's blocks and in MP4's boxes."""

from collections.abc import Iterator
from typing import BinaryIO

from shelfd.edges.boxes import Box, boxes
from shelfd.edges.picture import LARGE, Inside, Picture, flac_block
from shelfd.edges.slim import Cut, Run, at

STREAM, COMMENTS, PICTURE = 0, 4, 6
LAST_TYPE = 6
"""Of the blocks that the format has; what is larger is none."""

LAST = 0x80
VERSION = 4
"""Bytes at the start of a `meta` box that are no boxes."""

MIMES = {13: "image/jpeg", 14: "image/png", 27: "image/bmp"}


def flac(file: BinaryIO, size: int, start: int = 0) -> Inside:
    """Return what is in the blocks of the FLAC that begins at `start`."""
    found = Inside()
    place, kept, head = start + 4, -1, b""
    while len(head := at(file, place, 4)) == 4 and head[0] & ~LAST <= LAST_TYPE:
        kind, end = head[0] & ~LAST, place + 4 + int.from_bytes(head[1:], "big")
        if kind == PICTURE and (picture := flac_block(Run(file, ((place + 4, min(end, size)),)))):
            found.pictures.append(picture)
        if end - place > LARGE and kind not in (STREAM, COMMENTS):
            found.cuts.append(Cut(place, min(end, size)))
        else:
            kept = place
        if head[0] & LAST:
            if kept not in (-1, place):
                first = at(file, kept, 1)[0]
                found.cuts.append(Cut(kept, kept + 1, bytes([first | LAST])))
            return found
        place = end
    return Inside(pictures=found.pictures)  # its sizes are not to be relied on


def mp4(file: BinaryIO, size: int) -> Inside:
    """Return what is in the list of tags of an MP4."""
    found = Inside()
    moov = _box(file, 0, size, b"moov")
    if not moov or (moov.size <= LARGE and b"covr" not in at(file, moov.start, moov.size)):
        return found  # as most: then nothing of it needs to be found
    path = [moov]
    for name in (b"udta", b"meta", b"ilst"):
        inside = _box(file, _content(path[-1]), path[-1].end, name)
        if not inside:
            return found
        path.append(inside)
    for box in boxes(file, path[-1].body, path[-1].end):
        if box.name == b"covr":
            found.pictures += _covers(file, box)
        if box.size > LARGE:
            found.cuts.append(Cut(box.start, box.end))
    if less := sum(cut.end - cut.start for cut in found.cuts):
        found.cuts += [_shorter(box, less) for box in path if box.size_bytes]
    return found


def _box(file: BinaryIO, start: int, end: int, name: bytes) -> Box | None:
    return next((box for box in boxes(file, start, end) if box.name == name), None)


def _content(box: Box) -> int:
    return box.body + VERSION * (box.name == b"meta")


def _covers(file: BinaryIO, covr: Box) -> Iterator[Picture]:
    for box in boxes(file, covr.body, covr.end):
        if box.name == b"data" and box.end - box.body > 8:
            kind = int.from_bytes(at(file, box.body, 4), "big")
            yield Picture(Run(file, ((box.body + 8, box.end),)), mime=MIMES.get(kind, ""))


def _shorter(box: Box, less: int) -> Cut:
    return Cut(
        box.size_at, box.size_at + box.size_bytes, (box.size - less).to_bytes(box.size_bytes, "big")
    )
