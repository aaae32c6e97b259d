"""The comments and the sound of ordinary FLAC, Opus and Ogg Vorbis files, in half the time that mutagen takes.

What is not ordinary here, from a name that is none to comments that go on in another page, is left to mutagen. So is
each fault: what it makes of the file is what counts.
"""

import io
import struct
from typing import NamedTuple

from shelfd.edges.beginning import Beginning, Content, NotOrdinaryError, Sound
from shelfd.edges.fingerprint import HEAD as ENDING
from shelfd.edges.picture import HEAD, LARGE, Picture, cover, flac_block
from shelfd.edges.slim import Run

STREAM, PADDING, APPLICATION, SEEKS, COMMENTS, _, PICTURE = range(7)
"""The blocks of a FLAC."""

KNOWN = frozenset((STREAM, PADDING, APPLICATION, SEEKS, COMMENTS, PICTURE))
ONCE = frozenset((STREAM, SEEKS, COMMENTS))
READ = frozenset((STREAM, COMMENTS, PICTURE))

STREAM_BYTES = 34
LAST = 0x80

PICTURES = frozenset(("metadata_block_picture", "coverart"))
PAGE_HEAD = 27
STARTS, ENDS = 2, 4
SEGMENTS = 255
OPUS_RATE = 48_000

number_at = struct.Struct("<I").unpack_from
page_at = struct.Struct("<4sBBqI8xB").unpack_from
opus_at = struct.Struct("<BBH").unpack_from
vorbis_at = struct.Struct("<BIiii").unpack_from

Pairs = list[tuple[str, str]]


class Page(NamedTuple):
    """A page of an Ogg, and the first packet in it."""

    flags: int
    position: int
    serial: int
    packet: bytes
    end: int


def flac(file: Beginning) -> Content:
    """Return what is in a FLAC; NotOrdinaryError, IndexError, ValueError or struct.error to ask mutagen."""
    if file.head[:4] != b"fLaC":
        raise NotOrdinaryError
    place, last = 4, 0
    blocks: dict[int, bytes] = {}
    pictures: list[Picture] = []
    while not last:
        head = file.part(place, place + 4)
        last, kind, size = head[0] & LAST, head[0] & ~LAST, int.from_bytes(head[1:], "big")
        start, place = place + 4, place + 4 + size
        if (
            kind not in KNOWN
            or (kind in blocks and kind in ONCE)
            or (not blocks and kind != STREAM)
        ):
            raise NotOrdinaryError
        if size > LARGE or place > file.size:
            raise NotOrdinaryError
        blocks[kind] = file.part(start, place) if kind in READ else b""
        if kind == PICTURE:
            pictures.append(_picture(blocks[kind]))
    pairs = _comments(blocks[COMMENTS]) if COMMENTS in blocks else []
    sound = _flac_sound(blocks[STREAM], file.size - place)
    return Content("flac", sound, pairs, cover(pictures))


def opus(file: Beginning) -> Content:
    """Return what is in an Opus; the same errors as `flac`."""
    first, second = _pages(file)
    if first.packet[:8] != b"OpusHead" or second.packet[:8] != b"OpusTags":
        raise NotOrdinaryError
    if len(first.packet) < 19:
        raise NotOrdinaryError
    version, channels, skipped = opus_at(first.packet, 8)
    seconds = (_samples(file, first.serial) - skipped) / float(OPUS_RATE)
    if version >> 4 or seconds <= 0:
        raise NotOrdinaryError
    pairs, _ = _text(second.packet, 8)
    bits = round((file.size - second.end) * 8 / seconds)
    return Content("ogg", Sound("opus", seconds, bits, channels, OPUS_RATE), pairs)


