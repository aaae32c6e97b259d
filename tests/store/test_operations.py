"""Operations move by their table, leave a trace, and coalesce when nobody waits for them by name."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shelfd.core import journal as file_steps
from shelfd.core.errors import BrokenError
from shelfd.core.journal import Action, FileStep
from shelfd.core.operations import MOVES, Asker, Kind, Operation, Progress, State, Step, Wish
from shelfd.core.paths import AbsPath, Place, RelPath
from shelfd.core.roots import Root, Roots
from shelfd.core.settled import Memory
from shelfd.core.walk import Walk
from shelfd.store import (
    checkpoints,
    claims,
    drops,
    events,
    journal,
    operations,
    outdated,
    pauses,
    roots,
)
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
        claims.claim(tx, 2.0)
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
    assert claims.outlook(db.read(), 20.0).is_due
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
        claims.claim(tx, 2.0)
        second = operations.enqueue(tx, scan(), 3.0)

    assert first != second


def test_a_scan_that_makes_room_while_the_same_waits_is_served_by_that(db: Database) -> None:
    with db.transaction() as tx:
        first = operations.enqueue(tx, scan(), 1.0)
        claims.claim(tx, 2.0)
        second = operations.enqueue(tx, scan(), 3.0)
        operations.requeue(tx, first, 4.0)

    found = operations.one(db.read(), first)
    assert found is not None
    assert (found.state, found.result) == (State.COMPLETED, {"absorbed_by": second})


def checkpoint(db: Database, number: int, done: int = 3) -> None:
    walk = Walk.over([("music", RelPath(b"a"))], recursive=True)
    walk.done = done
    with db.transaction() as tx:
        checkpoints.save(tx, number, walk, 3.0)


def begun(db: Database, wish: Wish) -> int:
    """Return a scan that runs and has saved where it stands."""
    with db.transaction() as tx:
        number = operations.enqueue(tx, wish, 1.0)
        claims.claim(tx, 2.0)
        operations.progress(tx, number, Progress(phase="reading", done=3, total=9, unit="d"), 3.0)
    checkpoint(db, number)
    return number


def waiting(db: Database) -> list[Operation]:
    return operations.page(db.read(), state=State.QUEUED)


def test_a_scan_that_goes_on_where_it_stood_serves_for_no_later_wish(db: Database) -> None:
    first = begun(db, scan())
    with db.transaction() as tx:
        second = operations.enqueue(tx, scan(), 3.0)
        operations.requeue(tx, first, 4.0)
        third = operations.enqueue(tx, scan(), 5.0)

    assert first != second == third
    assert {one.id for one in waiting(db)} == {first, second}
    assert checkpoints.load(db.read(), first) is not None


def test_however_often_it_is_killed_one_more_scan_waits(db: Database) -> None:
    again = replace(scan(asker=Asker.SHELFD), alone=True)
    number = begun(db, scan(asker=Asker.SHELFD))
    for now in range(20):
        with db.transaction() as tx:
            for running in operations.running(tx):
                operations.requeue(tx, running.id, 10.0 + now)
            operations.enqueue(tx, again, 10.0 + now)
            claimed = claims.claim(tx, 10.0 + now)
        assert claimed is not None
        assert claimed.id == number

    assert len(waiting(db)) == 1


def test_the_one_more_scan_is_not_thrown_back_by_the_next_kill(db: Database) -> None:
    again = replace(scan(asker=Asker.SHELFD), alone=True)
    number = begun(db, again)
    for now in range(20):
        with db.transaction() as tx:
            operations.requeue(tx, number, 10.0 + now)
            operations.enqueue(tx, again, 10.0 + now)
            claimed = claims.claim(tx, 10.0 + now)
        assert claimed is not None
        assert claimed.id == number
        assert checkpoints.load(db.read(), number) is not None

    assert len(waiting(db)) == 1


def test_what_begins_anew_counts_anew_and_what_goes_on_does_not(db: Database) -> None:
    first = begun(db, scan())
    second = begun(db, scan(b"b"))
    with db.transaction() as tx:
        checkpoints.forget(tx, second)
        operations.requeue(tx, first, 4.0)
        operations.requeue(tx, second, 4.0)

    counts = {one.id: (one.phase, one.done, one.total) for one in waiting(db)}
    assert counts == {first: ("reading", 3, 9), second: ("", 0, 0)}


def test_what_is_done_only_grows_and_never_beyond_the_total(db: Database) -> None:
    number = begun(db, scan())
    seen = []
    for done, total in ((2, 9), (5, 9), (11, 9), (10, 12)):
        with db.transaction() as tx:
            report = Progress(phase="reading", done=done, total=total, unit="d")
            operations.progress(tx, number, report, 4.0)
        found = operations.one(db.read(), number)
        assert found is not None
        seen.append((found.done, found.total))

    assert seen == [(3, 9), (5, 9), (11, 11), (11, 12)]


def test_another_phase_counts_something_else(db: Database) -> None:
    number = begun(db, scan())
    with db.transaction() as tx:
        report = Progress(phase="settling", done=1, total=2, unit="files")
        operations.progress(tx, number, report, 4.0)

    found = operations.one(db.read(), number)
    assert found is not None
    assert (found.done, found.total) == (1, 2)


def test_the_last_progress_of_what_ends_well_is_that_all_is_done(db: Database) -> None:
    number = begun(db, scan())
    with db.transaction() as tx:
        operations.complete(tx, number, {}, 5.0)

    last = [event for event in events.after(db.read(), 0) if event.event == "progress"][-1]
    told = msgspec.json.decode(last.data)
    assert (told["done"], told["total"], last.at) == (9, 9, 5.0)


def test_the_rate_is_in_the_event_and_forgotten_when_the_work_is_taken_up_again(
    db: Database,
) -> None:
    number = begun(db, scan())
    assert operations.rate(db.read(), number) is None
    with db.transaction() as tx:
        report = Progress(phase="reading", done=5, total=9, unit="d", rate=2.0)
        operations.progress(tx, number, report, 4.0)

    assert operations.rate(db.read(), number) == 2.0
    last = events.after(db.read(), 0)[-1]
    told = msgspec.json.decode(last.data)
    assert (last.event, told["rate"], told["eta_s"]) == ("progress", 2.0, 2.0)

    with db.transaction() as tx:
        operations.requeue(tx, number, 5.0)
        claims.claim(tx, 6.0)
    assert operations.rate(db.read(), number) is None


def test_a_cancelled_scan_keeps_where_it_stands_and_every_other_end_forgets_it(
    db: Database,
) -> None:
    numbers = [begun(db, scan(name)) for name in (b"a", b"b", b"c")]
    with db.transaction() as tx:
        operations.cancel(tx, numbers[0], 4.0, {"directories": 3})
        operations.complete(tx, numbers[1], {}, 4.0)
        operations.fail(tx, numbers[2], BrokenError("x: no", code="no"), 4.0)

    kept = [checkpoints.load(db.read(), number) is not None for number in numbers]
    assert kept == [True, False, False]
    found = operations.one(db.read(), numbers[0])
    assert found is not None
    assert (found.state, found.done, found.total) == (State.CANCELLED, 3, 9)
    assert (found.finished_at, found.result) == (4.0, {"directories": 3})


def test_what_is_to_be_cancelled_is_cancelled_instead_of_put_back(db: Database) -> None:
    number = begun(db, scan())
    with db.transaction() as tx:
        assert not operations.called_off(tx, number)
        operations.call_off(tx, number)
        assert operations.called_off(tx, number)
        operations.requeue(tx, number, 4.0)

    found = operations.one(db.read(), number)
    assert found is not None
    assert found.state is State.CANCELLED
    assert checkpoints.load(db.read(), number) is not None


def test_a_cancelled_import_leaves_its_drop_and_what_it_had_planned(db: Database) -> None:
    place = Place("inbox", RelPath(b"x"))
    wish = replace(scan(), kind=Kind.IMPORT, step=Step.PLAN, place=place)
    memory = Memory(snapshot=b"s", bytes=1, changed_at=1.0, looked_at=1.0)
    inbox = Root(name="inbox", role="inbox", kind=None, path=AbsPath(b"/inbox"))
    with db.transaction() as tx:
        roots.put(tx, Roots([inbox]))
        number = operations.enqueue(tx, wish, 1.0)
        drops.looked(tx, place, "settling", "it has settled", memory)
        drops.queued(tx, place, number)
        claims.claim(tx, 2.0)
        journal.plan(tx, number, [FileStep(action=Action.MKDIR, target=place)])
        operations.advance(tx, number, Step.APPLY)
        operations.cancel(tx, number, 3.0)

    drop = drops.one(db.read(), place)
    assert drop is not None
    assert drop.state == "settling"
    assert [entry.state for entry in journal.of(db.read(), number)] == ["dropped"]


def test_on_a_paused_queue_nothing_starts_and_nothing_is_due(db: Database) -> None:
    with db.transaction() as tx:
        number = operations.enqueue(tx, scan(), 1.0)
        pauses.begin(tx, pauses.Pause(), 1.0)
        pauses.begin(tx, pauses.Pause(), 1.0)
        assert pauses.paused(tx)
        assert claims.claim(tx, 2.0) is None
        assert claims.chosen(tx, 2.0) is None

        pauses.end(tx, pauses.Pause())
        assert not pauses.paused(tx)
        assert claims.chosen(tx, 2.0) is not None
        claimed = claims.claim(tx, 2.0)

    assert claimed is not None
    assert claimed.id == number


def test_a_pause_survives_a_restart(tmp_path: Path) -> None:
    for paused in (True, False):
        before = Database(os.fsencode(tmp_path / "p.db"))
        with before.transaction() as tx:
            if paused:
                pauses.begin(tx, pauses.Pause(), 1.0)
            else:
                pauses.end(tx, pauses.Pause())
        before.close()
        after = Database(os.fsencode(tmp_path / "p.db"))
        assert pauses.paused(after.read()) is paused
        after.close()


def test_nothing_starts_before_its_time_and_a_person_goes_first(db: Database) -> None:
    with db.transaction() as tx:
        operations.enqueue(tx, scan(b"later", not_before=100.0), 1.0)
        operations.enqueue(tx, scan(b"event"), 1.0)
        asked = operations.enqueue(tx, scan(b"person", Asker.PERSON), 1.0)
        first = claims.claim(tx, 2.0)
        second = claims.claim(tx, 2.0)
        third = claims.claim(tx, 2.0)

    assert first is not None
    assert first.id == asked
    assert second is not None
    assert second.path == b"event"
    assert third is None


def test_ids_are_never_used_twice(db: Database) -> None:
    with db.transaction() as tx:
        first = operations.enqueue(tx, scan(), 1.0)
        claims.claim(tx, 1.0)
        operations.complete(tx, first, {}, 2.0)
        assert outdated.forget_before(tx, 10.0) == 1
        second = operations.enqueue(tx, scan(), 20.0)

    assert second > first


def test_a_fault_keeps_code_message_and_way_out(db: Database) -> None:
    with db.transaction() as tx:
        number = operations.enqueue(tx, scan(), 1.0)
        claims.claim(tx, 1.0)
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
                elif action == "claim" and (claimed := claims.claim(tx, float(now))):
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
