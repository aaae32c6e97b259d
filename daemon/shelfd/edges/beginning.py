"""A media file that is open, with its first bytes, which are read once for all that look at them."""

import os
from typing import NamedTuple

import msgspec

from shelfd.core.media import Cover


class NotOrdinaryError(Exception):
    """Mutagen is to read this file."""


class Beginning(msgspec.Struct, frozen=True):
    """An open file, and what it begins with."""

    descriptor: int
    size: int
    head: bytes
    """As much of it as the fingerprint is made of."""

    def part(self, start: int, end: int) -> bytes:
        """Return the bytes between two places; NotOrdinaryError when the file ends before."""
        if end <= len(self.head):
            return self.head[start:end]
        if end < start:
            raise NotOrdinaryError
        data = os.pread(self.descriptor, end - start, start)
        if len(data) < end - start:
            raise NotOrdinaryError
        return data


class Sound(NamedTuple):
    """What an ordinary file says of its sound; 0 where it says nothing."""

    codec: str
    seconds: float
    bit_rate: int
    channels: int
    sample_rate: int
    bit_depth: int = 0


class Content(NamedTuple):
    """What is in an ordinary file."""

    format: str
    sound: Sound
    pairs: list[tuple[str, str]]
    """Names and values as `tags_forms` has them."""
    cover: Cover | None = None
