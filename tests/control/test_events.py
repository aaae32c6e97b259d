"""The event stream, over a real socket."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException
from typing import Any

import pytest

from fakes import rows
from fakes.daemon import Served, Stream
from shelfd.control import events as stream_events
from shelfd.control.feed import Bounds
from shelfd.core.operations import Kind, Step
from shelfd.core.paths import TOP, Place
from shelfd.store import events
from waiting import eventually

EVERYWHERE = Place("movies", TOP)


def scan(served: Served) -> int:
    return rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, EVERYWHERE)


def test_what_happens_arrives(served: Served) -> None:
    with served.stream("/v1/events") as stream:
        number = scan(served)

        assert stream.next() == (
            1,
            "operation",
            {
                "at": "2026-11-21T12:00:00.000Z",
                "id": number,
                "kind": "scan",
                "path": str(served.daemon.movies),
                "state": "queued",
            },
        )


def test_without_since_nothing_of_the_past_arrives(served: Served) -> None:
    scan(served)

    with served.stream("/v1/events") as stream:
        second = scan(served)

        assert stream.next()[2]["id"] == second


@pytest.mark.parametrize("since", [0, 1, 2])
def test_since_replays_what_followed(served: Served, since: int) -> None:
    for _ in range(3):
        scan(served)

    with served.stream(f"/v1/events?since={since}") as stream:
        scan(served)
        arrived = [stream.next()[0] for _ in range(4 - since)]

    assert arrived == [1, 2, 3, 4][since:]


def test_more_than_a_batch_is_replayed_without_gap(served: Served) -> None:
    with served.daemon.db.transaction() as tx:
        for number in range(1234):
            events.add(tx, "catalog", {"number": number}, served.daemon.clock.now)

    with served.stream("/v1/events?since=0") as stream:
        arrived = [stream.next() for _ in range(1234)]

    assert [event[0] for event in arrived] == list(range(1, 1235))
    assert [event[2]["number"] for event in arrived] == list(range(1234))


def test_a_client_that_comes_back_goes_on_where_it_was(served: Served) -> None:
    for _ in range(3):
        scan(served)

    # the address is the one of the first time, the header says how far it came since
    with served.stream("/v1/events?since=0", **{"Last-Event-ID": "2"}) as stream:
        assert stream.next()[0] == 3


def test_one_operation_can_be_followed_alone(served: Served) -> None:
    first = scan(served)
    scan(served)

    with served.stream(f"/v1/events?operation={first}&since=0") as stream:
        assert rows.run(served.daemon) == first
        rows.complete(served.daemon, first, {"directories": 3})
        arrived = [stream.next()[2] for _ in range(3)]

    assert [event["state"] for event in arrived] == ["queued", "running", "completed"]
    assert arrived[-1]["result"] == {"directories": 3}


def test_an_operation_that_never_was_cannot_be_followed(served: Served) -> None:
    assert served.ask("GET", "/v1/events?operation=99")[0] == 404


def forget(served: Served, until: int) -> None:
    with served.daemon.db.transaction() as tx:
        tx.execute("DELETE FROM events WHERE id <= ?", (until,))


def test_who_missed_what_is_no_longer_kept_is_told_to_begin_afresh(served: Served) -> None:
    for _ in range(5):
        scan(served)
    forget(served, until=3)

    with served.stream("/v1/events?since=2") as stream:
        assert stream.next() == (5, "fresh", {"since": 2, "oldest": 4, "newest": 5})
        scan(served)
        assert stream.next()[0] == 6


def test_who_is_just_in_time_misses_nothing(served: Served) -> None:
    for _ in range(5):
        scan(served)
    forget(served, until=3)

    with served.stream("/v1/events?since=3") as stream:
        assert [stream.next()[:2] for _ in range(2)] == [(4, "operation"), (5, "operation")]


def test_who_is_ahead_of_a_database_that_was_made_anew_begins_afresh(served: Served) -> None:
    scan(served)

    with served.stream("/v1/events?since=900") as stream:
        assert stream.next()[:2] == (1, "fresh")


def test_who_follows_a_quiet_operation_does_not_fall_behind(served: Served) -> None:
    first = scan(served)
    for _ in range(10):
        scan(served)

    batch = stream_events._batch(served.daemon, 1, first)

    assert (batch.told, batch.position) == ((), 11)


def test_a_drop_is_told_by_its_path(served: Served) -> None:
    with served.stream("/v1/events") as stream:
        rows.drop(served.daemon, b"caf\xe9.mkv")

        assert stream.next()[1:] == (
            "drop",
            {
                "at": "2026-11-21T12:00:00.000Z",
                "root": "inbox",
                "state": "settling",
                "reason": "it has just appeared",
                "path": f"{served.daemon.inbox}/caf\\xe9.mkv",
                "path_bytes": f"{served.daemon.inbox}/caf%E9.mkv",
            },
        )


def test_a_stream_ends_when_the_daemon_does(served: Served) -> None:
    with served.stream("/v1/events") as stream:
        scan(served)
        stream.next()

        served.server.close()

        with pytest.raises(EOFError):
            stream.next()


@pytest.mark.parametrize(
    "target",
    ["/v1/events?since=x", "/v1/events?since=-1", "/v1/events?operation=x", "/v1/events?from=1"],
)
def test_a_wrong_question_is_answered_at_once(served: Served, target: str) -> None:
    assert served.ask("GET", target)[0] == 422


def test_a_wrong_header_is_answered_at_once(served: Served) -> None:
    with (
        pytest.raises(AssertionError, match="the id of an event"),
        served.stream("/v1/events", **{"Last-Event-ID": "x"}),
    ):
        pass


def listeners(served: Served) -> int:
    return len(served.api._feed._lines)


def test_who_hangs_up_is_forgotten(served: Served) -> None:
    with served.stream("/v1/events"):
        eventually(lambda: listeners(served) == 1)

    eventually(lambda: listeners(served) == 0)


def deaf(served: Served) -> socket.socket:
    """Return a client that asks for everything and reads nothing."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(str(served.path))
    client.sendall(b"GET /v1/events?since=0 HTTP/1.1\r\nHost: shelfd\r\n\r\n")
    return client


