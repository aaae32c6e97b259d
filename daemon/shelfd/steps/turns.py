"""A worker's turn with one operation: what goes back to whoever gave it out, and when it is to make room."""

import threading
from collections.abc import Callable

import structlog
from msgspec.structs import replace

from shelfd.core.errors import BrokenError, ShelfdError
from shelfd.core.operations import Operation, Pace, Progress
from shelfd.steps.ports import Told, Turn

REPORT_S = 1.0  # between two reports of one operation

log = structlog.get_logger()


class OneTurn:
    """Carries one operation through, and tells `told` of it."""

    def __init__(self, operation: Operation, told: Told, monotonic: Callable[[], float]) -> None:
        """Begin now."""
        self.operation = operation
        self._told = told
        self._monotonic = monotonic
        self._reported = monotonic()
        self._pace = Pace()
        self._to_end = False
        self._before: Progress | None = None  # a file that is copied
        self._handled = 0  # bytes of it, which count twice: copied, and read back
        self.hurried = False
        """True: a long copy is to be given up in its midst."""

    def report(self, operation: Operation, progress: Progress) -> None:
        """Tell how far it is, with its rate, at most once a second."""
        now = self._monotonic()
        if now - self._reported < REPORT_S:
            return
        self._reported = now
        self._told.progressed(operation, replace(progress, rate=self._pace.take(progress, now)))

    def copies(self, _operation: Operation, progress: Progress) -> None:
        """Count what is copied from now on on top of this, which is in bytes."""
        self._before, self._handled = progress, 0

    def handled(self, size: int) -> None:
        """Count so many bytes more that were copied, or read back."""
        self._handled += size
        before = self._before
        if before is not None:
            done = min(before.done + self._handled // 2, before.total)
            self.report(self.operation, replace(before, done=done))

    def interrupted(self, _operation: Operation) -> bool:
        """Say whether the step is to make room at its next safe point."""
        return self._to_end

    def end(self, *, hurry: bool) -> None:
        """Let it come to its next safe point."""
        self._to_end = True
        self.hurried |= hurry

    def take(self, course: Callable[[Operation, Turn], None]) -> None:
        """Carry the operation through; whatever happens is told."""
        fault: ShelfdError | None = None
        try:
            course(self.operation, self)
        except ShelfdError as error:
            fault = error
        except Exception as error:
            log.exception("a fault in shelfd")
            what = f"a fault in shelfd: {type(error).__name__}: {error}"
            fault = BrokenError(what, code="internal", hint="please report it, with the log")
        self._told.ended(self.operation, fault)


class Hurry:
    """Knows what each thread carries out: how far a copy is, and whether it is to be given up in its midst."""

    def __init__(self) -> None:
        """Begin with threads that carry out nothing."""
        self._local = threading.local()

    def follow(self, turn: OneTurn) -> None:
        """Let this thread be in a hurry when this turn is."""
        self._local.turn = turn

    def __call__(self) -> bool:
        """Say whether this thread is in a hurry."""
        turn: OneTurn | None = getattr(self._local, "turn", None)
        return turn is not None and turn.hurried

    def handled(self, size: int) -> None:
        """Count bytes that this thread has copied, or read back, for what it carries out."""
        turn: OneTurn | None = getattr(self._local, "turn", None)
        if turn is not None:
            turn.handled(size)
