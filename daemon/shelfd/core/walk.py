"""The walk of a scan: which directories are still to be looked at, and what must be saved to go on after a restart."""

from collections.abc import Collection, Iterable

import msgspec

from shelfd.core.listing import Changes
from shelfd.core.paths import TOP, RelPath, ancestors


class Sweep(msgspec.Struct, kw_only=True):
    """Known directories that are compared with the disk, in the order of their paths, to read only those that differ."""

    root: str
    below: bytes
    """The directory with which it begins."""
    last: bytes | None = None
    """The one that was compared last; None before the first."""
    closed: bytes | None = None
    """The latest directory that could not be read: what is known below it can be read no more than it."""
    files: bool = False
    """Every known file is compared as well, not only the signature of its directory."""


class Counts(msgspec.Struct, kw_only=True):
    """Files that a walk has found so far to be other than their rows said, and those of which it has read the inside."""

    read: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0

    def add(self, changes: Changes, again: int = 0) -> None:
        """Add what one directory has come to; so many changed files look the same, and are but read again."""
        self.read += len(changes.new) + len(changes.changed)
        self.added += len(changes.new)
        self.changed += len(changes.changed) - again

    def put_right(self, moved: int, changed: int) -> None:
        """Put right what was counted as new before it was known to have moved, or as the same before it was read."""
        self.moved += moved
        self.read -= moved
        self.added -= moved
        self.changed += changed


class Walk(msgspec.Struct, kw_only=True):
    """A walk over one or several trees; this value is what a checkpoint stores.

    What is to be read comes first, depth first; then the sweeps go on, which find more that is to be read.
    """

    todo: list[tuple[str, bytes]]
    """Root and directory, the next one last."""
    recursive: bool
    """Everything below a directory that is read is read as well."""
    sweeps: list[Sweep] = []
    """The next one last."""
    expected: int = 0
    """Directories that there are at the least; known before they were looked at."""
    done: int = 0
    """Directories looked at."""
    counts: Counts = msgspec.field(default_factory=Counts)
    missing: int = 0
    unreadable: int = 0
    passed_over: dict[str, int] = {}
    """Known files that are there, but are passed over from now on, by root."""
    absent: dict[str, str] = {}
    """Roots that are not there, or not to be trusted, with what is the matter."""

    @classmethod
    def over(cls, places: Iterable[tuple[str, RelPath]], *, recursive: bool) -> "Walk":
        """Return a walk that reads these directories, in this order."""
        return cls(todo=[(root, bytes(path)) for root, path in places][::-1], recursive=recursive)

    @classmethod
    def sweeping(cls, places: Iterable[tuple[str, RelPath]], *, files: bool) -> "Walk":
        """Return a walk that reads only those directories below these that differ, or with a file in them that does."""
        sweeps = [Sweep(root=root, below=bytes(path), files=files) for root, path in places]
        return cls(todo=[], recursive=False, sweeps=sweeps[::-1])

    @property
    def total(self) -> int:
        """Directories known of so far: looked at and still to be looked at."""
        return max(self.done + len(self.todo), self.expected)

    @property
    def over_now(self) -> bool:
        """Say whether nothing is left to be looked at."""
        return not self.todo and not self.sweeps

    def leave(self, root: str, reason: str) -> None:
        """Go on without a root that is not there; the others must not wait for its disk."""
        self.absent = {**self.absent, root: reason}
        self.todo = [(name, path) for name, path in self.todo if name != root]
        self.sweeps = [sweep for sweep in self.sweeps if sweep.root != root]

    def pass_over(self, root: str, files: int) -> None:
        """Note that so many known files of a root are there, and are passed over from now on."""
        if files:
            self.passed_over = self.passed_over | {root: self.passed_over.get(root, 0) + files}

    def copy(self) -> "Walk":
        """Return this moment of the walk, to be saved once the rows up to here are written."""
        sweeps = [msgspec.structs.replace(sweep) for sweep in self.sweeps]
        counts = msgspec.structs.replace(self.counts)
        return msgspec.structs.replace(self, todo=list(self.todo), sweeps=sweeps, counts=counts)

    def take(self) -> tuple[str, RelPath] | None:
        """Return the next directory to read and count it as done; None when none is known to be."""
        if not self.todo:
            return None
        self.done += 1
        root, path = self.todo.pop()
        return root, RelPath(path)

    def cut_off(self, root: str, paths: Collection[RelPath], *, closed: bool = False) -> None:
        """Let nothing at and below these be taken any more: it is gone, or passed over, or `closed`, so that it cannot be read.

        A walk that is recursive has come upon all that it is to take by reading what is above.
        """
        if paths and not self.recursive:
            tops = frozenset(paths)
            self.todo = [
                (name, at)
                for name, at in self.todo
                if name != root or tops.isdisjoint((RelPath(at), *ancestors(RelPath(at)), TOP))
            ]
        for sweep in self.sweeps if closed else ():
            if sweep.root == root:
                sweep.closed = bytes(next(iter(paths)))

    def put_back(self, root: str, path: RelPath) -> None:
        """Let the directory that was taken last be taken again."""
        self.done -= 1
        self.todo.append((root, bytes(path)))

    def descend(self, root: str, directories: Iterable[RelPath]) -> None:
        """Add directories found in the one that was taken last, so that they come next, in order."""
        self.todo.extend((root, bytes(path)) for path in sorted(directories, reverse=True))

    def swept(self, last: RelPath | None, same: int) -> None:
        """Note that the sweep has come to `last`, None for its end, and that `same` directories need no reading."""
        self.done += same
        if last is None:
            self.sweeps.pop()
        else:
            self.sweeps[-1].last = bytes(last)
