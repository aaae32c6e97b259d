"""Whether two files are the same episode: numbers in common, or the same day, and no other piece of it."""

import functools
import re

from shelfd.core.identity import Identity, identify
from shelfd.core.media import Kind, Reading
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath, guessed, name

_PIECE = re.compile(r"(?:([a-d])\b.*|(?:.* )?(?:part|pt|cd|disc|disk) ?(\d{1,2}|[a-d]))")
"""How the title begins or ends of one of the files that an episode is split into: `a`, `b The End`, `Part 2`."""


def other_piece(one: str, other: str) -> bool:
    """Say whether two titles of one episode are those of different pieces of it."""
    mine, theirs = _piece(one), _piece(other)
    return bool(mine and theirs) and mine != theirs


def same_date(identity: Identity, path: RelPath) -> bool:
    """Say whether the name of a file says the day on which an episode was broadcast."""
    if identity.date is None:
        return False
    year, _month, day = identity.date.split("-")
    own = guessed(name(path))
    # most files of a show are of another day, which is seen without reading their names
    if year[2:] not in own or day.lstrip("0") not in own:
        return False
    return _dated(path) == identity.date


def _piece(title: str) -> str:
    found = _PIECE.fullmatch(key(title))
    return (found[1] or found[2]) if found else ""


@functools.lru_cache(maxsize=4096)  # asked of each episode of a show for each new one
def _dated(path: RelPath) -> str | None:
    return identify(tuple(guessed(part) for part in path.split(b"/")), Reading(), Kind.SHOWS).date
