"""Keep the watches of directory trees right while the trees change, and tell what changed.

A rename is two events that need no pairing, because of three rules:

- what has a name gets watches when an event says so; what left one loses them before the next event
  is understood, unless that event says where it went, or the name leads there again by then;
- a directory is watched before it is listed, so nothing that appears in it falls in between;
- a watch is added and its path noted under one lock, so every later event finds the path that it
  was queued for, and a path that was resolved too early is put right by the event still to come.
"""

import os
from collections.abc import Callable, Iterable
from typing import NamedTuple

from watchdog.observers.inotify_c import InotifyConstants as Bit
from watchdog.observers.inotify_c import InotifyEvent

from shelfd.edges import inotify_nodes as nodes
from shelfd.edges.inotify_forest import Forest
from shelfd.edges.inotify_nodes import Root
from shelfd.edges.inotify_reader import Reader
from shelfd.edges.inotify_trees import MOST_NEW, Changed, Doubt, Heard, Trees, inode

LOST = "events were lost (the kernel's queue overflowed, or an error was logged)"


class Leaver(NamedTuple):
    """A directory that left its name, until the next event says whether it has another one."""

    cookie: int
    root: Root
    path: bytes


class Observer:
    """One reading thread, and the roots that it listens to; links to directories are not followed."""

    def __init__(self, tell: Callable[[Heard], None]) -> None:
        """Take a `tell` that never raises; OSError when the kernel gives no instance of inotify."""
        self._tell = tell
        self._leaver: Leaver | None = None
        self._roots: list[Root] = []
        self.reader = Reader(self)
        self.forest = Forest(self.reader)
        self.trees = Trees(self.forest, tell)

    def plant(self, root: Root, known: Iterable[bytes], before: Root | None) -> None:
        """Watch a root, in place of the one `before`; OSError when not even its top can be watched.

        `known` are directories below it, from hot to cold. Only if there is none, all are searched.
        """
        self._roots = [each for each in self._roots if not each.ended and each is not before]
        self._roots.append(root)
        if before is not None:
            self.forest.adopt(root, before)
        self.trees.plant(root, known)

    def fault(self, root: Root) -> str | None:
        """Return why changes in a root are not heard, as half a sentence; None when they are."""
        if root.lost:
            return root.lost
        if not self.reader.is_alive():
            return "the thread that listens has died"
        if inode(root.name) != root.inode:
            return "the directory that is watched is no longer the one there"
        return None

    def on_event(self, event: InotifyEvent) -> None:
        """Watch what the event says is new, forget what it says is gone, and tell."""
        if self._leaver and self._leaver.cookie != event.cookie:
            self._settle()
        node = self.forest.node(event.wd)
        if node is None:
            return
        root, directory = nodes.climb(node)
        if event.name:
            self._entry(root, os.path.join(directory, event.name), event)
        elif event.mask & Bit.IN_UNMOUNT:
            self._unmounted(root, directory, event.wd)
        elif event.is_ignored:
            self.forest.drop(event.wd)
            self._left(root, directory, "deleted", heard_above=node.above.wd != 0)
        elif event.is_move_self and (node is root or not node.above.wd):
            self.trees.prune(root, directory)
            self._left(root, directory, "moved", heard_above=False)

    def on_overflow(self) -> None:
        """Tell that events were lost; whoever then walks a tree ensures its watches and prunes them.

        Not watchdog's answer, to make all watches anew: ending each queues one more event, which
        from 16,000 directories on overflows the queue again, for ever.
        """
        self._leaver = None
        for root in self._roots:
            if not root.ended:
                root.stale = True
                self._tell(Doubt(path=root.name, reason=LOST))

    def lose(self, root: Root, reason: str) -> None:
        """Hear nothing more of a root, and tell that."""
        if not root.ended:
            root.lost = reason
            self.forest.end(root)
            self._tell(Doubt(path=root.name, reason=reason))

    def abandon(self, reason: str) -> None:
        """Hear nothing more at all, for this reason: the thread is given up."""
        self.reader.stop()
        for root in self._roots:
            root.lost, root.ended, root.watched = root.lost or reason, True, 0

    def _entry(self, root: Root, path: bytes, event: InotifyEvent) -> None:
        if event.is_directory:
            if event.is_moved_from:
                # The kernel says next where it went, or else that it moved. Ending thousands of
                # watches first to make them anew would by itself fill the queue.
                self._leaver = Leaver(event.cookie, root, path)
            elif event.is_delete:
                root.refused.discard(path)
            else:
                self._appeared(root, path, moved=event.is_moved_to)
        gone = event.is_delete or event.is_moved_from
        self._tell(Changed(path=path, directory=event.is_directory, gone=gone))

    def _appeared(self, root: Root, path: bytes, *, moved: bool) -> None:
        left = self._leaver.path if moved and self._leaver and self._leaver.root is root else None
        if left is not None and not os.path.lexists(left):  # else it is another one's name by now
            self.forest.graft(root, left, path)
        self.trees.grow(root, path, hot=MOST_NEW)
        if moved:
            self._settle()
            self.trees.prune(root, path)

    def _settle(self) -> None:
        """Find out what is there now under the name that was left."""
        leaver, self._leaver = self._leaver, None
        if leaver:
            self.trees.prune(leaver.root, leaver.path)

    def _unmounted(self, root: Root, directory: bytes, wd: int) -> None:
        self.forest.drop(wd)
        if directory == root.name:
            self.lose(root, "the root was unmounted")
        elif os.path.isdir(
            directory
        ):  # so it is where the disk was, and not in something that was on it
            self._tell(Doubt(path=directory, reason="unmounted"))

    def _left(self, root: Root, directory: bytes, how: str, *, heard_above: bool) -> None:
        """Tell what no event of the directory above tells: of a root, and where that has no watch."""
        if directory == root.name:
            self.lose(root, f"the root was {how}")
        elif not heard_above:
            self._tell(Changed(path=directory, directory=True, gone=True))
