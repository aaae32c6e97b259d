"""Hear what changes in directory trees."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable
from threading import Lock
from typing import NamedTuple

from shelfd.core.errors import BrokenError
from shelfd.core.paths import printable
from shelfd.edges.inotify_nodes import Root
from shelfd.edges.inotify_observer import Observer
from shelfd.edges.inotify_trees import Changed, Cold, Doubt, Heard, why

__all__ = ["Changed", "Cold", "Doubt", "Heard", "Hearing", "Watcher"]

HINTS = {
    errno.ENOSPC: "allow more: sysctl fs.inotify.max_user_watches=1048576",
    errno.EMFILE: "allow more: sysctl fs.inotify.max_user_instances=512",
    errno.ENOENT: "create the directory, or mount the disk that it is on",
    errno.ENOTDIR: "name a directory",
    errno.EACCES: "let the user that shelfd runs as read the directory",
}
CLOSING = 0.8
"""Seconds: a listener that is stuck must not keep the daemon from stopping."""
CANARY = b".heard"


class Hearing(NamedTuple):
    """How well a root is heard; the numbers are directories."""

    watched: int
    cold: int
    """They had no room, when all of the root was walked last; or have lost it since to hotter ones. At least one
    since it was met without room."""
    refused: int
    """They cannot be watched, so that only a scan sees changes in them."""
    fault: str | None
    """Why nothing is heard of it, as half a sentence; to be repaired by `watch`."""


class Watcher:
    """Listens to any number of roots, with one thread that sleeps while nothing happens.

    Every method can be called from any thread. Roots and directories are absolute and without a
    slash at the end; a root may be a symbolic link, below it none is followed. No directory is in
    two roots.
    """

    def __init__(self, hear: Callable[[Heard], None], budget: Callable[[], int]) -> None:
        """Take who wants to know, and how many directories may be watched; asked with each `watch`.

        `hear` is called from the reading thread, so events pile up in the kernel while it works.
        That a directory cannot be watched, or has no room, may also be told from within `watch`,
        `ensure` and `walked`.
        """
        self._tell = _unfailing(hear)
        self._budget = budget
        self._lock = Lock()
        self._observer: Observer | None = None
        self._roots: dict[bytes, tuple[Root, Observer]] = {}
        self._refused: dict[bytes, str] = {}

    def watch(self, root: bytes, known: Iterable[bytes] = (), *, keep: bool = False) -> None:
        """Hear everything at and below `root`, or hear it anew; BrokenError when that is impossible.

        `known` are directories below it, from hot to cold: only they are watched, and those that
        are gone are no matter, since a walk that follows calls `ensure`; without any, all that are
        there are searched. Beyond the budget directories are cold, which `hearing` counts; with
        `keep` others become cold for this root, and none of this one. What cannot be watched is no
        error but counted; the first gives a Doubt.
        """
        with self._lock:
            before = self._roots.pop(root, None)
            self._refused.pop(root, None)
        try:
            observer = self._listening()
            new = Root(root, keep=keep)
            with self._lock:
                self._roots[root] = new, observer
            same = before is not None and before[1] is observer and not before[0].ended
            observer.plant(new, known, before[0] if before and same else None)
        except OSError as error:
            self.unwatch(root)
            self._refused[root] = reason = f"cannot be watched: {why(error)}"
            message = f"{printable(root)}: {reason}"
            hint = HINTS.get(error.errno or 0, "")
            raise BrokenError(message, code="cannot_watch", hint=hint) from error

    def unwatch(self, root: bytes) -> None:
        """Hear nothing more of `root`, if it is watched."""
        with self._lock:
            planted = self._roots.pop(root, None)
            self._refused.pop(root, None)
        if planted is not None:
            planted[1].forest.end(planted[0])

    def ensure(self, directory: bytes, *, hot: bool = False) -> None:
        """Assert the watch of a directory just met: whoever walks a tree repairs what was missed.

        When there is no room for another one, a hot directory gets that of the coldest.
        """
        if (planted := self._holding(directory)) is not None:
            root, observer = planted
            outcome = observer.trees.ensure(root, directory, hot=hot)
            if outcome == "new":
                root.cold = max(root.cold - 1, 0)
            elif outcome == "cold" and not root.cold:
                # else it may be one of those that are counted
                observer.trees.chill(root)

    def walked(self, root: bytes, directories: int) -> None:
        """Take that all of a root was walked with `ensure`, and how many directories it has."""
        planted = self._holding(root)
        if planted is None:
            return
        top, observer = planted
        if top.stale:
            top.stale = False
            observer.trees.prune(top, root)
        cold = max(directories - top.watched - len(top.refused), 0)
        observer.trees.chill(top, cold - top.cold)

    def is_watched(self, directory: bytes) -> bool:
        """Say whether changes in a directory are heard; otherwise it must be looked at now and then."""
        planted = self._holding(directory)
        return planted is not None and planted[1].trees.watched(planted[0], directory)

    def hearing(self, root: bytes) -> Hearing:
        """Return how well a root is heard."""
        with self._lock:
            planted, refused = self._roots.get(root), self._refused.get(root)
        if planted is None:
            return Hearing(0, 0, 0, refused or "it is not watched")
        top, observer = planted
        return Hearing(top.watched, top.cold, len(top.refused), observer.fault(top))

    def hears(self, directory: bytes, within_s: float) -> bool:
        """Prove that events are delivered, by one in a directory that is in no root; False: none came.

        Then nothing is heard any more of any root, until each is watched anew. A hidden file is left
        in the directory; where none can be made, it must do that the thread lives.
        """
        try:
            observer = self._listening()
        except OSError:
            return False
        if observer.reader.hears(os.path.join(directory, CANARY), within_s):
            return True
        with self._lock:
            if self._observer is observer:
                self._observer = None
        observer.abandon("events were no longer delivered")
        return False

    def close(self) -> None:
        """Stop listening, within a second."""
        with self._lock:
            self._roots.clear()
            observer, self._observer = self._observer, None
        if observer is not None:
            observer.reader.stop()
            observer.reader.join(CLOSING)

    def _listening(self) -> Observer:
        with self._lock:
            if self._observer is not None and not self._observer.reader.is_alive():
                self._observer.abandon("the thread that listens has died")
                self._observer = None
            if self._observer is None:
                self._observer = Observer(self._tell)
                self._observer.reader.start()
            self._observer.forest.limit = self._budget()
            return self._observer

    def _holding(self, directory: bytes) -> tuple[Root, Observer] | None:
        with self._lock:
            planted = self._roots.values()
            return next((each for each in planted if each[0].holds(directory)), None)


def _unfailing(hear: Callable[[Heard], None]) -> Callable[[Heard], None]:
    """Return `hear` for the thread that reads: what it raises is its own affair."""

    def tell(heard: Heard) -> None:
        with contextlib.suppress(Exception):
            hear(heard)

    return tell
