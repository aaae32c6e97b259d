"""The server itself: how it rests, and how it ends."""

import asyncio
import gc
import os
import socket
import threading
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from fakes.daemon import OWN_USER, Served
from shelfd.control import sockets
from shelfd.control.server import Server
from waiting import eventually


class Slow:
    """Answers when it is allowed to."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.stopped = threading.Event()
        self.may: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.may = asyncio.Event()
        self.asked.set()
        await self.may.wait()
        await PlainTextResponse("at last")(scope, receive, send)

    def stop(self) -> None:
        self.stopped.set()
        if self.may is not None:
            self.may.set()


def ask(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(20)
    client.connect(str(path))
    client.sendall(b"GET / HTTP/1.1\r\nHost: shelfd\r\n\r\n")
    return client


def everything(client: socket.socket) -> bytes:
    answer = b""
    while part := client.recv(65_536):
        answer += part
    return answer


def due(loop: asyncio.AbstractEventLoop) -> list[object]:
    scheduled = loop._scheduled  # type: ignore[attr-defined]  # what the loop will wake up for
    return [handle for handle in scheduled if not handle.cancelled()]


def test_an_answer_under_way_is_finished_at_the_end(tmp_path: Path) -> None:
    app = Slow()
    server = Server(
        app, [sockets.bind(os.fsencode(tmp_path / "s"), "nobody-has-this-group")], OWN_USER
    )
    server.start()
    with ask(tmp_path / "s") as client:
        assert app.asked.wait(20)

        server.close()

        assert everything(client).endswith(b"at last")
    assert app.stopped.is_set()
    assert not server.is_alive()


def test_who_connects_while_it_ends_is_let_go(tmp_path: Path) -> None:
    class Busy(Slow):
        """Keeps the loop until it is allowed to go on, so that what comes meanwhile is found in one turn."""

        def __init__(self) -> None:
            super().__init__()
            self.go = threading.Event()

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            self.asked.set()
            self.go.wait(20)
            await PlainTextResponse("at last")(scope, receive, send)

    app = Busy()
    listener = sockets.bind(os.fsencode(tmp_path / "s"), "nobody-has-this-group")
    server = Server(app, [listener], OWN_USER)
    server.start()
    with ask(tmp_path / "s") as first, socket.socket(socket.AF_UNIX) as late:
        assert app.asked.wait(20)
        late.settimeout(20)
        late.connect(str(tmp_path / "s"))
        server._uvicorn.end()
        app.go.set()

        server.close()

        assert everything(first).endswith(b"at last")
        assert late.recv(1) == b""
    del server
    gc.collect()  # a connection that was not closed is told of here


def test_a_connection_that_is_kept_alive_holds_up_nobody(served: Served) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(20)
        client.connect(str(served.path))
        client.sendall(b"GET /v1/health HTTP/1.1\r\nHost: shelfd\r\n\r\n")
        answer = b""
        while not answer.endswith(b'{"state":"ready"}\n'):
            answer += client.recv(4096)

        served.server.close()

        assert client.recv(4096) == b""
    assert not served.server.is_alive()


def test_a_request_that_never_becomes_whole_holds_up_nobody(served: Served) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(served.path))
        client.sendall(
            b"POST /v1/operations HTTP/1.1\r\nHost: shelfd\r\nContent-Length: 10\r\n\r\n"
        )
        assert served.get("/v1/status")["state"] == "ready"

        served.server.close()

    assert not served.server.is_alive()


def test_the_sockets_are_gone_after_the_end(served: Served) -> None:
    served.server.close()

    assert not served.path.exists()


def test_closing_twice_is_closing_once(served: Served) -> None:
    served.server.close()
    served.server.close()

    assert not served.server.is_alive()


def test_a_server_that_never_began_can_be_closed(tmp_path: Path) -> None:
    listener = sockets.bind(os.fsencode(tmp_path / "s"), "nobody-has-this-group")

    Server(Slow(), [listener], OWN_USER).close()

    assert not (tmp_path / "s").exists()


def test_one_application_answers_on_several_sockets(served: Served, tmp_path: Path) -> None:
    paths = [tmp_path / "one", tmp_path / "other"]
    bound = [sockets.bind(os.fsencode(path), "nobody-has-this-group") for path in paths]
    server = Server(served.api, bound, OWN_USER)
    server.start()

    for path in paths:
        with ask(path) as client:
            assert client.recv(4096).startswith(b"HTTP/1.1 404")
    server.close()


def test_listening_by_tcp_makes_nothing_due(tmp_path: Path) -> None:
    listeners = [
        sockets.bind(os.fsencode(tmp_path / "s"), "nobody-has-this-group"),
        socket.create_server(("127.0.0.1", 0)),
    ]
    server = Server(Slow(), listeners, OWN_USER)
    server.start()
    ended = server._uvicorn._end
    assert ended is not None

    with socket.create_connection(listeners[1].getsockname(), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: shelfd\r\nConnection: close\r\n\r\n")
        assert everything(client).startswith(b"HTTP/1.1 401 ")

    assert eventually(lambda: not due(ended[0]))
    server.close()


def test_at_rest_nothing_is_due(served: Served) -> None:
    served.get("/v1/status")
    ended = served.server._uvicorn._end
    assert ended is not None

    assert eventually(lambda: not due(ended[0]))
