"""Fold filesystem events into directories that want a scan, and say which are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace

from shelfd.core.paths import TOP, Place, ancestors, join, printable

MOST_NAMES = 128
"""Above this, listing the whole directory is cheaper than asking for each name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to let a directory be noisy, in seconds."""

    quiet: float
    """It is due when this long nothing happened in it."""
    longest: float
    """It is due this long after its first event, even when events never stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One directory to scan now."""

    place: Place
    """The directory."""
    names: frozenset[bytes] | None
    """The entries of it that changed; None: too many to list, or in doubt, so look at all of it."""
    recursive: bool
    """Events were lost here: everything below it is due as well."""


class Dirty:
    """Directories that changed since they were last taken.

    A mutable object because copying costs four times the update itself with 1,000 directories.
    Moments are seconds of a clock that never goes back.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._noises: dict[Place, _Noise] = {}
        # One entry for each directory, with a moment at or before which it is not due: an event
        # only moves the true moment further away, so `next_due` can put right what it meets.
        self._heap: list[tuple[float, Place]] = []

    def hear(self, place: Place, name: bytes, now: float) -> None:
        """Note that something called `name` in the directory `place` changed."""
        noise = self._noise(place, now)
        if noise.names is not None:
            noise.names.add(name)
            if len(noise.names) > MOST_NAMES:
                noise.names = None

    def doubt(self, place: Place, now: float) -> None:
        """Note that anything at or below the directory `place` may have changed."""
        noise = self._noise(place, now)
        noise.names = None
        noise.recursive = True

    def take_due(self, now: float) -> list[Due]:
        """Remove and return what is due, what became due first first.

        A subtree that is due stands for the due directories below it; those still noisy stay.
        """
        due = []
        while (moment := self.next_due()) is not None and moment <= now:
            _, place = heappop(self._heap)
            noise = self._noises.pop(place)
            names = None if noise.names is None else frozenset(noise.names)
            due.append(Due(place=place, names=names, recursive=noise.recursive))
        return _absorbed(due)

    def next_due(self) -> float | None:
        """Return the moment from which `take_due` returns something; None when nothing waits."""
        while self._heap:
            noted, place = self._heap[0]
            moment = self._noises[place].due(self._patience)
            if moment == noted:
                return moment
            heapreplace(self._heap, (moment, place))
        return None

    def __len__(self) -> int:
        """Return how many directories wait."""
        return len(self._noises)

    def __repr__(self) -> str:
        waiting = sorted(
            (noise.due(self._patience), place) for place, noise in self._noises.items()
        )
        return f"<Dirty {', '.join(self._described(*each) for each in waiting) or 'nothing'}>"

    def _described(self, moment: float, place: Place) -> str:
        noise = self._noises[place]
        where = printable(join(place.path, b"**") if noise.recursive else place.path)
        what = "all" if noise.names is None else f"{len(noise.names)} names"
        return f"{place.root}:/{where} {what} at {moment:g}"

    def _noise(self, place: Place, now: float) -> "_Noise":
        """Return what is known of `place`, with one more event in it."""
        noise = self._noises.get(place)
        if noise is None:
            noise = self._noises[place] = _Noise(now)
            heappush(self._heap, (noise.due(self._patience), place))
        noise.last = now
        return noise


class _Noise:
    """The events of one directory that nobody has looked at yet."""

    __slots__ = ("first", "last", "names", "recursive")

    def __init__(self, now: float) -> None:
        self.first = self.last = now
        self.names: set[bytes] | None = set()
        self.recursive = False

    def due(self, patience: Patience) -> float:
        return min(self.last + patience.quiet, self.first + patience.longest)


def _absorbed(due: Sequence[Due]) -> list[Due]:
    subtrees = {each.place for each in due if each.recursive}
    return [each for each in due if not subtrees or not _below(each.place, subtrees)]


def _below(place: Place, subtrees: set[Place]) -> bool:
    """Say whether one of `subtrees` holds `place`, without being it."""
    above = [*ancestors(place.path), TOP] if place.path else []
    return any(Place(place.root, path) in subtrees for path in above)
