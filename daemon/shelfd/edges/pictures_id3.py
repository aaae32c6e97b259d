"""Find pictures and what else is large in ID3v2 tags, and in the containers that have one in a chunk."""

import contextlib
import io
from typing import BinaryIO, Literal, NamedTuple

from shelfd.edges.picture import FRONT, HEAD, LARGE, Inside, Picture, decoded
from shelfd.edges.slim import Cut, Run, at

TAG_HEAD = 10
UNSYNCHRONISED = 0x80
EXTENDED = 0x40
OLD_MIMES = {b"JPG": "image/jpeg", b"PNG": "image/png"}


class Frame(NamedTuple):
    """A frame of an ID3v2 tag."""

    name: bytes
    start: int
    body: int
    end: int
    flags: int


def id3(file: BinaryIO, start: int, size: int) -> Inside:
    """Return what is in the tag at `start` of a file of `size` bytes; nothing when there is no tag."""
    head = at(file, start, TAG_HEAD)
    if head[:3] != b"ID3" or len(head) < TAG_HEAD or head[3] not in (2, 3, 4):
        return Inside()
    version, flags, said = head[3], head[5], sevens(head[6:])
    first, end = start + TAG_HEAD, min(start + TAG_HEAD + said, size)
    if end - first == said <= LARGE and not _has_picture(at(file, first, said)):
        return Inside()  # as most: then nothing of it needs to be found
    if flags & UNSYNCHRONISED and version < 4:
        found = _unsynchronised(file, head, first, end)
    else:
        found = _walked(file, head, first, end)
    if found.cuts or end - first < said:  # an ID3 tag that was cut off is one with less in it
        left = end - first - sum(cut.end - cut.start for cut in found.cuts)
        found.cuts.append(Cut(start + 6, start + TAG_HEAD, in_sevens(left)))
    return found


def end_of(file: BinaryIO) -> int:
    """Return where the file goes on behind a tag at its start."""
    head = at(file, 0, TAG_HEAD)
    return TAG_HEAD + sevens(head[6:]) if head[:3] == b"ID3" else 0


def riff(file: BinaryIO, size: int) -> Inside:
    """Return what is in the ID3 chunk of a WAV."""
    return _in_chunk(file, size, "little")


def aiff(file: BinaryIO, size: int) -> Inside:
    """Return what is in the ID3 chunk of an AIFF."""
    return _in_chunk(file, size, "big")


def dsf(file: BinaryIO, size: int) -> Inside:
    """Return what is in the tag at the end of a DSF."""
    return id3(file, int.from_bytes(at(file, 20, 8), "little"), size)


def sevens(data: bytes) -> int:
    """Return the number that is written with seven bits in a byte."""
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number


def in_sevens(number: int) -> bytes:
    """Return the number in four bytes of seven bits."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _has_picture(tag: bytes) -> bool:
    return b"PIC" in tag  # APIC, too


def _in_chunk(file: BinaryIO, size: int, order: Literal["little", "big"]) -> Inside:
    place = 12
    while len(head := at(file, place, 8)) == 8:
        length = int.from_bytes(head[4:], order)
        if head[:4] in (b"ID3 ", b"id3 "):
            found = id3(file, place + 8, min(place + 8 + length, size))
            less = sum(cut.end - cut.start - len(cut.instead) for cut in found.cuts)
            whole = int.from_bytes(at(file, 4, 4), order)
            if less and less <= min(length, whole):
                found.cuts.append(Cut(4, 8, (whole - less).to_bytes(4, order)))
                found.cuts.append(Cut(place + 4, place + 8, (length - less).to_bytes(4, order)))
            return found
        place += 8 + length + length % 2
    return Inside()


def _unsynchronised(file: BinaryIO, head: bytes, first: int, end: int) -> Inside:
    """Return what is in a tag whose every 0xFF is followed by a zero, sizes counted without these."""
    if end - first > LARGE:
        return Inside(cuts=[Cut(first + LARGE, end)])  # text comes first
    plain = at(file, first, end - first).replace(b"\xff\x00", b"\xff")
    found = _walked(io.BytesIO(plain), head, 0, len(plain))
    return Inside(pictures=found.pictures)


def _walked(file: BinaryIO, head: bytes, first: int, end: int) -> Inside:
    version, unsync = head[3], bool(head[5] & UNSYNCHRONISED)
    if head[5] & EXTENDED and version > 2:
        size = at(file, first, 4)
        first += sevens(size) if version == 4 else 4 + int.from_bytes(size, "big")
    frames, stop, clean = _frames(file, first, end, version)
    if not clean and version == 4:  # iTunes once wrote plain sizes into this version
        others = _frames(file, first, end, 3)
        frames, stop, _ = others if others[2] else (frames, stop, clean)
    found = Inside()
    for frame in frames:
        if frame.name in (b"APIC", b"PIC"):
            with contextlib.suppress(ValueError, IndexError):  # it is damaged
                found.pictures += picture(file, frame, version, unsync=unsync)
        if frame.end - frame.start > LARGE:
            found.cuts.append(Cut(frame.start, frame.end))
    if end - stop > LARGE:
        found.cuts.append(Cut(stop, end))
    return found


def _frames(file: BinaryIO, place: int, end: int, version: int) -> tuple[list[Frame], int, bool]:
    """Return the frames, where they stop, and whether that is at the end or at padding."""
    frames: list[Frame] = []
    letters, size = (3, 6) if version == 2 else (4, 10)
    while place + size <= end:
        head = at(file, place, size)
        name = head[:letters]
        if not name.isalnum():
            return frames, place, not any(head)
        number = head[letters : 2 * letters]
        length = sevens(number) if version == 4 else int.from_bytes(number, "big")
        body = place + size
        if body + length > end:
            return frames, place, False
        flags = 0 if version == 2 else head[9]
        frames.append(Frame(name, place, body, body + length, flags))
        place = body + length
    return frames, place, True


def picture(file: BinaryIO, frame: Frame, version: int, *, unsync: bool) -> list[Picture]:
    """Return the picture of the frame; nothing when it is packed, encrypted or no picture."""
    unsync = version == 4 and (unsync or bool(frame.flags & 0x02))
    if frame.flags & (0xC0 if version == 3 else 0x0C):
        return []
    start = frame.body
    if version == 3:
        start += bool(frame.flags & 0x20)  # a byte that names a group
    if version == 4:
        start += bool(frame.flags & 0x40) + 4 * bool(frame.flags & 0x01)  # likewise; a length
    coding = "unsync" if unsync else ""
    run = Run(file, ((start, frame.end),))
    head = b"".join(decoded(run.part(0, HEAD).pieces(), coding))
    mime_end = 4 if version == 2 else head.index(0, 1) + 1
    mime = (
        OLD_MIMES.get(head[1:4], "") if version == 2 else head[1 : mime_end - 1].decode("latin-1")
    )
    data = _end_of_text(head, mime_end + 1, head[0])
    return [Picture(run, coding, data, mime, head[mime_end] == FRONT)]


def _end_of_text(data: bytes, start: int, encoding: int) -> int:
    """Return where what follows the text begins; ValueError when the text does not end."""
    if encoding not in (1, 2):  # UTF-16
        return data.index(0, start) + 1
    place = data.index(b"\0\0", start)
    return place + 2 + (place - start) % 2
