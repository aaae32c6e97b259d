"""Holds over the socket: made, listed, released, and what the other answers say of them."""

import re
from typing import Any

import pytest

from fakes import rows
from fakes.daemon import Served
from shelfd.core.media import Kind
from shelfd.core.operations import Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import claims, operations

SINCE = re.compile(r"held since [0-2]\d:[0-5]\d by `shelfd hold`")


def hold(served: Served, path: object) -> Any:
    status, answer = served.ask("POST", "/v1/holds", {"path": str(path)})
    assert status == 201, answer
    return answer


def looks(served: Served) -> list[Place]:
    found = operations.page(served.daemon.db.read())
    return [operation.place for operation in found if operation.step is Step.LOOK]


def why(served: Served, path: object) -> Any:
    return served.get(f"/v1/why?path={path}")


def test_a_hold_tells_its_path_and_since_when(served: Served) -> None:
    path = str(served.daemon.inbox / "Album")

    answer = hold(served, path)

    assert answer == {"id": 1, "path": path, "held_at": "2026-11-21T12:00:00.000Z"}
    assert served.get("/v1/holds") == {"items": [answer], "next": None}
    assert served.get("/v1/status")["holds"] == [answer]


def test_a_path_is_held_once(served: Served) -> None:
    first = hold(served, served.daemon.inbox)
    served.daemon.clock.now += 60

    assert hold(served, f"{served.daemon.inbox}/") == first
    assert len(served.get("/v1/holds")["items"]) == 1


def test_the_hold_of_a_path_is_found_by_it(served: Served) -> None:
    other = hold(served, served.daemon.inbox)
    path = served.daemon.inbox / "Album"
    answer = hold(served, path)

    assert served.get(f"/v1/holds?path={path}")["items"] == [answer]
    assert served.get(f"/v1/holds?path={served.daemon.inbox}")["items"] == [other]
    assert served.get(f"/v1/holds?path={path}/1.mp3")["items"] == []
    assert served.get("/v1/holds?path=/etc")["items"] == []


def test_a_name_that_is_not_utf8_is_held(served: Served) -> None:
    status, answer = served.ask(
        "POST", "/v1/holds", {"path_bytes": f"{served.daemon.inbox}/caf%E9"}
    )

    assert (status, answer["path_bytes"]) == (201, f"{served.daemon.inbox}/caf%E9")
    found = served.get(f"/v1/holds?path_bytes={served.daemon.inbox}/caf%25E9")["items"]
    assert found == [answer]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ({"path": "/etc"}, 400, "not_in_a_root"),
        ({"path": "Album"}, 422, "invalid_path"),
        ({}, 422, "invalid_path"),
        ({"paths": "/x"}, 422, "invalid_body"),
        (b"{", 400, "no_json"),
    ],
)
def test_what_cannot_be_held_is_refused(
    served: Served, content: object, status: int, code: str
) -> None:
    got, answer = served.ask("POST", "/v1/holds", content)

    assert (got, answer["error"]["code"]) == (status, code)
    assert served.get("/v1/holds")["items"] == []


def test_a_release_tells_what_was_held(served: Served) -> None:
    answer = hold(served, served.daemon.inbox)

    assert served.ask("DELETE", "/v1/holds/1") == (200, answer)
    assert served.get("/v1/holds")["items"] == []


@pytest.mark.parametrize("number", ["1", "x", "-1"])
def test_a_hold_that_is_none_is_not_released(served: Served, number: str) -> None:
    status, answer = served.ask("DELETE", f"/v1/holds/{number}")

    assert (status, answer["error"]["code"]) == (404, "no_such_hold")


def test_a_hold_that_comes_or_goes_has_its_drop_looked_at_at_once(served: Served) -> None:
    hold(served, served.daemon.inbox / "Album" / "CD1")
    rows.complete(served.daemon, rows.run(served.daemon))
    served.ask("DELETE", "/v1/holds/1")

    assert looks(served) == [Place("inbox", RelPath(b"Album"))] * 2
    assert claims.outlook(served.daemon.db.read(), 0.0).is_due


def test_a_release_in_a_library_has_all_that_waits_for_it_looked_at(served: Served) -> None:
    hold(served, served.daemon.movies / "A")
    served.ask("DELETE", "/v1/holds/1")

    assert looks(served) == [Place("inbox", TOP)]


def test_why_says_that_it_is_held(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv", "settling", "it has just appeared")
    (served.daemon.inbox / "new").touch()
    hold(served, served.daemon.inbox)

    for path in (served.daemon.inbox, *(served.daemon.inbox / name for name in ("a.mkv", "new"))):
        answer = why(served, path)
        assert answer["state"] == "held"
        assert SINCE.fullmatch(answer["reason"])


def test_why_says_that_a_part_of_it_is_held(served: Served) -> None:
    rows.drop(served.daemon, b"Album", "queued", "it will be filed")
    hold(served, served.daemon.inbox / "Album" / "CD1")

    assert why(served, served.daemon.inbox / "Album")["state"] == "held"
    assert why(served, served.daemon.inbox / "Album" / "CD2")["state"] == "held"
    assert why(served, served.daemon.inbox / "Other")["state"] == "unknown"
    assert why(served, served.daemon.inbox)["state"] == "unknown"


def test_why_keeps_what_is_known_of_what_was_dealt_with(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv", "refused", "not sure enough")
    rows.shelve(served.daemon, "movies", Kind.MOVIES, b"A (2000)/a.mkv")
    hold(served, served.daemon.inbox)
    hold(served, served.daemon.movies / "A (2000)")

    refused = why(served, served.daemon.inbox / "a.mkv")
    assert refused["state"] == "refused"
    assert SINCE.search(refused["reason"])
    assert why(served, f"{served.daemon.movies}/A%20(2000)/a.mkv")["item"] == 1
