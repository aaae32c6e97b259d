"""A thread that sleeps until the kernel has something to say by a descriptor."""

import os
import select
import threading
from collections.abc import Callable


class Sleeper:
    """Waits at one descriptor, which is its own from then on; costs nothing until it is woken."""

    def __init__(self, name: str, descriptor: int, events: int, woken: Callable[[], None]) -> None:
        """Call `woken` in a thread of this name whenever poll(2) finds one of `events`; it must not raise."""
        self._descriptor = descriptor
        self._events = events
        self._woken = woken
        self._end = os.eventfd(0, os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._wait, name=name, daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, and close the descriptor."""
        os.eventfd_write(self._end, 1)
        if self._thread.ident is not None:
            self._thread.join()
        os.close(self._end)
        os.close(self._descriptor)

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, self._events)
        poll.register(self._end, select.POLLIN)
        while self._end not in dict(poll.poll()):
            self._woken()
