"""The log of an operation, over a real socket: pages of it, and what comes as it comes."""

from contextlib import closing

import pytest

from fakes import rows
from fakes.daemon import Connection, Served
from shelfd.core.lines import FIRST, NEWEST, Level
from shelfd.core.operations import Kind, Step
from shelfd.core.paths import TOP, Place
from shelfd.store import outdated
from waiting import eventually

INFO, WARNING, DEBUG = Level.INFO, Level.WARNING, Level.DEBUG


@pytest.fixture
def number(served: Served) -> int:
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))
    return rows.run(served.daemon)


def ended(number: int, state: str | None = "completed", left_out: int = 0) -> dict[str, object]:
    return {"operation": number, "state": state, "left_out": left_out}


def test_lines_have_every_field_of_the_contract(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, (WARNING, "filed"), target="/x", ok=True)

    assert served.get(f"/v1/operations/{number}/log") == {
        "items": [
            {
                "id": 1,
                "at": "2026-11-21T12:00:00.000Z",
                "level": "warning",
                "message": "filed",
                "fields": {"target": "/x", "ok": True},
            }
        ],
        "next": None,
        "left_out": 0,
    }


def test_an_operation_with_nothing_to_tell_has_an_empty_log(served: Served, number: int) -> None:
    found = served.get(f"/v1/operations/{number}/log")

    assert found == {"items": [], "next": None, "left_out": 0}


def test_pages_follow_each_other_without_gap_or_overlap(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, *[(INFO, "x")] * 5)

    pages: list[list[int]] = []
    after: int | None = 0
    while after is not None:
        page = served.get(f"/v1/operations/{number}/log?limit=2&after={after}")
        pages.append([line["id"] for line in page["items"]])
        after = page["next"]

    assert pages == [[1, 2], [3, 4], [5]]


def test_a_level_leaves_out_what_matters_less(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, (DEBUG, "a"), (INFO, "b"), (WARNING, "c"))

    found = served.get(f"/v1/operations/{number}/log?level=info")

    assert [line["message"] for line in found["items"]] == ["b", "c"]


def test_how_many_lines_are_not_kept_is_told(served: Served, number: int) -> None:
    for _ in range(2):
        rows.tell(served.daemon, number, *[(INFO, "x")] * (FIRST + NEWEST))

    assert served.get(f"/v1/operations/{number}/log")["left_out"] == FIRST + NEWEST


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/v1/operations/99/log", 404),
        ("/v1/operations/99/log?follow=true", 404),
        ("/v1/operations/x/log", 404),
        ("/v1/operations/{}/log?level=loud", 422),
        ("/v1/operations/{}/log?follow=yes", 422),
        ("/v1/operations/{}/log?limit=0", 422),
        ("/v1/operations/{}/log?follow=true&limit=0", 422),
        ("/v1/operations/{}/log?after=-1", 422),
        ("/v1/operations/{}/log?since=1", 422),
    ],
)
def test_what_makes_no_sense_is_refused(
    served: Served, number: int, target: str, status: int
) -> None:
    assert served.ask("GET", target.format(number))[0] == status


def test_lines_arrive_as_they_are_written_until_the_operation_ends(
    served: Served, number: int
) -> None:
    rows.tell(served.daemon, number, (INFO, "before"))

    with served.stream(f"/v1/operations/{number}/log?follow=true") as stream:
        first = stream.next()
        rows.tell(served.daemon, number, (INFO, "meanwhile"))
        second = stream.next()
        rows.complete(served.daemon, number)
        last = stream.next()
        with pytest.raises(EOFError):
            stream.next()

    assert first == (
        1,
        "line",
        served.get(f"/v1/operations/{number}/log")["items"][0],
    )
    assert (second[0], second[2]["message"]) == (2, "meanwhile")
    assert last == (2, "ended", ended(number))


def test_the_last_lines_come_after_the_end_of_the_operation(served: Served, number: int) -> None:
    served.daemon.open_logs.add(number)

    with served.stream(f"/v1/operations/{number}/log?follow=true") as stream:
        rows.complete(served.daemon, number)
        rows.tell(served.daemon, number, (INFO, "operation ended"))
        assert stream.next()[2]["message"] == "operation ended"
        served.daemon.open_logs.clear()
        assert stream.next()[1] == "ended"


def test_a_log_that_has_ended_is_replayed_from_where_the_client_was(
    served: Served, number: int
) -> None:
    rows.tell(served.daemon, number, *[(INFO, "x"), (WARNING, "y")] * 200)
    rows.complete(served.daemon, number)
    target = f"/v1/operations/{number}/log?follow=true&level=warning&after=2"

    with served.stream(target) as stream:
        arrived = [stream.next() for _ in range(200)]
    with served.stream(target, **{"Last-Event-ID": "400"}) as stream:
        last = stream.next()

    assert [event[0] for event in arrived[:-1]] == [*range(4, 401, 2)]
    assert arrived[-1][1] == "ended"
    assert last == (400, "ended", ended(number))


def test_an_operation_that_is_forgotten_meanwhile_ends_its_log(served: Served, number: int) -> None:
    served.daemon.open_logs.add(number)
    rows.complete(served.daemon, number)

    with served.stream(f"/v1/operations/{number}/log?follow=true") as stream:
        with served.daemon.db.transaction() as tx:
            outdated.forget_before(tx, served.daemon.clock.now + 1)
        served.daemon.open_logs.clear()
        assert stream.next() == (0, "ended", ended(number, None))


def test_a_daemon_that_stops_ends_the_stream(served: Served, number: int) -> None:
    with served.stream(f"/v1/operations/{number}/log?follow=true") as stream:
        eventually(lambda: served.api._bell._listeners)
        served.server.close()
        with pytest.raises(EOFError):
            stream.next()


@pytest.mark.parametrize("query", ["", "?follow=true"])
def test_head_has_the_head_of_the_answer_only(served: Served, number: int, query: str) -> None:
    with closing(Connection(served.path)) as connection:
        connection.request("HEAD", f"/v1/operations/{number}/log{query}")
        answer = connection.getresponse()

        assert (answer.status, answer.read()) == (200, b"")


@pytest.mark.parametrize("follow", ["true", "false"])
@pytest.mark.parametrize("header", ["x", "-1", "9" * 18])
def test_a_last_event_id_that_is_none_is_refused(
    served: Served, number: int, header: str, follow: str
) -> None:
    with closing(Connection(served.path)) as connection:
        target = f"/v1/operations/{number}/log?follow={follow}"
        connection.request("GET", target, headers={"Last-Event-ID": header})

        assert connection.getresponse().status == 422