def vorbis(file: Beginning) -> Content:
    """Return what is in an Ogg Vorbis; the same errors as `flac`."""
    first, second = _pages(file)
    if first.packet[:7] != b"\x01vorbis" or second.packet[:7] != b"\x03vorbis":
        raise NotOrdinaryError
    channels, rate, most, usual, least = vorbis_at(first.packet, 11)
    pairs, end = _text(second.packet, 7)
    if not rate or not second.packet[end] & 1:
        raise NotOrdinaryError
    seconds = _samples(file, first.serial) / float(rate)
    bits = _likely(max(most, 0), max(usual, 0), max(least, 0))
    return Content("ogg", Sound("vorbis", seconds, bits, channels, rate), pairs)


def _likely(most: int, usual: int, least: int) -> int:
    """Return the bits a second to believe, as mutagen does; what is not said is 0."""
    if not usual:
        return (most + least) // 2
    return most if 0 < most < usual else max(usual, least)


def _flac_sound(block: bytes, sound_bytes: int) -> Sound:
    if len(block) != STREAM_BYTES:
        raise NotOrdinaryError
    packed = int.from_bytes(block[10:18], "big")
    rate, samples = packed >> 44, packed & 0xFFFFFFFFF
    if not rate or not samples:
        raise NotOrdinaryError
    seconds = samples / float(rate)
    return Sound(
        codec="flac",
        seconds=seconds,
        bit_rate=int(float(sound_bytes) * 8 / seconds),
        channels=(packed >> 41 & 7) + 1,
        sample_rate=rate,
        bit_depth=(packed >> 36 & 31) + 1,
    )


def _picture(block: bytes) -> Picture:
    """Return the picture; it must fill the block, since mutagen goes by what stands in it."""
    found = flac_block(Run(io.BytesIO(block), ((0, len(block)),)))
    if found is None or found.start > HEAD:
        raise NotOrdinaryError
    if int.from_bytes(block[found.start - 4 : found.start], "big") != len(block) - found.start:
        raise NotOrdinaryError
    return found


def _comments(block: bytes) -> Pairs:
    pairs, end = _listed(block, 0)
    if end != len(block):
        raise NotOrdinaryError
    return pairs


def _listed(data: bytes, place: int) -> tuple[Pairs, int]:
    """Return the comments in a list that begins with the name of a program, and where it ends."""
    place += 4 + number_at(data, place)[0]
    (count,) = number_at(data, place)
    place += 4
    pairs: Pairs = []
    for _ in range(count):
        start = place + 4
        place = start + number_at(data, place)[0]
        name, equals, value = data[start:place].decode().partition("=")
        if not (equals and name and name.isascii() and name.isprintable()) or "~" in name:
            raise NotOrdinaryError
        pairs.append((name, value))
    if place > len(data):
        raise NotOrdinaryError
    return pairs, place


def _text(data: bytes, place: int) -> tuple[Pairs, int]:
    """Return the comments of an Ogg, which may have a picture among them, and where they end."""
    pairs, end = _listed(data, place)
    if any(name.lower() in PICTURES for name, _ in pairs):
        raise NotOrdinaryError
    return pairs, end


def _pages(file: Beginning) -> tuple[Page, Page]:
    """Return the first two pages of an Ogg with one stream in it, whose comments end in the second one."""
    first = _page(file.head, 0)
    second = _page(file.head, first.end)
    if first.flags != STARTS or second.flags or first.serial != second.serial:
        raise NotOrdinaryError
    return first, second


def _page(data: bytes, start: int) -> Page:
    magic, version, flags, position, serial, segments = page_at(data, start)
    body = start + PAGE_HEAD + segments
    lacing = data[start + PAGE_HEAD : body]
    end = body + sum(lacing)
    if magic != b"OggS" or version or end > len(data):
        raise NotOrdinaryError
    length = 0
    for segment in lacing:
        length += segment
        if segment < SEGMENTS:
            return Page(flags, position, serial, data[body : body + length], end)
    raise NotOrdinaryError


def _samples(file: Beginning, serial: int) -> int:
    """Return how many samples the last page says that there are."""
    start = max(file.size - ENDING, 0)
    data = file.part(start, file.size)
    last = _page(data, data.rindex(b"OggS"))
    if last.serial != serial or not last.flags & ENDS or last.position < 0:
        raise NotOrdinaryError
    return last.position
