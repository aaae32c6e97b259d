"""Fold filesystem events into directories that want a scan, and say which are due."""

from collections import Counter

import msgspec

from shelfd.core.paths import TOP, Place, RelPath, ancestors, join, parent, printable, within

MOST_NAMES = 128
"""Above this, listing the whole directory is cheaper than asking for each name."""
MOST_CHILDREN = 128
"""Dirty directories directly in one; with more, all below that one is looked at."""
MOST_DIRECTORIES = 512
"""Dirty directories of a root; with more, all of it is looked at. This is what bounds the memory."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to let a directory be noisy, in seconds."""

    quiet: float
    """It is due when this long nothing happened in it."""
    longest: float
    """It is due this long after its first event, even when events never stop."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One directory to scan now."""

    place: Place
    """The directory."""
    names: frozenset[bytes] | None
    """The entries of it that changed; None: too many to list, or in doubt, so look at all of it."""
    recursive: bool
    """Events were lost here, or too many directories changed: everything below it is due as well."""


class Dirty:
    """Directories that changed since they were last taken.

    A mutable object because copying costs four times the update itself with 1,000 directories.
    Moments are seconds of a clock that never goes back, and those of the events themselves: while
    the taker is busy, what it will take next becomes due none the later.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._roots: dict[str, _Root] = {}

    def hear(self, place: Place, name: bytes, now: float, *, gone: bool = False) -> None:
        """Note that something called `name` in the directory `place` came or changed, or is `gone`.

        An empty name stands for the directory itself: something in it changed, nobody knows what.
        """
        root = self._roots.setdefault(place.root, _Root())
        root.at(place.path, now).hear(name, gone=gone)
        root.fold_crowds(place.path)

    def doubt(self, place: Place, now: float) -> None:
        """Note that anything at or below the directory `place` may have changed."""
        root = self._roots.setdefault(place.root, _Root())
        noise = root.at(place.path, now)
        noise.came = noise.went = True
        if not noise.recursive:
            root.fold(place.path)
            root.fold_crowds(place.path)

    def take_due(self, now: float) -> list[Due]:
        """Remove and return what is due: what only lost something last, else what became due first first.

        So what moved is met at its new place before it is missed at the old one.
        """
        due = [
            (noise.order, noise.due(self._patience), Place(name, path))
            for name, root in self._roots.items()
            for path, noise in root.noises.items()
            if noise.due(self._patience) <= now
        ]
        return [self._taken(place) for _order, _moment, place in sorted(due)]

    def next_due(self) -> float | None:
        """Return the moment from which `take_due` returns something; None when nothing waits."""
        noises = (noise for root in self._roots.values() for noise in root.noises.values())
        return min((noise.due(self._patience) for noise in noises), default=None)

    def __len__(self) -> int:
        """Return how many directories wait."""
        return sum(len(root.noises) for root in self._roots.values())

    def __repr__(self) -> str:
        waiting = sorted(
            (noise.due(self._patience), name, path)
            for name, root in self._roots.items()
            for path, noise in root.noises.items()
        )
        return f"<Dirty {', '.join(self._described(*each) for each in waiting) or 'nothing'}>"

    def _described(self, moment: float, root: str, path: RelPath) -> str:
        noise = self._roots[root].noises[path]
        where = printable(join(path, b"**") if noise.recursive else path)
        what = "all" if noise.names is None else f"{len(noise.names)} names"
        return f"{root}:/{where} {what} at {moment:g}"

    def _taken(self, place: Place) -> Due:
        noise = self._roots[place.root].drop(place.path)
        names = None if noise.names is None else frozenset(noise.names)
        return Due(place=place, names=names, recursive=noise.recursive)


class _Noise:
    """The events of one directory that nobody has looked at yet."""

    __slots__ = ("came", "first", "last", "names", "recursive", "went")

    def __init__(self, now: float) -> None:
        self.first = self.last = now
        self.names: set[bytes] | None = set()
        self.recursive = False
        self.came = self.went = False

    def hear(self, name: bytes, *, gone: bool) -> None:
        self.went |= gone
        self.came |= not gone
        if self.names is not None:
            self.names.add(name)
            if len(self.names) > MOST_NAMES:
                self.names = None

    def due(self, patience: Patience) -> float:
        return min(self.last + patience.quiet, self.first + patience.longest)

    @property
    def order(self) -> int:
        """Return where it belongs among what is due together: before what has lost more than it."""
        return self.went * (1 if self.came else 2)


class _Root:
    """The dirty directories of one root; none lies below another that is recursive."""

    def __init__(self) -> None:
        self.noises: dict[RelPath, _Noise] = {}
        self._children: Counter[RelPath] = Counter()

    def at(self, path: RelPath, now: float) -> _Noise:
        """Return the noise of a directory, or of the subtree around it, with one more event in it."""
        noise = self.noises.get(path) or self._around(path)
        if noise is None:
            noise = _Noise(now)
            self._put(path, noise)
        noise.last = now
        return noise

    def fold_crowds(self, path: RelPath) -> None:
        """Make subtrees where there are too many dirty directories, after one came at `path`."""
        if len(self.noises) > MOST_DIRECTORIES:
            self.fold(TOP)
        while path and self._children[parent(path)] > MOST_CHILDREN:
            path = parent(path)
            self.fold(path)

    def fold(self, path: RelPath) -> None:
        """Let one noise stand for all there are at and below `path`, and for everything there."""
        folded = [self.drop(each) for each in list(self.noises) if within(each, path)]
        whole = _Noise(min(noise.first for noise in folded))
        whole.last = max(noise.last for noise in folded)
        whole.came = any(noise.came for noise in folded)
        whole.went = any(noise.went for noise in folded)
        whole.names, whole.recursive = None, True
        self._put(path, whole)

    def drop(self, path: RelPath) -> _Noise:
        """Forget and return the noise of a directory."""
        if path:
            self._children[parent(path)] -= 1
            if not self._children[parent(path)]:
                del self._children[parent(path)]
        return self.noises.pop(path)

    def _put(self, path: RelPath, noise: _Noise) -> None:
        self.noises[path] = noise
        if path:
            self._children[parent(path)] += 1

    def _around(self, path: RelPath) -> _Noise | None:
        for above in (*ancestors(path), TOP):
            noise = self.noises.get(above)
            if noise is not None and noise.recursive:
                return noise
        return None
