"""Step 1: from events to scans, one per directory that fell quiet, none for what shelfd itself has written."""

import threading
from collections.abc import Callable, Sequence

import structlog

from shelfd.core import drops, ignore_files, ignored, media
from shelfd.core.dirty import Dirty, Due, Patience
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.operations import Asker, Kind, Step, Wish, priority
from shelfd.core.paths import TOP, Place, RelPath, join, name, parent, top
from shelfd.core.roots import Root
from shelfd.steps.ends import Ends
from shelfd.steps.ignoring import Ignoring
from shelfd.steps.own import Own
from shelfd.steps.ports import Base, Directories, Files
from shelfd.store import operations, signatures

ITSELF = b""
"""The name by which a directory is heard itself, when nobody knows which of its entries changed."""
URGENCY = priority(Kind.SCAN, Asker.WATCH)

TOGETHER_S = 0.005
"""What becomes due within this time of one another is handed over together."""

log = structlog.get_logger()


class Watch:
    """Collects what was heard, and a thread that sleeps until the next directory is due."""

    def __init__(
        self, base: Base, disk: Directories, files: Files, warm: Callable[[], None]
    ) -> None:
        """`warm` is told as soon as something is heard, so that readers stand ready when it is due."""
        self._base = base
        self._wanted = _Wanted(base, disk, files)
        self._warm = warm
        self._wake = threading.Condition()
        self._open = True
        self._said = False  # that nothing can be written
        self.renew()

    def renew(self) -> None:
        """Begin anew with the settings in force; what was heard is forgotten, so everything is to be looked at."""
        watch = self._base.current.settings.watch
        with self._wake:
            self._dirty = Dirty(Patience(quiet=watch.debounce_s, longest=watch.debounce_cap_s))

    def changed(self, path: bytes, *, directory: bool, gone: bool = False) -> None:
        """Take note that a file or directory at this absolute path came or changed, or is `gone`."""
        roots = self._base.current.roots
        place = roots.locate(path)
        root = roots.get(place.root) if place is not None else None
        if place is None or root is None:
            return
        if not place.path:
            self.doubtful(path, "the root itself changed")
            return
        library = root.role == "library"
        above, called = Place(root.name, parent(place.path)), name(place.path)
        patterns = self._base.current.settings.watch.ignore
        if library and called in ignore_files.NAMES:
            if not _passed_over(root, above.path, patterns):
                self._note(above, None)
        # players write pictures and NFO files into libraries all the time
        elif (directory or not library or media.is_media(called)) and not _passed_over(
            root, place.path, patterns, directory=directory
        ):
            self._note(above, called, gone=gone)

    def differs(self, path: bytes) -> None:
        """Take note that something in the directory at this absolute path changed, nobody knows what."""
        place = self._base.current.roots.locate(path)
        if place is not None:
            self._note(place, ITSELF)

    def doubtful(self, path: bytes, reason: str) -> None:
        """Take note that events at or below this absolute path may have been lost."""
        place = self._base.current.roots.locate(path)
        if place is not None:
            log.warning("changes may have been missed: it is scanned", path=path, reason=reason)
            self._note(place, None)

    def run(self) -> None:
        """Hand over what is due, until closed."""
        while (due := self._next()) is not None:
            self._hand_over(due)

    def close(self) -> None:
        """Let `run` return."""
        with self._wake:
            self._open = False
            self._wake.notify()

    def _note(self, place: Place, called: bytes | None, *, gone: bool = False) -> None:
        """Hear of an entry of a directory; None: of anything in it and below."""
        now = self._base.clock.monotonic()
        with self._wake:
            idle = not self._dirty
            if called is None:
                self._dirty.doubt(place, now)
            else:
                self._dirty.hear(place, called, now, gone=gone)
            if idle:  # else the thread wakes early enough: what is heard later is due later
                self._wake.notify()
        if idle:
            self._warm()

    def _next(self) -> list[Due] | None:
        with self._wake:
            while self._open:
                now = self._base.clock.monotonic()
                moment = self._dirty.next_due()
                # what was heard in one go is due in one go, so that what came is seen before what went
                if moment is not None and moment + TOGETHER_S <= now:
                    return self._dirty.take_due(now)
                self._wake.wait(None if moment is None else moment + TOGETHER_S - now)
        return None

    def _hand_over(self, due: Sequence[Due]) -> None:
        """Put what is to be done into the queue, in this order; what fails is due again."""
        wishes: list[Wish] = []
        for one in due:
            try:
                wishes += self._wanted.by(one)
            except Exception:  # whatever it is, the other directories must not go unheard
                log.exception("a change could not be looked at", root=one.place.root)
                self._note(one.place, None)
        try:
            self._enqueue(wishes)
        except Exception as error:  # the disk of the database may be full just now
            if not isinstance(error, BrokenError):
                log.exception("changes could not be handed over")
            elif not self._said:
                log.warning("changes cannot be handed over yet", reason=error.message)
            self._said = True
            for one in due:
                self._note(one.place, None)
        else:
            self._said = False

    def _enqueue(self, wishes: Sequence[Wish]) -> None:
        if not wishes:
            return
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            for wish in wishes:
                scan = wish.step is Step.SCAN
                if not (scan and signatures.covered(tx, wish.place, URGENCY, now)):
                    operations.enqueue(tx, wish, now)


