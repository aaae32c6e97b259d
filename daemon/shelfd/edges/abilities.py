"""What a place of the disk, and the kernel below it, can do for this process: found out by trying.

A trial makes files under a hidden name of this process's own, and removes them whatever happens. Nothing else changes.
"""

import ctypes
import errno
import fcntl
import grp
import os
import pwd
import shlex
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Literal

import msgspec

from shelfd.core.ignored import TEMPORARY
from shelfd.core.paths import printable
from shelfd.edges.disk import Disk

CONTENT = bytes(
    1 << 16
)  # more than what some file systems keep inside the inode, and then cannot share
LISTENS = 0x10000  # linux/net.h, __SO_ACCEPTCON: the flag of a listening socket in /proc/net/unix
FIXES = {
    errno.ENOENT: "mount its disk, or make it: mkdir -p {path}",
    errno.ENOTDIR: "name a directory in the settings",
    errno.EROFS: "mount it read-write; in the sandbox of systemd, ReadWritePaths= must name it or a directory"
    " above it: systemctl edit shelfd",
    errno.ENOSPC: "free space there",
    errno.EDQUOT: "raise the quota of this user, or free space there",
}
"""What to do about a number of errno(3) that is no question of permissions."""

_libc = ctypes.CDLL(None, use_errno=True)


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A system call that failed."""

    call: str
    """`list` when the directory cannot be read, `mkdir` when it cannot be made; else writing in it fails."""
    number: int
    """Of errno(3)."""
    why: str
    """Half a sentence: `create: Permission denied`."""
    fix: str


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """How a file gets from one directory into another."""

    refused: Mapping[str, int]
    """Of `reflink`, `hardlink`, `symlink` and `rename` those that are impossible, with the number of errno(3)."""
    same_device: bool
    same_mount: bool
    own_files_only: bool = False
    """This user may give a second name only to files that it may also write (proc(5), fs/protected_hardlinks)."""

    @property
    def two_mounts(self) -> bool:
        """Say whether both lie in one file system and are reached by two mounts: then nothing is renamed or linked."""
        crossing = errno.EXDEV in (self.refused.get("hardlink"), self.refused.get("rename"))
        return crossing and self.same_device and not self.same_mount


class Count(msgspec.Struct, frozen=True, kw_only=True):
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
                return _refusal(call, directory, error.errno or errno.EIO)
    return None


def refusal_to_make(directory: bytes) -> Refusal | None:
    """Return why a directory that is not there cannot be made, without making it."""
    above = existing(directory)
    if not os.path.isdir(above):
        return _refusal("mkdir", above, errno.ENOTDIR)
    if os.access(above, os.W_OK | os.X_OK, effective_ids=True):
        return None
    read_only = os.statvfs(above).f_flag & os.ST_RDONLY
    return _refusal("mkdir", above, errno.EROFS if read_only else errno.EACCES)


def ways(source: bytes, target: bytes) -> Ways:
    """Return how a file gets from the one directory into the other; OSError when one of them takes none."""
    disk = Disk()
    with _names(source, target) as (original, other):
        descriptor = disk.create(original)
        try:
            disk.write(descriptor, CONTENT)
            disk.sync(descriptor)
            trials: dict[str, Callable[[], None]] = {
                "reflink": lambda: _clone(disk, descriptor, other),
                "hardlink": lambda: disk.link(original, other),
                "symlink": lambda: disk.symlink(original, other),
                # last, since it takes the original away
                "rename": lambda: disk.rename(original, other),
            }
            numbers = {way: _tried(trial, other) for way, trial in trials.items()}
        finally:
            os.close(descriptor)
    return Ways(
        refused={way: number for way, number in numbers.items() if number},
        same_device=os.stat(source).st_dev == os.stat(target).st_dev,
        same_mount=_mount(source) == _mount(target),
        own_files_only=os.geteuid() != 0 and limit("fs/protected_hardlinks") == 1,
    )


def existing(path: bytes) -> bytes:
    """Return the path itself, or the nearest directory above it at which something can be seen."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def user() -> str:
    """Return the name of the user that this process acts as, its number when it has none."""
    return user_of(os.geteuid())


def owner(path: bytes) -> str:
    """Return the name of the user that an existing path belongs to, its number when it has none."""
    return user_of(os.stat(path).st_uid)


def length(path: bytes) -> int:
    """Return the size of a file in bytes, 0 when there is none."""
    try:
        return os.stat(path).st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0


