"""Operations move by their table, leave a trace, and coalesce when nobody waits for them by name."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core import journal as file_steps
from shelfd.core.errors import BrokenError
from shelfd.core.operations import MOVES, Asker, Kind, Progress, State, Step, Wish
from shelfd.core.paths import Place, RelPath
from shelfd.store import events, operations
from shelfd.store.database import Database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(os.fsencode(tmp_path / "shelfd.db"))
    yield database
    database.close()


def scan(path: bytes = b"a", asker: Asker = Asker.WATCH, not_before: float = 0.0) -> Wish:
    return Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place("music", RelPath(path)),
        display="/music/a",
        asker=asker,
        not_before=not_before,
    )


def test_the_database_and_the_program_agree_on_every_move(db: Database) -> None:
    rows = db.read().execute("SELECT was, became FROM operation_transitions").fetchall()
    assert {(row[0], row[1]) for row in rows} == {(str(was), str(became)) for was, became in MOVES}

    rows = db.read().execute("SELECT was, became FROM journal_transitions").fetchall()
    assert {(row[0], row[1]) for row in rows} == {
        (str(was), str(became)) for was, became in file_steps.MOVES
    }


@pytest.mark.parametrize("was", list(State))
@pytest.mark.parametrize("became", list(State))
def test_what_is_not_in_the_table_is_refused(db: Database, was: State, became: State) -> None:
    finished = None if was in (State.QUEUED, State.RUNNING) else 2.0
    ended = None if became in (State.QUEUED, State.RUNNING) else 3.0
    with db.transaction() as tx:
        number = operations.enqueue(tx, scan(), 1.0)
        tx.execute("DROP TRIGGER operations_move_by_the_table")
        tx.execute("UPDATE operations SET state = ?, finished_at = ?", (was, finished))
        tx.execute("SAVEPOINT before")
    sql = Path(operations.__file__).parent / "migrations" / "0001_start.sql"
    text = sql.read_text()
    begin = text.index("CREATE TRIGGER operations_move_by_the_table")
    trigger = text[begin : text.index("END;", begin) + 4]
    with db.transaction() as tx:
        tx.execute(trigger)

    def move() -> None:
        with db.transaction() as tx:
            tx.execute("UPDATE operations SET state = ?, finished_at = ?", (became, ended))

    if was == became or (was, became) in MOVES:
        move()
    else:
        with pytest.raises(sqlite3.IntegrityError, match="illegal move"):
            move()
    assert number == 1


def test_each_state_leaves_a_row_and_an_event(db: Database) -> None:
    with db.transaction() as tx:
        number = operations.enqueue(tx, scan(), 1.0)
        operations.claim(tx, 2.0)
        operations.progress(
            tx, number, Progress(phase="reading", done=1, total=3, unit="files"), 3.0
        )
        operations.complete(tx, number, {"added": 3}, 4.0)

    reader = db.read()
    assert operations.history(reader, number) == [
        (None, "queued", 1.0),
        ("queued", "running", 2.0),
        ("running", "completed", 4.0),
    ]
    assert [event.event for event in events.after(reader, 0)] == [
        "operation",
        "operation",
        "progress",
        "operation",
    ]
    found = operations.one(reader, number)
    assert found is not None
    assert (found.state, found.done, found.total, found.result) == (
        State.COMPLETED,
        3,
        3,
        {"added": 3},
    )


def test_the_same_scan_waits_only_once(db: Database) -> None:
    with db.transaction() as tx:
        first = operations.enqueue(tx, scan(not_before=50.0), 1.0)
        second = operations.enqueue(tx, scan(not_before=20.0), 2.0)
        other = operations.enqueue(tx, scan(b"b"), 2.0)

    assert first == second != other
    assert operations.next_due(db.read()) == 0.0
    found = operations.one(db.read(), first)
    assert found is not None
    assert found.not_before == 20.0


def test_what_a_person_asks_for_always_gets_its_own_id(db: Database) -> None:
    with db.transaction() as tx:
        ids = [operations.enqueue(tx, scan(asker=Asker.PERSON), 1.0) for _ in range(3)]

    assert ids == [1, 2, 3]


def test_a_scan_that_runs_does_not_serve_for_what_changed_since(db: Database) -> None:
    with db.transaction() as tx:
        first = operations.enqueue(tx, scan(), 1.0)
        operations.claim(tx, 2.0)
        second = operations.enqueue(tx, scan(), 3.0)

    assert first != second


def test_a_scan_that_makes_room_while_the_same_waits_is_served_by_that(db: Database) -> None:
    with db.transaction() as tx:
        first = operations.enqueue(tx, scan(), 1.0)
        operations.claim(tx, 2.0)
        operations.enqueue(tx, scan(), 3.0)
        operations.requeue(tx, first, 4.0)

    found = operations.one(db.read(), first)
    assert found is not None
    assert (found.state, found.result) == (State.COMPLETED, {"absorbed": True})


def test_nothing_starts_before_its_time_and_a_person_goes_first(db: Database) -> None:
    with db.transaction() as tx:
        operations.enqueue(tx, scan(b"later", not_before=100.0), 1.0)
        operations.enqueue(tx, scan(b"event"), 1.0)
        asked = operations.enqueue(tx, scan(b"person", Asker.PERSON), 1.0)
        first = operations.claim(tx, 2.0)
        second = operations.claim(tx, 2.0)
        third = operations.claim(tx, 2.0)

    assert first is not None
    assert first.id == asked
    assert second is not None
    assert second.path == b"event"
    assert third is None


def test_ids_are_never_used_twice(db: Database) -> None:
    with db.transaction() as tx:
        first = operations.enqueue(tx, scan(), 1.0)
        operations.claim(tx, 1.0)
        operations.complete(tx, first, {}, 2.0)
        assert operations.forget_before(tx, 10.0) == 1
        second = operations.enqueue(tx, scan(), 20.0)

    assert second > first


def test_a_fault_keeps_code_message_and_way_out(db: Database) -> None:
    with db.transaction() as tx:
        number = operations.enqueue(tx, scan(), 1.0)
        operations.claim(tx, 1.0)
        operations.fail(tx, number, BrokenError("x: no", code="no", hint="try y"), 2.0)

    found = operations.one(db.read(), number)
    assert found is not None
    assert found.error == {"code": "no", "message": "x: no", "hint": "try y"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["enqueue", "claim", "complete", "requeue"]), max_size=40))
def test_nothing_is_lost_or_doubled_whatever_the_order(actions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        db = Database(os.fsencode(directory) + b"/shelfd.db")
        wanted, running, ended = 0, [], 0
        for now, action in enumerate(actions):
            with db.transaction() as tx:
                if action == "enqueue":
                    operations.enqueue(tx, scan(b"%d" % now, Asker.PERSON), float(now))
                    wanted += 1
                elif action == "claim" and (claimed := operations.claim(tx, float(now))):
                    running.append(claimed.id)
                elif action == "complete" and running:
                    operations.complete(tx, running.pop(), {}, float(now))
                    ended += 1
                elif action == "requeue" and running:
                    operations.requeue(tx, running.pop(), float(now))
        counts = operations.counts(db.read())
        assert counts["running"] == len(running)
        assert counts["completed"] == ended
        assert counts["queued"] == wanted - ended - len(running)
        db.close()
