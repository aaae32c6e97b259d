"""What a place of the disk, and the kernel that it is on, can do for this process: found out by trying.

Every trial is a hidden file of this process's own name, which is removed whatever happens. Nothing else is touched.
"""

import ctypes
import errno
import fcntl
import grp
import os
import pwd
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from shelfd.core.ignored import TEMPORARY
from shelfd.edges.disk import Disk

CONTENT = bytes(1 << 16)  # more than what some file systems keep inside the inode, and then cannot share
LISTENS = 0x10000  # linux/net.h, __SO_ACCEPTCON: the flag of a listening socket in /proc/net/unix

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A system call that failed."""

    call: str
    """`list` when the directory cannot be read; otherwise writing fails."""
    number: int
    """Of errno(3)."""

    @property
    def why(self) -> str:
        """Return what happened: `create: Permission denied`."""
        return f"{self.call}: {os.strerror(self.number)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a file gets from one directory into another."""

    refused: Mapping[str, int]
    """Of `reflink`, `hardlink`, `symlink` and `rename` those that are impossible, with the number of errno(3)."""
    same_device: bool
    same_mount: bool

    @property
    def two_mounts(self) -> bool:
        """Say whether one file system is mounted twice, so that the kernel neither links nor renames."""
        crossing = errno.EXDEV in (self.refused.get("hardlink"), self.refused.get("rename"))
        return crossing and self.same_device and not self.same_mount


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Whose a directory is, and who asks; by name where there is one, else by number."""

    owner: str
    group: str
    mode: int
    """Permission bits."""
    user: str
    users_group: str
    member: bool
    """The process is in the directory's group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many directories were counted."""

    number: int
    complete: bool
    """False: there are more."""


def refusal(directory: bytes) -> Refusal | None:
    """Return the first call that fails when the directory is listed and a file in it made, renamed and removed."""
    with _names(directory, directory) as (first, second):
        for call, attempt in _attempts(Disk(), directory, first, second):
            try:
                attempt()
            except OSError as error:
                return Refusal(call=call, number=error.errno or 0)
    return None


def ways(source: bytes, target: bytes) -> Ways:
    """Return how a file gets from the one directory into the other; OSError when one of them takes none."""
    disk = Disk()
    with _names(source, target) as (original, other):
        descriptor = disk.create(original)
        try:
            disk.write(descriptor, CONTENT)
            disk.sync(descriptor)
            trials = {
                "reflink": lambda: _clone(disk, descriptor, other),
                "hardlink": lambda: disk.link(original, other),
                "symlink": lambda: disk.symlink(original, other),
                # last, since it takes the original away
                "rename": lambda: disk.rename(original, other),
            }
            refused = {way: number for way, trial in trials.items() if (number := _errno(trial, other))}
        finally:
            os.close(descriptor)
    return Ways(
        refused=refused,
        same_device=os.stat(source).st_dev == os.stat(target).st_dev,
        same_mount=_mount(source) == _mount(target),
    )


def rights(path: bytes) -> Rights:
    """Return whose an existing file or directory is, and as whom this process asks."""
    found = os.stat(path)
    return Rights(
        owner=_user(found.st_uid),
        group=_group(found.st_gid),
        mode=stat.S_IMODE(found.st_mode),
        user=_user(os.geteuid()),
        users_group=_group(os.getegid()),
        member=found.st_gid in (os.getegid(), *os.getgroups()),
    )


def existing(path: bytes) -> bytes:
    """Return the path itself, or the nearest directory above it at which something lies."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def free_bytes(path: bytes) -> int:
    """Return how many bytes this process may still write to the file system of an existing path."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


def directories(tops: Iterable[bytes], most: int, within_s: float) -> Count:
    """Count the directories at and below `tops` without following links: so many at most, for so long at most."""
    deadline = time.monotonic() + within_s
    waiting = list(tops)
    number = 0
    while waiting and number < most and time.monotonic() < deadline:
        number += 1
        waiting += _below(waiting.pop())
    return Count(number=number, complete=not waiting)


def limit(name: str) -> int | None:
    """Return a number of /proc/sys, `fs/inotify/max_user_watches`; None where a sandbox hides it."""
    try:
        with open(f"/proc/sys/{name}", "rb") as file:
            return int(file.read())
    except FileNotFoundError:
        return None


def inotify_refused() -> int:
    """Return why the kernel lets nobody listen for changes, as a number of errno(3); 0 when it does."""
    descriptor = _libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        return ctypes.get_errno()
    os.close(descriptor)
    return 0


def holder(lock: bytes) -> str | None:
    """Return the process that holds a lock file, `unknown` when it does not say; None when nobody does.

    Where the file may not be read that cannot be told: then None as well.
    """
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # for a few microseconds; a lock that is shared hinders no other check
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
    finally:
        os.close(descriptor)
    return None


def listened(path: bytes) -> bool:
    """Say whether a process listens on the socket at `path`, without a connection that might start one."""
    with open("/proc/net/unix", "rb") as file:
        for line in file.readlines()[1:]:
            fields = line.rstrip(b"\n").split(None, 7)
            if fields[-1] == path and int(fields[3], 16) & LISTENS:
                return True
    return False


@contextmanager
def _names(one: bytes, other: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the name of a trial file in each directory; under both there is nothing before and after.

    Before, because in a container a killed check had perhaps the same number as this one.
    """
    name = TEMPORARY + b"check-%d" % os.getpid()
    paths = os.path.join(one, name), os.path.join(other, name + (b".2" if one == other else b""))
    for path in paths:
        _remove(path)
    try:
        yield paths
    finally:
        for path in paths:
            _remove(path)


def _remove(path: bytes) -> None:
    with suppress(OSError):
        os.unlink(path)


def _attempts(
    disk: Disk, directory: bytes, first: bytes, second: bytes
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the calls that filing needs, by their names, each to be made before the next is asked for."""
    yield "list", lambda: os.listdir(directory)
    opened: list[int] = []
    yield "create", lambda: opened.append(disk.create(first))
    try:
        yield "write", lambda: disk.write(opened[0], CONTENT)
        yield "chmod", lambda: disk.chmod(opened[0], 0o664)
        yield "fsync", lambda: disk.sync(opened[0])
    finally:
        os.close(opened[0])
    yield "rename", lambda: disk.rename(first, second)
    yield "fsync of the directory", lambda: disk.sync(directory)
    yield "unlink", lambda: disk.unlink(second)


def _clone(disk: Disk, original: int, other: bytes) -> None:
    made = disk.create(other)
    try:
        disk.clone(original, made)
    finally:
        os.close(made)


def _errno(trial: Callable[[], None], made: bytes) -> int:
    """Return how a trial ended, 0 for success, and remove what it made."""
    try:
        trial()
    except OSError as error:
        return error.errno or errno.EIO
    finally:
        _remove(made)
    return 0


def _mount(path: bytes) -> bytes:
    """Return the number of the mount that a path is reached by (proc(5), fdinfo)."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", "rb") as file:
            return next(line for line in file if line.startswith(b"mnt_id:"))
    finally:
        os.close(descriptor)


def _below(directory: bytes) -> list[bytes]:
    try:
        with os.scandir(directory) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:  # gone, or not to be read: its own trial says so where it matters
        return []


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