def size(number: float) -> str:
    """Return a number of bytes for people: `79 GiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def free_bytes(path: bytes) -> int:
    """Return how many bytes this process may still write to the file system of an existing path."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


def count_directories(tops: Iterable[bytes], within_s: float) -> Count:
    """Count the directories at and below `tops` without following links, for so many seconds at most."""
    deadline = time.monotonic() + within_s
    waiting = list(tops)
    number = 0
    while waiting and time.monotonic() < deadline:
        number += 1
        waiting += _below(waiting.pop())
    return Count(number=number, complete=not waiting)


def limit(name: str) -> int | None:
    """Return a number of /proc/sys, as `fs/inotify/max_user_watches`; None where a sandbox hides it."""
    try:
        with open(f"/proc/sys/{name}", "rb") as file:
            return int(file.read())
    except FileNotFoundError:
        return None


def inotify_refused() -> int:
    """Return why the kernel lets this user not listen for changes, as a number of errno(3); 0 when it does."""
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
        # for a few microseconds, and shared, so that two checks do not take each other for a daemon
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
    finally:
        os.close(descriptor)
    return None


def socket_at(path: bytes) -> Literal["absent", "other", "listening", "stale"]:
    """Return what lies at the path of a socket, without a connection: systemd would start a daemon for that."""
    if not os.path.lexists(path):
        return "absent"
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        return "other"
    with open("/proc/net/unix", "rb") as file:
        sockets = [line.rstrip(b"\n").split(None, 7) for line in file.readlines()[1:]]
    listening = any(fields[-1] == path and int(fields[3], 16) & LISTENS for fields in sockets)
    return "listening" if listening else "stale"


@contextmanager
def _names(one: bytes, other: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the name of a trial file in each directory; under both there is nothing before and after.

    Before, because in a container a check that was killed had perhaps the same number as this one.
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
    """Yield the calls that filing needs, by their names; each is to be made before the next is asked for."""
    opened: list[int] = []
    yield "list", lambda: os.listdir(directory)
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


def _refusal(call: str, path: bytes, number: int) -> Refusal:
    why = f"{call}: {os.strerror(number)}"
    if number not in (errno.EACCES, errno.EPERM):
        fix = FIXES.get(number, "look at the kernel's log for disk errors: dmesg --level=err,warn")
        quoted = shlex.quote(printable(path))
        return Refusal(call=call, number=number, why=why, fix=fix.format(path=quoted))
    here = existing(path)
    found = os.stat(here)
    whose = f"{printable(here)} belongs to {user_of(found.st_uid)}:{group_of(found.st_gid)}"
    why += f" ({whose}, mode {stat.S_IMODE(found.st_mode):o}; this is user {user()})"
    return Refusal(call=call, number=number, why=why, fix=_let_in(here, found))


def _let_in(path: bytes, found: os.stat_result) -> str:
    """Return the command that lets this user write to a directory, with the least that has to change for it."""
    quoted = shlex.quote(printable(path))
    if found.st_uid == os.geteuid():
        return f"chmod u+rwx {quoted}"
    group_writes = found.st_mode & stat.S_IRWXG == stat.S_IRWXG
    member = found.st_gid in (os.getegid(), *os.getgroups())
    if member and not group_writes:
        return f"chmod g+rwx {quoted}"
    if group_writes and not member and found.st_gid != 0:
        return f"usermod -aG {group_of(found.st_gid)} {user()}, then start shelfd anew"
    return f"chgrp {group_of(os.getegid())} {quoted} && chmod g+rwx {quoted}"


def _clone(disk: Disk, original: int, other: bytes) -> None:
    made = disk.create(other)
    try:
        disk.clone(original, made)
    finally:
        os.close(made)


def _tried(trial: Callable[[], None], made: bytes) -> int:
    """Return how a trial ended, 0 for success, and remove what it made."""
    try:
        trial()
    except OSError as error:
        return error.errno or errno.EIO
    finally:
        _remove(made)
    return 0


def _mount(path: bytes) -> bytes:
    """Return the number of the mount by which a path is reached (proc(5), fdinfo)."""
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
    except OSError:  # gone, or not to be read: then it is not watched either
        return []


def user_of(number: int) -> str:
    """Return the name of a user, its number when it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_of(number: int) -> str:
    """Return the name of a group, its number when it has none."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
