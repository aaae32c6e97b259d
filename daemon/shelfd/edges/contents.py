"""Read whole files for their hash, from the disk itself, and in nobody's way.

What the system keeps of a file in memory says nothing of the disk, and what it would keep of a file that is read once
would drive out what others need. So the disk is asked directly (O_DIRECT), past that memory. Where a file system
cannot do that, what is in memory of the file is dropped before and after: posix_fadvise(2), DONTNEED.
"""

import errno
import fcntl
import mmap
import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING

import xxhash

from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.paths import printable
from shelfd.edges.directories import facts_of

if TYPE_CHECKING:
    from shelfd.core.listing import Facts

CHUNK = 4 << 20  # bytes; large enough to be fast, small enough to stop within a blink


class Content:
    """What is in one file, as far as it was read; it can be read on later, while the file is the same."""

    def __init__(self, path: bytes) -> None:
        """Begin with nothing read."""
        self._path = path
        self.facts: Facts | None = None
        """Of the file when its reading began, of a link of what it leads to; None before."""
        self.is_whole = False
        """It was read to its end, and not changed meanwhile."""
        self._done = 0
        self._hash = xxhash.xxh3_128()

    @property
    def digest(self) -> bytes:
        """Return the XXH3-128 of what was read."""
        return self._hash.digest()

    def read(self, more: Callable[[int], bool]) -> None:
        """Read to the end, from where the last call has stopped; from the beginning when the file is another by now.

        `more` hears how many bytes came, piece by piece, and says whether to go on. NotFoundError (`gone`);
        BrokenError (`unreadable`).
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            what = f"{printable(self._path)}: it is not there"
            raise NotFoundError(what, code="gone") from error
        except OSError as error:
            raise _unreadable(self._path, error) from error
        try:
            now = facts_of(os.fstat(descriptor))
            if self.facts is None or self.facts[:4] != now[:4]:
                self.facts, self._done, self._hash = now, 0, xxhash.xxh3_128()
            at_end = stat.S_ISREG(now.mode) and self._read_on(descriptor, more)
            self.is_whole = at_end and facts_of(os.fstat(descriptor))[:4] == now[:4]
        except OSError as error:
            raise _unreadable(self._path, error) from error
        finally:
            os.close(descriptor)

    def _read_on(self, descriptor: int, more: Callable[[int], bool]) -> bool:
        """Return whether the end was reached."""
        is_direct = _past_memory(descriptor)
        # at the beginning of a page, as the disk wants it
        with mmap.mmap(-1, CHUNK) as room, memoryview(room) as buffer:
            while True:
                try:
                    size = os.preadv(descriptor, [buffer], self._done)
                except OSError as error:
                    if not is_direct or error.errno != errno.EINVAL:
                        raise
                    is_direct = _through_memory(descriptor)
                    continue
                if not size:
                    return True
                if not is_direct:
                    os.posix_fadvise(descriptor, self._done, size, os.POSIX_FADV_DONTNEED)
                with buffer[:size] as data:
                    self._hash.update(data)
                self._done += size
                if not more(size):
                    return False


def _past_memory(descriptor: int) -> bool:
    """Let reads ask the disk itself; False where that cannot be, and memory is made to forget the file instead."""
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
    except OSError:
        return _through_memory(descriptor)
    return True


def _through_memory(descriptor: int) -> bool:
    """Let reads go the usual way, but not find what is in memory already."""
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~os.O_DIRECT)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
    return False


def _unreadable(path: bytes, error: OSError) -> BrokenError:
    what = os.strerror(error.errno or 0)
    return BrokenError(f"{printable(path)}: it cannot be read: {what}", code="unreadable")
