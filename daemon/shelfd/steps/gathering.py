"""How an operation ends whose parts have all ended."""

from collections.abc import Mapping

from shelfd.core.errors import RefusedError
from shelfd.core.operations import Operation, State
from shelfd.steps.ports import Base
from shelfd.store import operations

WAYS = (State.COMPLETED, State.FAILED, State.CANCELLED)


def counted(ended: Mapping[str, int]) -> dict[str, object]:
    """Return how many parts there are, and how many ended which way; `ended` has those that are not none."""
    return {"parts": sum(ended.values()), **{str(way): ended.get(way, 0) for way in WAYS}}


def gather(
    base: Base, operation: Operation, ended: Mapping[str, int], result: dict[str, object], bad: str
) -> None:
    """End the whole, well when all of its parts have; `bad` says what they are and have not: `imports have not ended well`."""
    now = base.clock.wall()
    with base.db.transaction() as tx:
        if set(ended) == {str(State.COMPLETED)}:
            operations.complete(tx, operation.id, result, now)
            return
        parts = sum(ended.values())
        error = RefusedError(
            f"{operation.display}: {parts - ended.get(State.COMPLETED, 0)} of {parts} {bad}",
            code="parts_failed",
            hint=f"`shelfd operations --parent {operation.id}` says why",
        )
        operations.fail(tx, operation.id, error, now, result)
