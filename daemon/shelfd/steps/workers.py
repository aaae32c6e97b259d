"""The executor of this machine: threads, as many as there is to do, and none for long when there is nothing."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from shelfd.core.errors import BrokenError
from shelfd.core.operations import Operation
from shelfd.steps.ports import Base, Threads, Told, Turn
from shelfd.steps.turns import Hurry, OneTurn


class Workers:
    """Carries out operations side by side, at most `daemon.workers` of them."""

    def __init__(
        self,
        base: Base,
        course: Callable[[Operation, Turn], None],
        bound: Callable[..., AbstractContextManager[None]],
        hurry: Hurry,
        threads: Threads,
    ) -> None:
        """`bound` puts values on every line that is logged inside of it; `hurry` knows what its threads carry out."""
        self._base = base
        self._course = course
        self._bound = bound
        self._hurry = hurry
        self._threads = threads
        self._changed = threading.Condition()  # guards all below
        self._turns: dict[int, OneTurn] = {}
        self._closed = False

    def capacity(self) -> int:
        """Return how many more operations it takes now."""
        with self._changed:
            return max(self._base.current.settings.daemon.workers - len(self._turns), 0)

    def submit(self, operation: Operation, told: Told) -> None:
        """Carry an operation out, and tell `told` of it; returns at once."""
        turn = OneTurn(operation, told, self._base.clock.monotonic)
        with self._changed:
            self._turns[operation.id] = turn
            is_late = self._closed
        if is_late:
            turn.end(hurry=True)
            self._carry_out(turn)  # that is, put it back
            return
        try:
            self._threads.submit(self._carry_out, turn)
        except RuntimeError as error:
            self._gone(operation)
            raise BrokenError(f"no thread can be started: {error}", code="no_thread") from error

    def cancel(self, operation: int, *, hurry: bool) -> None:
        """Let an operation come to its next safe point; `hurry`: also in the midst of a file."""
        with self._changed:
            turn = self._turns.get(operation)
        if turn is not None:
            turn.end(hurry=hurry)

    def close(self, within_s: float) -> bool:
        """Let all come to a safe point and the threads end; False when they have not after so many seconds."""
        until = self._base.clock.monotonic() + within_s
        with self._changed:
            self._closed = True
            for turn in self._turns.values():
                turn.end(hurry=True)
            self._changed.wait_for(lambda: not self._turns, max(within_s, 0.0))
        self._threads.shutdown(wait=False)
        return self._threads.join(max(until - self._base.clock.monotonic(), 0.0))

    def _carry_out(self, turn: OneTurn) -> None:
        self._hurry.follow(turn)
        with self._bound(operation=turn.operation.id):
            turn.take(self._take)

    def _take(self, operation: Operation, turn: Turn) -> None:
        try:
            self._course(operation, turn)
        finally:
            self._gone(operation)

    def _gone(self, operation: Operation) -> None:
        with self._changed:
            del self._turns[operation.id]
            self._changed.notify_all()
