"""The event stream: what happened since, then what happens, each client at its own pace."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from shelfd.control.answers import located, moment
from shelfd.control.asked import Asked, last_event_id, missing, query
from shelfd.control.bell import Bell
from shelfd.control.feed import CHUNK, Batch, Feed, Line, Told
from shelfd.control.ports import Daemon
from shelfd.core.paths import Place, RelPath
from shelfd.core.roots import Roots
from shelfd.store import events, operations
from shelfd.store.events import Event

BATCH = 100  # events that are read at once, if they have no more than CHUNK bytes
NAMES = ("since", "operation")
TOLD = (
    "operation",
    "progress",
    "queue",
    "drop",
    "review",
    "filed",
    "quarantined",
    "undone",
    "catalog",
    "damaged",
    "suspended",
    "fresh",
)
"""What events are called."""


class Stream(StreamingResponse):
    """Tells one client what happens for as long as it listens."""

    def __init__(self, feed: Feed, line: Line) -> None:
        """Send what comes by `line`, which `feed` knows."""
        super().__init__(
            feed.parts(line),
            media_type="text/event-stream",
            headers={"cache-control": "no-store"},
        )
        self._feed = feed
        self._line = line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, until one of both ends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.leave(self._line)


def feed(daemon: Daemon, bell: Bell) -> Feed:
    """Return what reads new events for all streams, after each ring of the bell."""

    async def read(position: int, operation: int | None) -> Batch:
        return await asyncio.to_thread(_batch, daemon, position, operation)

    return Feed(bell, read)


async def stream(daemon: Daemon, feed: Feed, request: Request) -> Response:
    """Return `GET /v1/events`; without `since` or `Last-Event-ID` only what happens from now on."""
    asked = Asked(place=request.path_params, query=query(request.scope["query_string"], NAMES))
    operation = asked.number("operation", 0) or None
    since = _since(asked, request)
    # before the answer begins: what the client then does is sure to be in the stream
    first = await asyncio.to_thread(_begin, daemon, since, operation)
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    transport: asyncio.Transport = request.scope["state"]["transport"]
    # a client that does not read has twice this, one event, its room in the feed, and what the kernel keeps for it
    transport.set_write_buffer_limits(high=CHUNK)
    line = Line(first, operation, transport.abort)
    feed.admit(line, first.newest)
    return Stream(feed, line)


def _since(asked: Asked, request: Request) -> int | None:
    since = asked.number("since", 0) if "since" in asked.query else None
    # a client that reconnects by itself repeats its address; the header is the later of the two
    header = last_event_id(request.headers.get("last-event-id"))
    return since if header is None else header


def _begin(daemon: Daemon, since: int | None, operation: int | None) -> Batch:
    reader = daemon.db.read()
    if operation and operations.one(reader, operation) is None:
        raise missing("operation", operation)
    if since is not None:
        return _batch(daemon, since, operation)
    newest = events.bounds(reader)[1]
    return Batch(told=(), position=newest, newest=newest)


def _batch(daemon: Daemon, position: int, operation: int | None) -> Batch:
    reader = daemon.db.read()
    oldest, newest = events.bounds(reader)
    if not oldest - 1 <= position <= newest:
        return Batch(told=(_fresh(position, oldest, newest),), position=newest, newest=newest)
    found = events.after(reader, position, operation, BATCH, CHUNK)
    roots = daemon.current.roots
    told = tuple(
        Told(id=event.id, operation=event.operation, text=_told(event, roots)) for event in found
    )
    # what was written since has not been looked at
    position = found[-1].id if found else newest
    return Batch(told=told, position=position, newest=max(position, newest))


def _fresh(position: int, oldest: int, newest: int) -> Told:
    """Tell a client that it has missed events which are no longer kept: it is to read anew what it shows."""
    data = {"since": position, "oldest": oldest, "newest": newest}
    text = _said("fresh", newest, msgspec.json.encode(data))
    return Told(id=newest, operation=None, text=text, for_all=True)


def _told(event: Event, roots: Roots) -> bytes:
    data: dict[str, object] = {"at": moment(event.at), **msgspec.json.decode(event.data)}
    if "path_hex" in data:
        place = Place(str(data["root"]), RelPath(bytes.fromhex(str(data.pop("path_hex")))))
        known = roots.get(place.root) is not None
        data |= located(roots.absolute(place) if known else place.path)
    return _said(event.event, event.id, msgspec.json.encode(data))


def _said(event: str, number: int, data: bytes) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, event.encode(), data)
