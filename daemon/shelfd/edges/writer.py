"""Write small files whose content stands in the journal, and take them back as long as nobody has changed them."""

import os
from contextlib import suppress

from shelfd.core.errors import BrokenError
from shelfd.core.journal import WRITE, FileStep, Outcome
from shelfd.core.paths import printable
from shelfd.edges import rights
from shelfd.edges.disk import Disk
from shelfd.edges.placing import outcome, seen
from shelfd.edges.proving import Proving


class NotNeededError(BrokenError):
    """Somebody else has seen to it: there is nothing to be written, or to be taken back."""


class Writer:
    """Writes one file at a time; what fails leaves nothing behind."""

    def __init__(self, disk: Disk, proving: Proving) -> None:
        """Use `disk` for every change; `proving` knows again what was written."""
        self._disk = disk
        self._proving = proving

    def write(self, step: FileStep, target: bytes, temporary: bytes) -> Outcome:
        """Write the content of a step under its temporary name, make it durable, and give it its own.

        Its name is durable after a sync of its directory.
        NotNeededError when something has come there meanwhile; OSError when the disk says no.
        """
        made = self._disk.create(temporary)
        try:
            self._disk.write(made, step.expected.content or b"")
            # who may read the directory may read what describes it
            self._disk.chmod(made, self._mode(target) & 0o666)
            rights.give(self._disk, made, step.expected.rights, target)
            self._disk.utime(made, step.expected.mtime_ns or 0)
            self._disk.sync(made)
            self._disk.rename(temporary, target)
        except OSError as error:
            with suppress(OSError):  # what went wrong first is what matters
                self._disk.unlink(temporary)
            if isinstance(error, FileExistsError):
                raise NotNeededError(f"{printable(target)} is there", code="not_needed") from error
            raise
        finally:
            os.close(made)
        return outcome(self._disk, target, WRITE)

    def take_back(self, step: FileStep, path: bytes) -> None:
        """Remove a file that was written, unless it was changed, or serves others that are there still: NotNeededError."""
        now = seen(self._disk, path)
        if now is None:
            raise NotNeededError(f"{printable(path)} is gone", code="not_needed")
        written, same = step.expected, (now.size, now.mtime_ns)
        # undos that were planned before shelfd kept the content have only size and time to go by
        if same != (written.size, written.mtime_ns) or not (
            written.content is None or self._proving.holds(path, written.content)
        ):
            raise NotNeededError(f"{printable(path)} has been changed", code="not_needed")
        if step.expected.shared and self._is_beside_others(path):
            raise NotNeededError(f"{printable(path)} serves what is beside it", code="not_needed")
        self._disk.unlink(path)

    def _mode(self, path: bytes) -> int:
        """Return the mode of the directory that a path is in."""
        with self._disk.reach.spot(path) as (directory, _name):
            return os.fstat(directory).st_mode

    def _is_beside_others(self, path: bytes) -> bool:
        directory = self._disk.reach.directory(os.path.dirname(path))
        try:
            return len(os.listdir(directory)) > 1
        finally:
            os.close(directory)
