"""How operations ended is counted for ever: no count shrinks when rows go, or go on."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core.errors import BrokenError
from shelfd.core.operations import MOVES, Asker, Kind, State, Step, Wish
from shelfd.core.paths import Place, RelPath
from shelfd.core.walk import Walk
from shelfd.store import checkpoints, claims, ends, operations, outdated, retries
from shelfd.store.database import Database

Key = tuple[str, str, str, int | None]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(os.fsencode(tmp_path / "shelfd.db"))
    yield database
    database.close()


def wish(kind: Kind = Kind.SCAN) -> Wish:
    return Wish(
        kind=kind,
        step=Step.SCAN,
        place=Place("music", RelPath(b"a")),
        display="/music/a",
        asker=Asker.PERSON,
        options={"recursive": True},
    )


def begin(db: Database, now: float, kind: Kind = Kind.SCAN) -> int:
    with db.transaction() as tx:
        number = operations.enqueue(tx, wish(kind), now)
        assert claims.claim(tx, now)
    return number


def end(db: Database, state: State, began: float, now: float, kind: Kind = Kind.SCAN) -> int:
    """Run an operation from one Unix time to another."""
    number = begin(db, began, kind)
    with db.transaction() as tx:
        match state:
            case State.COMPLETED:
                operations.complete(tx, number, {}, now)
            case State.FAILED:
                operations.fail(tx, number, BrokenError("disk: full", code="disk_full"), now)
            case _:
                operations.cancel(tx, number, now)
    return number


def leave_off(db: Database, began: float, now: float) -> int:
    """Cancel a scan in its midst, so that it goes on when it is asked for again."""
    number = begin(db, began)
    with db.transaction() as tx:
        walk = Walk.over([("music", RelPath(b"a"))], recursive=True)
        checkpoints.save(tx, number, walk, now)
        operations.cancel(tx, number, now)
    return number


def counted(db: Database) -> Counter[Key]:
    return Counter(
        {
            (each.kind, each.state, each.code, each.within_ms): each.number
            for each in ends.ends(db.read())
        }
    )


def took_ms(db: Database) -> int:
    return sum(each.took_ms for each in ends.ends(db.read()))


def test_nothing_has_ended_at_first(db: Database) -> None:
    begin(db, 1.0)

    assert ends.ends(db.read()) == []


def test_ends_are_told_apart_by_kind_state_error_and_duration(db: Database) -> None:
    end(db, State.COMPLETED, 100.0, 100.004)
    end(db, State.COMPLETED, 100.0, 100.01)
    end(db, State.COMPLETED, 100.0, 130.0)
    end(db, State.COMPLETED, 100.0, 100_000.0)
    end(db, State.FAILED, 100.0, 100.3, Kind.IMPORT)

    assert counted(db) == {
        ("scan", "completed", "", 10): 2,
        ("scan", "completed", "", 60_000): 1,
        ("scan", "completed", "", None): 1,
        ("import", "failed", "disk_full", 500): 1,
    }
    assert took_ms(db) == 4 + 10 + 30_000 + 99_900_000 + 300


def test_a_clock_that_was_put_back_makes_no_time_negative(db: Database) -> None:
    end(db, State.COMPLETED, 100.0, 50.0)

    assert took_ms(db) == 0


def test_one_that_is_cancelled_before_it_begins_has_taken_no_time(db: Database) -> None:
    with db.transaction() as tx:
        number = operations.enqueue(tx, wish(), 1.0)
        operations.cancel(tx, number, 9.0)

    assert counted(db) == {("scan", "cancelled", "", None): 1}
    assert took_ms(db) == 0


def test_a_clean_up_takes_nothing_from_the_counts(db: Database) -> None:
    for state in (State.COMPLETED, State.FAILED, State.CANCELLED):
        for began in (100.0, 200.0, 300.0):
            end(db, state, began, began + 0.1)
    before = counted(db), took_ms(db)

    with db.transaction() as tx:
        assert outdated.forget_before(tx, 250.0) == 6
    assert (counted(db), took_ms(db)) == before

    end(db, State.COMPLETED, 400.0, 400.1)
    with db.transaction() as tx:
        assert outdated.forget_before(tx, 1000.0) == 4
    assert sum(counted(db).values()) == 10
    assert took_ms(db) == before[1] + 100


def test_a_cancelled_scan_that_goes_on_has_been_cancelled(db: Database) -> None:
    number = leave_off(db, 100.0, 101.0)

    with db.transaction() as tx:
        assert operations.enqueue(tx, wish(), 200.0) == number
        claims.claim(tx, 200.0)
    assert sum(counted(db).values()) == 1

    with db.transaction() as tx:
        operations.complete(tx, number, {}, 201.0)
    assert Counter(key[1] for key in counted(db)) == {"cancelled": 1, "completed": 1}


def test_no_way_back_from_an_end_is_without_its_note() -> None:
    ended = {State.COMPLETED, State.FAILED, State.CANCELLED}

    # whoever adds one lets `ends.note` keep the end that it takes from the row, as left_off.go_on does
    # and operations.again
    assert {move for move in MOVES if move[0] in ended} == {
        (State.CANCELLED, State.QUEUED),
        (State.FAILED, State.QUEUED),
    }


def test_what_has_failed_and_is_tried_again_has_failed(db: Database) -> None:
    end(db, State.FAILED, 100.0, 101.0)
    found = operations.one(db.read(), 1)
    assert found is not None

    with db.transaction() as tx:
        retries.again(tx, found, 200.0)
        claims.claim(tx, 200.0)
        operations.complete(tx, 1, {}, 201.0)

    assert Counter(key[1] for key in counted(db)) == {"failed": 1, "completed": 1}


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["completed", "failed", "cancelled", "left off", "clean up"]),
            st.floats(0, 20_000),
        ),
        max_size=12,
    )
)
def test_no_count_ever_shrinks(events: list[tuple[str, float]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        db = Database(os.fsencode(directory) + b"/shelfd.db")
        try:
            now, before, took = 0.0, Counter[Key](), 0
            for event, seconds in events:
                if event == "clean up":
                    with db.transaction() as tx:
                        outdated.forget_before(tx, now - seconds)
                elif event == "left off":
                    leave_off(db, now, now + seconds)
                else:
                    end(db, State(event), now, now + seconds)
                now += seconds
                after = counted(db)
                assert before <= after
                assert took <= took_ms(db)
                before, took = after, took_ms(db)
        finally:
            db.close()
