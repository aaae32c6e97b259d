"""What holds for every request: routes, methods, limits, faults."""

import json
import socket
from pathlib import Path

import pytest

from fakes.daemon import Served
from shelfd.core.condition import Phase


@pytest.mark.parametrize("state", ["ready", "degraded"])
def test_it_is_healthy_while_it_does_its_work(served: Served, state: Phase) -> None:
    served.daemon.word = state

    assert served.ask("GET", "/v1/health") == (200, {"state": state})


@pytest.mark.parametrize("state", ["starting", "stopping"])
def test_it_is_not_healthy_before_and_after(served: Served, state: Phase) -> None:
    served.daemon.word = state

    assert served.ask("GET", "/v1/health") == (503, {"state": state})


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/status/", "/v1/targets", "/v1/metrics"])
def test_what_is_not_there_is_a_404_in_json(served: Served, path: str) -> None:
    assert served.ask("GET", path) == (
        404,
        {
            "error": {
                "code": "not_found",
                "message": f"{path}: there is nothing of this name",
                "hint": "`GET /v1/openapi.json` tells what there is",
            }
        },
    )


def test_a_wrong_method_is_told_the_right_ones(served: Served) -> None:
    status, content = served.ask("DELETE", "/v1/operations")

    assert status == 405
    assert content["error"] == {
        "code": "method_not_allowed",
        "message": "/v1/operations: DELETE is not possible here",
        "hint": "possible: GET, HEAD, POST",
    }


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/v1/operations?stat=failed", "stat: there is no parameter of this name here"),
        ("/v1/status?x=1", "x: there is no parameter of this name here"),
        ("/v1/operations?limit=0", "limit: '0' is not a number from 1 to 500"),
        ("/v1/operations?limit=501", "limit: '501' is not a number from 1 to 500"),
        ("/v1/operations?limit=-1", "limit: '-1' is not a number from 1 to 500"),
        (
            "/v1/items?after=x%FF",
            "after: 'x\\\\udcff' is not a number from 0 to 576460752303423488",
        ),
        (
            "/v1/operations?state=complete",
            "state: 'complete' is not one of queued, running, completed, failed, cancelled; did you mean completed?",
        ),
    ],
)
def test_a_value_that_is_not_allowed_is_named(served: Served, target: str, message: str) -> None:
    status, content = served.ask("GET", target)

    assert (status, content["error"]["message"]) == (422, message)


@pytest.mark.parametrize("number", ["99", "x", "-1", "9" * 30, "1.5"])
@pytest.mark.parametrize(("route", "what"), [("operations", "operation"), ("items", "item")])
def test_an_id_that_nothing_has_is_a_404(
    served: Served, route: str, what: str, number: str
) -> None:
    status, content = served.ask("GET", f"/v1/{route}/{number}")

    assert status == 404
    assert content["error"]["code"] == f"no_such_{what}"
    assert content["error"]["message"] == f"{what} {number}: there is none of this id"


