"""The boxes that an MP4 is made of."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from shelfd.edges.slim import at

MOST_BOXES = 10_000
"""On one level; real files have a few dozen, or a pair for each part of a stream."""


class Box(NamedTuple):
    """A box of an MP4."""

    name: bytes
    start: int
    body: int
    end: int
    size_at: int
    """Where its size stands."""
    size_bytes: int
    """How many bytes that takes; 0 where it says that it goes to the end."""

    @property
    def size(self) -> int:
        """How many bytes it has with its head."""
        return self.end - self.start


def boxes(file: BinaryIO, place: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places of the file, as far as they are whole."""
    for _ in range(MOST_BOXES):
        head = at(file, place, 8)
        if len(head) < 8 or place + 8 > end:
            return
        size, body, size_at, size_bytes = int.from_bytes(head[:4], "big"), place + 8, place, 4
        if size == 1:
            size, body, size_at, size_bytes = (
                int.from_bytes(at(file, place + 8, 8), "big"),
                place + 16,
                place + 8,
                8,
            )
        elif size == 0:
            size, size_bytes = end - place, 0
        if place + size < body or place + size > end:
            return
        yield Box(head[4:], place, body, place + size, size_at, size_bytes)
        place += size
