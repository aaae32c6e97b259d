"""Say before anything happens why the files of a plan cannot all be placed: no space, no right to write, no such way.

What is tried is tried with files that have no name (O_TMPFILE): nothing is seen of it, and no directory gets another
time. Whether a name can be given across is the one thing that is asked and not tried: the kernel lets that happen
within one mount, and equal device numbers say nothing of it. When a step is carried out, it is tried all the same.
"""

import errno
import os
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from shelfd.core.errors import BrokenError
from shelfd.core.journal import WRITE, Action, FileStep
from shelfd.core.paths import printable
from shelfd.edges import abilities
from shelfd.edges.disk import Disk
from shelfd.edges.placing import METHODS

NO_SUCH_FILES = frozenset(
    {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOSYS, errno.ENOENT}
)
"""How a file system says that it has no files without a name."""


class Wanted(NamedTuple):
    """A file step with where its ends are; what is written has no source."""

    step: FileStep
    source: bytes
    target: bytes


class Way(NamedTuple):
    """What is possible between two directories."""

    one_mount: bool
    """A file can be renamed, and get a second name."""
    shares: bool
    """A file can share the data of another one."""


class Forecast:
    """Looks ahead for one plan."""

    def __init__(self, disk: Disk, reserve: int) -> None:
        """Keep `reserve` bytes free, and get only where `disk` gets."""
        self._disk = disk
        self._reserve = reserve
        self._ways: dict[tuple[bytes, bytes], Way] = {}

    def require(self, wanted: Sequence[Wanted]) -> None:
        """Raise BrokenError when not all of it can be done, with what is in the way and the way out; or OSError."""
        needed: dict[int, int] = defaultdict(int)
        where: dict[int, bytes] = {}
        for one in wanted:
            if one.step.action not in (Action.PLACE, Action.MOVE) or one.step.trash:
                continue
            directory = abilities.existing(os.path.dirname(one.target))
            if one.step.mode == WRITE:
                self._require_writable(directory)
            elif self._copies(one, directory):
                device = self._disk.reach.lstat(directory).st_dev
                needed[device] += one.step.expected.size or 0
                where[device] = directory
        for device, size in needed.items():
            _require_space(where[device], size, self._reserve)

    def _require_writable(self, directory: bytes) -> None:
        opened = self._disk.reach.directory(directory)
        try:
            _require_writable(opened, directory)
        finally:
            os.close(opened)

    def _copies(self, one: Wanted, directory: bytes) -> bool:
        """Say whether a step needs space for its file; BrokenError when it cannot be done at all."""
        methods = ("rename", "copy") if one.step.action is Action.MOVE else METHODS[one.step.mode]
        way = self._way(one, directory, shared="reflink" in methods)
        possible = {
            "rename": way.one_mount,
            "hardlink": way.one_mount,
            "reflink": way.shares,
            "copy": True,
            "symlink": True,
        }
        method = next((method for method in methods if possible[method]), None)
        if method is None:
            raise BrokenError(
                f"{printable(directory)}: no {methods[0]} leads there from {printable(os.path.dirname(one.source))}",
                code="not_possible",
                hint='let inbox.mode be "auto", which takes what is possible; `shelfd check` says what is',
            )
        return method == "copy"

    def _way(self, one: Wanted, directory: bytes, *, shared: bool) -> Way:
        key = os.path.dirname(one.source), directory
        if key not in self._ways:
            self._ways[key] = self._tried(one.source, directory, shared=shared)
        return self._ways[key]

    def _tried(self, source: bytes, directory: bytes, *, shared: bool) -> Way:
        opened = self._disk.reach.directory(directory)
        try:
            _require_writable(opened, directory)
            original = self._disk.reach.file(source)
            try:
                shares = shared and self._shares(original, opened)
                return Way(_mount(opened) == _mount(original), shares)
            finally:
                os.close(original)
        finally:
            os.close(opened)

    def _shares(self, original: int, directory: int) -> bool:
        try:
            unnamed = _unnamed(directory)
        except OSError:
            return False
        try:
            self._disk.clone(original, unnamed)
        except OSError:
            return False
        finally:
            os.close(unnamed)
        return True


def _unnamed(directory: int) -> int:
    return os.open(b".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=directory)


def _require_writable(opened: int, directory: bytes) -> None:
    try:
        os.close(_unnamed(opened))
    except OSError as error:
        number = error.errno or errno.EIO
        if number in NO_SUCH_FILES:
            read_only = os.fstatvfs(opened).f_flag & os.ST_RDONLY
            writable = os.access(b".", os.W_OK | os.X_OK, dir_fd=opened, effective_ids=True)
            number = errno.EROFS if read_only else 0 if writable else errno.EACCES
        if number:
            raise BrokenError(
                f"{printable(directory)}: nothing can be filed there: {os.strerror(number)}",
                code="no_space" if number in (errno.ENOSPC, errno.EDQUOT) else "not_writable",
                hint="`shelfd check` says what would let the daemon write there",
            ) from error


def _mount(descriptor: int) -> bytes:
    """Return the number of the mount by which a file was opened (proc(5), fdinfo)."""
    with suppress(OSError), open(f"/proc/self/fdinfo/{descriptor}", "rb") as file:
        return next(line for line in file if line.startswith(b"mnt_id:"))
    return b"%d" % os.fstat(descriptor).st_dev


def _require_space(directory: bytes, size: int, reserve: int) -> None:
    free = abilities.free_bytes(directory)
    if free < size + reserve:
        raise BrokenError(
            f"{printable(directory)}: {free >> 20} MiB are free, {size >> 20} MiB are needed for all of it"
            f" and {reserve >> 20} MiB must stay free",
            code="no_space",
            hint="free space there, or lower import.min_free_bytes",
        )