def test_clients_that_do_not_read_hinder_nobody(served: Served) -> None:
    text = "x" * 10_000
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(deaf(served))
        eventually(lambda: listeners(served) == 20)
        with served.daemon.db.transaction() as tx:
            for _ in range(2_000):
                events.add(tx, "catalog", {"text": text}, served.daemon.clock.now)

        with served.stream("/v1/events?since=1998") as stream:
            assert [stream.next()[0] for _ in range(2)] == [1999, 2000]
        for _ in range(10):
            assert served.get("/v1/status")["state"] == "ready"

        served.server.close()

        assert not served.server.is_alive()


def tell(served: Served, number: int, size: int) -> None:
    with served.daemon.db.transaction() as tx:
        for _ in range(number):
            events.add(tx, "catalog", {"text": "x" * size}, served.daemon.clock.now)


def test_who_stops_reading_is_dropped_and_gets_the_rest_when_it_comes_back(served: Served) -> None:
    with served.stream("/v1/events") as other, served.stream("/v1/events") as stopped:
        tell(served, 1, 10)
        assert stopped.next()[0] == other.next()[0] == 1
        for number in range(2, 42):  # in commits of their own, so that who reads has read it
            tell(served, 1, 50_000)
            assert other.next()[0] == number
        assert listeners(served) == 1

        got = [number for number, _name, _data in rest(stopped)]

    assert got == [*range(2, len(got) + 2)]
    assert 0 < len(got) < 40
    with served.stream("/v1/events?since=0", **{"Last-Event-ID": str(got[-1])}) as again:
        arrived = [again.next()[0] for _ in range(got[-1], 41)]
    assert arrived == [*range(got[-1] + 1, 42)]


def rest(stream: Stream) -> Iterator[tuple[int, str, Any]]:
    """Yield what had been sent to a client before it was cut off."""
    with suppress(EOFError, OSError, HTTPException, ValueError):
        while True:
            yield stream.next()


def test_beyond_the_most_streams_that_there_may_be_one_is_refused(served: Served) -> None:
    served.api._feed._bounds = Bounds(streams=1)
    with served.stream("/v1/events"):
        status, answer = served.ask("GET", "/v1/events")

        assert (status, answer["error"]["code"]) == (503, "too_many_streams")
    eventually(lambda: listeners(served) == 0)
    with served.stream("/v1/events"):
        pass


def test_all_who_listen_make_one_timer_due(served: Served) -> None:
    ended = served.server._uvicorn._end
    assert ended is not None
    with served.stream("/v1/events"), served.stream("/v1/events"), served.stream("/v1/events"):
        eventually(lambda: len(due(ended[0])) == 1)

    assert eventually(lambda: not due(ended[0]))


def due(loop: asyncio.AbstractEventLoop) -> list[object]:
    scheduled = loop._scheduled  # type: ignore[attr-defined]  # what the loop will wake up for
    return [handle for handle in [*scheduled] if not handle.cancelled()]


def test_a_path_that_lost_its_root_is_told_as_it_is_known(served: Served) -> None:
    settings = served.daemon.current.settings
    rows.drop(served.daemon, b"a.mkv")
    served.daemon.take(type(settings)(library=settings.library))

    with served.stream("/v1/events?since=0") as stream:
        assert stream.next()[2]["path"] == "a.mkv"


def test_a_head_does_not_wait(served: Served) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(20)
        client.connect(str(served.path))
        client.sendall(b"HEAD /v1/events HTTP/1.1\r\nHost: shelfd\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := client.recv(4096):
            answer += part

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
