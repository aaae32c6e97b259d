"""The form of the log of an operation, beside the other forms of answers."""

from typing import Any

from msgspec import Struct

from shelfd.control.forms import Count, Moment, Number
from shelfd.core.lines import Level


class Line(Struct, kw_only=True):
    """What an operation told of its work."""

    id: Number
    """Counts its lines; where one is missing, it was left out."""
    at: Moment
    level: Level
    message: str
    fields: dict[str, Any]


class Log(Struct, kw_only=True):
    """A page of the log of an operation, oldest first."""

    items: list[Line]
    next: Number | None
    """What `after` must be for the next page; null on the last one."""
    left_out: Count
    """Lines of the whole log that are not kept: of very many those in the middle, and of old ones."""
