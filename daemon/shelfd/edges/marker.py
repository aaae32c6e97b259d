"""The hidden file by which a root is known again, and the other looks that show whether a root is there."""

import errno
import os
import re
import stat
from contextlib import suppress

from shelfd.core import ignored
from shelfd.core.errors import BrokenError
from shelfd.core.paths import printable
from shelfd.edges.disk import Disk

NAME = b".shelfd-root"
UNFINISHED = NAME + b".tmp"
MODE = 0o644
LONGEST = 4096  # bytes; a marker has some 150
MARKER = re.compile(rb"([0-9a-f]{32})\n")
NO_MARKER = frozenset({errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.EACCES, errno.EPERM})
"""By these the kernel says that it is a link, a directory, a socket, or closed to us."""
TEXT = """\
{}
By this file shelfd knows that this directory, and the disk it lies on, is the one that it knows.
Please leave it here: without it an unmounted disk looks like one from which everything was deleted.
"""

_disk = Disk()


def read(root: bytes) -> str | None:
    """Return what the marker of a root says, 32 hexadecimal digits; None without one.

    BrokenError has the code `marker_damaged` when something is there that says nothing, and `disk_error`
    when the disk does not answer.
    """
    path = os.path.join(root, NAME)
    try:
        content = _content(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        code = "marker_damaged" if error.errno in NO_MARKER else "disk_error"
        raise _broken(path, "it cannot be read", error, code) from error
    found = MARKER.match(content)
    if found is None:
        raise BrokenError(
            f"{printable(path)}: this is no marker of shelfd",
            code="marker_damaged",
            hint="move it away: shelfd then writes one",
        )
    return found[1].decode()


def write(root: bytes, marker: str) -> None:
    """Write the marker of a root that has none; BrokenError says why that is not possible.

    It is there whole and durable, or not at all, and nothing that is there is replaced.
    """
    path, unfinished = os.path.join(root, NAME), os.path.join(root, UNFINISHED)
    try:
        with suppress(FileNotFoundError):
            _disk.unlink(unfinished)  # left by a crash
        descriptor = _disk.create(unfinished)
        try:
            _fill(descriptor, TEXT.format(marker).encode())
            _disk.rename(unfinished, path)
        except OSError:
            _disk.unlink(unfinished)
            raise
        finally:
            os.close(descriptor)
        _disk.sync(root)
    except OSError as error:
        raise _broken(path, "it cannot be written", error) from error


def is_directory(path: bytes) -> bool:
    """Say whether a directory is there, be it behind a link; BrokenError when its disk fails to tell."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _broken(path, "its disk does not tell", error) from error


def is_empty(root: bytes) -> bool:
    """Say whether a directory holds nothing that shelfd does not pass over; BrokenError when it cannot be read."""
    try:
        with os.scandir(root) as entries:
            return all(ignored.reason(entry.name) is not None for entry in entries)
    except OSError as error:
        raise _broken(root, "it cannot be read", error) from error


def has(path: bytes, size: int) -> bool:
    """Say whether a file of this size, in bytes, is there."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _content(path: bytes) -> bytes:
    # without waiting, should somebody have put a pipe in its place
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(descriptor, LONGEST)
    finally:
        os.close(descriptor)


def _fill(descriptor: int, content: bytes) -> None:
    _disk.write(descriptor, content)
    try:
        _disk.chmod(descriptor, MODE)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP):
            raise  # else: a file system without modes, on which everybody reads everything
    _disk.sync(descriptor)


def _broken(path: bytes, what: str, error: OSError, code: str = "disk_error") -> BrokenError:
    why = os.strerror(error.errno or 0)
    return BrokenError(f"{printable(path)}: {what}: {why}", code=code)
