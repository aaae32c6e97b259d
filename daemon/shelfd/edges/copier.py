"""Make a second file with the same content: under a temporary name, verified and durable before it gets its own."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress

import xxhash

from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.paths import printable
from shelfd.edges.disk import CHUNK, Disk


class StoppedError(BrokenError):
    """The daemon stops: the copy has left no trace and is to be made again."""


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

    def copy(self, source: bytes, target: bytes, temporary: bytes, *, clone: bool) -> bytes | None:
        """Copy `source` with its mode and modification time, or clone its extents; return the XXH3-128 of a copy.

        OSError when the disk says no; RefusedError when the source changes meanwhile; BrokenError when
        space runs out or the copy reads back differently; StoppedError.
        """
        original = self._disk.reach.file(source)
        try:
            made = self._disk.create(temporary)
            try:
                before = os.fstat(original)
                digest = self._fill(original, made, target, clone=clone)
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

    def digest(self, path: bytes) -> bytes:
        """Return the XXH3-128 of a file."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return self._hash(descriptor)
        finally:
            os.close(descriptor)

    def _fill(self, original: int, made: int, target: bytes, *, clone: bool) -> bytes | None:
        before = os.fstat(original)
        digest = None
        if clone:
            self._disk.clone(original, made)
        else:
            self._require_space(made, target, before.st_size)
            digest = self._copy_data(original, made, before.st_size)
        self._disk.chmod(made, stat.S_IMODE(before.st_mode) & 0o777)
        self._disk.utime(made, before.st_mtime_ns)
        self._disk.sync(made)
        if digest is not None:
            self._verify(made, digest, target)
        return digest

    def _copy_data(self, original: int, made: int, size: int) -> bytes:
        digest = xxhash.xxh3_128()
        copied = 0
        for data in self._chunks(original):
            digest.update(data)
            self._disk.write(made, data)
            copied += len(data)
            if copied > size:
                break  # it grows while it is copied, perhaps for ever: the comparison will tell
        return digest.digest()

    def _verify(self, descriptor: int, digest: bytes, target: bytes) -> None:
        # so that the disk is read, and not what was just written into memory
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.lseek(descriptor, 0, os.SEEK_SET)
        if self._hash(descriptor) != digest:
            raise BrokenError(
                f"{printable(target)}: the copy reads back differently",
                code="copy_differs",
                hint="check the target disk: it returns other bytes than were written",
            )

    def _hash(self, descriptor: int) -> bytes:
        digest = xxhash.xxh3_128()
        for data in self._chunks(descriptor):
            digest.update(data)
        return digest.digest()

    def _chunks(self, descriptor: int) -> Iterator[bytes]:
        while data := os.read(descriptor, CHUNK):
            if self._stopping():
                raise StoppedError("the daemon stops", code="stopped")
            yield data
            self._handled(len(data))

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
