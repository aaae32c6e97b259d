"""The log of one operation as values: its lines, how long one may be, and which of many are kept."""

from collections import deque
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

FIRST, NEWEST = 100, 1000
"""How many lines of one operation are kept: those that it began with, and the last ones."""
MESSAGE_CHARS = 1000
FIELDS_CHARS = 4000


class Level(StrEnum):
    """How much a line matters."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


LEVELS: Mapping[str, Level] = {
    **{str(level): level for level in Level},
    "warn": Level.WARNING,
    "exception": Level.ERROR,
    "critical": Level.ERROR,
    "fatal": Level.ERROR,
}
"""By the name of what was called to log it."""


def upward(least: Level) -> Sequence[Level]:
    """Return a level and all that matter more."""
    levels = [*Level]
    return levels[levels.index(least) :]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    id: int
    """Counts the lines of its operation from 1 on, also those that are not kept."""
    at: float
    """Unix time."""
    level: Level
    message: str
    fields: str
    """A JSON object as text."""


class Lines:
    """The lines of one operation that are not written yet: of too many, those in the middle are left out."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lines: deque[Line] = deque()
        self._last = 0

    def add(self, at: float, level: Level, message: str, fields: Mapping[str, object]) -> None:
        """Take a line of a Unix time; what is too long is cut."""
        self._last += 1
        line = Line(
            id=self._last,
            at=at,
            level=level,
            message=cut(message, MESSAGE_CHARS),
            fields=encoded(fields),
        )
        self._lines.append(line)
        if len(self._lines) > FIRST + NEWEST:
            del self._lines[FIRST]

    def waiting(self) -> list[Line]:
        """Return what is to be written, oldest first."""
        return [*self._lines]

    def written(self, last: int) -> None:
        """Forget the lines up to an id: they are rows now."""
        while self._lines and self._lines[0].id <= last:
            self._lines.popleft()


def cut(text: str, most: int) -> str:
    """Return a text of no more than so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def encoded(fields: Mapping[str, object]) -> str:
    """Return fields as the text of a JSON object that is not longer than about FIELDS_CHARS, whatever is in them."""
    left = FIELDS_CHARS
    shown: dict[str, object] = {}
    for name, value in fields.items():
        if left <= 0:
            break
        short = _short(value, left)
        shown[cut(_text(name), MESSAGE_CHARS)] = short
        left -= len(_json(short)) + len(name)
    return _json(shown)


def _short(value: object, most: int) -> object:
    try:
        text = _json(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return f"<{type(value).__name__}>"
    if len(text) > most:
        return cut(_text(value) if isinstance(value, str) else text, most)
    return msgspec.Raw(text.encode())


def _json(value: object) -> str:
    if isinstance(value, msgspec.Raw):
        return bytes(value).decode()
    if isinstance(value, str):
        value = _text(value)
    return msgspec.json.encode(value, enc_hook=_text).decode()


def _text(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()
