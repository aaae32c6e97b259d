"""Put watches on directory trees, and take them off what is no longer there."""

import errno
import os
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec

from shelfd.edges import inotify_nodes as nodes
from shelfd.edges.inotify_forest import GONE, Forest, Outcome
from shelfd.edges.inotify_nodes import Root

MOST_NEW = 1000
"""So many directories of one that appeared get their watches at the cost of colder ones: each watch
that ends is an event, and many thousands of them would overflow the queue."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """Something appeared, was written and closed, moved (then both its paths are told) or vanished."""

    path: bytes
    """Absolute, and below the root as it was given to `watch`."""
    directory: bool
    """It is (was) itself a directory. One that appeared or moved comes as a whole: what was in it
    by then is not told one by one, so look at everything below."""
    gone: bool = False
    """It left this path, which may have been taken by another one since."""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Events at and below a directory may have been lost, so look at everything there."""

    path: bytes
    """Absolute, and the root or below it."""
    reason: str
    """Half a sentence: `the root was moved`."""


class Cold(msgspec.Struct, frozen=True, kw_only=True):
    """Until now every directory of a root was watched; from now on some are not, for want of room."""

    path: bytes
    """Absolute; the root."""


Heard = Changed | Doubt | Cold


class Trees:
    """The trees of one instance of inotify; links to directories are not followed."""

    def __init__(self, forest: Forest, tell: Callable[[Heard], None]) -> None:
        """Take the watches, and who is told that a directory cannot have one."""
        self._forest = forest
        self._tell = tell

    def plant(self, root: Root, known: Iterable[bytes]) -> None:
        """Watch a tree: these directories, from hot to cold, or all if there is none; OSError.

        What it has watches of already must be looked after first, while there is room for them.
        """
        self._forest.add(root, root.name)
        root.inode = inode(root.name)
        self.prune(root, root.name)
        root.cold = 0
        count = 0
        for directory in known:
            count += 1
            if self.ensure(root, directory) == "cold":
                self.chill(root)
        if count:
            self._forest.turn(count)
        else:
            self.grow(root, root.name, hot=0)

    def ensure(
        self, root: Root, directory: bytes, *, hot: bool = False, forget: bool = False
    ) -> Outcome | None:
        """Watch one directory, unless it is watched under this very path; None when that cannot be.

        One that is gone keeps its watch, for its last events may still be queued, unless it is to
        be forgotten; then what was below it must be looked after too.
        """
        try:
            outcome = self._add(root, directory, hot=hot, forget=forget)
        except OSError as error:
            if error.errno in GONE:
                root.refused.discard(directory)
            elif directory not in root.refused:
                root.refused.add(directory)
                if len(root.refused) == 1:
                    self._tell(Doubt(path=root.name, reason=why(error)))
            return None
        if root.refused:
            root.refused.discard(directory)
        if directory == root.name:
            root.inode = inode(directory)
        if outcome == "other":
            self.prune(root, directory)
        return outcome

    def prune(self, root: Root, top: bytes) -> None:
        """Forget what was at or below `top` and is no longer there."""
        waiting = [top]
        while waiting:
            path = waiting.pop()
            below = nodes.below(root, path)
            # Each after what it is in: once that is heard, an event will tell if this one leaves it.
            if self.watched(root, path):
                self.ensure(root, path, forget=True)
            waiting += below
        start = os.path.join(top, b"")
        for path in [path for path in root.refused if path == top or path.startswith(start)]:
            self.ensure(root, path, forget=True)

    def watched(self, root: Root, path: bytes) -> bool:
        """Say whether the directory of this path has a watch."""
        node = nodes.find(root, path)
        return node is not None and node.wd != 0

    def grow(self, root: Root, top: bytes, *, hot: int) -> None:
        """Watch all at and below `top`; as many as `hot` even if colder ones must give way."""
        waiting = [top]
        while waiting:
            directory = waiting.pop()
            outcome = self.ensure(root, directory, hot=hot > 0)
            hot -= 1
            if outcome == "cold":
                self.chill(root)
            if outcome is not None:
                waiting += _subdirectories(directory)

    def chill(self, root: Root, directories: int = 1) -> None:
        """Count so many more directories of a root that have no watch; of the first ones it is told."""
        first = directories > 0 and not root.cold
        root.cold += directories
        if first:
            self._tell(Cold(path=root.name))

    def _add(self, root: Root, directory: bytes, *, hot: bool, forget: bool) -> Outcome:
        outcome = self._forest.add(root, directory, hot=hot, forget=forget)
        with suppress(IndexError):  # another thread tells it
            while self._forest.chilled:
                self._tell(Cold(path=self._forest.chilled.pop().name))
        return outcome


def why(error: OSError) -> str:
    """Return why a directory cannot be watched, where the system's own words mislead in ours."""
    if error.errno == errno.ENOSPC:
        return "inotify watches ran out (fs.inotify.max_user_watches)"
    if error.errno == errno.EMFILE:
        return "inotify instances ran out (fs.inotify.max_user_instances)"
    return os.strerror(error.errno or 0)


def _subdirectories(directory: bytes) -> list[bytes]:
    try:
        with os.scandir(directory) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:  # gone again, or broken: then the scan meets it too, and says so
        return []


def inode(path: bytes) -> tuple[int, int] | None:
    """Return device and inode of what is there, following links; None when nothing is."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
