"""Which roots are watched, what is wrong with those that are not, and its repair."""

import os
import time
from collections.abc import Callable, Iterable

import msgspec
import structlog

from shelfd.app import budget
from shelfd.app.healing import Healing
from shelfd.core.condition import RootState
from shelfd.core.paths import printable
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Watch
from shelfd.edges.inotify import Changed, Cold, Heard, Hearing, Watcher

log = structlog.get_logger()


def _nothing(_root: Root) -> None:
    return None


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """What other parts know of roots."""

    known: Callable[[Root], Iterable[bytes]] = lambda _root: ()
    """The absolute paths of the directories below it, from hot to cold; none: they are searched."""
    polled: Callable[[Root], str | None] = _nothing
    """Why it is compared now and then besides being watched: inotify does not see all of it."""
    suspended: Callable[[Root], str | None] = _nothing
    """Why nothing that is missing in it is taken for gone at present."""
    hidden: Callable[[Root], str | None] = _nothing
    """Which mounts in it are out of sight, though it is there itself."""
    settings: Callable[[], Watch] = Watch


NOTHING = Knowledge()


class Watching:
    """Watches every root that is there, and each other one as soon as somebody meets it."""

    def __init__(
        self,
        roots: Callable[[], Roots],
        changed: Callable[..., None],
        doubtful: Callable[[bytes, str], None],
        knowledge: Knowledge = NOTHING,
    ) -> None:
        """Tell of changes by absolute path, and of subtrees in which some may have been missed."""
        self._roots = roots
        self._knowledge = knowledge
        self.chilled: list[Callable[[], None]] = []
        """Called when the first directories of a root are not heard, for want of room; must be quick."""
        self._watcher = Watcher(
            _hear(changed, doubtful, self.chilled),
            lambda: budget.of(knowledge.settings()).watches,
        )
        self._healing = Healing(
            lambda root: self._watcher.watch(
                root.path, knowledge.known(root), keep=root.role == "inbox"
            ),
            self.deaf,
            doubtful,
        )
        self.walked = self._watcher.walked
        """Take that all of a root was walked, each directory with `ensure`, and how many it has."""
        self.is_watched = self._watcher.is_watched
        """Say whether changes in a directory are heard; otherwise it must be compared now and then."""

    def begin(self) -> None:
        """Watch all roots of the settings, inboxes first; one that cannot be watched keeps nobody waiting."""
        for root in sorted(self._roots(), key=lambda root: root.role != "inbox"):
            self._healing.watch(root)

    def end(self, roots: Roots) -> None:
        """Watch these roots no longer."""
        for root in roots:
            self._watcher.unwatch(root.path)
            self._healing.forget(root)

    def ensure(self, directory: bytes, *, hot: bool = False) -> None:
        """Make sure that a directory which was just met is watched; a hot one even in place of another."""
        root = next((root for root in self._roots() if root.path == directory), None)
        if root is not None and self._watcher.hearing(root.path).watched == 0:
            self._healing.watch(root)
        else:
            self._watcher.ensure(directory, hot=hot)

    def unheard(self, root: Root) -> int:
        """Return in how many directories of a root no change is heard, while the rest is."""
        hearing = self._watcher.hearing(root.path)
        return hearing.cold + hearing.refused

    def deaf(self, root: Root) -> bool:
        """Say whether nothing is heard of a root."""
        return self._watcher.hearing(root.path).fault is not None

    def heal(self, now: float, *, at_once: bool = False) -> float | None:
        """Watch those roots again of which nothing is heard, and have each scanned that is heard again.

        `now` is Unix time in seconds. Return when to call again; None when all roots are heard.
        `at_once`: do not wait, for something was mounted or unmounted.
        """
        return self._healing.heal(self._roots(), now, at_once=at_once)

    def healthy(self, directory: bytes, within_s: float) -> bool:
        """Prove by an event in `directory`, which is in no root, that events are delivered in this time.

        If not, no root is heard any more, until `heal`.
        """
        return self._watcher.hears(directory, within_s)

    def state(self, root: Root) -> RootState:
        """Return how a root is doing."""
        hearing = self._watcher.hearing(root.path)
        state, reason = "watching", ""
        if not os.path.isdir(root.path):
            state, reason = "absent", "it is not there: is its disk mounted?"
        elif suspended := self._knowledge.suspended(root):
            state, reason = "suspended", suspended
        elif hearing.fault is not None:
            state, reason = "polling", _stopped(hearing.fault, self._healing.next(root))
        elif hearing.cold or self._knowledge.polled(root):
            all_of_it = (self._watcher.hearing(each.path) for each in self._roots())
            needed = sum(each.watched + each.cold for each in all_of_it)
            lacking = _lacking(hearing, needed, self._knowledge.settings()) if hearing.cold else ""
            reasons = (self._knowledge.polled(root), lacking)
            state, reason = "polling", "; ".join(each for each in reasons if each)
        elif hearing.refused:
            number = f"{hearing.refused:,} directories in it"
            reason = f"{number} cannot be watched: only scans see changes in them"
        if state in ("watching", "polling") and (hidden := self._knowledge.hidden(root)):
            reason = "; ".join(each for each in (hidden, reason) if each)
        return RootState(state, reason, hearing.watched, hearing.fault)

    def watches(self) -> int:
        """Return how many directories are watched in all."""
        return sum(self._watcher.hearing(root.path).watched for root in self._roots())

    def close(self) -> None:
        """Stop listening."""
        self._watcher.close()


def _lacking(hearing: Hearing, needed: int, settings: Watch) -> str:
    """Say what is not watched for want of room, and how to have all `needed` directories watched."""
    found = budget.of(settings)
    shortage = found.shortage(hearing.watched, hearing.watched + hearing.cold)
    remedy = found.remedy(needed)
    if remedy is None:
        return f"{shortage}: allow some with watch.budget_share"
    return f"{shortage}: allow more with sysctl -w {remedy} ({budget.cost(needed)})"


def _stopped(fault: str, again: float | None) -> str:
    if again is None:
        return f"nothing is heard of it ({fault}); it is tried again soon"
    moment = time.strftime("%H:%M", time.localtime(again))
    return f"watching stopped ({fault}); it is tried again at {moment}"


def _hear(
    changed: Callable[..., None],
    doubtful: Callable[[bytes, str], None],
    chilled: Iterable[Callable[[], None]],
) -> Callable[[Heard], None]:
    def hear(heard: Heard) -> None:
        if isinstance(heard, Changed):
            changed(heard.path, directory=heard.directory, gone=heard.gone)
        elif isinstance(heard, Cold):
            for told in chilled:
                told()
        else:
            log.debug("in doubt", path=printable(heard.path), reason=heard.reason)
            doubtful(heard.path, heard.reason)

    return hear
