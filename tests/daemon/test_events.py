"""Two hundred clients follow a scan, and a tenth of them does not read."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import corpus
from crowd import Crowd
from running import Connection, Running, running
from waiting import eventually

READING, DEAF = 180, 20
FILES = 2_500
MEGABYTES = 64
"""That the streams, the scan and the catalog may take together."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, "[scan]\ncheckpoint_directories = 10\n") as daemon:
        daemon.post("/v1/queue/pause", {})
        corpus.make_tiny(daemon.library / "Music", FILES)
        yield daemon


def events(daemon: Running) -> list[tuple[int, str, int | None, str]]:
    """Return what the database has of events: id, name, operation, data."""
    with closing(sqlite3.connect(daemon.top / "state" / "shelfd.db")) as db:
        return db.execute("SELECT id, event, operation, data FROM events ORDER BY id").fetchall()


def memory(daemon: Running) -> int:
    return int(daemon.get("/v1/status")[1]["memory_bytes"])


def ended(daemon: Running, number: int) -> Any:
    _, operation = daemon.get(f"/v1/operations/{number}")
    return operation if operation["finished_at"] else None


def require_progress(told: list[Any]) -> None:
    """Check that what is done only grows, is never nothing of something, and is all in the end."""
    done = [each["done"] for each in told]
    assert done == sorted(done)
    assert all(0 < each["done"] <= each["total"] for each in told)
    assert done[-1] == told[-1]["total"]


def test_no_client_misses_an_event_of_a_scan_or_gets_it_twice(daemon: Running) -> None:
    before = memory(daemon)
    with Crowd(daemon.socket, READING, DEAF) as clients:
        first = events(daemon)[-1][0]
        _, scan = daemon.post("/v1/operations", {"kind": "scan", "recursive": True})
        daemon.post("/v1/queue/resume", {})
        eventually(lambda: ended(daemon, scan["id"]), within=60)
        eventually(daemon.quiet, within=60)
        written = [event[0] for event in events(daemon) if event[0] > first]
        eventually(lambda: clients.heard(written[-1]), within=60)

        progress = [
            json.loads(data)
            for _id, name, operation, data in events(daemon)
            if name == "progress" and operation == scan["id"]
        ]
        require_progress(progress)
        told = [[number for number in ids if number > first] for ids in clients.ids]
        assert all(ids[: len(written)] == written for ids in told)
        assert clients.ended == 0
        assert memory(daemon) - before < MEGABYTES << 20
        assert daemon.get("/v1/status")[1]["catalog"]["files"] == FILES


def test_more_clients_than_there_is_room_for_are_told_so(daemon: Running) -> None:
    with Crowd(daemon.socket, 256):
        status, answer = daemon.get("/v1/events")

        assert status == 503
        assert answer["error"]["code"] == "too_many_streams"
    # those have hung up: there is room again
    eventually(lambda: begins(daemon))


def begins(daemon: Running) -> bool:
    with closing(Connection(daemon.socket)) as connection:
        connection.request("GET", "/v1/events")
        return connection.getresponse().status == 200
