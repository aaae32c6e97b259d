"""Operations as the API shows them."""

import os

from fakes import rows
from fakes.daemon import NOON, Served
from shelfd.core.errors import RefusedError
from shelfd.core.operations import Kind, Progress, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import operations

EVERYWHERE = Place("movies", TOP)


def scans(served: Served, number: int) -> None:
    for _ in range(number):
        rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, EVERYWHERE, recursive=True)


def test_an_operation_has_every_field_of_the_contract(served: Served) -> None:
    scans(served, 1)

    assert served.get("/v1/operations")["items"] == [
        {
            "id": 1,
            "kind": "scan",
            "path": str(served.daemon.movies),
            "state": "queued",
            "priority": 3,
            "asked_by": "person",
            "options": {"recursive": True},
            "created_at": "2026-11-21T12:00:00.000Z",
            "started_at": None,
            "finished_at": None,
            "not_before": None,
            "attempts": 0,
            "deadline": None,
            "waits_for": [],
            "parent": None,
            "retries": 0,
            "fault": None,
            "progress": None,
            "error": None,
            "result": None,
        }
    ]


def test_pages_follow_each_other_without_gap_or_overlap(served: Served) -> None:
    scans(served, 5)

    pages = []
    after = ""
    while True:
        page = served.get(f"/v1/operations?limit=2{after}")
        pages.append([operation["id"] for operation in page["items"]])
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert pages == [[5, 4], [3, 2], [1]]


def test_a_page_that_is_just_full_has_no_next(served: Served) -> None:
    scans(served, 2)

    assert served.get("/v1/operations?limit=2")["next"] is None


def test_state_and_kind_choose(served: Served) -> None:
    scans(served, 2)
    rows.run(served.daemon)
    rows.filed(served.daemon, b"a.mkv", b"A (2000)/A (2000).mkv")

    assert [one["id"] for one in served.get("/v1/operations?state=running")["items"]] == [1]
    assert [one["id"] for one in served.get("/v1/operations?kind=import")["items"]] == [3]
    assert served.get("/v1/operations?kind=import&state=queued")["items"] == []


def test_a_parent_chooses_its_parts_together_with_state_and_kind(served: Served) -> None:
    scans(served, 1)
    whole = rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, Place("inbox", TOP))
    parts = [rows.part(served.daemon, whole, name) for name in (b"a", b"b", b"c")]
    assert served.ask("DELETE", f"/v1/operations/{parts[1]}")[0] == 200

    def listed(query: str) -> list[int]:
        page = served.get(f"/v1/operations?parent={whole}{query}")
        return [one["id"] for one in page["items"]]

    assert listed("") == parts[::-1]
    assert listed("&state=queued") == [parts[2], parts[0]]
    assert listed("&state=cancelled&kind=import") == [parts[1]]
    assert listed("&kind=scan") == []
    assert listed(f"&limit=2&after={parts[2]}") == [parts[1], parts[0]]
    assert served.get("/v1/operations?parent=1")["items"] == []
    status, answer = served.ask("GET", "/v1/operations?parent=999")
    assert (status, answer["error"]["code"]) == (404, "no_such_operation")


def test_progress_says_how_fast_and_how_long_yet(served: Served) -> None:
    scans(served, 1)
    rows.run(served.daemon)
    told = {
        "phase": "reading",
        "done": 50,
        "total": 200,
        "unit": "directories",
        "rate": 5.0,
        "eta_s": 30.0,
        "current": "/m/A",
    }
    with served.stream("/v1/events?operation=1") as stream:
        with served.daemon.db.transaction() as tx:
            done = Progress(
                phase="reading", done=50, total=200, unit="directories", current="/m/A", rate=5.0
            )
            operations.progress(tx, 1, done, served.daemon.clock.now)
        _number, name, event = stream.next()

    assert served.get("/v1/operations/1")["progress"] == told
    assert name == "progress"
    assert {field: event[field] for field in told} == told


def test_how_fast_it_is_is_unknown_before_there_is_a_second_report_and_after_the_end(
    served: Served,
) -> None:
    scans(served, 1)
    rows.run(served.daemon)
    seen = []
    for rate in (None, 5.0):
        with served.daemon.db.transaction() as tx:
            done = Progress(phase="reading", done=50, total=200, unit="directories", rate=rate)
            operations.progress(tx, 1, done, served.daemon.clock.now)
        seen.append(served.get("/v1/operations/1")["progress"])
    rows.complete(served.daemon, 1)
    seen.append(served.get("/v1/operations/1")["progress"])

    assert [(one["done"], one["rate"], one["eta_s"]) for one in seen] == [
        (50, None, None),
        (50, 5.0, 30.0),
        (200, None, None),
    ]


def test_a_failed_operation_says_why_and_keeps_its_history(served: Served) -> None:
    scans(served, 1)
    served.daemon.clock.now = NOON + 1
    rows.run(served.daemon)
    served.daemon.clock.now = NOON + 2.5
    with served.daemon.db.transaction() as tx:
        error = RefusedError("/m: no", code="refused", hint="try again")
        operations.fail(tx, 1, error, served.daemon.clock.now)

    operation = served.get("/v1/operations/1")

    assert operation["error"] == {"code": "refused", "message": "/m: no", "hint": "try again"}
    assert operation["history"] == [
        {"state": "queued", "at": "2026-11-21T12:00:00.000Z"},
        {"state": "running", "at": "2026-11-21T12:00:01.000Z"},
        {"state": "failed", "at": "2026-11-21T12:00:02.500Z"},
    ]
    assert "steps" not in operation


def test_an_import_shows_what_it_did_to_files(served: Served) -> None:
    number = rows.filed(served.daemon, b"caf\xe9.mkv", b"A (2000)/A (2000).mkv")

    operation = served.get(f"/v1/operations/{number}")

    assert operation["undoable"] is True
    assert operation["steps"] == [
        {
            "action": "place",
            "state": "done",
            "source": f"{served.daemon.inbox}/caf\\xe9.mkv",
            "source_bytes": f"{served.daemon.inbox}/caf%E9.mkv",
            "target": f"{served.daemon.movies}/A (2000)/A (2000).mkv",
            "method": "copy",
        }
    ]


def test_a_path_that_is_not_utf8_travels_percent_encoded_beside_the_printable(
    served: Served,
) -> None:
    rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, Place("inbox", RelPath(b"caf\xe9 1%.mkv")))

    operation = served.get("/v1/operations/1")

    assert operation["path"] == f"{served.daemon.inbox}/caf\\xe9 1%.mkv"
    assert operation["path_bytes"] == f"{served.daemon.inbox}/caf%E9%201%25.mkv"
    assert os.fsencode(served.daemon.inbox).isascii()


def test_an_operation_outlives_its_root_in_the_settings(served: Served) -> None:
    number = rows.filed(served.daemon, b"a.mkv", b"A (2000)/A (2000).mkv")
    settings = served.daemon.current.settings
    served.daemon.take(type(settings)(library=settings.library))

    operation = served.get(f"/v1/operations/{number}")

    assert operation["path"] == f"{served.daemon.inbox}/a.mkv"
    assert operation["steps"][0]["source"] == "a.mkv"
