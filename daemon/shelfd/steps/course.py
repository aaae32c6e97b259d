"""The course of one operation: its steps one after the other, until it has ended or was put back."""

from collections.abc import Callable, Mapping

import structlog

from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.steps.ports import Base, Turn
from shelfd.store import operations

log = structlog.get_logger()

Run = Callable[[Operation, Turn], None]


class Course:
    """Runs the steps of an operation; whatever carries out operations calls this."""

    def __init__(self, base: Base, steps: Mapping[Step, Run]) -> None:
        """Run these steps."""
        self._base = base
        self._steps = steps

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Go through; ShelfdError when the operation has met one, and is still running."""
        # a look every few seconds while something settles is no news
        tell = log.debug if operation.kind is Kind.SCAN else log.info
        tell("operation runs", kind=str(operation.kind), path=operation.display)
        latest: Operation | None = operation
        while latest is not None and latest.state is State.RUNNING:
            if turn.interrupted(latest):
                self._put_back(latest)
                return
            step = latest.step
            self._steps[step](latest, turn)
            latest = operations.one(self._base.db.read(), operation.id)
            if latest is not None and latest.state is State.RUNNING and latest.step is step:
                raise RuntimeError(f"the step {step} has neither ended nor handed over")
        tell("operation ended", state=str(latest.state) if latest else "gone")

    def _put_back(self, operation: Operation) -> None:
        """Put it back between two of its steps, or end it when it is cancelled."""
        with self._base.db.transaction() as tx:
            operations.requeue(tx, operation.id, self._base.clock.wall())