def test_a_fault_is_told_without_its_insides(served: Served) -> None:
    served.daemon.memory = object()  # type: ignore[assignment]  # JSON has no form for it

    status, content = served.ask("GET", "/v1/status")

    assert status == 500
    assert content == {
        "error": {
            "code": "internal",
            "message": "a fault in shelfd",
            "hint": "please report it, with the log",
        }
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "no_json"),
        (b"\xff", 400, "no_json"),
        (b"[]", 422, "invalid_body"),
        (b"", 422, "invalid_body"),
        (b'{"kind": "cleanup"}', 422, "invalid_body"),
        (b'{"kind": "scan", "pth": "/x"}', 422, "invalid_body"),
        (b'{"kind": "scan", "recursive": "yes"}', 422, "invalid_body"),
        (b'{"kind": "import", "path": "/x", "mode": "teleport"}', 422, "invalid_body"),
        (b'{"kind": "scan", "path": "' + b"x" * 70_000 + b'"}', 413, "too_large"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(
    served: Served, body: bytes, status: int, code: str
) -> None:
    answered, content = served.ask("POST", "/v1/operations", body)

    assert (answered, content["error"]["code"]) == (status, code)
    assert served.get("/v1/operations")["items"] == []


KINDS = "scan, import, undo, verify"
SCAN = "here can stand one of kind, deadline_s, waits_for, path, path_bytes, recursive, full, quick"

ALL_FIELDS = f"{SCAN}, mode, organize, dry_run, operation, since; did you mean path?"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[]", "body: it is a list, not an object in braces"),
        ("3", "body: it is a whole number, not an object in braces"),
        ("{}", f"kind: it is missing; it is one of {KINDS}"),
        ('{"kind": "scna"}', f"kind: 'scna' is not one of {KINDS}; did you mean scan?"),
        ('{"kind": "cleanup"}', f"kind: 'cleanup' is not one of {KINDS}"),
        ('{"kind": 3}', f"kind: it is not a text; it is one of {KINDS}"),
        ('{"kind": "scan", "recursive": "yes"}', "recursive: it is a text, not true or false"),
        ('{"kind": "scan", "path": null}', "path: it is null, not a text"),
        (
            '{"kind": "import", "mode": "hardlnk"}',
            "mode: 'hardlnk' is not one of auto, move, copy, hardlink, reflink, symlink; did you mean hardlink?",
        ),
        (
            '{"kind": "import", "mode": 3}',
            "mode: it is a whole number, not a text; it is one of auto, move, copy, hardlink, reflink, symlink",
        ),
        ('{"kind": "scan", "waits_for": 5}', "waits_for: it is a whole number, not a list"),
        ('{"kind": "scan", "waits_for": [0]}', "waits_for[0]: it must be at least 1"),
        (
            f'{{"kind": "scan", "waits_for": {[1] * 101}}}',
            "waits_for: it must have at most 100 entries",
        ),
        ('{"kind": "scan", "deadline_s": 0}', "deadline_s: it must be more than 0"),
        ('{"kind": "scan", "deadline_s": 1e9}', "deadline_s: it must be at most 2678400"),
        ('{"kind": "scan", "deadline_s": "2h"}', "deadline_s: it is a text, not a number"),
        (
            '{"kind": "undo", "since": "6 pm"}',
            "since: it must be like 2026-11-21T18:00:00Z, as RFC 3339 has it",
        ),
        ('{"kind": "scan", "deadline_s": 1e999}', "deadline_s: Number out of range"),
        ('{"kind": "undo"}', "body: an undo needs either operation or since"),
        ('{"kind": "scan"', "body: this is no JSON: Input data was truncated"),
        ("{kind: scan}", "body: this is no JSON: object keys must be strings (byte 1)"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_words_with_the_way_out(
    served: Served, body: str, message: str
) -> None:
    _status, content = served.ask("POST", "/v1/operations", body.encode())

    assert content["error"]["message"] == message
    assert content["error"]["hint"].startswith('for example {"kind": ')


@pytest.mark.parametrize(
    ("route", "body", "hint"),
    [
        ("operations", '{"kind": "scan", "pth": 1}', f"{SCAN}; did you mean path?"),
        ("operations", '{"kind": "scan", "pth": ' + "[" * 9_000, ALL_FIELDS),
        ("holds", '{"pth": "/x"}', "here can stand one of path, path_bytes; did you mean path?"),
        ("queue/pause", '{"pth": "/x"}', "here can stand one of kind, root"),
        ("operations/1/retry", '{"pth": "/x"}', "nothing need stand here"),
    ],
)
def test_a_field_that_is_not_known_leads_to_those_that_are(
    served: Served, route: str, body: str, hint: str
) -> None:
    status, content = served.ask("POST", f"/v1/{route}", body.encode())

    assert (status, content["error"]["message"]) == (
        422,
        "pth: there is no field of this name here",
    )
    assert content["error"]["hint"] == hint


def test_a_kind_that_is_none_is_answered_with_those_that_can_be_paused(served: Served) -> None:
    _status, content = served.ask("POST", "/v1/queue/pause", {"kind": "scans"})

    message = "kind: 'scans' is not one of scan, import, undo, verify, cleanup; did you mean scan?"
    assert content["error"]["message"] == message


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        (
            {"kind": "scan", "waits_for": [9]},
            "waits_for: operation 9: there is none of this id",
            "`shelfd operations` lists them",
        ),
        (
            {"kind": "scan", "path": "{movies}/typo"},
            "{movies}/typo: there is no such file or directory",
            "look at its spelling",
        ),
        (
            {"kind": "undo", "operation": 9},
            "operation 9: there is none of this id",
            "`shelfd operations` lists them",
        ),
        (
            {"kind": "undo", "since": "2026-11-21T18:00:00"},
            "since: it has no time zone",
            "for example 2026-11-21T18:00:00Z",
        ),
    ],
)
def test_what_is_named_and_not_there_is_answered_with_where_to_look(
    served: Served, body: dict[str, object], message: str, hint: str
) -> None:
    movies = str(served.daemon.movies)
    said = {
        name: value.format(movies=movies) if isinstance(value, str) else value
        for name, value in body.items()
    }

    _status, content = served.ask("POST", "/v1/operations", said)

    assert content["error"]["message"] == message.format(movies=movies)
    assert content["error"]["hint"].startswith(hint)


def raw(path: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(20)
        client.connect(str(path))
        client.sendall(request)
        answer = b""
        while part := client.recv(65_536):
            answer += part
    return answer


def test_what_is_no_http_gets_an_answer_in_json(served: Served) -> None:
    head, _empty, body = raw(served.path, b"hello there\r\n\r\n").partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(body)["error"]["code"] == "no_http"


def test_a_head_has_no_body(served: Served) -> None:
    request = b"HEAD /v1/status HTTP/1.1\r\nHost: shelfd\r\nConnection: close\r\n\r\n"

    head, _empty, body = raw(served.path, request).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == b""


def test_several_requests_fit_on_one_connection(served: Served) -> None:
    one = b"GET /v1/health HTTP/1.1\r\nHost: shelfd\r\n\r\n"
    last = b"GET /v1/health HTTP/1.1\r\nHost: shelfd\r\nConnection: close\r\n\r\n"

    answers = raw(served.path, one + one + last)

    assert answers.count(b'{"state":"ready"}\n') == 3
