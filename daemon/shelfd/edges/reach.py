"""Get at a name below a root without following a symbolic link on the way there, whoever puts one there meanwhile.

A path is walked one directory at a time, each opened in the one before it, and the last name is left to a system call
that takes it relative to its directory. So a directory that is swapped for a link at any moment stops the walk, and
nothing is made, changed or removed outside of the root. openat2(2) does no more than that, and old kernels and strict
sandboxes do not have it.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

STEP = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Spot(NamedTuple):
    """A name in an open directory."""

    directory: int
    name: bytes


class Reach:
    """Opens directories at and below some tops; the tops themselves may be links, since the settings name them."""

    def __init__(self, tops: Callable[[], Iterable[bytes]] | None = None) -> None:
        """Stay below `tops`, absolute paths of which none is inside another; None trusts every path as it is."""
        self._tops = tops

    @contextmanager
    def spot(self, path: bytes) -> Iterator[Spot]:
        """Give the directory that a path is in, with its last name; OSError when there is no safe way there."""
        above, _, name = path.rstrip(b"/").rpartition(b"/")
        directory = self._walked(path, above or b"/")
        try:
            yield Spot(directory, name)
        finally:
            os.close(directory)

    def directory(self, path: bytes) -> int:
        """Open a directory itself, so that it can be synced; the descriptor is the caller's."""
        if self._tops is None or self._top(path) == path.rstrip(b"/"):
            return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with self.spot(path) as (above, name):
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                return os.open(name, flags, dir_fd=above)
            except NotADirectoryError:
                if _is_link(above, name):
                    raise _refused(errno.ELOOP, path) from None
                raise

    def file(self, path: bytes) -> int:
        """Open a file for reading, and return its descriptor; OSError when it is a link."""
        # a pipe that was put there must not keep us waiting
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with self.spot(path) as (directory, name):
            return os.open(name, flags, dir_fd=directory)

    def lstat(self, path: bytes) -> os.stat_result:
        """Return the facts of what lies at a path, which is not followed; those of a top are of what it leads to."""
        if self._tops is not None and self._top(path) == path.rstrip(b"/"):
            return os.stat(path)
        with self.spot(path) as (above, name):
            return os.stat(name, dir_fd=above, follow_symlinks=False)

    def _walked(self, path: bytes, above: bytes) -> int:
        if self._tops is None:
            return os.open(above, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        top = self._top(path)
        if above != top and not above.startswith(top + b"/"):
            raise _refused(errno.ENOENT, path)  # a top itself is nobody's to make or to remove
        here = os.open(top or b"/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in above[len(top) :].split(b"/"):
            if part:
                here = _into(here, part, path)
        return here

    def _top(self, path: bytes) -> bytes:
        for top in self._tops() if self._tops is not None else ():
            bare = top.rstrip(b"/")
            if path.rstrip(b"/") == bare or path.startswith(bare + b"/"):
                return bare
        raise _refused(errno.ENOENT, path)


def _into(here: int, name: bytes, path: bytes) -> int:
    """Return the directory `name` in `here`, which is closed."""
    try:
        if name == b"..":
            raise _refused(errno.ENOENT, path)
        return os.open(name, STEP, dir_fd=here)
    except NotADirectoryError:
        if _is_link(here, name):
            raise _refused(errno.ELOOP, path) from None
        raise
    finally:
        os.close(here)


def _is_link(directory: int, name: bytes) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)
    except OSError:  # gone again
        return False


def _refused(number: int, path: bytes) -> OSError:
    return OSError(number, os.strerror(number), path)
