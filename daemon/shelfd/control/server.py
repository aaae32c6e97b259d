"""The HTTP server, in a thread and an event loop of its own, that wakes up for requests only."""

import asyncio
import socket
import threading
import typing
from collections.abc import Callable, Sequence

import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from shelfd.control.access import Access
from shelfd.control.protocol import LONGEST_HEAD, Protocol
from shelfd.core.errors import BrokenError
from shelfd.edges.threads import Threads

THREADS = 4  # for what reads and writes rows; each has a connection to the database
LAST_WORDS_S = 0.5  # for answers under way when the daemon stops
CUT_OFF_S = 0.2  # for them to find out that nobody is there any more
CLOSE_S = 1.0
ACCEPTED_TURNS = 2  # of the loop, from accept(2) to `connection_made`

log = structlog.get_logger()


class App(typing.Protocol):
    """What answers requests."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one, as ASGI has it."""
        ...

    def stop(self) -> None:
        """Let the answers end that would go on for ever."""
        ...


class Server:
    """Serves an application on ready-made sockets."""

    def __init__(
        self,
        app: App,
        sockets: Sequence[socket.socket],
        access: Access,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        """Take over these listening sockets: they are closed at the end; answer whom `access` lets through.

        `leave` is called in each thread that made answers, before it ends.
        """
        self._sockets = list(sockets)
        self._leave = leave
        self._uvicorn = _Uvicorn(app, access)
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        """Serve from now on; returns when it does."""
        self._thread.start()
        self._uvicorn.begun.wait()
        if not self._uvicorn.started:
            raise BrokenError(
                "control: the server cannot begin", code="no_server", hint="see the log"
            )

    def is_alive(self) -> bool:
        """Say whether it serves."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End, within a second: streams end, answers under way get half a second."""
        if self._thread.is_alive():
            self._uvicorn.end()
            self._thread.join(CLOSE_S)
            if self._thread.is_alive():
                log.warning("a request is still being answered: it is left behind")
        for listener in self._sockets:
            listener.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._uvicorn.begun.set()  # also when there was a fault: nobody must wait for ever

    async def _serve(self) -> None:
        threads = Threads(THREADS, "control", self._leave)
        asyncio.get_running_loop().set_default_executor(threads)
        await self._uvicorn.serve(self._sockets)


class _Uvicorn(uvicorn.Server):
    """uvicorn without its tick: by itself it looks ten times a second whether it is to end."""

    def __init__(self, app: App, access: Access) -> None:
        super().__init__(
            uvicorn.Config(
                _guarded(app, access),
                http=Protocol,
                h11_max_incomplete_event_size=LONGEST_HEAD,
                ws="none",
                lifespan="off",
                interface="asgi3",
                workers=1,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
            )
        )
        self.begun = threading.Event()
        self._app = app
        self._end: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def end(self) -> None:
        """Let `serve` return; from any thread."""
        if self._end is not None:
            loop, told = self._end
            loop.call_soon_threadsafe(told.set)

    async def main_loop(self) -> None:
        """Wait for the end."""
        self.server_state.default_headers = self.config.encoded_headers
        told = asyncio.Event()
        self._end = (asyncio.get_running_loop(), told)
        self.begun.set()
        await told.wait()

    async def shutdown(
        self,
        sockets: list[socket.socket] | None = None,  # noqa: ARG002  # as uvicorn calls it
    ) -> None:
        """Let answers under way end, but wait for nobody who does not read."""
        await self._shut()
        self._app.stop()
        for connection in [*self.server_state.connections]:
            connection.shutdown()
        await self._finished(LAST_WORDS_S)
        for connection in [*self.server_state.connections]:
            connection.transport.abort()
        await self._finished(CUT_OFF_S)

    async def _shut(self) -> None:
        """Accept nobody from now on; whoever was accepted a moment ago becomes one of the connections."""
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener)
        # asyncio makes connections a turn after it has accepted them, and not of a closed server
        for _ in range(ACCEPTED_TURNS):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()

    async def _finished(self, within: float) -> None:
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=within)


def _guarded(app: App, access: Access) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        refused = await access.refusal(scope)
        await (app if refused is None else refused)(scope, receive, send)

    return answer
