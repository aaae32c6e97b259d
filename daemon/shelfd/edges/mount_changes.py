"""The moments at which something is mounted or unmounted.

Inotify does not tell of a disk that is mounted over a watched directory, but whoever polls
/proc/self/mountinfo is woken by each change of it (proc_pid_mountinfo(5)), so nobody has to look every minute.
"""

import os
import select
import threading
from collections.abc import Callable


class MountChanges:
    """A thread that sleeps until a mount changes."""

    def __init__(self, notice: Callable[[], None]) -> None:
        """Call `notice` in that thread after each change; it must not raise."""
        self._notice = notice
        # a change from here on is told, also before the thread runs
        self._mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        self._end = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._wait, name="mount-changes", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        os.eventfd_write(self._end, 1)
        if self._thread.ident is not None:
            self._thread.join()
        os.close(self._end)
        os.close(self._mounts)

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._mounts, select.POLLPRI | select.POLLERR)
        poll.register(self._end, select.POLLIN)
        while self._end not in dict(poll.poll()):
            self._notice()
