"""Step 1: from events to scans, one per directory that fell quiet, none for what shelfd itself has written."""

import threading
from collections.abc import Callable

import structlog

from shelfd.core import ignored, media
from shelfd.core.dirty import Dirty, Due, Patience
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import Place, RelPath, join, name, parent, top
from shelfd.core.roots import Root
from shelfd.steps.ends import Ends
from shelfd.steps.own import Own
from shelfd.steps.ports import Base, Directories, Files
from shelfd.store import operations

log = structlog.get_logger()


class Watch:
    """Collects what was heard, and a thread that sleeps until the next directory is due."""

    def __init__(
        self, base: Base, disk: Directories, files: Files, warm: Callable[[], None]
    ) -> None:
        """`warm` is told as soon as something is heard, so that readers stand ready when it is due."""
        self._base = base
        self._disk = disk
        self._own = Own(base, Ends(base, files))
        self._warm = warm
        self._wake = threading.Condition()
        self._open = True
        self.renew()

    def renew(self) -> None:
        """Begin anew with the settings in force; what was heard is forgotten, so everything is to be looked at."""
        watch = self._base.current.settings.watch
        with self._wake:
            self._dirty = Dirty(Patience(quiet=watch.debounce_s, longest=watch.debounce_cap_s))

    def changed(self, path: bytes, *, directory: bool) -> None:
        """Take note that a file or directory at this absolute path came, changed or went."""
        place = self._base.current.roots.locate(path)
        if place is None or not self._matters(place, directory=directory):
            return
        if not place.path:
            self.doubtful(path, "the root itself changed")
            return
        now = self._base.clock.monotonic()
        with self._wake:
            idle = self._dirty.next_due() is None
            self._dirty.hear(Place(place.root, parent(place.path)), name(place.path), now)
            if idle:  # else the thread wakes early enough: what is heard later is due later
                self._wake.notify()
        if idle:
            self._warm()

    def _matters(self, place: Place, *, directory: bool) -> bool:
        patterns = self._base.current.settings.watch.ignore
        if any(ignored.reason(part, patterns) for part in place.path.split(b"/") if part):
            return False
        root = self._base.current.roots.get(place.root)
        # players write pictures and NFO files into libraries all the time
        return directory or media.is_media(place.path) or root is None or root.role == "inbox"

    def doubtful(self, path: bytes, reason: str) -> None:
        """Take note that events at or below this absolute path may have been lost."""
        place = self._base.current.roots.locate(path)
        if place is None:
            return
        log.warning("changes may have been missed: it is scanned", path=path, reason=reason)
        now = self._base.clock.monotonic()
        with self._wake:
            self._dirty.doubt(place, now)
            self._wake.notify()

    def run(self) -> None:
        """Hand over what is due, until closed."""
        while (due := self._next()) is not None:
            for one in due:
                try:
                    self._hand_over(one)
                except Exception:  # whatever it is, the other directories must not go unheard
                    log.exception("a change could not be handed over", root=one.place.root)
                    with self._wake:
                        self._dirty.doubt(one.place, self._base.clock.monotonic())

    def close(self) -> None:
        """Let `run` return."""
        with self._wake:
            self._open = False
            self._wake.notify()

    def _next(self) -> list[Due] | None:
        with self._wake:
            while self._open:
                now = self._base.clock.monotonic()
                if due := self._dirty.take_due(now):
                    return due
                moment = self._dirty.next_due()
                self._wake.wait(None if moment is None else moment - now)
        return None

    def _hand_over(self, due: Due) -> None:
        root = self._base.current.roots.get(due.place.root)
        if root is None:
            return
        wishes = self._looks(root, due) if root.role == "inbox" else self._scans(due)
        if wishes:
            now = self._base.clock.wall()
            with self._base.db.transaction() as tx:
                for wish in wishes:
                    operations.enqueue(tx, wish, now)

    def _looks(self, root: Root, due: Due) -> list[Wish]:
        """Return a look at each drop that changed: the entry of the inbox, however deep the change."""
        if due.place.path:
            entries = [top(due.place.path)]
        elif due.names is None:
            entries = [RelPath(b"")]
        else:
            entries = [RelPath(entry) for entry in sorted(due.names)]
        places = [Place(root.name, entry) for entry in entries]
        if due.names is not None:
            changed = [Place(root.name, join(due.place.path, entry)) for entry in due.names]
            if all(self._own.left(place) for place in changed):
                return []
        return [
            self._wish(Step.LOOK, place)
            for place in places
            if due.place.path or not self._own.left(place)
        ]

    def _scans(self, due: Due) -> list[Wish]:
        """Return a scan of the directory, and one of all below each directory that came, in whole, into it."""
        if due.recursive or due.names is None:
            return [self._wish(Step.SCAN, due.place, recursive=True)]
        changed = [
            Place(due.place.root, join(due.place.path, entry)) for entry in sorted(due.names)
        ]
        foreign = [place for place in changed if not self._own.left(place)]
        if not foreign:
            return []
        # what a directory brought along was not told one by one, and its name may be known from another
        absolute = self._base.current.roots.absolute
        came = [place for place in foreign if self._disk.inode(absolute(place)) is not None]
        return [
            self._wish(Step.SCAN, due.place),
            *(self._wish(Step.SCAN, place, recursive=True) for place in came),
        ]

    def _wish(self, step: Step, place: Place, *, recursive: bool = False) -> Wish:
        return Wish(
            kind=Kind.SCAN,
            step=step,
            place=place,
            display=self._base.current.roots.display(place),
            asker=Asker.WATCH,
            options={"recursive": True} if recursive else {},
        )
