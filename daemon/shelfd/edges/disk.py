"""The system calls that change somebody's files, one method each, so that a test can stop before any of them."""

import ctypes
import errno
import fcntl
import os

from shelfd.edges.reach import Reach, Spot

FICLONE = 0x40049409  # linux/fs.h: share the extents of another file
RENAME_NOREPLACE = 1  # linux/fs.h
CHUNK = 4 << 20  # bytes; large enough to be fast, small enough to stop within a blink

ACCESS_LIST = "system.posix_acl_access"
SYNC_WAIT_BEFORE, SYNC_WRITE, SYNC_WAIT_AFTER = 1, 2, 4  # linux/fs.h: of sync_file_range(2)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.sync_file_range.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)


class Contents:
    """Changes to a file that is open: each is made, or raises OSError."""

    def clone(self, source: int, target: int) -> None:
        """Let `target` share all data of `source`."""
        fcntl.ioctl(target, FICLONE, source)

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        """Append all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def flush(self, descriptor: int, offset: int, length: int) -> None:
        """Let a part of a file begin to go to the disk, without waiting for that."""
        _libc.sync_file_range(descriptor, offset, length, SYNC_WRITE)  # a mere hint: may fail

    def forget(self, descriptor: int, offset: int, length: int) -> None:
        """Wait until a part of a file is on the disk, and drop it from memory, so that a read asks the disk."""
        waits = SYNC_WAIT_BEFORE | SYNC_WRITE | SYNC_WAIT_AFTER
        if _libc.sync_file_range(descriptor, offset, length, waits):
            os.fdatasync(descriptor)  # a file system or a sandbox without it
        os.posix_fadvise(descriptor, offset, length, os.POSIX_FADV_DONTNEED)

    def chmod(self, descriptor: int, mode: int) -> None:
        """Set permission bits."""
        os.fchmod(descriptor, mode)

    def chown(self, descriptor: int, group: int) -> None:
        """Set the group."""
        os.fchown(descriptor, -1, group)

    def set_access_list(self, descriptor: int, entries: bytes) -> None:
        """Set the access list as the kernel has it; empty: none, so that the mode alone counts."""
        if entries:
            os.setxattr(descriptor, ACCESS_LIST, entries)
            return
        try:
            os.removexattr(descriptor, ACCESS_LIST)
        except OSError as error:
            if error.errno not in (errno.ENODATA, errno.EOPNOTSUPP):
                raise


class Disk(Contents):
    """Each method makes one change, or raises OSError and makes none."""

    def __init__(self, reach: Reach | None = None) -> None:
        """Change only what `reach` gets at; without one, every path is trusted as it is."""
        self.reach = reach or Reach()

    def mkdir(self, path: bytes, mode: int) -> None:
        """Make a directory; `mode` is subject to the umask."""
        with self.reach.spot(path) as (directory, name):
            os.mkdir(name, mode, dir_fd=directory)

    def rmdir(self, path: bytes) -> None:
        """Remove an empty directory."""
        with self.reach.spot(path) as (directory, name):
            os.rmdir(name, dir_fd=directory)

    def unlink(self, path: bytes) -> None:
        """Remove a name of a file."""
        with self.reach.spot(path) as (directory, name):
            os.unlink(name, dir_fd=directory)

    def link(self, source: bytes, target: bytes) -> None:
        """Give a file a second name; FileExistsError when the name is taken."""
        with self.reach.spot(source) as one, self.reach.spot(target) as other:
            _link(one, other)

    def symlink(self, source: bytes, target: bytes) -> None:
        """Make `target` a symbolic link to `source`."""
        with self.reach.spot(target) as (directory, name):
            os.symlink(source, name, dir_fd=directory)

    def rename(self, source: bytes, target: bytes) -> None:
        """Rename without ever replacing anything; FileExistsError when the name is taken."""
        with self.reach.spot(source) as one, self.reach.spot(target) as other:
            if _libc.renameat2(*one, *other, RENAME_NOREPLACE) == 0:
                return
            number = ctypes.get_errno()
            if number not in (errno.EINVAL, errno.ENOSYS):
                raise OSError(number, os.strerror(number), source, None, target)
            _rename_by_link(one, other)

    def create(self, path: bytes) -> int:
        """Make a new file that only this process may read so far, and return its descriptor."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with self.reach.spot(path) as (directory, name):
            return os.open(name, flags, 0o600, dir_fd=directory)

    def utime(self, what: int | bytes, mtime_ns: int) -> None:
        """Set the modification time of an open file, or of a directory."""
        descriptor = what if isinstance(what, int) else self.reach.directory(what)
        try:
            os.utime(descriptor, ns=(mtime_ns, mtime_ns))
        finally:
            if descriptor != what:
                os.close(descriptor)

    def sync(self, what: int | bytes) -> None:
        """Make an open file durable, or the names in a directory."""
        if isinstance(what, int):
            os.fsync(what)
            return
        descriptor = self.reach.directory(what)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise  # else: this file system has no such thing for directories
        finally:
            os.close(descriptor)


def _link(source: Spot, target: Spot) -> None:
    os.link(
        source.name,
        target.name,
        src_dir_fd=source.directory,
        dst_dir_fd=target.directory,
        follow_symlinks=False,
    )


def _rename_by_link(source: Spot, target: Spot) -> None:
    """Rename where the file system knows no RENAME_NOREPLACE (some FUSE and network ones)."""
    try:
        _link(source, target)
    except FileExistsError:
        # else: the second half of a rename before a crash
        if not os.path.samestat(_facts(source), _facts(target)):
            raise
    except OSError:
        # neither links nor NOREPLACE (FAT by FUSE): the moment between look and rename remains
        if _is_there(target):
            what = os.strerror(errno.EEXIST)
            raise FileExistsError(errno.EEXIST, what, target.name) from None
        os.rename(
            source.name, target.name, src_dir_fd=source.directory, dst_dir_fd=target.directory
        )
        return
    os.unlink(source.name, dir_fd=source.directory)


def _is_there(spot: Spot) -> bool:
    try:
        _facts(spot)
    except FileNotFoundError:
        return False
    return True


def _facts(spot: Spot) -> os.stat_result:
    return os.stat(spot.name, dir_fd=spot.directory, follow_symlinks=False)
