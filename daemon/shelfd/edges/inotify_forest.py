"""Which watch of the kernel is on which directory, and who gets one when there are too few.

One directory has one watch, and a watch has one directory.
"""

import errno
import logging
import os
from itertools import islice
from threading import Lock
from typing import Literal, Protocol

from shelfd.edges import inotify_nodes as nodes
from shelfd.edges.inotify_nodes import Node, Root

log = logging.getLogger(__name__)

GONE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.EBADF))
"""There is no such directory any more, or (EBADF) nobody to listen to it."""
NEARLY = 0.9
"""From this share of the limit on it is noted which directories are the coldest."""

Outcome = Literal["same", "new", "other", "cold"]
"""What became of a wish for a watch: it was there; it is new; the path was another directory's; or
there is no room, and so there is none."""


class Kernel(Protocol):
    """What gives watches."""

    def add(self, path: bytes, *, follow: bool = False) -> int:
        """Return the number (above 0) of the watch of the directory at `path`; OSError."""

    def remove(self, wd: int) -> None:
        """End a watch, unless it has ended."""


class Forest:
    """All watches of one instance of inotify; every method can be called from any thread."""

    def __init__(self, kernel: Kernel) -> None:
        """Take what gives watches."""
        self.limit = 1 << 31
        """How many watches there may be, unless roots and what is kept need more."""
        self.chilled: list[Root] = []
        """Roots that lacked no watch until they had to give up one; for who tells that, outside of the lock."""
        self._kernel = kernel
        self._lock = Lock()
        self._ranks = Ranks()
        self._said = False

    def node(self, wd: int) -> Node | None:
        """Return the directory of a watch of which an event tells."""
        with self._lock:
            if len(self._ranks) > NEARLY * self.limit:
                self._ranks.warm(wd)
            return self._ranks.get(wd)

    def add(self, root: Root, path: bytes, *, hot: bool = False, forget: bool = False) -> Outcome:
        """Watch the directory that `path` leads to now, under this path and no other; OSError.

        Where there is no room, a hot one gets the place of the coldest. If the path leads nowhere
        its watch stays, for its last events may still be queued; with `forget` it ends.
        """
        keep = root.keep or path == root.name
        with self._lock:
            if root.ended:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF), path)
            node = nodes.find(root, path)
            watched = node is not None and node.wd != 0
            if not (watched or keep or self._ranks.room(self.limit, hot=hot)):
                return "cold"
            try:
                wd = self._ask(path, follow=path == root.name, hot=hot or keep)
            except OSError as error:
                full = error.errno == errno.ENOSPC
                if node is not None and (full or (forget and error.errno in GONE)):
                    self._unwatch(node)
                if not full or path == root.name:
                    raise
                return "cold"
            if node is not None and self._ranks.get(wd) is node:
                if hot:
                    self._ranks.warm(wd)
                return "same"
            return self._take(root, path, node, wd)

    def drop(self, wd: int) -> Node | None:
        """Forget a watch that the kernel ended; return its directory."""
        with self._lock:
            node = self._ranks.get(wd)
            if node is not None:
                self._unwatch(node, ended=True)
            return node

    def graft(self, root: Root, old: bytes, new: bytes) -> None:
        """Give a directory and all below it another path, unless something is known by that one."""
        with self._lock:
            nodes.graft(root, old, new)

    def adopt(self, root: Root, before: Root) -> None:
        """Let a root take over the watches of another one of the same path, which ends."""
        with self._lock:
            before.ended = True
            nodes.adopt(root, before)
            if root.wd:
                self._ranks.put(root.wd, root, keep=True)

    def end(self, root: Root) -> None:
        """End all watches of a root, for good."""
        with self._lock:
            root.ended = True
            waiting: list[Node] = [root]
            while waiting:
                node = waiting.pop()
                waiting += (node.below or {}).values()
                node.below = None
                if node.wd:
                    self._kernel.remove(node.wd)
                    self._ranks.pop(node.wd)
                    node.wd = 0
            root.watched = 0

    def turn(self, count: int) -> None:
        """Take the last `count` watches for given from hot to cold, where that may come to matter."""
        with self._lock:
            if len(self._ranks) > NEARLY * self.limit:
                self._ranks.turn(count)

    def _ask(self, path: bytes, *, follow: bool, hot: bool) -> int:
        try:
            return self._kernel.add(path, follow=follow)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            if not self._said:
                self._said = True
                log.warning("inotify: the kernel gives no more than %d watches", len(self._ranks))
            if not (hot and self._evict()):
                raise
        return self._kernel.add(path, follow=follow)

    def _take(self, root: Root, path: bytes, node: Node | None, wd: int) -> Outcome:
        """Let this watch be that of the directory of this path, which may be known."""
        replaced = node is not None and node.wd != 0
        before = self._ranks.get(wd)
        if node is not None:
            self._unwatch(node)
        if before is not None:
            self._unwatch(before, ended=True)  # it goes on, as the watch of this directory
        node = nodes.make(root, path)
        node.wd = wd
        root.watched += 1
        self._ranks.put(wd, node, keep=root.keep or node is root)
        if len(self._ranks) > self.limit:
            self._evict(node)
        return "other" if replaced else "new"

    def _evict(self, asker: Node | None = None) -> bool:
        """Give up what is coldest, a thousandth at once; say whether there was something to give up."""
        coldest = self._ranks.coldest(max(1, len(self._ranks) // 1000))
        for node in coldest:
            if node is not asker:
                root = nodes.climb(node)[0]
                if not root.cold:
                    self.chilled.append(root)
                root.cold += 1
                self._unwatch(node)
        return bool(coldest)

    def _unwatch(self, node: Node, *, ended: bool = False) -> None:
        """Forget the watch of a directory, if it has one, and end it unless the kernel did."""
        if not node.wd:
            return
        if not ended:
            self._kernel.remove(node.wd)
        nodes.climb(node)[0].watched -= 1
        self._ranks.pop(node.wd)
        node.wd = 0
        nodes.tidy(node)


class Ranks:
    """Directories by watch, from cold to hot, and those that are never given up."""

    def __init__(self) -> None:
        self._kept: dict[int, Node] = {}
        self._usual: dict[int, Node] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._kept) + len(self._usual)

    def get(self, wd: int) -> Node | None:
        """Return the directory of a watch."""
        return self._usual.get(wd) or self._kept.get(wd)

    def put(self, wd: int, node: Node, *, keep: bool) -> None:
        """Note a watch as the hottest, or as one to keep."""
        (self._kept if keep else self._usual)[wd] = node

    def pop(self, wd: int) -> None:
        """Forget a watch."""
        if self._usual.pop(wd, None) is None:
            self._kept.pop(wd, None)

    def warm(self, wd: int) -> None:
        """Let a watch be the hottest."""
        node = self._usual.pop(wd, None)
        if node is not None:
            self._usual[wd] = node

    def room(self, limit: int, *, hot: bool) -> bool:
        """Say whether there is room for one more, be it that of a colder one."""
        return len(self) < limit or (hot and bool(self._usual))

    def coldest(self, count: int) -> list[Node]:
        """Return so many directories that can be given up, the coldest first."""
        return list(islice(self._usual.values(), count))

    def turn(self, count: int) -> None:
        """Reverse the order of the last `count`."""
        known = list(self._usual.items())
        first = max(len(known) - count, 0)
        self._usual = dict([*known[:first], *reversed(known[first:])])
