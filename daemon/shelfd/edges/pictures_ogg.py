"""Find pictures and what else is large in the comments of Vorbis, Opus, Speex and FLAC in Ogg."""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from shelfd.edges.picture import LARGE, Inside, Picture, flac_block
from shelfd.edges.slim import Cut, Run, at

PAGE_HEAD = 27
BEFORE = {
    b"\x01vorbis": 7,
    b"OpusHead": 8,
    b"Speex   ": 0,
    b"\x7fFLAC": 4,
}
"""How a stream of sound begins, and how many bytes come before its comments."""

PICTURE = re.compile(rb"(metadata_block_picture|coverart)=", re.IGNORECASE)
NAME = 64
"""Bytes; the name of a comment that matters here is shorter."""

MOST_PAGES = 100_000
MOST_COMMENTS = 10_000
STARTS = 2
"""The mark of a stream's first page; all of these come before any other page."""

SEGMENTS = 255


class Page(NamedTuple):
    """A page of an Ogg."""

    start: int
    body: int
    end: int
    serial: bytes
    lacing: bytes
    marks: int


def ogg(file: BinaryIO, size: int) -> Inside:
    """Return what is in the comments of the first stream of sound."""
    serial, before = b"", 0
    ranges: list[tuple[int, int]] = []
    first = None
    for page in _pages(file, size):
        if page.marks & STARTS:
            if not serial and (magic := _sound(at(file, page.body, 8))):
                serial, before = page.serial, BEFORE[magic]
        elif not serial:
            break
        elif page.serial == serial:
            first = first or page
            length, over = _packet(page.lacing)
            ranges.append((page.body, page.body + length))
            if over:
                return _comments(Run(file, tuple(ranges)), before, first, page.end)
    return Inside()


def _sound(head: bytes) -> bytes:
    return next((magic for magic in BEFORE if head.startswith(magic)), b"")


def _pages(file: BinaryIO, size: int) -> Iterator[Page]:
    place = 0
    for _ in range(MOST_PAGES):
        head = at(file, place, PAGE_HEAD + SEGMENTS)
        if head[:4] != b"OggS" or len(head) < PAGE_HEAD:
            return
        lacing = head[PAGE_HEAD : PAGE_HEAD + head[26]]
        body = place + PAGE_HEAD + len(lacing)
        end = body + sum(lacing)
        if end > size:
            return
        yield Page(place, body, end, head[14:18], lacing, head[5])
        place = end


def _packet(lacing: bytes) -> tuple[int, bool]:
    """Return how many bytes of the page belong to its first packet, and whether it ends there."""
    length = 0
    for segment in lacing:
        length += segment
        if segment < SEGMENTS:
            return length, True
    return length, False


def _comments(run: Run, before: int, first: Page, end: int) -> Inside:
    found = Inside()
    if len(run) <= LARGE and not _has_picture(run.read(0, LARGE).upper()):
        return found
    kept, large = [], False
    for comment in _each(run, before):
        name = PICTURE.match(comment.read(0, NAME))
        if name:
            found.pictures += _picture(comment.part(name.end(), len(comment)), name[1])
        if len(comment) > LARGE:
            large = True
        else:
            kept.append(comment.read(0, LARGE))
    if large:
        vendor = run.read(0, before + 4)
        counted = struct.pack("<I", len(kept))
        texts = [struct.pack("<I", len(text)) + text for text in kept]
        packet = vendor[:before] + bytes(4) + counted + b"".join(texts) + b"\x01"
        found.cuts.append(Cut(first.start, end, _paged(packet, first.serial)))
    return found


def _has_picture(comments: bytes) -> bool:
    return b"METADATA_BLOCK_PICTURE=" in comments or b"COVERART=" in comments


def _each(run: Run, before: int) -> Iterator[Run]:
    """Yield the comments of the packet; fewer when it is damaged."""
    place = before + 4 + _number(run, before)
    count = _number(run, place)
    place += 4
    for _ in range(min(count, MOST_COMMENTS)):
        start = place + 4
        place = start + _number(run, place)
        if place > len(run):
            return
        yield run.part(start, place)


def _number(run: Run, place: int) -> int:
    number: int
    (number,) = struct.unpack("<I", run.read(place, place + 4))
    return number


def _picture(run: Run, name: bytes) -> list[Picture]:
    if name.lower() == b"coverart":
        return [Picture(run, "base64")]
    picture = flac_block(run, "base64")
    return [picture] if picture else []


def _paged(packet: bytes, serial: bytes) -> bytes:
    """Return the packet in pages of the stream, without checksums."""
    lacing = [SEGMENTS] * (len(packet) // SEGMENTS) + [len(packet) % SEGMENTS]
    pages, place = [], 0
    for start in range(0, len(lacing), SEGMENTS):
        segments = lacing[start : start + SEGMENTS]
        body = packet[place : place + sum(segments)]
        place += len(body)
        head = b"OggS\0" + bytes([bool(start)]) + bytes(8) + serial + bytes(8)
        pages.append(head + bytes([len(segments), *segments]) + body)
    return b"".join(pages)
