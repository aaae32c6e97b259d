"""The executor of this machine: threads, as many as there is to do, and none for long when there is nothing."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager

from shelfd.core.errors import BrokenError
from shelfd.core.operations import Operation
from shelfd.steps.ports import Base, Told, Turn
from shelfd.steps.turns import Hurry, OneTurn

IDLE_S = 10.0  # that a thread waits for more, before it ends


class Workers:
    """Carries out operations side by side, at most `daemon.workers` of them."""

    def __init__(
        self,
        base: Base,
        course: Callable[[Operation, Turn], None],
        bound: Callable[..., AbstractContextManager[None]],
        hurry: Hurry,
        idle_s: float = IDLE_S,
    ) -> None:
        """`bound` puts values on every line that is logged inside of it; `hurry` knows what its threads carry out."""
        self._base = base
        self._course = course
        self._bound = bound
        self._hurry = hurry
        self._idle_s = idle_s
        self._changed = threading.Condition()  # guards all below
        self._waiting: deque[OneTurn] = deque()
        self._turns: dict[int, OneTurn] = {}
        self._threads: set[threading.Thread] = set()
        self._spare = 0
        self._closed = False

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return len(self._threads)

    def capacity(self) -> int:
        """Return how many more operations it takes now."""
        with self._changed:
            return max(self._base.current.settings.daemon.workers - len(self._turns), 0)

    def submit(self, operation: Operation, told: Told) -> None:
        """Carry an operation out, and tell `told` of it; returns at once."""
        turn = OneTurn(operation, told, self._base.clock.monotonic)
        with self._changed:
            self._turns[operation.id] = turn
            if self._closed:
                turn.end(hurry=True)
            self._waiting.append(turn)
            if self._spare < len(self._waiting):
                try:
                    self._one_more()
                except RuntimeError as error:
                    if not self._threads:  # else one of them takes it when it has done what it does
                        self._waiting.pop()
                        del self._turns[operation.id]
                        raise BrokenError(
                            f"no thread can be started: {error}", code="no_thread"
                        ) from error
            self._changed.notify()

    def cancel(self, operation: int, *, hurry: bool) -> None:
        """Let an operation come to its next safe point; `hurry`: also in the midst of a file."""
        with self._changed:
            turn = self._turns.get(operation)
        if turn is not None:
            turn.end(hurry=hurry)

    def close(self, within_s: float) -> bool:
        """Let all come to a safe point and the threads end; False when they have not after so many seconds."""
        with self._changed:
            self._closed = True
            for turn in self._turns.values():
                turn.end(hurry=True)
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._threads, max(within_s, 0.0))

    def _one_more(self) -> None:
        """Start a thread; RuntimeError when there can be no more."""
        thread = threading.Thread(target=self._serve, name="worker", daemon=True)
        thread.start()  # it waits for the lock
        self._threads.add(thread)
        self._spare += 1

    def _serve(self) -> None:
        try:
            while (turn := self._next()) is not None:
                self._hurry.follow(turn)
                with self._bound(operation=turn.operation.id):
                    turn.take(self._take)
                with self._changed:
                    self._spare += 1
        finally:
            self._base.db.leave()
            with self._changed:
                self._threads.discard(threading.current_thread())
                self._changed.notify_all()

    def _take(self, operation: Operation, turn: Turn) -> None:
        try:
            self._course(operation, turn)
        finally:
            with self._changed:
                del self._turns[operation.id]

    def _next(self) -> OneTurn | None:
        """Return what to carry out next; None when there was nothing for a while."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, self._idle_s)
            self._spare -= 1
            return self._waiting.popleft() if self._waiting else None
