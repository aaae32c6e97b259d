"""Hear what changes in directory trees."""

import contextlib
import errno
import os
from collections.abc import Callable, Collection
from threading import Lock

from shelfd.core.errors import BrokenError
from shelfd.core.paths import printable
from shelfd.edges.inotify_observer import Changed, Doubt, Heard, Reader, Tree, why

__all__ = ["Changed", "Doubt", "Heard", "Watcher"]

HINTS = {
    errno.ENOSPC: "allow more: sysctl fs.inotify.max_user_watches=1048576",
    errno.EMFILE: "allow more: sysctl fs.inotify.max_user_instances=512",
    errno.ENOENT: "create the directory, or mount the disk that it is on",
    errno.ENOTDIR: "name a directory",
    errno.EACCES: "let the user that shelfd runs as read the directory",
}
CLOSING = 0.8
"""Seconds: a listener that is stuck must not keep the daemon from stopping."""


class Watcher:
    """Listens to any number of roots, with one thread that sleeps while nothing happens.

    Every method can be called from any thread. Roots and directories are absolute and without a
    slash at the end; a root may be a symbolic link, below it none is followed.
    """

    def __init__(self, hear: Callable[[Heard], None]) -> None:
        """Take who wants to know.

        `hear` is called from the reading thread, so events pile up in the kernel while it works.
        That a directory cannot be watched may also be told from within `watch` and `ensure`.
        """
        self._tell = _unfailing(hear)
        self._lock = Lock()
        self._reader: Reader | None = None
        self._trees: dict[bytes, Tree] = {}
        self._refused: dict[bytes, str] = {}

    def watch(self, root: bytes) -> None:
        """Hear everything at and below `root`, or hear it anew; BrokenError when that is impossible.

        A directory below `root` that cannot be watched is no error but counted by `unwatched`; the
        first gives a Doubt.
        """
        with self._lock:
            before = self._trees.pop(root, None)
            self._refused.pop(root, None)
        try:
            self._new_tree(root).plant()
        except OSError as error:
            self.unwatch(root)
            self._refused[root] = reason = f"cannot be watched: {why(error)}"
            message = f"{printable(root)}: {reason}"
            hint = HINTS.get(error.errno or 0, "")
            raise BrokenError(message, code="cannot_watch", hint=hint) from error
        finally:
            if before is not None:
                # Only now: the kernel keeps a watch that both have, but queues an event for each
                # one that ends.
                before.watches.end()

    def unwatch(self, root: bytes) -> None:
        """Hear nothing more of `root`, if it is watched."""
        with self._lock:
            tree = self._trees.pop(root, None)
            self._refused.pop(root, None)
        if tree is not None:
            tree.watches.end()

    def ensure(self, directory: bytes) -> None:
        """Assert the watch of a directory just met: whoever walks a tree repairs what was missed."""
        for root, tree in self._planted():
            if directory == root or directory.startswith(os.path.join(root, b"")):
                tree.ensure(directory)

    def prune(self, root: bytes, existing: Collection[bytes]) -> None:
        """Forget directories of `root` not in `existing`, which are those a walk of all of it met."""
        for each, tree in self._planted():
            if each == root:
                tree.prune([root], existing)

    def watches(self, root: bytes) -> int:
        """Return how many directories of `root` are watched."""
        return sum(len(tree.watches) for each, tree in self._planted() if each == root)

    def unwatched(self, root: bytes) -> int:
        """Return how many directories of `root` cannot be, so that only a scan sees changes in them."""
        return sum(len(tree.refused) for each, tree in self._planted() if each == root)

    def fault(self) -> str | None:
        """Return why a root is not heard, None when all are. The repair is to `watch` it again."""
        with self._lock:
            faults = dict(self._refused)
        for root, tree in self._planted():
            if reason := tree.fault():
                faults[root] = reason
        return "; ".join(f"{printable(root)}: {faults[root]}" for root in sorted(faults)) or None

    def close(self) -> None:
        """Stop listening, within a second."""
        with self._lock:
            self._trees.clear()
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()
            reader.join(CLOSING)

    def _new_tree(self, root: bytes) -> Tree:
        with self._lock:
            if self._reader is None or not self._reader.is_alive():
                self._reader = Reader()
                self._reader.start()
            tree = self._trees[root] = Tree(root, self._reader, self._tell)
        return tree

    def _planted(self) -> list[tuple[bytes, Tree]]:
        with self._lock:
            return list(self._trees.items())


def _unfailing(hear: Callable[[Heard], None]) -> Callable[[Heard], None]:
    """Return `hear` for the thread that reads: what it raises is its own affair."""

    def tell(heard: Heard) -> None:
        with contextlib.suppress(Exception):
            hear(heard)

    return tell
