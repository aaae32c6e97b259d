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


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/status/", "/v1/reviews", "/v1/metrics"])
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
