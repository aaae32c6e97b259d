"""Is it well, what does it do, what waits and why."""

import os

from fakes import rows
from fakes.daemon import Served
from shelfd.control.status import AHEAD_S, LATELY_S
from shelfd.core.condition import RootState
from shelfd.core.media import Kind as Media
from shelfd.core.operations import Asker, Kind, Progress, Step, Wish
from shelfd.core.paths import TOP, Place
from shelfd.store import operations, roots
from waiting import eventually


def test_a_daemon_that_has_nothing_to_do(served: Served) -> None:
    status = served.get("/v1/status")

    del status["roots"]
    assert status == {
        "version": "1.2.3",
        "state": "ready",
        "since": "2026-11-21T11:59:00.000Z",
        "pid": os.getpid(),
        "memory_bytes": 48 << 20,
        "watch": {"watches": 2, "budget": 512, "fault": None},
        "queue": {
            "queued": 0,
            "running": 0,
            "completed": 0,
            "failed": 0,
            "cancelled": 0,
            "paused": False,
            "paused_kinds": [],
            "paused_roots": [],
            "resting": [],
            "next": None,
        },
        "running": [],
        "settling": [],
        "reviews": 0,
        "quarantined": 0,
        "holds": [],
        "catalog": {"items": {}, "files": 0, "bytes": 0, "missing": 0},
        "checks": [],
        "schedule": {"scan": "2026-11-22T04:30:00.000Z"},
    }


def test_a_root_has_every_field_of_the_contract(served: Served) -> None:
    library, inbox = served.get("/v1/status")["roots"]

    assert library == {
        "name": "movies",
        "role": "library",
        "kind": "movies",
        "path": str(served.daemon.movies),
        "state": "watching",
        "reason": "",
        "watches": 1,
        "directories": 0,
        "files": 0,
        "missing": 0,
        "last_scan_at": None,
    }
    assert inbox == library | {
        "name": "inbox",
        "role": "inbox",
        "kind": "auto",
        "path": str(served.daemon.inbox),
        "directories": None,
        "files": None,
        "missing": None,
    }


def test_the_catalog_is_counted_with_what_is_missing_apart(served: Served) -> None:
    for name in (b"A", b"B", b"C"):
        rows.shelve(served.daemon, "movies", Media.MOVIES, name + b" (2001)/x.mkv")
    rows.lose(served.daemon, "movies", b"B (2001)/x.mkv")
    with served.daemon.db.transaction() as tx:
        roots.scanned(tx, "movies", served.daemon.clock.now)

    status = served.get("/v1/status")

    assert status["catalog"] == {"items": {"movie": 2}, "files": 2, "bytes": 2000, "missing": 1}
    library = status["roots"][0]
    assert (library["directories"], library["files"], library["missing"]) == (3, 2, 1)
    assert library["last_scan_at"] == "2026-11-21T12:00:00.000Z"


def test_what_waits_in_the_inbox_says_why(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv")
    rows.drop(served.daemon, b"caf\xe9.mkv", "refused", "not sure enough")
    rows.filed(served.daemon, b"done.mkv", b"D/D.mkv")

    waiting = {drop["state"]: drop for drop in served.get("/v1/status")["settling"]}

    assert waiting["settling"] == {
        "path": f"{served.daemon.inbox}/a.mkv",
        "state": "settling",
        "reason": "it has just appeared",
        "bytes": 700 << 20,
        "since": "2026-11-21T12:00:00.000Z",
    }
    assert waiting["refused"]["path_bytes"] == f"{served.daemon.inbox}/caf%E9.mkv"
    assert len(waiting) == 2


def test_the_queue_says_what_runs_and_what_is_next(served: Served) -> None:
    place = Place("movies", TOP)
    later = Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=place,
        display="later",
        asker=Asker.PERSON,
        not_before=served.daemon.clock.now + 60,
    )
    with served.daemon.db.transaction() as tx:
        operations.enqueue(tx, later, served.daemon.clock.now)
    running = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, place)
    rows.run(served.daemon)
    less_urgent = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, place)

    status = served.get("/v1/status")

    assert [operation["id"] for operation in status["running"]] == [running]
    assert (status["queue"]["queued"], status["queue"]["running"]) == (2, 1)
    assert status["queue"]["next"]["id"] == less_urgent


