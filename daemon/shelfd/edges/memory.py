"""Give memory back to the system once the work that needed it is done."""

import ctypes
import gc

_libc = ctypes.CDLL(None)


def keep() -> None:
    """Take all there is now out of the garbage collector's sight: modules and settings stay until the end."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Collect what is unreachable, and return free pages: after a large scan that is some ten megabytes.

    Only glibc has malloc_trim(3); elsewhere the pages stay with the process.
    """
    gc.collect()
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)
