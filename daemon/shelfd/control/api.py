"""The API: which function answers which request, and how what goes wrong is told."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from shelfd.control import (
    covers,
    events,
    holds,
    items,
    lines,
    operations,
    queue,
    reviews,
    roots,
    status,
    why,
    wishes,
)
from shelfd.control.access import READING
from shelfd.control.answers import failed, refusal
from shelfd.control.asked import BODY_BYTES, READ_BYTES, Asked, query, require_json, too_large
from shelfd.control.bell import Bell
from shelfd.control.ports import Daemon
from shelfd.core.errors import ShelfdError
from shelfd.core.paths import printable

Answer = Callable[[Daemon, Asked], Response]
"""What answers one kind of request; runs in a thread, so it may read and write rows."""


def _metrics(daemon: Daemon, asked: Asked) -> Response:
    # half a megabyte that a daemon does without whom nobody measures
    from shelfd.control import metrics  # noqa: PLC0415  # see above

    return metrics.metrics(daemon, asked)


ANSWERS: Mapping[str, Mapping[str, tuple[Answer, tuple[str, ...]]]] = {
    "/v1/operations": {
        "GET": (operations.listed, ("state", "kind", "parent", "limit", "after")),
        "POST": (wishes.create, ()),
    },
    "/v1/operations/{id}": {"GET": (operations.one, ()), "DELETE": (queue.cancel, ())},
    "/v1/operations/{id}/retry": {"POST": (queue.retry, ())},
    "/v1/operations/{id}/undo": {"POST": (wishes.undo, ())},
    "/v1/queue/pause": {"POST": (queue.pause, ())},
    "/v1/queue/resume": {"POST": (queue.resume, ())},
    "/v1/roots/{name}/confirm": {"POST": (roots.confirm, ())},
    "/v1/holds": {
        "GET": (holds.listed, ("path", "path_bytes")),
        "POST": (holds.create, ()),
    },
    "/v1/holds/{id}": {"DELETE": (holds.release, ())},
    "/v1/items": {"GET": (items.listed, ("kind", "q", "parent", "limit", "after"))},
    "/v1/items/{id}": {"GET": (items.one, ())},
    "/v1/reviews": {"GET": (reviews.listed, ("limit", "after"))},
    "/v1/reviews/{id}": {"GET": (reviews.one, ()), "POST": (reviews.decide, ())},
    "/v1/why": {"GET": (why.why, ("path", "path_bytes"))},
    "/metrics": {"GET": (_metrics, ())},
}
"""Route -> method -> what answers it, and what may stand in its query."""

BESIDE: Mapping[str, tuple[str, ...]] = {
    "/v1/status": (),
    "/v1/health": (),
    "/v1/openapi.json": (),
    "/v1/events": events.NAMES,
    "/v1/items/{id}/cover": (),
    "/v1/operations/{id}/log": lines.NAMES,
}
"""Routes to GET whose answers are not, or not always, made at once from rows in a thread, and what may stand in their query."""

Respond = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger()


class Api:
    """The application that the server runs."""

    _renewal: asyncio.Future[None] | None = None

    def __init__(self, daemon: Daemon) -> None:
        """Answer for this daemon."""
        self._daemon = daemon
        self._bell = bell = Bell()
        self._feed = events.feed(daemon, bell)
        self._covers = covers.Covers(daemon)
        self._latest = status.Latest(daemon)
        daemon.db.committed.append(bell.ring)
        routes = [
            _route(path, {method: self._in_a_thread(*how) for method, how in methods.items()})
            for path, methods in ANSWERS.items()
        ]
        routes += [
            _route("/v1/status", {"GET": self._status}),
            _route("/v1/health", {"GET": self._health}),
            _route("/v1/openapi.json", {"GET": self._description}),
            _route("/v1/events", {"GET": self._events}),
            _route("/v1/items/{id}/cover", {"GET": self._covers.cover}),
            _route("/v1/operations/{id}/log", {"GET": self._log}),
        ]
        self._app = Starlette(routes=routes, exception_handlers={HTTPException: _http_error})
        # one thing has one address
        self._app.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        await self._app(scope, receive, send)

    def stop(self) -> None:
        """Let the streams end; in the event loop."""
        self._feed.close()

    def _in_a_thread(self, answer: Answer, names: tuple[str, ...]) -> Respond:
        async def respond(request: Request) -> Response:
            asked = Asked(
                place=request.path_params,
                query=query(request.scope["query_string"], names),
                body=await _body(request) if request.method == "POST" else b"",
                accept=",".join(request.headers.getlist("accept")),
            )
            return await asyncio.to_thread(self._made, request.method, answer, asked)

        return respond

    def _made(self, method: str, answer: Answer, asked: Asked) -> Response:
        response = answer(self._daemon, asked)
        if method not in READING:
            self._latest.changed()
        return response

    async def _status(self, request: Request) -> Response:
        query(request.scope["query_string"], BESIDE["/v1/status"])
        found = self._latest.found()
        if found is None:
            return await asyncio.to_thread(self._latest.make)
        if self._latest.ages() and (self._renewal is None or self._renewal.done()):
            with suppress(RuntimeError):  # the machine has no thread left: this answer does
                loop = asyncio.get_running_loop()
                self._renewal = loop.run_in_executor(None, self._latest.renew)
        return found

    async def _health(self, request: Request) -> Response:
        query(request.scope["query_string"], BESIDE["/v1/health"])
        return status.health(self._daemon)  # not in a thread: all of them may be busy

    async def _description(self, request: Request) -> Response:
        query(request.scope["query_string"], BESIDE["/v1/openapi.json"])
        text = await asyncio.to_thread(description, self._daemon.version)
        return Response(text, media_type="application/json")

    async def _events(self, request: Request) -> Response:
        return await events.stream(self._daemon, self._feed, request)

    async def _log(self, request: Request) -> Response:
        return await lines.log(self._daemon, self._bell, request)


def application(daemon: Daemon) -> Api:
    """Return what answers for this daemon."""
    return Api(daemon)


def queries() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return route -> method -> what may stand in its query, of every route there is."""
    found = {
        path: {method: names for method, (_answer, names) in methods.items()}
        for path, methods in ANSWERS.items()
    }
    return found | {path: {"GET": names} for path, names in BESIDE.items()}