def test_a_scan_that_runs_says_how_far_it_is_and_how_long_it_will_take(served: Served) -> None:
    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP), recursive=True)
    rows.run(served.daemon)
    half = Progress(phase="reading", done=20, total=50, unit="directories", rate=10.0)
    with served.daemon.db.transaction() as tx:
        operations.progress(tx, number, half, served.daemon.clock.now)

    [running] = served.get("/v1/status")["running"]

    assert running["progress"] == {
        "phase": "reading",
        "done": 20,
        "total": 50,
        "unit": "directories",
        "rate": 10.0,
        "eta_s": 3.0,
        "current": "",
    }


def test_a_queue_that_is_paused_and_what_is_held_are_told(served: Served) -> None:
    album = served.daemon.inbox / "Album"
    served.ask("POST", "/v1/queue/pause", {})
    served.ask("POST", "/v1/holds", {"path": str(album)})

    status = served.get("/v1/status")

    assert status["queue"]["paused"] is True
    assert [hold["path"] for hold in status["holds"]] == [str(album)]


def test_what_the_daemon_finds_wrong_is_passed_on(served: Served) -> None:
    served.daemon.root_words["movies"] = RootState("absent", "it is not there", 0)
    served.daemon.wrong = [
        {"check": "movies", "severity": "warn", "message": "it is not there", "fix": "mount it"}
    ]

    status = served.get("/v1/status")

    assert status["checks"] == served.daemon.wrong
    assert (status["roots"][0]["state"], status["roots"][0]["reason"]) == (
        "absent",
        "it is not there",
    )


def test_while_work_is_done_an_answer_serves_those_who_ask_a_moment_later(served: Served) -> None:
    daemon = served.daemon
    rows.enqueue(daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP), recursive=True)
    daemon.memory = 1
    rows.run(daemon)
    assert served.get("/v1/status")["memory_bytes"] == 1

    daemon.memory = 2
    assert served.get("/v1/status")["memory_bytes"] == 1
    served.ask("POST", "/v1/holds", {"path": str(daemon.inbox / "Album")})
    status = served.get("/v1/status")
    assert (status["memory_bytes"], len(status["holds"])) == (2, 1)

    daemon.memory = 3
    rows.enqueue(daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))
    assert served.get("/v1/status")["memory_bytes"] == 3

    daemon.memory = 4
    daemon.word = "stopping"
    assert served.get("/v1/status")["memory_bytes"] == 4

    daemon.memory = 5
    daemon.clock.now += LATELY_S
    assert served.get("/v1/status")["memory_bytes"] == 5

    daemon.memory = 6
    daemon.clock.now += 1.5 * AHEAD_S
    assert served.get("/v1/status")["memory_bytes"] == 5
    eventually(lambda: served.get("/v1/status")["memory_bytes"] == 6)


def test_of_how_far_work_is_an_answer_may_be_a_moment_old(served: Served) -> None:
    daemon = served.daemon
    rows.enqueue(daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))
    number = rows.run(daemon)
    daemon.memory = 1
    assert served.get("/v1/status")["memory_bytes"] == 1

    daemon.memory = 2
    with daemon.db.transaction() as tx:
        operations.progress(
            tx, number, Progress(phase="reading", done=1, total=2, unit="files"), daemon.clock.now
        )
    assert served.get("/v1/status")["memory_bytes"] == 1


def test_at_rest_each_answer_is_of_the_moment(served: Served) -> None:
    for size in (1, 2):
        served.daemon.memory = size
        assert served.get("/v1/status")["memory_bytes"] == size
