"""The inotify watches of one tree, kept right on watchdog's reader while the tree changes.

Of watchdog only the reading thread is used. The layer above it waits half a second for the other
half of a rename, goes on hearing what left the tree, dies of a reused name, and answers an overflow
by making the next one. Here a rename is two events that need no pairing, because of three rules:

- what has a name gets watches when an event says so; what left one loses them before the next event
  is understood, unless that event says where it went, or the name leads there again by then;
- a directory is watched before it is listed, so nothing that appears in it falls in between;
- a watch is added and its path noted under one lock, so every later event finds the path that it
  was queued for, and a path that was resolved too early is put right by the event still to come.
"""

import ctypes
import errno
import logging
import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from threading import Lock

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyEvent,
    InotifyFD,
    Mask,
    Watch,
    WatchCallback,
    WatchDescriptor,
    inotify_add_watch,
)
from watchdog.observers.inotify_c import InotifyConstants as Bit

log = logging.getLogger(__name__)
# Each overflow is told as a Doubt; in a storm watchdog would log some of them every second as well.
logging.getLogger("watchdog").setLevel(logging.ERROR)

HEARD = Mask(
    Bit.IN_CREATE
    | Bit.IN_CLOSE_WRITE
    | Bit.IN_MOVE
    | Bit.IN_DELETE
    | Bit.IN_MOVE_SELF
    | Bit.IN_ONLYDIR
    | Bit.IN_EXCL_UNLINK,
)
"""One mask for all, for adding a watch where there is one replaces its mask. Never "opened" or
"closed without writing": our own scans would then fill the queue until it overflows."""

GONE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.EBADF))
"""There is no such directory any more, or (EBADF) nobody to listen to it."""

LOST = "events were lost (the kernel's queue overflowed, or an error was logged)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Something appeared, was written and closed, moved (then both its paths are told) or vanished."""

    path: bytes
    """Absolute, and below the root as it was given to `watch`."""
    directory: bool
    """It is (was) itself a directory. One that appeared or moved comes as a whole: what was in it
    by then is not told one by one, so look at everything below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Events at and below a directory may have been lost, so look at everything there."""

    path: bytes
    """Absolute, and the root or below it."""
    reason: str
    """Half a sentence: `the root was moved`."""


Heard = Changed | Doubt


