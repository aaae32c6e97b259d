"""What became of an operation cannot be recorded, by a fault of shelfd's own: that ends, and all else goes on."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fakes import rows
from fakes.daemon import Daemon
from fakes.terminal import working
from shelfd.core.errors import RefusedError
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.steps.astray import Astray
from shelfd.steps.ports import Base, Turn
from shelfd.steps.recover import Recover
from shelfd.store import drops, operations
from shelfd.store.database import Tx
from waiting import eventually

DROP = Place("inbox", RelPath(b"a.mkv"))
UNSPEAKABLE = "caf\udce9: no"
"""No JSON can say it, so no row can."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path)
    yield made
    made.db.close()


def found(daemon: Daemon, number: int) -> Operation:
    operation = operations.one(daemon.db.read(), number)
    assert operation is not None
    return operation


def looked_at(daemon: Daemon, number: int, expected: tuple[bool, int]) -> bool:
    """Say whether it runs, and was taken up as often, as expected."""
    operation = found(daemon, number)
    return (operation.state is State.RUNNING, operation.attempts) == expected


def refuses(_operation: Operation, _turn: Turn) -> None:
    raise RefusedError(UNSPEAKABLE, code="refused")


class Other:
    """Another operation, which goes well."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def step(self, operation: Operation, _turn: Turn) -> None:
        rows.complete(self._daemon, operation.id)

    def goes_well(self) -> None:
        number = rows.enqueue(self._daemon, Kind.SCAN, Step.LOOK, Place("movies", TOP))
        eventually(lambda: found(self._daemon, number).state is State.COMPLETED)


def an_import(daemon: Daemon) -> int:
    """Put an import into the queue that has its drop in its hands."""
    rows.drop(daemon, b"a.mkv")
    number = rows.enqueue(daemon, Kind.IMPORT, Step.PLAN, DROP)
    with daemon.db.transaction() as tx:
        drops.queued(tx, DROP, number)
    return number


def drop_of(daemon: Daemon) -> tuple[str, str]:
    """Return state and reason of the drop."""
    drop = drops.one(daemon.db.read(), DROP)
    assert drop is not None
    return drop.state, drop.reason


def test_it_is_tried_three_times_and_has_failed_then(daemon: Daemon) -> None:
    other = Other(daemon)
    number = an_import(daemon)

    with working(daemon, {Step.PLAN: refuses, Step.LOOK: other.step}):
        for attempt in (1, 2, 3, 3, 3):
            at_rest = partial(looked_at, daemon, number, (False, attempt))
            eventually(at_rest)
            daemon.clock.now += 10
            other.goes_well()

    ended = found(daemon, number)
    assert (ended.state, ended.attempts) == (State.FAILED, 3)
    assert ended.error is not None
    assert ended.error["code"] == "internal"
    assert "UnicodeEncodeError" in ended.error["message"]
    assert r"caf\udce9: no" in ended.error["message"]
    assert drop_of(daemon) == ("refused", ended.error["message"])


def test_what_cannot_even_be_put_back_has_failed_at_once(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Other(daemon)
    number = an_import(daemon)
    requeue = operations.requeue

    def fails(tx: Tx, operation: int, now: float, not_before: float = 0.0) -> None:
        if operation == number:
            raise TypeError("a bug")
        requeue(tx, operation, now, not_before)

    monkeypatch.setattr(operations, "requeue", fails)
    with working(daemon, {Step.PLAN: refuses, Step.LOOK: other.step}):
        eventually(lambda: found(daemon, number).state is State.FAILED)
        other.goes_well()

    error = found(daemon, number).error
    assert error is not None
    assert error["message"].endswith("cannot be recorded: TypeError: a bug")


def test_what_cannot_even_be_ended_is_left_to_the_next_start(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Other(daemon)
    number = an_import(daemon)

    def fails(_tx: Tx, _operation: int, *_more: object) -> None:
        raise TypeError("a bug")

    with (
        monkeypatch.context() as broken,
        working(daemon, {Step.PLAN: refuses, Step.LOOK: other.step}),
    ):
        broken.setattr(operations, "requeue", fails)
        broken.setattr(operations, "fail", fails)
        for _each in range(2):
            other.goes_well()
        assert found(daemon, number).state is State.RUNNING

    Recover(Base(db=daemon.db, clock=daemon.clock, current=daemon.current))()

    assert found(daemon, number).state is State.QUEUED


def test_what_is_recorded_as_it_is_leaves_the_drop_refused_with_the_reason(daemon: Daemon) -> None:
    number = an_import(daemon)

    def full(_operation: Operation, _turn: Turn) -> None:
        raise RefusedError("a.mkv: it is not sure enough", code="refused")

    with working(daemon, {Step.PLAN: full}):
        eventually(lambda: found(daemon, number).state is State.FAILED)

    assert drop_of(daemon) == ("refused", "a.mkv: it is not sure enough")


class Ending:
    """Those that are out; a worker records the end of one just before it is asked for."""

    def __init__(self, daemon: Daemon, error: RefusedError | None) -> None:
        self._daemon = daemon
        self._error = error

    def __contains__(self, number: object) -> bool:
        with self._daemon.db.transaction() as tx:
            if self._error is None:
                operations.complete(tx, int(str(number)), {}, self._daemon.clock.now)
            else:
                operations.fail(tx, int(str(number)), self._error, self._daemon.clock.now)
        return False

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("error", [None, RefusedError("a.mkv: no", code="refused")])
def test_an_end_that_is_recorded_at_that_moment_stands(
    daemon: Daemon, error: RefusedError | None
) -> None:
    number = an_import(daemon)
    rows.run(daemon)
    base = Base(db=daemon.db, clock=daemon.clock, current=daemon.current)

    Astray(base).release(Ending(daemon, error))

    ended = found(daemon, number)
    assert ended.state is (State.COMPLETED if error is None else State.FAILED)
    assert (ended.error or {}).get("message") == (error.message if error else None)
