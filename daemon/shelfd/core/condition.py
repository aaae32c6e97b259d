"""How the daemon is doing at one moment."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from shelfd.core.pressure import Level

Phase = Literal["starting", "ready", "degraded", "stopping"]


class RootState(NamedTuple):
    """How a root is doing, as the status tells it."""

    state: str
    """`watching`, `polling`, `suspended` or `absent`."""
    reason: str
    """Why, if there is more to say."""
    watches: int
    fault: str | None = None
    """Why nothing is heard of it; None when it is."""


UNKNOWN = RootState("absent", "it is not in the settings", 0)


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """All that is asked of the running daemon beyond the rows, seen in one look."""

    state: Phase
    roots: Mapping[str, RootState]
    """Of each root of the settings, by its name."""
    watches: int
    """The number of directories that are watched."""
    watches_allowed: int | None
    """How many there may be; None where there is no limit, or none that can be seen."""
    fault: str | None
    """Why nothing is heard of some roots, as a sentence."""
    pressure: Level
    """How short memory is."""
    checks: Sequence[Mapping[str, str]]
    """What is wrong, each with `check`, `severity` (`warn`, `fatal`), `message`, `fix`."""

    def of(self, root: str) -> RootState:
        """Return how a root is doing."""
        return self.roots.get(root, UNKNOWN)
