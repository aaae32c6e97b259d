"""What people say of the queue: cancel this, pause, go on."""

import pytest

from fakes import rows
from fakes.daemon import NOON, Served
from shelfd.core.errors import BrokenError
from shelfd.core.journal import Action, FileStep, Outcome
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import drops, journal, operations, pauses

EVERYWHERE = Place("movies", TOP)
DROP = Place("inbox", RelPath(b"a.mkv"))


def refused(served: Served, number: int) -> tuple[int, str]:
    status, answer = served.ask("DELETE", f"/v1/operations/{number}")
    return status, answer["error"]["code"]


def moving(served: Served, kind: Kind, *, begun: bool = True) -> int:
    """Return an operation that runs and has planned to move files, or has begun to."""
    number = rows.enqueue(served.daemon, kind, Step.PLAN, DROP)
    assert rows.run(served.daemon) == number
    with served.daemon.db.transaction() as tx:
        journal.plan(tx, number, [FileStep(action=Action.MKDIR, target=DROP)])
        operations.advance(tx, number, Step.APPLY)
        if begun:
            journal.begin(tx, journal.of(tx, number)[0], Outcome())
    return number


def test_what_waits_is_cancelled_at_once(served: Served) -> None:
    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, EVERYWHERE)

    status, answer = served.ask("DELETE", f"/v1/operations/{number}")

    assert (status, answer["state"]) == (200, "cancelled")
    assert answer["finished_at"] == "2026-11-21T12:00:00.000Z"
    assert served.get("/v1/operations/1")["history"][-1]["state"] == "cancelled"


def test_an_import_that_waits_leaves_its_drop_until_a_person_says_otherwise(served: Served) -> None:
    number = rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, DROP)
    rows.drop(served.daemon, b"a.mkv")
    with served.daemon.db.transaction() as tx:
        drops.queued(tx, DROP, number)

    assert served.ask("DELETE", f"/v1/operations/{number}")[0] == 200

    drop = drops.one(served.daemon.db.read(), DROP)
    assert drop is not None
    assert drop.state == "held"


@pytest.mark.parametrize(
    ("kind", "step"),
    [(Kind.SCAN, Step.SCAN), (Kind.IMPORT, Step.PLAN), (Kind.UNDO, Step.UNDO)],
)
def test_what_runs_is_cancelled_at_its_next_safe_point(
    served: Served, kind: Kind, step: Step
) -> None:
    number = rows.enqueue(served.daemon, kind, step, DROP)
    rows.run(served.daemon)

    for _twice in range(2):
        status, answer = served.ask("DELETE", f"/v1/operations/{number}")

        assert (status, answer["state"]) == (202, "running")
        assert operations.called_off(served.daemon.db.read(), number)


def test_an_undo_that_moves_files_is_not_cancelled(served: Served) -> None:
    number = moving(served, Kind.UNDO)

    assert refused(served, number) == (409, "moving_files")
    assert not operations.called_off(served.daemon.db.read(), number)


@pytest.mark.parametrize("interrupted", [True, False])
def test_an_import_that_moves_files_is_cancelled_once_they_are_back(
    served: Served, *, interrupted: bool
) -> None:
    number = moving(served, Kind.IMPORT)
    with served.daemon.db.transaction() as tx:
        if interrupted:
            operations.requeue(tx, number, NOON)

    status, answer = served.ask("DELETE", f"/v1/operations/{number}")

    assert (status, answer["state"]) == (202, "queued" if interrupted else "running")
    assert operations.called_off(served.daemon.db.read(), number)


def test_what_was_interrupted_before_it_moved_a_file_is_cancelled(served: Served) -> None:
    number = moving(served, Kind.IMPORT, begun=False)
    with served.daemon.db.transaction() as tx:
        operations.requeue(tx, number, NOON)

    assert served.ask("DELETE", f"/v1/operations/{number}")[0] == 200
    assert journal.of(served.daemon.db.read(), number) == []