@cache
def description(version: str) -> bytes:
    """Return the description of the API by which programs can use it, as OpenAPI has it."""
    from shelfd.control import openapi  # noqa: PLC0415  # few ask, and it takes memory

    return openapi.document(version, queries()) + b"\n"


async def _body(request: Request) -> bytes:
    body, size = b"", 0
    # who asks before sending (`Expect: 100-continue`) is told before sending
    if int(request.headers.get("content-length", 0)) > READ_BYTES:
        raise too_large()
    async for chunk in request.stream():
        size += len(chunk)
        if size > READ_BYTES:
            raise too_large()
        body = body + chunk if size <= BODY_BYTES else b""
    if size > BODY_BYTES:
        raise too_large()
    require_json(request.headers.get("content-type"))
    return body


def _route(path: str, methods: Mapping[str, Respond]) -> Route:
    async def explained(request: Request) -> Response:
        respond = methods["GET" if request.method == "HEAD" else request.method]
        try:
            return await respond(request)
        except ShelfdError as error:
            return failed(error)
        except (ClientDisconnect, asyncio.CancelledError):  # the latter when the daemon ends
            return Response(status_code=400)  # nobody reads it
        except Exception:
            log.exception("a fault in the API", method=request.method, path=path)
            return refusal(500, "internal", "a fault in shelfd", "please report it, with the log")

    return Route(path, explained, methods=[*methods])


def _http_error(request: Request, error: Exception) -> Response:
    """Say in JSON what Starlette has found out: there is no such route, or not with this method."""
    path = printable(request.scope["path"].encode("utf-8", "surrogateescape"))
    allowed = (error.headers or {}).get("Allow") if isinstance(error, HTTPException) else None
    if allowed is None:
        message = f"{path}: there is nothing of this name"
        return refusal(404, "not_found", message, "`GET /v1/openapi.json` tells what there is")
    possible = ", ".join(sorted(allowed.split(", ")))
    message = f"{path}: {request.method} is not possible here"
    response = refusal(405, "method_not_allowed", message, f"possible: {possible}")
    response.headers["allow"] = possible
    return response
