"""The moments at which the wall clock is set or the machine wakes up.

A wait for four in the morning counts the seconds until then on a clock that stands still during sleep
and does not know of corrections. The kernel can tell: a timer on the wall clock is cancelled when
that clock jumps (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET), so nobody has to look every minute.
"""

import ctypes
import os
import select
from collections.abc import Callable

from shelfd.edges.sleeper import Sleeper

TFD_TIMER_ABSTIME = 1
TFD_TIMER_CANCEL_ON_SET = 2
CLOCK_REALTIME = 0
LONG_BITS = 8 * ctypes.sizeof(ctypes.c_long)
NEVER_S = min(1 << 33, (1 << (LONG_BITS - 1)) - 1)
"""A time that does not come, in seconds since 1970: the year 2242, or what fits."""


def clock_steps(notice: Callable[[], None]) -> Sleeper:
    """Return what calls `notice` after each jump of the wall clock, in a thread of its own."""
    timer = _timer()

    def woken() -> None:
        if _jumped(timer):
            notice()

    return Sleeper("clock-steps", timer, select.POLLIN, woken)


def _jumped(timer: int) -> bool:
    """Take the kernel's word from the timer: reading a cancelled one is an error by design."""
    try:
        os.read(timer, 8)
    except OSError:
        return True
    return False


def _timer() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    timer = libc.timerfd_create(CLOCK_REALTIME, os.O_CLOEXEC | os.O_NONBLOCK)
    interval_and_value = (ctypes.c_long * 4)(0, 0, NEVER_S, 0)
    flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET
    if timer < 0 or libc.timerfd_settime(timer, flags, interval_and_value, None) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "timerfd")
    return int(timer)
