"""Work is interrupted, cancelled and paused at its safe points, and goes on as if nothing had been."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import inline
from fakes import rows
from fakes.daemon import Clock, Daemon
from fakes.terminal import working
from shelfd.app import calendar
from shelfd.core.journal import Action, FileStep
from shelfd.core.operations import Kind, Operation, Progress, State, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.walk import Walk
from shelfd.steps.course import Run
from shelfd.steps.ports import Base, Turn
from shelfd.steps.recover import Recover
from shelfd.steps.runner import Runner
from shelfd.store import checkpoints, claims, drops, journal, operations, pauses
from waiting import eventually

EVERYWHERE = Place("movies", TOP)
TOTAL = 10


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path)
    yield made
    made.db.close()


def base(daemon: Daemon) -> Base:
    return Base(db=daemon.db, clock=daemon.clock, current=daemon.current)


def runner(daemon: Daemon, steps: Mapping[Step, Run]) -> Runner:
    return inline.running(base(daemon), steps)


def walks(daemon: Daemon, at: Mapping[int, Callable[[], object]]) -> Run:
    """Return a step that counts to ten, a second each, saves where it stands, and lets things happen on the way."""

    def step(operation: Operation, turn: Turn) -> None:
        walk = checkpoints.load(daemon.db.read(), operation.id) or Walk.over([], recursive=True)
        while walk.done < TOTAL:
            walk.done += 1
            daemon.clock.now += 1
            at.get(walk.done, lambda: None)()
            turn.report(operation, progress(walk.done))
            if turn.interrupted(operation):
                leave_off(operation, walk)
                return
        with daemon.db.transaction() as tx:
            operations.complete(tx, operation.id, {"done": walk.done}, daemon.clock.now)

    def leave_off(operation: Operation, walk: Walk) -> None:
        with daemon.db.transaction() as tx:
            checkpoints.save(tx, operation.id, walk, daemon.clock.now)
            if operations.called_off(tx, operation.id):
                operations.cancel(tx, operation.id, daemon.clock.now, {"done": walk.done})
            else:
                operations.requeue(tx, operation.id, daemon.clock.now)

    return step


def progress(done: int) -> Progress:
    return Progress(phase="reading", done=done, total=TOTAL, unit="directories")


def found(daemon: Daemon, number: int) -> Operation:
    operation = operations.one(daemon.db.read(), number)
    assert operation is not None
    return operation


def scan(daemon: Daemon, **options: object) -> int:
    return rows.enqueue(daemon, Kind.SCAN, Step.SCAN, EVERYWHERE, **options)


def call_off(daemon: Daemon, number: int = 1) -> None:
    with daemon.db.transaction() as tx:
        operations.call_off(tx, number)


def paused(daemon: Daemon, *, value: bool) -> None:
    with daemon.db.transaction() as tx:
        if value:
            pauses.begin(tx, pauses.Pause(), 1.0)
        else:
            pauses.end(tx, pauses.Pause())


def test_a_cancelled_scan_ends_at_its_next_safe_point_and_goes_on_when_asked_again(
    daemon: Daemon,
) -> None:
    number = scan(daemon, full=True)
    work = runner(daemon, {Step.SCAN: walks(daemon, {4: lambda: call_off(daemon)})})

    assert work.once()

    assert found(daemon, number).state is State.CANCELLED
    assert found(daemon, number).result == {"done": 4}

    assert scan(daemon, quick=True) == number
    assert work.once()

    ended = found(daemon, number)
    assert (ended.state, ended.result, ended.attempts) == (State.COMPLETED, {"done": 10}, 2)
    assert ended.options == {"full": True}
    assert not work.once()


def test_what_is_asked_of_one_operation_ends_no_other(daemon: Daemon) -> None:
    scan(daemon)
    other = scan(daemon)
    work = runner(daemon, {Step.SCAN: walks(daemon, {4: lambda: call_off(daemon, 1)})})

    assert work.once()
    assert work.once()

    assert [found(daemon, number).state for number in (1, other)] == [
        State.CANCELLED,
        State.COMPLETED,
    ]


def test_asking_whether_it_is_cancelled_reads_nothing_while_nothing_is_written(
    daemon: Daemon,
) -> None:
    statements: list[str] = []

    def asks(operation: Operation, turn: Turn) -> None:
        turn.interrupted(operation)
        daemon.db.read().set_trace_callback(statements.append)
        assert not any(turn.interrupted(operation) for _ in range(100))
        daemon.db.read().set_trace_callback(None)
        call_off(daemon)
        assert turn.interrupted(operation)
        rows.complete(daemon, operation.id)

    scan(daemon)
    assert runner(daemon, {Step.SCAN: asks}).once()

    assert statements == []
    assert found(daemon, 1).state is State.COMPLETED


@pytest.mark.parametrize("kind", [Kind.IMPORT, Kind.UNDO])
def test_what_is_cancelled_while_it_is_planned_moves_no_file(daemon: Daemon, kind: Kind) -> None:
    place = Place("inbox", RelPath(b"a.mkv"))
    planning = Step.PLAN if kind is Kind.IMPORT else Step.UNDO
    number = rows.enqueue(daemon, kind, planning, place)
    rows.drop(daemon, b"a.mkv")

    def plans(operation: Operation, _turn: Turn) -> None:
        call_off(daemon)
        with daemon.db.transaction() as tx:
            drops.queued(tx, place, number)
            journal.plan(tx, number, [FileStep(action=Action.MKDIR, target=place)])
            operations.advance(tx, operation.id, Step.APPLY)

    def moves(_operation: Operation, _turn: Turn) -> None:
        raise AssertionError("it was cancelled")

    assert runner(daemon, {planning: plans, Step.APPLY: moves}).once()

    assert found(daemon, number).state is State.CANCELLED
    assert [entry.state for entry in journal.of(daemon.db.read(), number)] == ["dropped"]
    drop = drops.one(daemon.db.read(), place)
    assert drop is not None
    assert drop.state == "settling"


def test_what_was_to_be_cancelled_when_the_daemon_died_is_cancelled_at_the_next_start(
    daemon: Daemon,
) -> None:
    number = scan(daemon)
    rows.run(daemon)
    call_off(daemon)

    Recover(base(daemon))()

    assert found(daemon, number).state is State.CANCELLED


def test_a_pause_lets_a_scan_leave_off_and_nothing_start_until_it_is_over(daemon: Daemon) -> None:
    number = scan(daemon)
    steps = {Step.SCAN: walks(daemon, {4: lambda: paused(daemon, value=True)})}
    work = runner(daemon, steps)

    assert work.once()
    assert found(daemon, number).state is State.QUEUED
    commits: list[int] = []
    daemon.db.committed.append(lambda: commits.append(1))
    assert not work.once()
    assert commits == []
    assert not runner(daemon, steps).once()

    paused(daemon, value=False)
    assert work.once()
    assert found(daemon, number).result == {"done": 10}
    assert found(daemon, number).attempts == 2


def test_an_import_comes_to_a_safe_point_when_the_queue_is_paused(daemon: Daemon) -> None:
    number = rows.enqueue(daemon, Kind.IMPORT, Step.PLAN, Place("inbox", RelPath(b"a.mkv")))

    def plans(operation: Operation, _turn: Turn) -> None:
        paused(daemon, value=operation.attempts == 1)
        with daemon.db.transaction() as tx:
            operations.advance(tx, operation.id, Step.APPLY)

    def moves(operation: Operation, turn: Turn) -> None:
        assert not turn.interrupted(operation)
        rows.complete(daemon, operation.id)

    work = runner(daemon, {Step.PLAN: plans, Step.APPLY: moves})
    assert work.once()
    assert (found(daemon, number).state, found(daemon, number).step) == (State.QUEUED, Step.PLAN)
    assert not work.once()

    paused(daemon, value=False)
    assert work.once()
    assert found(daemon, number).state is State.COMPLETED


def test_a_worker_that_sleeps_on_a_paused_queue_wakes_when_it_goes_on(daemon: Daemon) -> None:
    paused(daemon, value=True)
    with working(daemon, {Step.SCAN: walks(daemon, {})}):
        number = scan(daemon)
        assert found(daemon, number).state is State.QUEUED

        paused(daemon, value=False)

        eventually(lambda: found(daemon, number).state is State.COMPLETED)


def rates(daemon: Daemon, number: int) -> list[float | None]:
    """Return the rate after each report of an operation that runs."""
    seen: list[float | None] = []
    look = {
        done: lambda: seen.append(operations.rate(daemon.db.read(), number))
        for done in range(1, TOTAL + 1)
    }
    assert runner(daemon, {Step.SCAN: walks(daemon, look)}).once()
    return seen


def test_a_scan_that_goes_on_shows_the_rate_of_now(daemon: Daemon) -> None:
    number = scan(daemon)
    assert runner(daemon, {Step.SCAN: walks(daemon, {6: lambda: call_off(daemon)})}).once()
    assert operations.rate(daemon.db.read(), number) is None
    daemon.clock.now += 86_400
    assert scan(daemon) == number

    assert rates(daemon, number) == [None, None, 1.0, 1.0]


class JumpingWall(Clock):
    """A clock whose wall time somebody sets, while seconds go on as they do."""

    offset = 0.0

    def wall(self) -> float:
        return self.now + self.offset


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_the_rate_does_not_mind_a_clock_that_is_set(daemon: Daemon, jump: float) -> None:
    clock = daemon.clock = JumpingWall()
    number = scan(daemon)
    seen: list[float | None] = []

    def set_the_clock() -> None:
        clock.offset = jump

    look = {done: lambda: seen.append(operations.rate(daemon.db.read(), number)) for done in (6, 9)}
    assert runner(daemon, {Step.SCAN: walks(daemon, {5: set_the_clock, **look})}).once()

    assert seen == [1.0, 1.0]
    assert found(daemon, number).state is State.COMPLETED


def test_after_twenty_kills_one_more_scan_waits_and_one_look_at_each_inbox(daemon: Daemon) -> None:
    calendar.look_at_everything(base(daemon))
    for _kill in range(20):
        with daemon.db.transaction() as tx:
            while (taken := claims.claim(tx, daemon.clock.now)) is not None:
                if taken.step is Step.SCAN:
                    walk = Walk.over([], recursive=True)
                    checkpoints.save(tx, taken.id, walk, daemon.clock.now)
                    break
        interrupted = Recover(base(daemon))()
        calendar.look_at_everything(base(daemon), interrupted=bool(interrupted))

    waits = operations.page(daemon.db.read(), state=State.QUEUED)
    kept = [one for one in waits if checkpoints.load(daemon.db.read(), one.id) is not None]
    anew = [one for one in waits if one.step is Step.SCAN and one not in kept]
    assert (len(kept), len(anew)) == (1, 1)
    assert sum(one.step is Step.LOOK for one in waits) <= 2
