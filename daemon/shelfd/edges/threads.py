"""Threads that are there while there is something to do, and a little longer."""

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from shelfd.edges import memory

P = ParamSpec("P")
T = TypeVar("T")

IDLE_S = 10.0  # that a thread waits for more, before it ends


class Threads(ThreadPoolExecutor):
    """Runs calls in at most so many threads, of which none is left when there was nothing to do for a while.

    The ones of the library stay for ever, each with what it has opened; and the end of the process waits for them,
    also for one that waits for a disk that does not answer.
    """

    def __init__(
        self,
        most: int,
        name: str,
        leave: Callable[[], None],
        idle_s: float = IDLE_S,
        niceness: int = 0,
    ) -> None:
        """Start none yet; `leave` is called in each thread before it ends.

        `niceness` says how far they step back for other threads, also of this process; see nice(2).
        """
        super().__init__(most)
        self._most = most
        self._name = name
        self._leave = leave
        self._idle_s = idle_s
        self._niceness = niceness
        self._changed = threading.Condition()  # guards all below
        self._calls: deque[tuple[Future[object], Callable[[], object]]] = deque()
        self._serving = 0  # threads that take calls
        self._spare = 0  # those of them that wait for one
        self._alive = 0
        self._closed = False

    @property
    def alive(self) -> int:
        """How many threads there are."""
        return self._alive

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a call made; RuntimeError when this is shut down, or when the machine has no thread for it."""
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("no more is begun: the end is near")
            if self._spare <= len(self._calls) and self._serving < self._most:
                self._one_more()
            self._calls.append((future, partial(fn, *args, **kwargs)))  # type: ignore[arg-type]  # of any result
            self._changed.notify()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  # as the library has it
        """Take no more calls; those that were taken are still made, unless they are to be cancelled."""
        with self._changed:
            self._closed = True
            while cancel_futures and self._calls:
                self._calls.popleft()[0].cancel()
            self._changed.notify_all()
        if wait:
            self.join(None)

    def join(self, within_s: float | None) -> bool:
        """Wait until all threads have ended after `shutdown`; False when they have not after so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._alive, within_s)

    def _one_more(self) -> None:
        try:
            threading.Thread(target=self._serve, name=self._name, daemon=True).start()
        except RuntimeError:
            if not self._serving:  # else one of them makes the call when it has made the one before
                raise
            return
        # it waits for the lock
        self._serving += 1
        self._spare += 1
        self._alive += 1

    def _serve(self) -> None:
        with suppress(OSError):  # a service may be forbidden to do so
            os.nice(self._niceness)  # on Linux that of the thread alone
        try:
            while (found := self._next()) is not None:
                _make(*found)
                del found  # what a call has returned must not stay until the next one
                with self._changed:
                    self._spare += 1
            self._leave()
            memory.trim()
        finally:
            with self._changed:
                self._alive -= 1
                self._changed.notify_all()

    def _next(self) -> tuple[Future[object], Callable[[], object]] | None:
        """Return a call to make; None when there was none for a while: then this thread takes no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._closed, self._idle_s)
            self._spare -= 1
            if self._calls:
                return self._calls.popleft()
            self._serving -= 1
            return None


def _make(future: Future[object], call: Callable[[], object]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001  # who waits for it must hear of anything
        future.set_exception(error)
    else:
        future.set_result(result)
