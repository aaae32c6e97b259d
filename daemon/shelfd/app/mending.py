"""Keep every root heard: watch again what was lost, as soon as a mount changes or the time for another try has come."""

import threading
from collections.abc import Mapping

import structlog

from shelfd.app.watching import Watching
from shelfd.core.errors import ShelfdError
from shelfd.core.paths import Place, RelPath
from shelfd.core.roots import Root
from shelfd.edges import mounts
from shelfd.edges.mount_changes import mount_changes
from shelfd.steps.poll import Poll
from shelfd.steps.ports import Base
from shelfd.steps.watch import Watch

log = structlog.get_logger()

Mounted = Mapping[RelPath, str]
"""The file systems of a root and of the mounts below it, by their place in it."""


class Mending:
    """A thread that sleeps until something is to be repaired, and one that sleeps until a mount changes."""

    def __init__(self, base: Base, watching: Watching, watch: Watch, poll: Poll) -> None:
        """Repair what `watching` hears, tell `watch` what may have been missed, and let `poll` ask anew what it has to do."""
        self._base = base
        self._watching = watching
        self._watch = watch
        self._poll = poll
        self._condition = threading.Condition()
        self._woken = self._at_once = False
        self._open = True
        self._mounted = self._look()
        self._changes = mount_changes(self._mounts_changed)

    def start(self) -> None:
        """Begin to listen for mounts."""
        self._changes.start()

    def run(self) -> None:
        """Repair when woken, and when the time for another try has come, until closed."""
        while self._open:
            with self._condition:
                at_once, self._at_once, self._woken = self._at_once, False, False
            self._rest(self._mend(at_once=at_once))

    def wake(self, *, at_once: bool = False) -> None:
        """Have a look: something may be broken; `at_once`, because its cause may be gone."""
        with self._condition:
            self._woken = True
            self._at_once = self._at_once or at_once
            self._condition.notify()

    def close(self) -> None:
        """End both threads."""
        self._changes.close()
        with self._condition:
            self._open = False
            self._condition.notify()

    def _rest(self, until: float | None) -> None:
        """Sleep until woken, or until this Unix time."""
        with self._condition:
            if self._open and not self._woken:
                left = None if until is None else max(until - self._base.clock.wall(), 1.0)
                self._condition.wait(left)

    def _mend(self, *, at_once: bool) -> float | None:
        try:
            return self._watching.heal(self._base.clock.wall(), at_once=at_once)
        except Exception:  # whatever it is, the next try may go well
            log.exception("roots could not be watched again")
            return None
        finally:
            self._poll.wake()

    def _mounts_changed(self) -> None:
        """Doubt each part of a root on which another file system lies now; mounts elsewhere are none of ours."""
        before, self._mounted = self._mounted, self._look()
        for name, now in self._mounted.items():
            then = before.get(name, {})
            for path in sorted({*then, *now}):
                if then.get(path) != now.get(path):
                    absolute = self._base.current.roots.absolute(Place(name, path))
                    self._watch.doubtful(absolute, "something was mounted or unmounted there")
        if before != self._mounted:
            self.wake(at_once=True)

    def _look(self) -> Mapping[str, Mounted]:
        return {root.name: _mounted(root) for root in self._base.current.roots}


def _mounted(root: Root) -> Mounted:
    try:
        below = {RelPath(path): kind for path, kind in mounts.below(root.path).items()}
        return {RelPath(b""): mounts.identity(root.path), **below}
    except (OSError, ShelfdError):
        return {}  # it is not there
