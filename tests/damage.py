"""Real files of every kind that is read, and ways to damage them."""

import functools
import random
import struct
from collections.abc import Callable
from pathlib import Path

import covers
import media

MAKERS: dict[str, Callable[[Path], Path]] = {
    **{name: functools.partial(make, picture=media.jpeg()) for name, make in covers.MAKERS.items()},
    "chapters.m4b": lambda path: media.m4b(path, chapters=((0, "One"), (400, "Two")), title="T"),
    "a.mka": lambda path: media.mka(path, title="T"),
    "a.mkv": lambda path: media.mkv(path, chapters=((0, "One"), (400, "Two")), title="T"),
    "a.mp4": lambda path: media.mp4(path, show="A Show"),
    "a.epub": lambda path: media.epub(path, "A Title", "An Author", "A Series"),
}
"""By the name that a file must have to be read as what it is."""

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
"""What lengths and counts are best mistaken for."""


def originals(directory: Path) -> dict[str, bytes]:
    """Return the content of a sound file of each kind, by its name."""
    return {name: make(directory / name).read_bytes() for name, make in MAKERS.items()}


def mutated(choose: random.Random, content: bytes) -> bytes:
    """Return the content with some things wrong, most of them near its ends, where lengths stand."""
    damaged = bytearray(content)
    for _ in range(choose.randint(1, 6)):
        place = _place(choose, len(damaged))
        match choose.randrange(6):
            case 0:
                damaged[place : place + 1] = choose.randbytes(1)
            case 1:
                number = choose.choice(NUMBERS)
                damaged[place : place + 4] = struct.pack(choose.choice("<>") + "I", number)
            case 2:
                del damaged[place:]
            case 3:
                del damaged[place : place + choose.randint(1, 64)]
            case 4:
                damaged[place:place] = choose.randbytes(choose.randint(1, 64))
            case _:
                end = place + choose.randint(1, 512)
                damaged[place:end] = bytes(len(damaged[place:end]))
    return bytes(damaged)


def _place(choose: random.Random, length: int) -> int:
    """Return a place in the content, more often in its first or last kilobyte than between."""
    start, end = choose.choice(
        ((0, length), (0, min(1024, length)), (max(length - 1024, 0), length))
    )
    return choose.randint(start, end)
