"""What ran when the process ended says so in its own log, once for each end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import rows
from fakes.daemon import Daemon
from shelfd.core import backoff
from shelfd.core.journal import Action, FileStep, Outcome
from shelfd.core.lines import Level, Line
from shelfd.core.operations import Kind, State, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.walk import Walk
from shelfd.steps.ports import Base
from shelfd.steps.recover import Recover
from shelfd.store import checkpoints, journal, lines, operations

DROP = Place("inbox", RelPath(b"a.mkv"))


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path)
    yield made
    made.db.close()


def interrupted(daemon: Daemon, number: int) -> Line:
    """Let an operation run, and the process end and begin again; return what its log says of that."""
    assert rows.run(daemon) == number
    return recovered(daemon, number)


def recovered(daemon: Daemon, number: int) -> Line:
    Recover(Base(db=daemon.db, clock=daemon.clock, current=daemon.current))()
    return lines.page(daemon.db.read(), number)[-1]


def scan(daemon: Daemon) -> int:
    return rows.enqueue(daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP), recursive=True)


def test_each_end_is_counted_until_it_is_given_up(daemon: Daemon) -> None:
    number = scan(daemon)

    told = [interrupted(daemon, number) for _end in range(backoff.CRASHES)]

    assert [(line.id, line.level, line.message) for line in told] == [
        (1, Level.WARNING, "shelfd ended while this ran; it goes on (attempt 2 of 3)"),
        (2, Level.WARNING, "shelfd ended while this ran; it goes on (attempt 3 of 3)"),
        (
            3,
            Level.ERROR,
            "the daemon has ended 3 times while this ran, without progress between: it is given up",
        ),
    ]


def test_a_scan_says_where_it_stands(daemon: Daemon) -> None:
    number = scan(daemon)
    assert rows.run(daemon) == number
    walk = Walk.over([("movies", RelPath(b"a")), ("movies", RelPath(b"b"))], recursive=True)
    walk.done = 7
    with daemon.db.transaction() as tx:
        checkpoints.save(tx, number, walk, daemon.clock.now)

    assert recovered(daemon, number).fields == '{"directories":7,"known":9}'


def test_an_import_says_how_far_it_came_with_files_and_that_they_are_put_back(
    daemon: Daemon,
) -> None:
    number = rows.enqueue(daemon, Kind.IMPORT, Step.PLAN, DROP)
    assert rows.run(daemon) == number
    steps = [
        FileStep(action=Action.MKDIR, target=Place("movies", RelPath(name)))
        for name in (b"a", b"b")
    ]
    with daemon.db.transaction() as tx:
        operations.advance(tx, number, Step.APPLY)
        journal.plan(tx, number, steps)
        journal.begin(tx, journal.of(tx, number)[0], Outcome())

    told = [recovered(daemon, number)]
    told += [interrupted(daemon, number) for _end in range(3)]

    assert {line.fields for line in told} == {'{"file_steps":{"begun":1,"planned":1}}'}
    assert [line.message for line in told[2:]] == [
        "shelfd ended 3 times while this ran; what it has moved is put back (attempt 1 of 3)",
        "shelfd ended 4 times while this ran; what it has moved is put back (attempt 2 of 3)",
    ]


def test_what_was_to_be_cancelled_says_that_it_is(daemon: Daemon) -> None:
    number = scan(daemon)
    assert rows.run(daemon) == number
    with daemon.db.transaction() as tx:
        operations.call_off(tx, number)

    assert recovered(daemon, number).message == "shelfd ended while this ran; it is cancelled now"


def test_what_ended_by_itself_before_has_no_such_line(daemon: Daemon) -> None:
    number = scan(daemon)
    assert rows.run(daemon) == number
    rows.complete(daemon, number)

    Recover(Base(db=daemon.db, clock=daemon.clock, current=daemon.current))()

    found = operations.one(daemon.db.read(), number)
    assert found is not None
    assert found.state is State.COMPLETED
    assert lines.page(daemon.db.read(), number) == []