def _passed_over(
    root: Root, path: RelPath, patterns: Sequence[str], *, directory: bool = True
) -> bool:
    """Say whether the names alone make a path none of shelfd's business; no disk is asked."""
    parts = path.split(b"/") if path else []
    if root.role != "library":
        if drops.ready_for(name(path)) is not None:
            parts = parts[:-1]  # hidden, and all the same a message to shelfd
        return any(ignored.reason(part, patterns) for part in parts)
    last = len(parts) - 1
    return any(
        ignored.in_library(part, patterns, directory=directory or number < last)
        for number, part in enumerate(parts)
    )


class _Wanted:
    """Decides which operations a directory that is due wants."""

    def __init__(self, base: Base, disk: Directories, files: Files) -> None:
        self._base = base
        self._disk = disk
        self._own = Own(base, Ends(base, files))

    def by(self, due: Due) -> list[Wish]:
        """Return what is to be done; nothing for shelfd's own writes."""
        root = self._base.current.roots.get(due.place.root)
        if root is None:
            return []
        return self._looks(root, due) if root.role == "inbox" else self._scans(root, due)

    def _looks(self, root: Root, due: Due) -> list[Wish]:
        """Return a look at each drop that changed: the entry of the inbox, however deep the change."""
        names = due.names or frozenset({ITSELF})
        entries = [top(due.place.path)] if due.place.path else sorted(map(RelPath, names))
        if due.names is not None and ITSELF not in due.names:
            changed = [Place(root.name, join(due.place.path, entry)) for entry in due.names]
            if all(self._own.left(place) for place in changed):
                return []
        places = [Place(root.name, entry) for entry in entries]
        return [
            self._wish(Step.LOOK, place)
            for place in places
            if due.place.path or not place.path or not self._own.left(place)
        ]

    def _scans(self, root: Root, due: Due) -> list[Wish]:
        """Return a scan of the directory, and one of all below each directory that came, in whole, into it."""
        ignoring = Ignoring(self._base, self._disk)
        if due.place.path and ignoring.passed_over(root, due.place.path, directory=True):
            return []
        names = None if due.recursive else due.names
        news: list[Place] = []
        if names is not None:
            entries = [join(due.place.path, each) for each in sorted(names) if each != ITSELF]
            taken = [path for path in entries if not ignoring.passed_over(root, path)]
            news = [Place(root.name, path) for path in taken if self._foreign(root, path)]
            if not news and ITSELF not in names:
                return []
        nearest = self._nearest(due.place)
        if nearest != due.place:
            return [self._wish(Step.SCAN, nearest)]  # there it will be missed
        if names is None:
            return [self._wish(Step.SCAN, due.place, recursive=True)]
        # what a directory brought along was not told one by one, and its name may be known from another
        came = [place for place in news if self._disk.inode(self._absolute(place)) is not None]
        return [
            self._wish(Step.SCAN, due.place),
            *(self._wish(Step.SCAN, place, recursive=True) for place in came),
        ]

    def _foreign(self, root: Root, path: RelPath) -> bool:
        """Say whether somebody else had a hand in what lies at a path, or in the media files below it."""
        place = Place(root.name, path)
        if not self._own.left(place):
            return True
        try:
            here = self._disk.listing(self._absolute(place))
        except NotFoundError:  # a file, or gone
            return False
        except BrokenError:
            return True
        patterns = self._base.current.settings.watch.ignore
        whole = [
            each for each in here.directories if not _passed_over(root, RelPath(each), patterns)
        ]
        return any(
            self._foreign(root, join(path, each))
            for each in (*whole, *filter(media.is_media, here.files))
        )

    def _nearest(self, place: Place) -> Place:
        """Return the directory itself while it exists, else the nearest above it that does, at last the root."""
        while place.path != TOP:
            absolute = self._absolute(place)
            # the second one follows a link that leads to a directory
            if any(self._disk.inode(path) is not None for path in (absolute, absolute + b"/.")):
                break
            place = Place(place.root, parent(place.path))
        return place

    def _absolute(self, place: Place) -> bytes:
        return self._base.current.roots.absolute(place)

    def _wish(self, step: Step, place: Place, *, recursive: bool = False) -> Wish:
        return Wish(
            kind=Kind.SCAN,
            step=step,
            place=place,
            display=self._base.current.roots.display(place),
            asker=Asker.WATCH,
            options={"recursive": True} if recursive else {},
        )