class Tree(WatchCallback):
    """One root with every directory below it; links to directories are not followed."""

    def __init__(self, root: bytes, reader: "Reader", tell: Callable[[Heard], None]) -> None:
        """Take a `tell` that never raises."""
        self._root = root
        self._reader = reader
        self._tell = tell
        self._inode: tuple[int, int] | None = None
        self._lost = ""
        self._leaver: tuple[int, bytes] | None = None
        self.watches = Watches(reader, self)
        self.refused: set[bytes] = set()
        """Directories that exist but cannot be watched."""

    def plant(self) -> None:
        """Watch the whole tree; OSError when not even the root can be watched."""
        self.watches.add(self._root, HEARD)
        self._grow(self._root)

    def ensure(self, directory: bytes, *, or_forget: bool = False) -> bool:
        """Watch one directory, unless it is watched under this very path; say whether it is now.

        One that is gone keeps its watch, for its last events may still be queued, unless it is to
        be forgotten; then what was below it must be looked after too.
        """
        is_root = directory == self._root
        mask = HEARD if is_root else Mask(HEARD | Bit.IN_DONT_FOLLOW)
        try:
            replaced = self.watches.add(directory, mask, or_forget=or_forget)
        except OSError as error:
            if error.errno in GONE:
                self.refused.discard(directory)
            elif directory not in self.refused:
                self.refused.add(directory)
                if len(self.refused) == 1:
                    self._tell(Doubt(path=self._root, reason=why(error)))
            return False
        self.refused.discard(directory)
        if is_root:
            self._inode = _inode(directory)
        if replaced:
            self.prune([directory])
        return True

    def prune(self, tops: Collection[bytes], existing: Collection[bytes] = ()) -> None:
        """Forget what was at or below `tops` and is neither in `existing` nor, being newer, there now."""
        known = [*self.watches.paths(), *self.refused.copy()]
        # Each after what it is in: once that is heard, an event will tell if this one leaves it.
        for path in sorted(set(_below(tops, known)).difference(existing)):
            self.ensure(path, or_forget=True)

    def fault(self) -> str | None:
        """Return why changes are not heard, as half a sentence; None when they are."""
        if self._lost:
            return self._lost
        if not self._reader.is_alive():
            return "the thread that listens has died"
        if _inode(self._root) != self._inode:
            return "the directory that is watched is no longer the one there"
        return None

    def on_event(self, event: InotifyEvent) -> None:
        """Watch what the event says is new, forget what it says is gone, and tell."""
        if self._leaver and self._leaver[0] != event.cookie:
            self._settle()
        directory = self.watches.path(event.wd)
        if directory is None:
            return
        if event.name:
            self._entry(os.path.join(directory, event.name), event)
        elif event.mask & Bit.IN_UNMOUNT and directory != self._root:
            self._tell(Doubt(path=directory, reason="unmounted"))
        elif event.mask & Bit.IN_MOVE_SELF and directory == self._root:
            self._lose("the root was moved")

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Forget a watch that the kernel ended together with its directory."""
        if self.watches.drop(wd) == self._root:
            self._lose("the root was deleted or unmounted")

    def on_queue_overflow(self) -> None:
        """Tell that events were lost; whoever then walks the tree ensures its watches and prunes them.

        Not watchdog's answer, to make all watches anew: ending each queues one more event, which
        from 16,000 directories on overflows the queue again, for ever.
        """
        self._tell(Doubt(path=self._root, reason=LOST))

    def _entry(self, path: bytes, event: InotifyEvent) -> None:
        if event.is_directory:
            if event.is_moved_from:
                # The kernel says next where it went, or else that it moved. Ending thousands of
                # watches first to make them anew would by itself fill the queue.
                self._leaver = event.cookie, path
            elif event.is_delete:
                self.refused.discard(path)
            else:
                self._grow(path)
                if event.is_moved_to:
                    self._settle(path)
        self._tell(Changed(path=path, directory=event.is_directory))

    def _settle(self, *arrived: bytes) -> None:
        """Find out what is there now under the names that were left and taken."""
        tops = list(arrived)
        if self._leaver:
            tops.append(self._leaver[1])
            self._leaver = None
        self.prune(tops)

    def _grow(self, top: bytes) -> None:
        waiting = [top]
        while waiting:
            directory = waiting.pop()
            if self.ensure(directory):
                waiting += _subdirectories(directory)

    def _lose(self, reason: str) -> None:
        self._lost = reason
        self.watches.end()
        self._tell(Doubt(path=self._root, reason=reason))


class Watches:
    """Which watch of the kernel has which path: one path for each, and one for each path."""

    def __init__(self, reader: "Reader", owner: WatchCallback) -> None:
        self._reader = reader
        self._owner = owner
        self._id = CallbackId(id(owner))
        self._lock = Lock()
        self._paths: dict[WatchDescriptor, bytes] = {}
        self._wds: dict[bytes, WatchDescriptor] = {}
        self._ended = False

    def __len__(self) -> int:
        """Return how many directories are watched."""
        return len(self._paths)

    def path(self, wd: WatchDescriptor) -> bytes | None:
        """Return the path of the directory that this watch is on, as far as events told."""
        return self._paths.get(wd)

    def paths(self) -> list[bytes]:
        """Return every directory that is watched."""
        with self._lock:
            return list(self._wds)

    def add(self, path: bytes, mask: Mask, *, or_forget: bool = False) -> bool:
        """Watch the directory that `path` leads to now, under this path and no other; OSError.

        Say whether the path was another directory's. If it leads nowhere, its watch may be forgotten.
        """
        with self._lock:
            if self._ended:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF), path)
            try:
                wd = self._reader.add_callback(path, mask, self._owner, self._id)
            except OSError as error:
                if or_forget and error.errno in GONE:
                    self._release(path)
                raise
            before = self._paths.get(wd)
            if before == path:
                return False
            replaced = self._release(path)
            if before is not None:
                del self._wds[before]
            self._paths[wd] = path
            self._wds[path] = wd
            return replaced

    def drop(self, wd: WatchDescriptor) -> bytes | None:
        """Forget a watch that the kernel ended; return its path."""
        with self._lock:
            path = self._paths.pop(wd, None)
            if path is not None:
                del self._wds[path]
            return path

    def end(self) -> None:
        """End all watches, for good."""
        with self._lock:
            self._ended = True
            for path in list(self._wds):
                self._release(path)

    def _release(self, path: bytes) -> bool:
        wd = self._wds.pop(path, None)
        if wd is None:
            return False
        del self._paths[wd]
        self._reader.remove_callbacks([(wd, self._id)])
        return True


class Reader(InotifyFD):
    """Watchdog's reading thread; it sleeps in the kernel until something happens."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "inotify"
        os.set_inheritable(self._inotify_fd, False)  # noqa: FBT003  # it takes no keyword

    def add_callback(
        self,
        path: bytes,
        mask: Mask,
        callback: WatchCallback,
        id_: CallbackId,
    ) -> WatchDescriptor:
        """Watch `path`; a second time is as good as once. OSError.

        Watchdog's own takes EACCES for success, and warns of a second time in a text that shows
        all other watches: 17 ms for each directory of a tree of 20,000.
        """
        with self._lock:
            if self._closed:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF), path)
            wd = inotify_add_watch(self._inotify_fd, path, mask)
            if wd == -1:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), path)
            watch = self._watch_for_wd.setdefault(wd, Watch(wd, mask, path))
            watch.callbacks[id_] = callback
            return wd

    def handle_event(self, event: InotifyEvent) -> None:
        """Hand one event to the trees that it concerns."""
        try:
            super().handle_event(event)
        except Exception:  # no other thread reads, so it lives on, and counts the event as lost
            log.exception("inotify: failed on %r", event)
            super().handle_event(InotifyEvent(WatchDescriptor(-1), Bit.IN_Q_OVERFLOW, 0, b""))

    def close(self) -> None:
        """Stop reading; the kernel ends all watches at once with the descriptor they belong to."""
        with self._lock:
            self._watch_for_wd.clear()
        super().close()


def why(error: OSError) -> str:
    """Return why a directory cannot be watched, where the system's own words mislead in ours."""
    if error.errno == errno.ENOSPC:
        return "inotify watches ran out (fs.inotify.max_user_watches)"
    if error.errno == errno.EMFILE:
        return "inotify instances ran out (fs.inotify.max_user_instances)"
    return os.strerror(error.errno or 0)


def _below(tops: Collection[bytes], paths: Iterable[bytes]) -> list[bytes]:
    """Return which of `paths` are one of `tops` or below it; 1.5 ms for 20,000 of them."""
    starts = tuple(os.path.join(top, b"") for top in tops)
    return [path for path in paths if path.startswith(starts) or path in tops]


def _subdirectories(directory: bytes) -> list[bytes]:
    try:
        with os.scandir(directory) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:  # gone again, or broken: then the scan meets it too, and says so
        return []


def _inode(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
