"""Take little memory from the system, and give it back once the work that needed it is done."""

import ctypes
import gc

M_ARENA_MAX = -8  # of mallopt(3)
FULL_EVERY = 2  # collections of the middle generation; Python's own 10 let a scan heap up megabytes

_libc = ctypes.CDLL(None)


def spare() -> None:
    """Have all threads take memory from one heap; to be called before there are any.

    Each would get a heap of its own, with free room of its own. Only glibc does that, and has mallopt(3).
    """
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(M_ARENA_MAX, 1)


def keep() -> None:
    """Take all there is now out of the garbage collector's sight: modules and settings stay until the end.

    What is left to look through is little, so that it is looked through often.
    """
    gc.collect()
    gc.freeze()
    often, seldom, _never = gc.get_threshold()
    gc.set_threshold(often, seldom, FULL_EVERY)


def give_back() -> None:
    """Collect what is unreachable, and return free pages: after a large scan that is some ten megabytes.

    Only glibc has malloc_trim(3); elsewhere the pages stay with the process.
    """
    gc.collect()
    trim()


def trim() -> None:
    """Return free pages; takes a millisecond or two."""
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)
