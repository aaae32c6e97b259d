"""A file without its large parts, for readers that would take all of it into memory."""

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

import msgspec

PIECE = 1 << 18
"""Bytes that are held at once of what can be large."""


class Cut(NamedTuple):
    """A range of a file, and what is to be read there instead."""

    start: int
    end: int
    instead: bytes = b""


class Slim(io.RawIOBase):
    """A file as it would be with some ranges cut; the file itself stays as it is."""

    def __init__(self, file: BinaryIO, size: int, cuts: Sequence[Cut]) -> None:
        """Show `file`, of `size` bytes, with `cuts` that do not overlap."""
        self.name = file.name
        self._file = file
        self._place = 0
        self._starts: list[int] = []
        self._parts: list[bytes | int] = []  # bytes to show, or where to go on in the file
        self._end = 0
        done = 0
        for cut in sorted(cuts):
            self._add(done, cut.start - done)
            self._add(cut.instead, len(cut.instead))
            done = cut.end
        self._add(done, size - done)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place and return it; OSError when that is before the start."""
        place = offset + (0, self._place, self._end)[whence]
        if place < 0:
            raise OSError(22, "Invalid argument")
        self._place = place
        return place

    def readinto(self, buffer: "memoryview[int] | bytearray") -> int:  # type: ignore[override]  # typeshed names a private type
        """Fill the buffer as far as the part at this place goes; return how many bytes that were."""
        data = self._some(len(buffer))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def _add(self, part: bytes | int, length: int) -> None:
        if length > 0:
            self._starts.append(self._end)
            self._parts.append(part)
            self._end += length

    def _some(self, most: int) -> bytes:
        if self._place >= self._end:
            return b""
        number = bisect_right(self._starts, self._place) - 1
        part, into = self._parts[number], self._place - self._starts[number]
        if isinstance(part, bytes):
            return part[into : into + most]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else self._end
        self._file.seek(part + into)
        return self._file.read(min(most, end - self._place))


class Run(msgspec.Struct, frozen=True):
    """Bytes that belong together, in one or more ranges of a file."""

    file: BinaryIO
    ranges: tuple[tuple[int, int], ...]
    """Start and end of each."""

    def __len__(self) -> int:
        return sum(end - start for start, end in self.ranges)

    def part(self, start: int, end: int) -> "Run":
        """Return the bytes from `start` to `end` of it."""
        kept, place = [], 0
        for first, last in self.ranges:
            length = last - first
            if place < end and place + length > start:
                kept.append((first + max(start - place, 0), first + min(end - place, length)))
            place += length
        return Run(self.file, tuple(kept))

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes, not many at once."""
        for start, end in self.ranges:
            self.file.seek(start)
            left = end - start
            while left > 0 and (piece := self.file.read(min(left, PIECE))):
                left -= len(piece)
                yield piece

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` to `end` of it, which should not be many."""
        return b"".join(self.part(start, end).pieces())


def at(file: BinaryIO, place: int, count: int) -> bytes:
    """Return so many bytes from that place on, or as many as there are."""
    file.seek(place)
    return file.read(count)
