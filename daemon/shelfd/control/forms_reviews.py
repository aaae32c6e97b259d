"""The form of reviews, for those who write programs against the API; see control.forms."""

from msgspec import UNSET, Struct, UnsetType

from shelfd.control.forms import Encoded, Moment, Number
from shelfd.core.identity import Candidate, Identity


class Choice(Candidate, kw_only=True, frozen=True):
    """Something that the item could be."""

    number: Number
    """By which it is accepted."""
    lacks: str | UnsetType = UNSET
    """A field that must be said as well, so that `as` is the way to take it; left out when nothing is missing."""


class AskedFile(Struct, kw_only=True):
    """A file that the item consists of, and of which shelfd is not sure."""

    path: str
    path_bytes: Encoded | UnsetType = UNSET
    parsed: Identity
    """What it was taken for."""
    candidates: list[Number]
    """Those that it could be itself; who accepts another one decides nothing of it."""


class Review(Struct, kw_only=True):
    """What people are asked about an item in an inbox."""

    id: Number
    path: str
    path_bytes: Encoded | UnsetType = UNSET
    reason: str
    """Why shelfd is not sure."""
    opened_at: Moment
    files: list[AskedFile]
    candidates: list[Choice]
    """The most likely first."""


class Reviews(Struct, kw_only=True):
    """A page of reviews, the oldest first."""

    items: list[Review]
    next: Number | None
    """What `after` must be for the next page; null on the last one."""
