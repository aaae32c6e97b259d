"""The moments at which the wall clock is set or the machine wakes up.

A wait for four in the morning counts the seconds until then on a clock that stands still during sleep
and does not know of corrections. The kernel can tell: a timer on the wall clock is cancelled when
that clock jumps (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET), so nobody has to look every minute.
"""

import ctypes
import os
import select
import threading
from collections.abc import Callable

TFD_TIMER_ABSTIME = 1
TFD_TIMER_CANCEL_ON_SET = 2
CLOCK_REALTIME = 0
LONG_BITS = 8 * ctypes.sizeof(ctypes.c_long)
NEVER_S = min(1 << 33, (1 << (LONG_BITS - 1)) - 1)
"""A time that does not come, in seconds since 1970: the year 2242, or what fits."""


class ClockSteps:
    """A thread that sleeps until the wall clock jumps."""

    def __init__(self, notice: Callable[[], None]) -> None:
        """Call `notice` in that thread after each jump."""
        self._notice = notice
        self._timer = _timer()
        self._end = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._wait, name="clock-steps", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        os.eventfd_write(self._end, 1)
        if self._thread.ident is not None:
            self._thread.join()
        os.close(self._end)
        os.close(self._timer)

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._timer, select.POLLIN)
        poll.register(self._end, select.POLLIN)
        while self._end not in dict(poll.poll()):
            if self._jumped():
                self._notice()

    def _jumped(self) -> bool:
        """Take the kernel's word from the timer: reading a cancelled one is an error by design."""
        try:
            os.read(self._timer, 8)
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