@pytest.mark.parametrize(("kind", "step"), [(Kind.SCAN, Step.LOOK), (Kind.CLEANUP, Step.CLEANUP)])
def test_what_ends_in_a_moment_is_not_interrupted(served: Served, kind: Kind, step: Step) -> None:
    number = rows.enqueue(served.daemon, kind, step, DROP)
    rows.run(served.daemon)

    assert refused(served, number) == (409, "not_interruptible")


def test_what_has_ended_is_not_cancelled(served: Served) -> None:
    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, EVERYWHERE)
    served.ask("DELETE", f"/v1/operations/{number}")

    assert refused(served, number) == (409, "ended")


def test_what_never_was_is_not_cancelled(served: Served) -> None:
    assert refused(served, 99) == (404, "no_such_operation")


def test_the_queue_is_paused_and_goes_on_and_tells_it_once(served: Served) -> None:
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, EVERYWHERE)
    with served.stream("/v1/events") as stream:
        for word, paused in (("pause", True), ("resume", False)):
            for _twice in range(2):
                assert served.ask("POST", f"/v1/queue/{word}") == (
                    200,
                    {"paused": paused, "paused_kinds": [], "paused_roots": []},
                )
            assert pauses.paused(served.daemon.db.read()) is paused
            _number, name, told = stream.next()
            assert (name, told["paused"]) == ("queue", paused)


def test_a_pause_has_nothing_else_to_say(served: Served) -> None:
    status, answer = served.ask("POST", "/v1/queue/pause", {"for": "1h"})

    assert (status, answer["error"]["code"]) == (422, "invalid_body")


def test_an_import_of_a_whole_inbox_tries_again_those_parts_that_have_not_ended_well(
    served: Served,
) -> None:
    now = served.daemon.clock.now
    whole = rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, Place("inbox", TOP))
    part = Wish(
        kind=Kind.IMPORT,
        step=Step.PLAN,
        place=DROP,
        display="/a.mkv",
        asker=Asker.PERSON,
        parent=whole,
    )
    with served.daemon.db.transaction() as tx:
        failed, done = (operations.enqueue(tx, part, now) for _ in range(2))
        operations.fail(tx, failed, BrokenError("full", code="no_space"), now)
        tx.execute("UPDATE operations SET state = 'running' WHERE id = ?", (done,))
        operations.complete(tx, done, {}, now)
        operations.fail(tx, whole, BrokenError("1 of 2", code="parts_failed"), now)

    status, answer = served.ask("POST", f"/v1/operations/{whole}/retry")

    assert (status, answer) == (202, {"id": whole})
    states = {number: served.get(f"/v1/operations/{number}")["state"] for number in (failed, done)}
    assert states == {failed: "queued", done: "completed"}
    latest = served.get(f"/v1/operations/{whole}")
    assert (latest["state"], latest["waits_for"], latest["progress"]) == ("queued", [failed], None)


def test_a_whole_is_tried_again_though_a_part_of_it_is_already(served: Served) -> None:
    now = served.daemon.clock.now
    whole = rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, Place("inbox", TOP))
    with served.daemon.db.transaction() as tx:
        operations.fail(tx, whole, BrokenError("1 of 1", code="parts_failed"), now)
        part = Wish(
            kind=Kind.IMPORT,
            step=Step.PLAN,
            place=DROP,
            display="/a.mkv",
            asker=Asker.PERSON,
            parent=whole,
        )
        operations.enqueue(tx, part, now)

    assert served.ask("POST", f"/v1/operations/{whole}/retry") == (202, {"id": whole})


def test_what_comes_next_is_nothing_that_is_paused_or_waits_for_others(served: Served) -> None:
    whole = rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, Place("inbox", TOP))
    part = Wish(
        kind=Kind.IMPORT,
        step=Step.PLAN,
        place=DROP,
        display="/a.mkv",
        asker=Asker.PERSON,
        parent=whole,
    )
    with served.daemon.db.transaction() as tx:
        number = operations.enqueue(tx, part, served.daemon.clock.now)
    assert served.get("/v1/status")["queue"]["next"]["id"] == number

    served.ask("POST", "/v1/queue/pause", {"kind": "import"})

    assert served.get("/v1/status")["queue"]["next"] is None
