"""Make a second file with the same content: under a temporary name, verified and durable before it gets its own."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import xxhash

from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.paths import printable
from shelfd.core.rights import Rights
from shelfd.edges import attributes, rights
from shelfd.edges.disk import CHUNK, Disk

WINDOW = 32 << 20
"""Bytes that are read back while as many others go to the disk."""


class StoppedError(BrokenError):
    """The daemon stops: the copy has left no trace and is to be made again."""


class Proof:
    """Compares what is written to a file with what its disk gives back, while more is still being written."""

    def __init__(
        self, disk: Disk, made: int, chunks: Callable[[int, int, int], Iterator[memoryview]]
    ) -> None:
        """Write to the open, empty file `made`; `chunks` reads a part of it."""
        self._disk = disk
        self._made = made
        self._chunks = chunks
        self._written, self._returned = xxhash.xxh3_128(), xxhash.xxh3_128()
        self._size = 0
        self._begun = 0  # up to here the disk was told to write
        self._read = 0

    @property
    def digest(self) -> bytes:
        """Return the XXH3-128 of what was written."""
        return self._written.digest()

    def write(self, data: memoryview) -> None:
        """Append, and read back what had time to get to the disk meanwhile."""
        self._written.update(data)
        self._disk.write(self._made, data)
        self._size += len(data)
        if self._size - self._begun >= WINDOW:
            self._disk.flush(self._made, self._begun, self._size - self._begun)
            before, self._begun = self._begun, self._size
            self._read_back(before)

    def holds(self) -> bool:
        """Read back the rest, and say whether all of it is what was written."""
        self._read_back(self._size)
        return self._returned.digest() == self._written.digest()

    def _read_back(self, end: int) -> None:
        length = end - self._read
        if length:
            self._disk.forget(self._made, self._read, length)
            for data in self._chunks(self._made, self._read, end):
                self._returned.update(data)
            # a library is larger than memory: what others read stays there instead
            self._disk.forget(self._made, self._read, length)
            self._read = end


class Copier:
    """Copies one file at a time; what fails leaves nothing behind."""

    def __init__(
        self,
        disk: Disk,
        min_free_bytes: Callable[[], int] = lambda: 0,
        stopping: Callable[[], bool] = lambda: False,
        handled: Callable[[int], None] = lambda _bytes: None,
    ) -> None:
        """Keep so many bytes free where a copy goes; give up between two chunks when the daemon stops.

        `handled` hears of each chunk, in bytes, twice: when it is copied, and when it is read back.
        """
        self._disk = disk
        self._min_free_bytes = min_free_bytes
        self._stopping = stopping
        self._handled = handled

    def copy(
        self,
        source: bytes,
        target: bytes,
        temporary: bytes,
        *,
        clone: bool,
        given: Rights | None = None,
    ) -> bytes | None:
        """Copy `source` with its mode, attributes and modification time, or clone its extents; return the XXH3-128 of a copy.

        It has the mode and group that are `given` instead, and what its directory hands on.

        OSError when the disk says no; RefusedError when the source changes meanwhile; BrokenError when
        space runs out or the copy reads back differently; StoppedError.
        """
        original = self._disk.reach.file(source)
        try:
            made = self._disk.create(temporary)
            try:
                before = os.fstat(original)
                digest = self._fill(original, made, target, clone=clone, given=given)
                _require_unchanged(before, original, made, source)
                self._disk.rename(temporary, target)
            except (OSError, RefusedError, BrokenError):
                with suppress(OSError):  # what went wrong first is what matters
                    self._disk.unlink(temporary)
                raise
            finally:
                os.close(made)
        finally:
            os.close(original)
        return digest

    def reserve(self) -> int:
        """Return how many bytes are to stay free where a copy goes."""
        return self._min_free_bytes()

    def digest(self, path: bytes) -> bytes:
        """Return the XXH3-128 of a file."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return self._digest(descriptor)
        finally:
            os.close(descriptor)

    def are_same(self, one: int, other: int) -> bool:
        """Say whether two open files hold the same bytes; OSError, StoppedError."""
        mine, theirs = os.fstat(one), os.fstat(other)
        if os.path.samestat(mine, theirs):
            return True
        return mine.st_size == theirs.st_size and self._digest(one) == self._digest(other)

    def _digest(self, descriptor: int) -> bytes:
        digest = xxhash.xxh3_128()
        for data in self._chunks(descriptor, 0, sys.maxsize):
            digest.update(data)
        return digest.digest()

    def _fill(
        self, original: int, made: int, target: bytes, *, clone: bool, given: Rights | None
    ) -> bytes | None:
        before = os.fstat(original)
        proof = Proof(self._disk, made, self._chunks)
        if clone:
            self._disk.clone(original, made)
        else:
            self._require_space(made, target, before.st_size)
            for data in self._chunks(original, 0, before.st_size + 1):
                proof.write(
                    data
                )  # one byte more: it grows while it is copied, and the comparison will tell
        self._disk.chmod(made, stat.S_IMODE(before.st_mode) & 0o777)
        # behind the mode, of which an access list is a part
        attributes.keep(original, made, target)
        rights.give(self._disk, made, given, target)
        self._disk.utime(made, before.st_mtime_ns)
        self._disk.sync(made)
        if clone:
            return None
        if not proof.holds():
            raise BrokenError(
                f"{printable(target)}: the copy reads back differently",
                code="copy_differs",
                hint="check the target disk: it returns other bytes than were written",
            )
        return proof.digest

    def _chunks(self, descriptor: int, start: int, end: int) -> Iterator[memoryview]:
        """Yield a part of a file, as far as there is one; each piece is gone when the next comes."""
        # one place in memory for all: new ones would cost more than the reading
        buffer = memoryview(bytearray(min(CHUNK, max(end - start, 1))))
        while start < end and (size := os.preadv(descriptor, [buffer[: end - start]], start)):
            if self._stopping():
                raise StoppedError("the daemon stops", code="stopped")
            start += size
            yield buffer[:size]
            self._handled(size)

    def _require_space(self, made: int, target: bytes, size: int) -> None:
        found = os.fstatvfs(made)
        free = found.f_bavail * found.f_frsize
        reserve = self._min_free_bytes()
        if free < size + reserve:
            raise BrokenError(
                f"{printable(target)}: {free >> 20} MiB are free, {size >> 20} MiB are needed"
                f" and {reserve >> 20} MiB must stay free",
                code="no_space",
                hint="free space there, or lower import.min_free_bytes",
            )


def _require_unchanged(before: os.stat_result, original: int, made: int, source: bytes) -> None:
    now, copied = os.fstat(original), os.fstat(made)
    # not the time of the copy: many file systems keep it only to 100 ns, a second, or two
    if (now.st_size, now.st_mtime_ns, copied.st_size) != (
        before.st_size,
        before.st_mtime_ns,
        before.st_size,
    ):
        raise RefusedError(
            f"{printable(source)}: it was changed while it was copied", code="source_changed"
        )
