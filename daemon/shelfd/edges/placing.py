"""Make a file in the library of one that was dropped: by a link, a clone or a copy, whichever is possible first."""

import errno
import os
import stat

import msgspec

from shelfd.core.errors import RefusedError
from shelfd.core.journal import Expected, FileStep, Outcome
from shelfd.core.paths import printable
from shelfd.edges import rights
from shelfd.edges.copier import Copier
from shelfd.edges.disk import Disk

METHODS = {
    "auto": ("reflink", "hardlink", "copy"),
    "copy": ("copy",),
    "hardlink": ("hardlink",),
    "reflink": ("reflink",),
    "symlink": ("symlink",),
}
"""What is tried, in this order: what a mount or a file system allows is found out by trying, since equal device
numbers say nothing across bind mounts."""

IMPOSSIBLE = frozenset(
    {
        errno.EXDEV,
        errno.EPERM,
        errno.EMLINK,
        errno.EOPNOTSUPP,
        errno.EINVAL,
        errno.ENOTTY,
        errno.ENOSYS,
        errno.EACCES,
    },
)
"""How the kernel says that a link or a clone cannot be made here, so that the next method is to be tried."""


class Placing:
    """Places files; what fails leaves nothing behind."""

    def __init__(self, disk: Disk, copier: Copier) -> None:
        """Use `disk` for every change, and `copier` where a file needs a second one."""
        self._disk = disk
        self._copier = copier

    def place(self, step: FileStep, source: bytes, target: bytes, temporary: bytes) -> Outcome:
        """Make `target` of `source` in the first way that is possible here; OSError, RefusedError, BrokenError."""
        require(step.expected, seen(self._disk, source), source)
        methods = METHODS[step.mode]
        for method in methods:
            try:
                return self._by(method, step, source, target, temporary)
            except OSError as error:
                if method == methods[-1] or error.errno not in IMPOSSIBLE:
                    raise
        raise AssertionError(step.mode)  # methods is never empty

    def _by(
        self, method: str, step: FileStep, source: bytes, target: bytes, temporary: bytes
    ) -> Outcome:
        given = step.expected.rights
        match method:
            case "hardlink":
                self._disk.link(source, target)
                if given is not None:
                    rights.say_shared(target)
            case "symlink":
                self._disk.symlink(source, target)
            case _:
                clone = method == "reflink"
                digest = self._copier.copy(source, target, temporary, clone=clone, given=given)
                return msgspec.structs.replace(outcome(self._disk, target, method), hash=digest)
        return outcome(self._disk, target, method)


def seen(disk: Disk, path: bytes) -> Expected | None:
    """Return what lies at `path`, without following a link; None when nothing does that can be got at."""
    try:
        return _expected(disk.reach.lstat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None  # what lies beyond a link is not what was filed
        raise


def require(expected: Expected, now: Expected | None, path: bytes) -> None:
    """Raise RefusedError unless what lies at `path` now is what the step relies on."""
    if now is None:
        raise RefusedError(
            f"{printable(path)}: it is gone since it was looked at", code="source_gone"
        )
    if (now.size, now.mtime_ns) != (expected.size, expected.mtime_ns):
        raise RefusedError(
            f"{printable(path)}: it has changed since it was looked at", code="source_changed"
        )


def require_inode(expected: Expected, now: Expected, path: bytes) -> None:
    """Raise RefusedError when what lies at `path` is another file than the step relies on, however alike."""
    # a listing has it as a signed number
    apart = (expected.inode or 0) - (now.inode or 0)
    if expected.inode is not None and apart % (1 << 64):
        raise RefusedError(
            f"{printable(path)}: it is another file since it was looked at", code="source_changed"
        )


def outcome(disk: Disk, path: bytes, method: str) -> Outcome:
    """Return what a step has left at `path`."""
    left = _expected(disk.reach.lstat(path))
    return Outcome(method=method, size=left.size, mtime_ns=left.mtime_ns, inode=left.inode)


def _expected(found: os.stat_result) -> Expected:
    return Expected(
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        inode=found.st_ino,
        mode=stat.S_IMODE(found.st_mode),
        link=stat.S_ISLNK(found.st_mode),
    )
