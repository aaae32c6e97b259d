"""Whether a file of the catalog with the same content is there as the same item; else somebody wants it in both places, if it is music."""

import msgspec

from shelfd.core.identity import Identity
from shelfd.core.paths import Place, identity

ONCE = frozenset(("movie", "episode", "book"))
"""Kinds of works of which the same content under two names is one work that somebody has called wrongly."""
WEIGHTY = 1 << 20
"""Bytes that a file must have for that: below, many are alike that only stand in for something."""


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the catalog that could be a new one, by its size, by how it begins and by the work that it is."""

    place: Place
    title: str
    """Of its item."""
    album: str | None


def is_same_item(found: Identity, twin: Twin) -> bool:
    """Say whether a new file is what its twin is: a track of another album is another one, whatever its tags say."""
    if found.kind == "episode":
        return True  # its item has the name of the episode, which nobody knows of the new one
    if not _is_one(found.title, twin.title):
        return False
    return found.kind != "track" or _is_one(found.album or "", twin.album or "")


def is_once(found: Identity, size: int) -> bool:
    """Say whether a file of this size is the same work as any with the same content, whatever the two are called.

    A track is on several albums, and an audiobook begins as others of its publisher do.
    """
    return found.kind in ONCE and size >= WEIGHTY


def _is_one(one: str, other: str) -> bool:
    return identity(one.encode("utf-8", "surrogateescape")) == identity(
        other.encode("utf-8", "surrogateescape")
    )
