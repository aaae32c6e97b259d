"""A picture inside a file: where its bytes are, and what they are."""

import binascii
from collections.abc import Iterable, Iterator

import msgspec
import xxhash

from shelfd.core.media import Cover
from shelfd.edges.slim import Cut, Run

LARGE = 1 << 20
"""Bytes; what is larger than that in a tag is no text."""

HEAD = 4096
"""Bytes; what is said of a picture stands in so many before it."""

FRONT = 3
"""The type of a front cover in ID3, and in all that took its list over."""

MAGIC = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
)
"""Where in a picture what stands, and what it is then."""


class Picture(msgspec.Struct, frozen=True):
    """A picture, perhaps written in another way than it is meant."""

    run: Run
    coding: str = ""
    """`base64`; `unsync`, where a zero stands behind each 0xFF; or as it is."""
    start: int = 0
    """How many bytes, decoded, come before the picture."""
    mime: str = ""
    """As the file says."""
    front: bool = True

    def pieces(self) -> Iterator[bytes]:
        """Yield the decoded bytes; ValueError where they cannot be decoded."""
        left = self.start
        for piece in decoded(self.run.pieces(), self.coding):
            if kept := piece[left:]:
                yield kept
            left = max(left - len(piece), 0)


class Inside(msgspec.Struct):
    """What was found in a file."""

    pictures: list[Picture] = msgspec.field(default_factory=list)
    cuts: list[Cut] = msgspec.field(default_factory=list)
    """What tags can be read without."""


def cover(pictures: Iterable[Picture]) -> Cover | None:
    """Return the front cover, or else the first picture; None when there is none with content."""
    chosen = sorted(pictures, key=lambda picture: not picture.front)
    return hashed(chosen[0].pieces(), chosen[0].mime) if chosen else None


def hashed(pieces: Iterable[bytes], said: str) -> Cover | None:
    """Return what is to be known of a picture; None when it is empty."""
    digest, size, mime = xxhash.xxh3_128(), 0, ""
    for piece in pieces:
        mime = mime or known(piece) or said
        digest.update(piece)
        size += len(piece)
    return Cover(hash=digest.hexdigest(), size=size, mime=mime) if size else None


def flac_block(run: Run, coding: str = "") -> Picture | None:
    """Return the picture in a FLAC block of pictures, which Ogg has in base64; None when it is none."""
    head = next(decoded(run.part(0, HEAD).pieces(), coding), b"")
    kind, length = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    mime, place = head[8 : 8 + length], 8 + length
    place += (
        4 + int.from_bytes(head[place : place + 4], "big") + 16
    )  # description; size and colours
    if place + 4 > len(head):
        return None
    return Picture(run, coding, place + 4, mime.decode("latin-1"), kind == FRONT)


def known(head: bytes) -> str:
    """Return what a picture is by its first bytes; empty when it is none that is known."""
    return next((mime for place, magic, mime in MAGIC if head.startswith(magic, place)), "")


def decoded(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Yield the pieces as `coding` means them; ValueError where they are not in it."""
    match coding:
        case "base64":
            return _from_base64(pieces)
        case "unsync":
            return _synchronised(pieces)
        case _:
            return iter(pieces)


def _from_base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        data = rest + piece
        whole = len(data) // 4 * 4
        rest = data[whole:]
        yield binascii.a2b_base64(data[:whole])
    if rest:
        yield binascii.a2b_base64(rest.ljust(4, b"="))


def _synchronised(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        data = rest + piece
        rest = b"\xff" if data.endswith(b"\xff") else b""
        yield data[: len(data) - len(rest)].replace(b"\xff\x00", b"\xff")
    yield rest
