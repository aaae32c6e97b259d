"""The text of ordinary ID3v2 tags, in a tenth of the time that mutagen takes for any tag.

Whatever is not ordinary here, from a compressed frame to a genre that is a number, is left to mutagen.
"""

import contextlib
import io
from collections.abc import Iterator
from typing import NamedTuple

from shelfd.core.media import Cover
from shelfd.edges.beginning import Beginning, NotOrdinaryError
from shelfd.edges.picture import Picture, cover
from shelfd.edges.pictures_id3 import Frame, picture
from shelfd.edges.tags_forms import FRAMES, MUSICBRAINZ, day_of

HEAD = 10
LONGEST = 1 << 20
"""Bytes; a longer tag is not ordinary."""

ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
BYTE_ORDERS = (b"\xff\xfe", b"\xfe\xff")
OTHER_WAY = "\ufffe"
"""What the mark of the order of bytes looks like where that is another one."""

SPECIAL = frozenset("CHAP CTOC RVA2 TDRL".split())
"""Frames that mutagen is asked for."""

V1 = 128
COMPLETE = frozenset("title artist album track genre".split())
"""What an ID3v1 tag could add where the other lacks it."""


class Tag(NamedTuple):
    """What an ordinary tag says."""

    end: int
    pairs: list[tuple[str, str]]
    """Names and values as `tags_forms` has them."""
    cover: Cover | None


def ordinary(file: Beginning) -> Tag:
    """Return what the tag says; NotOrdinaryError, IndexError or ValueError to ask mutagen."""
    head = file.part(0, HEAD)
    if head[:3] != b"ID3" or head[3] not in (3, 4) or head[5]:
        raise NotOrdinaryError
    length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    if length > LONGEST or max(head[6:]) > 0x7F:
        raise NotOrdinaryError
    tag = file.part(HEAD, HEAD + length)
    frames = list(_frames(tag, plain=head[3] == 3))
    pairs = _pairs(tag, frames)
    if file.size >= V1 and file.part(file.size - V1, file.size - V1 + 3) == b"TAG":
        names = {name for name, _ in pairs}
        # the year of the old tag is a date to mutagen beside a tag of version 4
        dates = {"date"} if head[3] == 4 else {"date", "year"}
        if not names >= COMPLETE or not names & dates:
            raise NotOrdinaryError
    return Tag(HEAD + length, pairs, cover(_pictures(tag, frames, head[3])))


def _pairs(tag: bytes, frames: list[tuple[str, int, int]]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    born: dict[str, str] = {}
    for name, start, end in frames:
        if name in SPECIAL:
            raise NotOrdinaryError
        if name in OTHERS:
            pairs += OTHERS[name](tag[start:end])
        elif name in FRAMES:
            pairs += [(FRAMES[name], text) for text in _texts(tag[start:end])]
        elif name in ("TYER", "TDAT"):
            born[name] = _texts(tag[start:end])[0]
    if "TYER" in born:
        pairs.append(("year", day_of(born["TYER"], born.get("TDAT", ""))))
    return pairs


def _pictures(tag: bytes, frames: list[tuple[str, int, int]], version: int) -> Iterator[Picture]:
    for name, start, end in frames:
        if name == "APIC":
            frame = Frame(b"APIC", start - HEAD, start, end, flags=0)
            with contextlib.suppress(ValueError, IndexError):  # it is damaged
                yield from picture(io.BytesIO(tag), frame, version, unsync=False)


def _frames(tag: bytes, *, plain: bool) -> Iterator[tuple[str, int, int]]:
    """Yield name, start and end of each frame; `plain` numbers have eight bits in a byte."""
    place, last = 0, len(tag) - HEAD
    while place <= last and tag[place]:
        name = tag[place : place + 4]
        one, two, three, four, flags, more = tag[place + 4 : place + HEAD]
        if not name.isalnum() or flags or more:
            raise NotOrdinaryError
        if plain:
            size = one << 24 | two << 16 | three << 8 | four
        elif max(one, two, three, four) > 0x7F:
            raise NotOrdinaryError
        else:
            size = one << 21 | two << 14 | three << 7 | four
        start = place + HEAD
        place = start + size
        if place > len(tag):
            raise NotOrdinaryError
        yield name.decode("latin-1"), start, place
    if tag.count(0, place) < len(tag) - place:  # it is not padding
        raise NotOrdinaryError


def _texts(body: bytes) -> list[str]:
    """Return the values in a text frame; at least one."""
    text = _decoded(body[0], body[1:])
    return text.rstrip("\0").split("\0")


def _decoded(encoding: int, data: bytes) -> str:
    text = data.decode(ENCODINGS[encoding])
    if encoding != 1:
        return text
    if (data and data[:2] not in BYTE_ORDERS) or OTHER_WAY in text:
        raise NotOrdinaryError
    return text.replace("\ufeff", "")  # each value may say the order of its bytes again


def _genre(body: bytes) -> list[tuple[str, str]]:
    texts = _texts(body)
    if any(text[:1] == "(" or text.isdecimal() or len(text) < 3 for text in texts):
        raise NotOrdinaryError  # there are abbreviations, too
    return [("genre", text) for text in texts]


def _named(body: bytes) -> list[tuple[str, str]]:
    name, *texts = _texts(body)
    return [(name, text) for text in texts]


def _comment(body: bytes) -> list[tuple[str, str]]:
    texts = _texts(body[:1] + body[4:])
    return [] if texts[0] else [("comment", text) for text in texts[1:]]


def _identifier(body: bytes) -> list[tuple[str, str]]:
    owner, _, data = body.partition(b"\0")
    if owner.decode("latin-1") != MUSICBRAINZ:
        return []
    return [("musicbrainz_trackid", data.decode("ascii", "replace"))]


OTHERS = {"TCON": _genre, "TXXX": _named, "COMM": _comment, "UFID": _identifier}
