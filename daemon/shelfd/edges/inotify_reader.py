"""Watchdog's reading thread, and nothing else of watchdog.

The layers above it wait half a second for the other half of a rename, go on hearing what left the
tree, die of a reused name, keep 400 bytes for each watch, and answer an overflow by making the next
one. So the thread reads and parses, and what it read goes to one listener, which knows the watches.
"""

import contextlib
import ctypes
import errno
import logging
import os
from threading import Event, Lock
from typing import Protocol

from watchdog.observers.inotify_c import InotifyConstants as Bit
from watchdog.observers.inotify_c import (
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchDescriptor,
    inotify_add_watch,
    inotify_rm_watch,
)

log = logging.getLogger(__name__)

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
HEARD_HERE = Mask(HEARD | Bit.IN_DONT_FOLLOW)


class Listener(Protocol):
    """Who is told what was read, in the reading thread."""

    def on_event(self, event: InotifyEvent) -> None:
        """Take one event of one watch, also the one that says that the kernel has ended the watch."""

    def on_overflow(self) -> None:
        """Take that events were lost."""


class Reader(InotifyFD):
    """Watchdog's reading thread; it sleeps in the kernel until something happens."""

    def __init__(self, listener: Listener) -> None:
        """Take who is told; OSError when the kernel gives no instance of inotify."""
        super().__init__()
        self.name = "inotify"
        self._listener = listener
        self._asking = Lock()
        self._canary = 0  # the number of no watch; an overflow comes with -1
        self._came = Event()
        os.set_inheritable(self._inotify_fd, False)  # noqa: FBT003  # it takes no keyword

    def add(self, path: bytes, *, follow: bool = False) -> int:
        """Watch the directory `path`; a second time is as good as once. Return its number; OSError."""
        return self._add(path, HEARD if follow else HEARD_HERE)

    def remove(self, wd: int) -> None:
        """End a watch, unless the kernel has ended it already."""
        with self._lock:
            if not self._closed:
                inotify_rm_watch(self._inotify_fd, WatchDescriptor(wd))

    def hears(self, file: bytes, within_s: float) -> bool:
        """Touch `file`, which is for this only and made if need be, and say whether that was heard.

        Where it cannot be touched nothing can be proved, and that the thread lives must do.
        """
        with self._asking:
            self._came.clear()
            try:
                os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
                # The file, not its directory: in that a database may be at work all the time.
                self._canary = self._add(file, Mask(Bit.IN_ATTRIB | Bit.IN_DONT_FOLLOW))
                os.utime(file)
            except OSError:
                return self.is_alive()
            return self.is_alive() and self._came.wait(within_s)

    def handle_event(self, event: InotifyEvent) -> None:
        """Hand one event to the listener."""
        if event.wd == self._canary:
            self._came.set()
            return
        try:
            if event.is_queue_overflow:
                self._came.set()  # the touch may be among what was lost, and this is as good a proof
                self._listener.on_overflow()
            else:
                self._listener.on_event(event)
        except Exception:  # no other thread reads, so it lives on, and counts the event as lost
            log.exception("inotify: failed on %r", event)
            with contextlib.suppress(Exception):
                self._listener.on_overflow()

    def _add(self, path: bytes, mask: Mask) -> int:
        with self._lock:
            if self._closed:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF), path)
            wd = inotify_add_watch(self._inotify_fd, path, mask)
            if wd == -1:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), path)
            return wd
