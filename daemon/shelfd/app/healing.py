"""Watch roots, and watch those again of which nothing is heard any more."""

import threading
from collections.abc import Callable

import msgspec
import structlog

from shelfd.core.errors import BrokenError
from shelfd.core.roots import Root, Roots

FIRST_S = 60.0
LONGEST_S = 3600.0

log = structlog.get_logger()


class Trial(msgspec.Struct, frozen=True):
    """The last of several attempts to repair one root; moments are Unix times in seconds."""

    at: float
    wait_s: float
    """How long to wait after it: also if it succeeded, for each costs a scan of the root."""

    def due(self, now: float) -> float:
        """Return when the next attempt may be; at once when the clock went back since the last."""
        return now if now < self.at else self.at + self.wait_s

    def over(self, now: float) -> bool:
        """Say whether it was so long ago that the next fault is a new one."""
        return now >= self.at + 2 * self.wait_s


def attempt(before: Trial | None, now: float) -> Trial:
    """Return an attempt made now: the next waits a minute, then twice as long each time, up to an hour."""
    again = before is not None and not before.over(now)
    wait_s = min(2 * before.wait_s, LONGEST_S) if before is not None and again else FIRST_S
    return Trial(at=now, wait_s=wait_s)


class Healing:
    """Watches roots, and knows when which one was tried."""

    def __init__(
        self,
        watch: Callable[[Root], None],
        deaf: Callable[[Root], bool],
        doubtful: Callable[[bytes, str], None],
    ) -> None:
        """`watch` watches a root, or raises BrokenError; `deaf` says that nothing is heard of it."""
        self._watch = watch
        self._deaf = deaf
        self._doubtful = doubtful
        self._trials: dict[str, Trial] = {}
        self._lock = threading.Lock()

    def watch(self, root: Root) -> bool:
        """Watch a root; say whether that could be done, and log why not."""
        with self._lock:
            try:
                self._watch(root)
            except BrokenError as error:
                reason, hint = error.message, error.hint
                log.warning("root is not watched", root=root.name, reason=reason, hint=hint)
                return False
        return True

    def heal(self, roots: Roots, now: float, *, at_once: bool) -> float | None:
        """Watch deaf roots again, and doubt each one that is heard again; return when to call again."""
        dues = []
        for root in roots:
            if not self._deaf(root):
                continue
            before = None if at_once else self._trials.get(root.name)
            if before is not None and before.due(now) > now:
                dues.append(before.due(now))
                continue
            self._trials[root.name] = trial = attempt(before, now)
            if self.watch(root):
                log.info("root is watched again", root=root.name)
                self._doubtful(root.path, "it is watched again")
            else:
                dues.append(trial.due(now))
        return min(dues, default=None)

    def next(self, root: Root) -> float | None:
        """Return when a root that is not heard may be tried again; None when it has not been yet."""
        trial = self._trials.get(root.name)
        return None if trial is None else trial.at + trial.wait_s

    def forget(self, root: Root) -> None:
        """Let the next attempt for this root be the first."""
        self._trials.pop(root.name, None)
