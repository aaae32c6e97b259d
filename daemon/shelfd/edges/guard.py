"""Turn every fault of a reader of foreign files into the `error` of its Reading."""

import functools
import os
import stat
from collections.abc import Callable

from shelfd.core.media import Reading

Reader = Callable[[bytes], Reading]


class UnreadableError(Exception):
    """The file is not what its reader reads; the text is the half sentence for `Reading.error`."""


def guarded(reader: Reader) -> Reader:
    """Return `reader` as a function that never raises, and opens only regular files with content."""

    @functools.wraps(reader)
    def read(path: bytes) -> Reading:
        try:
            _check(os.stat(path))
            return reader(path)
        except Exception as fault:  # noqa: BLE001  # parsers of hostile bytes raise whatever they meet
            return refused(fault)

    return read


def refused(fault: Exception) -> Reading:
    """Return the Reading of a file with which a reader met this fault."""
    match fault:
        case UnreadableError():
            return Reading(error=str(fault))
        case MemoryError():
            return Reading(error="reading it needs more memory than is allowed")
        case OSError():
            return Reading(error=half_sentence(fault.strerror))
        case _:
            return Reading(error=f"it is damaged ({type(fault).__name__})")


def _check(facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise UnreadableError("it is not a regular file")  # opening a FIFO would block
    if not facts.st_size:
        raise UnreadableError("it is empty")


def half_sentence(said: str | None) -> str:
    """Return what the system or a library said, in the form of `Reading.error`: `permission denied`."""
    return said[:1].lower() + said[1:] if said else "it cannot be read"
