"""Which roots are watched, and what is wrong with those that are not."""

import os
import threading
from collections.abc import Callable
from typing import NamedTuple

import structlog

from shelfd.core.errors import BrokenError
from shelfd.core.paths import printable
from shelfd.core.roots import Root, Roots
from shelfd.edges.inotify import Changed, Heard, Watcher

log = structlog.get_logger()


class RootState(NamedTuple):
    """How a root is doing, as the status tells it."""

    state: str
    """`watching` or `absent`."""
    reason: str
    watches: int


class Watching:
    """Watches every root that is there, and each other one as soon as somebody meets it."""

    def __init__(
        self,
        roots: Callable[[], Roots],
        changed: Callable[..., None],
        doubtful: Callable[[bytes, str], None],
    ) -> None:
        """Tell of changes by absolute path, and of subtrees in which some may have been missed."""
        self._roots = roots
        self._changed = changed
        self._doubtful = doubtful
        self._watcher = Watcher(self._hear)
        self._troubles: dict[str, str] = {}
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Watch all roots of the settings; one that cannot be watched is said, and keeps nobody waiting."""
        for root in self._roots():
            self._watch(root)

    def end(self, roots: Roots) -> None:
        """Watch these roots no longer."""
        for root in roots:
            self._watcher.unwatch(root.path)

    def ensure(self, directory: bytes) -> None:
        """Make sure that a directory which was just read is watched."""
        root = next((root for root in self._roots() if root.path == directory), None)
        if root is not None and self._watcher.watches(root.path) == 0:
            self._watch(root)
        else:
            self._watcher.ensure(directory)

    def state(self, root: Root) -> RootState:
        """Return how a root is doing."""
        watches = self._watcher.watches(root.path)
        if not os.path.isdir(root.path):
            return RootState("absent", "it is not there: is its disk mounted?", watches)
        trouble = self._troubles.get(root.name)
        if trouble is not None or not watches:
            return RootState("absent", trouble or "it is not watched yet", watches)
        deaf = self._watcher.unwatched(root.path)
        reason = f"{deaf} directories in it cannot be watched: only scans see them" if deaf else ""
        return RootState("watching", reason, watches)

    def watches(self) -> int:
        """Return how many directories are watched in all."""
        return sum(self._watcher.watches(root.path) for root in self._roots())

    def fault(self) -> str | None:
        """Return why something is not heard; None when all is."""
        return self._watcher.fault()

    def close(self) -> None:
        """Stop listening."""
        self._watcher.close()

    def _watch(self, root: Root) -> None:
        with self._lock:
            try:
                self._watcher.watch(root.path)
                self._troubles.pop(root.name, None)
            except BrokenError as error:
                self._troubles[root.name] = error.message
                log.warning(
                    "root is not watched", root=root.name, reason=error.message, hint=error.hint
                )

    def _hear(self, heard: Heard) -> None:
        if isinstance(heard, Changed):
            self._changed(heard.path, directory=heard.directory)
        else:
            log.debug("in doubt", path=printable(heard.path), reason=heard.reason)
            self._doubtful(heard.path, heard.reason)
