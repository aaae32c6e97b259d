"""An executor without threads: each operation is carried out at once, in the thread that gives it out."""

import contextlib
from collections.abc import Callable, Mapping

from shelfd.core.operations import Operation, Step
from shelfd.steps.course import Course, Run
from shelfd.steps.ports import Base, Told, Turn
from shelfd.steps.runner import Runner
from shelfd.steps.turns import Hurry, OneTurn


class Inline:
    """Carries out one operation at a time."""

    def __init__(
        self, base: Base, course: Callable[[Operation, Turn], None], hurry: Hurry | None = None
    ) -> None:
        self._base = base
        self._course = course
        self._hurry = hurry
        self._turn: OneTurn | None = None

    def capacity(self) -> int:
        return 0 if self._turn else 1

    def submit(self, operation: Operation, told: Told) -> None:
        self._turn = turn = OneTurn(operation, told, self._base.clock.monotonic)
        if self._hurry is not None:
            self._hurry.follow(turn)
        try:
            turn.take(self._course)
        finally:
            self._turn = None

    def cancel(self, operation: int, *, hurry: bool) -> None:
        if self._turn is not None and self._turn.operation.id == operation:
            self._turn.end(hurry=hurry)


class Calm:
    """A turn of which nobody wants anything."""

    def report(self, operation: Operation, progress: object) -> None:
        """Tell nobody."""

    def copies(self, operation: Operation, progress: object) -> None:
        """Count nothing."""

    def interrupted(self, _operation: Operation) -> bool:
        return False


def running(base: Base, steps: Mapping[Step, Run], hurry: Hurry | None = None) -> Runner:
    """Return a runner that works in this thread, and looks around after each commit."""
    runner = Runner(base, Inline(base, Course(base, steps), hurry), lambda: None)

    def look_around() -> None:
        with contextlib.suppress(Exception):  # as its own loop does, which tries again
            runner.look_around()

    base.db.committed.append(look_around)
    return runner
