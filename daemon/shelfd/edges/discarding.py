"""Remove what shelfd has placed or written, as long as nothing is lost with it."""

from shelfd.core import journal
from shelfd.core.errors import RefusedError
from shelfd.core.journal import WRITE, FileStep, Outcome
from shelfd.core.paths import printable
from shelfd.edges.disk import Disk
from shelfd.edges.placing import require, seen
from shelfd.edges.proving import Proving
from shelfd.edges.writer import Writer


class Discarding:
    """Takes placings back."""

    def __init__(self, disk: Disk, writer: Writer, proving: Proving) -> None:
        """Use `disk` for every change; what was written, `writer` takes back."""
        self._disk = disk
        self._writer = writer
        self._proving = proving

    def discard(self, step: FileStep, source: bytes, origin: bytes) -> Outcome:
        """Remove `source`, which was made of `origin`; RefusedError when it stays, NotNeededError, OSError, StoppedError."""
        if step.mode == WRITE:
            self._writer.take_back(step, source)
            return Outcome()
        require(step.expected, seen(self._disk, source), source)
        if step.mode == "symlink":
            self._proving.require_link(step, source, origin)
        if not journal.same_origin(step, seen(self._disk, origin)):
            raise RefusedError(
                f"{printable(source)}: it stays, since {printable(origin)}, from which it was made, is gone or another file",
                code="only_copy",
            )
        if step.mode != "symlink":
            self._proving.require_same(source, origin)
        self._disk.unlink(source)
        return Outcome()
