"""Carry out one file step so that a crash at any moment leaves the source, or the whole target, never half a file."""

import errno
import os
import stat
from collections.abc import Sequence
from contextlib import suppress

from msgspec.structs import replace

from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.journal import WRITE, Action, Expected, FileStep, Outcome
from shelfd.core.paths import printable
from shelfd.core.rights import Rights
from shelfd.edges import rights
from shelfd.edges.copier import Copier
from shelfd.edges.discarding import Discarding
from shelfd.edges.disk import Disk
from shelfd.edges.disks import disks
from shelfd.edges.forecast import Forecast, Wanted
from shelfd.edges.placing import Placing, outcome, require, require_inode, seen
from shelfd.edges.proving import Proving
from shelfd.edges.writer import Writer

NO_LINKS = (
    "a directory on the way there is a symbolic link, which is never followed where files are changed:"
    " put a directory there, or mount one (mount --bind)"
)
RIGHTS_HINT = "let the daemon's user get at it, and see whether it is made immutable (lsattr)"
DISK_HINT = "look at the kernel's log for disk errors"

NOT_LINKED = (
    "files of others are linked only by those who may write to them (fs.protected_hardlinks), and some file systems"
    ' have no links: let them be writable for the daemon\'s group, or let inbox.mode be "auto", which then copies'
)


class NotHereError(BrokenError):
    """Renaming is impossible between these two places: it takes a copy."""


class NothingToDoError(BrokenError):
    """The directory is there already, not empty, or gone: the step is not needed, and that is no fault."""


class Files:
    """The disk, as the steps see it: seen, performed."""

    def __init__(self, disk: Disk, copier: Copier) -> None:
        """Use `disk` for every change, and `copier` where a file needs a second one."""
        self._disk = disk
        self._copier = copier
        self._proving = Proving(disk, copier)
        self._writer = Writer(disk, self._proving)
        self._discarding = Discarding(disk, self._writer, self._proving)
        self._placing = Placing(disk, copier)

    def seen(self, path: bytes) -> Expected | None:
        """Return what lies at `path`, without following a link; None when nothing does that can be got at.

        BrokenError when the disk or its rights do not let it be seen.
        """
        try:
            return seen(self._disk, path)
        except OSError as error:
            raise _out_of_reach(path, error) from error

    def clear(self, temporary: bytes) -> None:
        """Remove a file that is ours, if it is there; BrokenError when the disk says no."""
        try:
            self._disk.unlink(temporary)
        except OSError as error:
            # beyond a link, nothing is ours
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                raise _out_of_reach(path=temporary, error=error, what="removed") from error

    def same_content(self, one: bytes, other: bytes) -> bool:
        """Say whether two files hold the same bytes; FileNotFoundError, or BrokenError when one cannot be read.

        RefusedError when they are one under one name, seen from two sides.
        """
        try:
            if os.path.samefile(one, other):
                _require_two_names(one, other)
                return True
            return self._copier.digest(one) == self._copier.digest(other)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _out_of_reach(one + b", " + other, error, "compared") from error

    def is_made(self, step: FileStep, source: bytes, target: bytes) -> bool:
        """Say whether what lies at `target` is what a placing makes there; BrokenError when it cannot be read."""
        return self._proving.is_made(step, source, target)

    def kept_busy(self, directories: Sequence[bytes], *, copies: bool) -> frozenset[str]:
        """Return the disks that are busy while files go from one of these directories to another; none when none is copied.

        `copies`: they are copied even where both lie on one file system.
        """
        with suppress(OSError):
            if not copies and len({os.stat(directory).st_dev for directory in directories}) == 1:
                return frozenset()
        return frozenset().union(*(disks(directory) for directory in directories))

    def foresee(self, wanted: Sequence[tuple[FileStep, bytes, bytes]]) -> None:
        """Raise BrokenError when these steps, each with its absolute source and target, cannot all be done here."""
        forecast = Forecast(self._disk, self._copier.reserve())
        try:
            forecast.require([Wanted(*one) for one in wanted])
        except OSError as error:
            is_link = error.errno == errno.ELOOP
            raise BrokenError(
                f"{printable(error.filename or b'')}: {os.strerror(error.errno or 0)}",
                code="link_on_the_way" if is_link else "disk_error",
                hint=NO_LINKS if is_link else "",
            ) from error

    def perform(self, step: FileStep, source: bytes, target: bytes, temporary: bytes) -> Outcome:
        """Do one step; source and target are absolute, and `temporary` lies beside the target.

        It is durable after `sync` of the directories in which it changes names, and a new file's content is now.
        NothingToDoError when a directory is there already or not empty, NotHereError when a rename crosses
        mounts, RefusedError when the world is not as expected, BrokenError when the disk says no.
        """
        acts = {
            Action.MKDIR: lambda: _mkdir(self._disk, step, target),
            Action.RMDIR: lambda: _rmdir(self._disk, source),
            Action.PLACE: lambda: (
                self._writer.write(step, target, temporary)
                if step.mode == WRITE
                else self._placing.place(step, source, target, temporary)
            ),
            Action.MOVE: lambda: self._move(step, source, target),
            Action.DISCARD: lambda: self._discarding.discard(step, source, target),
            Action.STAMP: lambda: _stamp(self._disk, target, step.expected.mtime_ns or 0),
        }
        try:
            return acts[step.action]()
        except OSError as error:
            raise _broken(step, source, target, error) from error

    def had(self, path: bytes) -> Rights | None:
        """Return the mode, group and access list of a file or directory; None when they cannot be seen."""
        return rights.had(self._disk, path)

    def settle(self, step: FileStep, target: bytes) -> Rights | None:
        """Give what a step has put under its own name its rights, and return those it had if they differed.

        What is refused is logged: it is no fault. Of a file with other names nothing is changed.
        """
        return _settle(self._disk, step, target)

    def sync(self, directories: Sequence[bytes]) -> None:
        """Make what was done in these directories durable, one after the other; BrokenError when the disk fails."""
        for directory in directories:
            try:
                self._disk.sync(directory)
            except (FileNotFoundError, NotADirectoryError):
                continue  # a later step has removed it, or somebody else has: there is nothing in it to keep
            except OSError as error:
                raise BrokenError(
                    f"{printable(directory)}: it cannot be made durable: {os.strerror(error.errno or 0)}",
                    code="disk_error",
                    hint="look at the kernel's log for disk errors",
                ) from error

    def _move(self, step: FileStep, source: bytes, target: bytes) -> Outcome:
        found = self.seen(source)
        require(step.expected, found, source)
        # what makes room is what that was decided of, and no other file of the same size and time
        if step.trash and found is not None:
            require_inode(step.expected, found, source)
        self._disk.rename(source, target)
        left = outcome(self._disk, target, "rename")
        return replace(left, was=self.settle(step, target))


