"""Is what lies at a place what shelfd has put there: asked before it is taken away, and of what a crash has left.

Size and time are no proof: who edits tags may keep both.
"""

import os
from contextlib import suppress

from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.journal import WRITE, FileStep
from shelfd.core.paths import printable
from shelfd.edges.copier import Copier
from shelfd.edges.disk import Disk


class Proving:
    """Compares content."""

    def __init__(self, disk: Disk, copier: Copier) -> None:
        """Get at files by way of `disk`, and read them as `copier` does: until the daemon stops."""
        self._disk = disk
        self._copier = copier

    def require_same(self, path: bytes, origin: bytes) -> None:
        """Raise RefusedError unless a placed file holds what the one that it was made of does; OSError, StoppedError."""
        before = self._disk.reach.lstat(path)
        if not self._same(path, origin):
            raise RefusedError(
                f"{printable(path)}: it stays, since it holds something else than {printable(origin)},"
                " from which it was made",
                code="content_changed",
                hint="keep of the two what you want, and remove the other by hand",
            )
        now = self._disk.reach.lstat(path)
        if (now.st_ino, now.st_ctime_ns) != (before.st_ino, before.st_ctime_ns):
            raise RefusedError(
                f"{printable(path)}: it stays, since it was changed while it was compared",
                code="source_changed",
            )

    def require_link(self, step: FileStep, path: bytes, origin: bytes) -> None:
        """Raise RefusedError unless what lies at `path` is the link to `origin` that was made there; OSError."""
        own = step.expected.inode == self._disk.reach.lstat(path).st_ino
        leads = self._leads_to(path)
        if leads is None or (leads != origin and not own):
            raise RefusedError(
                f"{printable(path)}: it stays, since it is no link to {printable(origin)} any more",
                code="not_a_link",
            )

    def is_made(self, step: FileStep, source: bytes, target: bytes) -> bool:
        """Say whether what lies at `target` is what a placing makes there; BrokenError when it cannot be read."""
        try:
            if step.mode == WRITE:
                return self.holds(target, step.expected.content or b"")
            if step.mode == "symlink":
                return self._leads_to(target) == source
            with suppress(FileNotFoundError, NotADirectoryError):
                return self._same(target, source)
        except OSError as error:
            raise BrokenError(
                f"{printable(target)}: it cannot be read: {os.strerror(error.errno or 0)}",
                code="disk_error",
            ) from error
        # what it was made of is gone, and it is perhaps all that there is
        return True

    def holds(self, path: bytes, content: bytes) -> bool:
        """Say whether a small file holds just this; OSError."""
        opened = self._disk.reach.file(path)
        with open(opened, "rb") as file:
            return file.read(len(content) + 1) == content

    def _same(self, one: bytes, other: bytes) -> bool:
        mine = self._disk.reach.file(one)
        try:
            theirs = self._disk.reach.file(other)
            try:
                return self._copier.are_same(mine, theirs)
            finally:
                os.close(theirs)
        finally:
            os.close(mine)

    def _leads_to(self, path: bytes) -> bytes | None:
        """Return where a symbolic link leads; None when it is none."""
        with self._disk.reach.spot(path) as (directory, name):
            try:
                return os.readlink(name, dir_fd=directory)
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    raise
                return None
