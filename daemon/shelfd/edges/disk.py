"""The system calls that change somebody's files, one method each, so that a test can stop before any of them."""

import ctypes
import errno
import fcntl
import os

FICLONE = 0x40049409  # linux/fs.h: share the extents of another file
RENAME_NOREPLACE = 1  # linux/fs.h
AT_FDCWD = -100
CHUNK = 4 << 20  # bytes; large enough to be fast, small enough to stop within a blink

_libc = ctypes.CDLL(None, use_errno=True)


class Disk:
    """Each method makes one change, or raises OSError and makes none."""

    def mkdir(self, path: bytes, mode: int) -> None:
        """Make a directory; `mode` is subject to the umask."""
        os.mkdir(path, mode)

    def rmdir(self, path: bytes) -> None:
        """Remove an empty directory."""
        os.rmdir(path)

    def unlink(self, path: bytes) -> None:
        """Remove a name of a file."""
        os.unlink(path)

    def link(self, source: bytes, target: bytes) -> None:
        """Give a file a second name; FileExistsError when the name is taken."""
        os.link(source, target, follow_symlinks=False)

    def symlink(self, source: bytes, target: bytes) -> None:
        """Make `target` a symbolic link to `source`."""
        os.symlink(source, target)

    def rename(self, source: bytes, target: bytes) -> None:
        """Rename without ever replacing anything; FileExistsError when the name is taken."""
        if _libc.renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in (errno.EINVAL, errno.ENOSYS):
            raise OSError(number, os.strerror(number), source, None, target)
        _rename_by_link(source, target)

    def create(self, path: bytes) -> int:
        """Make a new file that only this process may read so far, and return its descriptor."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def clone(self, source: int, target: int) -> None:
        """Let `target` share all data of `source`."""
        fcntl.ioctl(target, FICLONE, source)

    def write(self, descriptor: int, data: bytes) -> None:
        """Append all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def chmod(self, descriptor: int, mode: int) -> None:
        """Set permission bits."""
        os.fchmod(descriptor, mode)

    def utime(self, path: int | bytes, mtime_ns: int) -> None:
        """Set the modification time of a file or a directory."""
        os.utime(path, ns=(mtime_ns, mtime_ns))

    def sync(self, what: int | bytes) -> None:
        """Make an open file durable, or the names in a directory."""
        if isinstance(what, int):
            os.fsync(what)
            return
        descriptor = os.open(what, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise  # else: this file system has no such thing for directories
        finally:
            os.close(descriptor)


def _rename_by_link(source: bytes, target: bytes) -> None:
    """Rename where the file system knows no RENAME_NOREPLACE (some FUSE and network ones)."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        if not os.path.samefile(source, target):  # else: the second half of a rename before a crash
            raise
    except OSError:
        # neither links nor NOREPLACE (FAT by FUSE): the moment between look and rename remains
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
        os.rename(source, target)
        return
    os.unlink(source)
