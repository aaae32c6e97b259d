"""The moments at which something is mounted or unmounted.

Inotify does not tell of a disk that is mounted over a watched directory, but whoever polls
/proc/self/mountinfo is woken by each change of it (proc_pid_mountinfo(5)), so nobody has to look every minute.
"""

import os
import select
from collections.abc import Callable

from shelfd.edges.sleeper import Sleeper


def mount_changes(notice: Callable[[], None]) -> Sleeper:
    """Return what calls `notice` after each change from now on, also one before it is started; it must not raise."""
    mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
    return Sleeper("mount-changes", mounts, select.POLLPRI | select.POLLERR, notice)
