"""The event stream: what happened since, then what happens, each client at its own pace."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shelfd.control.answers import located, moment
from shelfd.control.asked import LARGEST, NUMBER, Asked, invalid, missing, query
from shelfd.control.bell import Bell
from shelfd.control.ports import Daemon
from shelfd.core.paths import Place, RelPath
from shelfd.core.roots import Roots
from shelfd.store import events, operations
from shelfd.store.events import Event

HEARTBEAT_S = 15.0
BATCH = 100  # events that are in memory at once for each client
NAMES = ("since", "operation")
TOLD = (
    "operation",
    "progress",
    "queue",
    "drop",
    "filed",
    "undone",
    "catalog",
    "suspended",
    "fresh",
)
"""What events are called."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Events that follow a position, as the stream has them."""

    text: bytes
    position: int
    """The id up to which the client has now got everything."""


async def stream(daemon: Daemon, bell: Bell, request: Request) -> Response:
    """Return `GET /v1/events`; without `since` or `Last-Event-ID` only what happens from now on."""
    asked = Asked(place=request.path_params, query=query(request.scope["query_string"], NAMES))
    operation = asked.number("operation", 0)
    since = _since(asked, request)
    # before the answer begins: what the client then does is sure to be in the stream
    position = await asyncio.to_thread(_begin, daemon, since, operation)
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    return StreamingResponse(
        _follow(daemon, bell, position, operation or None),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


def _since(asked: Asked, request: Request) -> int | None:
    since = asked.number("since", 0) if "since" in asked.query else None
    # a client that reconnects by itself repeats its address; the header is the later of the two
    header = request.headers.get("last-event-id")
    if not header:
        return since
    if NUMBER.fullmatch(header) is None or int(header) > LARGEST:
        raise invalid("Last-Event-ID", header, "the id of an event")
    return int(header)


def _begin(daemon: Daemon, since: int | None, operation: int) -> int:
    reader = daemon.db.read()
    if operation and operations.one(reader, operation) is None:
        raise missing("operation", operation)
    return events.bounds(reader)[1] if since is None else since


async def _follow(
    daemon: Daemon, bell: Bell, position: int, operation: int | None
) -> AsyncIterator[bytes]:
    with bell.listening() as heard:
        while not bell.closed:
            heard.clear()
            batch = await asyncio.to_thread(_batch, daemon, position, operation)
            position = batch.position
            if batch.text:
                yield batch.text
            elif not await _rung(heard):
                yield b": still here\n\n"


async def _rung(heard: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            await heard.wait()
    except TimeoutError:
        return False
    return True


def _batch(daemon: Daemon, position: int, operation: int | None) -> Batch:
    reader = daemon.db.read()
    oldest, newest = events.bounds(reader)
    if not oldest - 1 <= position <= newest:
        return Batch(text=_fresh(position, oldest, newest), position=newest)
    found = events.after(reader, position, operation, BATCH)
    text = b"".join(_told(event, daemon.current.roots) for event in found)
    return Batch(text=text, position=found[-1].id if found else newest)


def _fresh(position: int, oldest: int, newest: int) -> bytes:
    """Tell a client that it has missed events which are no longer kept: it is to read anew what it shows."""
    data = {"since": position, "oldest": oldest, "newest": newest}
    return _said("fresh", newest, msgspec.json.encode(data))


def _told(event: Event, roots: Roots) -> bytes:
    data: dict[str, object] = {"at": moment(event.at), **msgspec.json.decode(event.data)}
    if "path_hex" in data:
        place = Place(str(data["root"]), RelPath(bytes.fromhex(str(data.pop("path_hex")))))
        known = roots.get(place.root) is not None
        data |= located(roots.absolute(place) if known else place.path)
    return _said(event.event, event.id, msgspec.json.encode(data))


def _said(event: str, number: int, data: bytes) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, event.encode(), data)
