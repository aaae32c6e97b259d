"""Let a thread ask the disk only when nobody else does, as far as that is permitted: the idle class of ioprio_set(2)."""

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

THIS_THREAD = 0
PROCESS = 1  # linux/ioprio.h: by the id of a thread, in fact
CLASS_SHIFT = 13
IDLE = 3 << CLASS_SHIFT

CALLS = {
    "x86_64": (251, 252),
    "aarch64": (30, 31),
    "riscv64": (30, 31),
    "armv7l": (314, 315),
    "armv6l": (314, 315),
    "i686": (289, 290),
    "ppc64le": (273, 274),
    "s390x": (282, 283),
}
"""The numbers of ioprio_set and ioprio_get, for which libc has no functions."""

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def idle() -> Iterator[bool]:
    """Ask the disk at idle priority inside the block; the value says whether the kernel, or a sandbox, permits that."""
    numbers = CALLS.get(platform.machine())
    if numbers is None:
        yield False
        return
    change, ask = numbers
    before = _libc.syscall(ask, PROCESS, THIS_THREAD)
    permitted = before >= 0 and _libc.syscall(change, PROCESS, THIS_THREAD, IDLE) == 0
    try:
        yield permitted
    finally:
        if permitted:  # the thread serves others afterwards
            _libc.syscall(change, PROCESS, THIS_THREAD, before)
