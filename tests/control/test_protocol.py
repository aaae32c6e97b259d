"""What a client can do wrong with HTTP itself, over a real socket: each has its answer, and none keeps the daemon busy."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from fakes.daemon import Served
from shelfd.control import protocol
from waiting import eventually

POST = b"POST /v1/operations HTTP/1.1\r\nHost: shelfd\r\n"
HEALTH = b"GET /v1/health HTTP/1.1\r\nHost: shelfd\r\n\r\n"


@contextmanager
def connected(served: Served, said: bytes = b"") -> Iterator[socket.socket]:
    """Yield a connection over which something was said."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(20)
        client.connect(str(served.path))
        client.sendall(said)
        yield client


def everything(client: socket.socket) -> bytes:
    """Return what comes until the connection ends."""
    answer = b""
    while part := client.recv(65_536):
        answer += part
    return answer


def parted(answer: bytes) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and JSON of an answer; None without a body."""
    head, _empty, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, json.loads(body) if body else None


def answered(served: Served, said: bytes) -> tuple[int, dict[str, str], Any]:
    with connected(served, said) as client:
        return parted(everything(client))


def loop(served: Served) -> asyncio.AbstractEventLoop:
    ended = served.server._uvicorn._end
    assert ended is not None
    return ended[0]


def due(served: Served) -> list[object]:
    """Return what the loop will wake up for."""
    scheduled = loop(served)._scheduled  # type: ignore[attr-defined]  # nothing else tells
    return [handle for handle in scheduled if not handle.cancelled()]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "REQUEST_S", 0.2)


@pytest.mark.parametrize(
    "half",
    [
        b"G",
        b"GET /v1/status HTTP/1.1\r\nHost: sh",
        POST + b"Content-Length: 10\r\n\r\n",
        POST + b'Content-Length: 100\r\n\r\n{"kind":',
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
)
@pytest.mark.usefixtures("hasty")
def test_half_a_request_is_not_waited_for_for_ever(served: Served, half: bytes) -> None:
    status, headers, content = answered(served, half)

    assert (status, content["error"]["code"]) == (408, "too_slow")
    assert headers["connection"] == "close"
    assert served.get("/v1/operations")["items"] == []


@pytest.mark.usefixtures("hasty")
def test_a_client_that_sends_a_byte_now_and_then_gains_no_time(served: Served) -> None:
    with connected(served, POST + b"Content-Length: 100000\r\n\r\n") as client:
        client.settimeout(0.05)
        answer = b""
        for _ in range(400):
            # the answer can be there, and the connection ended, just as the next byte is sent
            with suppress(BrokenPipeError):
                client.sendall(b" ")
            with suppress(TimeoutError):
                answer = client.recv(65_536)
                break

    assert parted(answer)[0] == 408


@pytest.mark.usefixtures("hasty")
def test_who_connects_and_says_nothing_is_let_go(served: Served) -> None:
    with connected(served) as client:
        assert everything(client) == b""


@pytest.mark.usefixtures("hasty")
def test_a_request_that_is_answered_before_it_was_whole_ends_the_connection(
    served: Served,
) -> None:
    said = b"GET /v1/health HTTP/1.1\r\nHost: shelfd\r\nContent-Length: 5\r\n\r\n"

    assert answered(served, said)[2] == {"state": "ready"}


@pytest.mark.usefixtures("hasty")
def test_a_stream_outlives_the_time_for_a_request(served: Served) -> None:
    with served.stream("/v1/events") as stream:
        assert answered(served, b"G")[0] == 408
        served.ask("POST", "/v1/queue/pause", {})

        assert stream.next()[1] == "queue"


@pytest.mark.parametrize(
    "half", [b"GET /v1/sta", POST + b"Content-Length: 10\r\n\r\n{", b"HEAD / HTTP/1.1\r\nHo"]
)
def test_half_a_request_whose_client_says_no_more_is_told_so(served: Served, half: bytes) -> None:
    with connected(served, half) as client:
        client.shutdown(socket.SHUT_WR)
        status, _headers, content = parted(everything(client))

    assert (status, content["error"]["message"]) == (400, "request: it ends in the middle")


ONCE_MORE = b"GET /v1/items HTTP/1.1\r\nHost: shelfd\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (HEALTH, [200]),
        (ONCE_MORE, [200]),
        (ONCE_MORE * 3, [200] * 3),
        (ONCE_MORE + b"GET /v1/sta", [200, 400]),
        (ONCE_MORE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), [200]),
    ],
)
def test_who_has_asked_and_says_no_more_is_answered_and_let_go(
    served: Served, said: bytes, answers: list[int]
) -> None:
    with connected(served, said) as client:
        client.shutdown(socket.SHUT_WR)
        heard = everything(client)

    found = [part[:3] for part in heard.split(b"HTTP/1.1 ")[1:]]
    assert found == [b"%d" % status for status in answers]
    assert eventually(lambda: not served.server._uvicorn.server_state.connections)


def test_the_error_for_half_a_head_request_has_no_body(served: Served) -> None:
    with connected(
        served, b"HEAD /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
    ) as client:
        client.shutdown(socket.SHUT_WR)

        assert everything(client).endswith(b"\r\n\r\n")


@pytest.mark.parametrize("half", [b"", b"GET /v1/sta", POST + b"Content-Length: 10\r\n\r\n{"])
def test_a_client_that_goes_away_leaves_nothing_behind(served: Served, half: bytes) -> None:
    with connected(served, half):
        assert eventually(lambda: due(served))

    assert eventually(lambda: not due(served))
    assert eventually(lambda: not served.server._uvicorn.server_state.connections)
    assert served.get("/v1/operations")["items"] == []


def test_a_head_without_end_is_refused(served: Served) -> None:
    said = b"GET /v1/health HTTP/1.1\r\nHost: shelfd\r\nX: " + b"x" * protocol.LONGEST_HEAD

    status, headers, content = answered(served, said)

    assert (status, content["error"]["code"]) == (431, "too_large")
    assert headers["connection"] == "close"


@pytest.mark.parametrize("size", [65_537, 1_000_000])
def test_a_body_that_is_too_long_is_read_so_that_its_sender_can_read_why(
    served: Served, size: int
) -> None:
    status, content = served.ask("POST", "/v1/operations", b" " * size)

    assert (status, content["error"]["message"]) == (413, "body: it is longer than 65536 bytes")


def flood(client: socket.socket) -> None:
    """Send more than anybody reads."""
    for _ in range(10_000):
        client.sendall(b" " * 65_536)


@pytest.mark.parametrize(
    "length", [b"Content-Length: 10000000000\r\n", b"Transfer-Encoding: chunked\r\n"]
)
def test_a_body_without_end_is_not_read_to_its_end(served: Served, length: bytes) -> None:
    with (
        connected(served, POST + length + b"\r\nfffffff\r\n") as client,
        pytest.raises((BrokenPipeError, ConnectionResetError)),
    ):
        flood(client)

    assert served.get("/v1/operations")["items"] == []


def test_who_asks_before_sending_is_told_before_sending(served: Served) -> None:
    expecting = b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"

    assert answered(served, POST + expecting % 10_000_000)[0] == 413
    with connected(served, POST + expecting % 16) as client:
        assert client.recv(4096).startswith(b"HTTP/1.1 100 ")
        client.sendall(b'{"kind": "scan"}')
        assert client.recv(4096).startswith(b"HTTP/1.1 202 ")


def test_a_body_of_just_the_longest_is_taken(served: Served) -> None:
    body = b'{"kind": "scan"}'.ljust(65_536)

    assert served.ask("POST", "/v1/operations", body)[0] == 202


@pytest.mark.parametrize(
    "named",
    [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "json",
        "application/jsonp",
    ],
)
def test_a_body_that_is_not_json_by_its_own_word_is_refused(served: Served, named: str) -> None:
    body = b'{"kind": "scan"}'
    said = POST + b"Connection: close\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (
        named.encode(),
        len(body),
    )

    status, _headers, content = answered(served, said + body)

    assert (status, content["error"]["code"]) == (415, "not_json")
    assert content["error"]["hint"] == "send it with `Content-Type: application/json`"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Content-Type: application/json\r\n",
        b"Content-Type: Application/JSON; charset=UTF-8\r\n",
        b"Content-Type: application/x-www-form-urlencoded\r\n",
    ],
)
def test_json_is_json_also_when_nobody_says_so(served: Served, header: bytes) -> None:
    body = b'{"kind": "scan"}'
    said = POST + b"Connection: close\r\n%bContent-Length: %d\r\n\r\n" % (header, len(body))

    assert answered(served, said + body)[0] == 202


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/status", "GET, HEAD"),
        ("/v1/events", "GET, HEAD"),
        ("/v1/openapi.json", "GET, HEAD"),
        ("/v1/operations", "GET, HEAD, POST"),
        ("/v1/queue/pause", "POST"),
    ],
)
def test_a_method_that_is_not_possible_is_told_the_possible_ones(
    served: Served, method: str, path: str, allowed: str
) -> None:
    said = f"{method} {path} HTTP/1.1\r\nHost: shelfd\r\nConnection: close\r\n\r\n".encode()

    status, headers, content = answered(served, said)

    assert (status, headers["allow"]) == (405, allowed.lower())
    assert content["error"]["hint"] == f"possible: {allowed}"


@pytest.mark.parametrize("path", ["/v1/status", "/v1/operations", "/v1/events", "/v1/openapi.json"])
def test_what_can_be_got_can_be_asked_for_its_head(served: Served, path: str) -> None:
    said = f"HEAD {path} HTTP/1.1\r\nHost: shelfd\r\nConnection: close\r\n\r\n".encode()

    status, _headers, content = answered(served, said)

    assert (status, content) == (200, None)


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/nothing", 404), ("/v1/queue/pause", 405), ("/v1/items?limit=0", 422)]
)
def test_the_head_of_an_error_has_no_body(served: Served, path: str, status: int) -> None:
    said = f"HEAD {path} HTTP/1.1\r\nHost: shelfd\r\nConnection: close\r\n\r\n".encode()

    found, _headers, content = answered(served, said)

    assert (found, content) == (status, None)


@pytest.mark.parametrize(
    "said",
    [
        b"GET /v1/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/health HTTP/1.1\r\n\r\n",
        b"GET /v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /v1/health HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n",
        b"POST /v1/operations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so(served: Served, said: bytes) -> None:
    status, _headers, content = answered(served, said)

    assert (status, content["error"]["code"]) == (400, "no_http")
    assert served.get("/v1/health") == {"state": "ready"}


@pytest.mark.parametrize(
    "path", ["/v1/%00", "/v1/..%2f..%2fetc/passwd", "/v1/%FF", "/" + "x" * 5000]
)
def test_an_address_that_leads_nowhere_is_a_404(served: Served, path: str) -> None:
    status, content = served.ask("GET", path)

    assert (status, content["error"]["code"]) == (404, "not_found")


def test_a_whole_request_leaves_only_the_time_to_ask_again(served: Served) -> None:
    with connected(served, HEALTH) as client:
        answer = b""
        while not answer.endswith(b"}\n"):
            answer += client.recv(4096)

        assert eventually(lambda: len(due(served)) == 1)
    assert eventually(lambda: not due(served))