def _require_two_names(one: bytes, other: bytes) -> None:
    """Raise RefusedError when two paths of one file are one name of it, so that who removes the one removes the other."""
    directories = os.path.dirname(one), os.path.dirname(other)
    if os.stat(one).st_nlink == 1 or os.path.samefile(*directories):
        raise RefusedError(
            f"{printable(one)}: it is {printable(other)} itself, by a link or a mount",
            code="same_place",
            hint="an inbox and a library must not show the same files: see `shelfd check`",
        )


def _out_of_reach(path: bytes, error: OSError, what: str = "looked at") -> BrokenError:
    return BrokenError(
        f"{printable(path)}: it cannot be {what}: {os.strerror(error.errno or 0)}",
        code="disk_error",
        hint=RIGHTS_HINT if error.errno in (errno.EACCES, errno.EPERM) else DISK_HINT,
    )


def _mkdir(disk: Disk, step: FileStep, target: bytes) -> Outcome:
    try:
        disk.mkdir(target, 0o777)
    except FileExistsError as error:
        there = disk.reach.lstat(target).st_mode
        if stat.S_ISLNK(there):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), target) from error
        if not stat.S_ISDIR(there):
            raise
        raise NothingToDoError(f"{printable(target)} is there", code="directory_exists") from error
    _settle(disk, step, target)
    return Outcome(inode=disk.reach.lstat(target).st_ino)


def _rmdir(disk: Disk, source: bytes) -> Outcome:
    try:
        mode = stat.S_IMODE(disk.reach.lstat(source).st_mode)
        was = rights.had(disk, source)
        disk.rmdir(source)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.EBUSY):
            raise
        raise NothingToDoError(f"{printable(source)} is in use", code="directory_in_use") from error
    return Outcome(mode=mode, was=was)


def _settle(disk: Disk, step: FileStep, target: bytes) -> Rights | None:
    given = step.expected.rights
    if given is None and step.expected.mode is not None:
        given = Rights(mode=step.expected.mode, exact=True)  # as steps of older versions say it
    if given is None or step.action not in (Action.MKDIR, Action.MOVE):
        return None
    return rights.settle(disk, target, given)


def _stamp(disk: Disk, target: bytes, mtime_ns: int) -> Outcome:
    try:
        disk.utime(target, mtime_ns)
    except FileNotFoundError as error:
        raise NothingToDoError(f"{printable(target)} is gone", code="directory_gone") from error
    return Outcome()


def _broken(step: FileStep, source: bytes, target: bytes, error: OSError) -> BrokenError:
    what = os.strerror(error.errno or 0)
    if step.action is Action.MOVE and error.errno == errno.EXDEV:
        return NotHereError(f"{printable(source)}: {what}", code="crosses_mounts")
    if error.errno == errno.EEXIST:
        return BrokenError(
            f"{printable(target)}: something is there already",
            code="target_exists",
            hint="move it away, or remove what was dropped",
        )
    hints = {
        errno.ENOSPC: "free space on the file system of the library",
        errno.EDQUOT: "raise the quota of the daemon's user",
        errno.EACCES: "let the daemon's user write there",
        errno.EROFS: "the file system is read-only: look at the kernel's log for disk errors",
        errno.ELOOP: NO_LINKS,
    }
    if step.mode == "hardlink" and error.errno == errno.EPERM:
        hints[errno.EPERM] = NOT_LINKED
    subject = source if step.action is Action.DISCARD else target or source
    return BrokenError(
        f"{printable(subject)}: {step.action} failed: {what}",
        code="no_space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "disk_error",
        hint=hints.get(error.errno or 0, ""),
    )
