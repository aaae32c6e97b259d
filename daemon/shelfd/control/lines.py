"""The log of an operation: a page of it, or what comes as it comes until the operation has ended."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shelfd.control.answers import answer, moment
from shelfd.control.asked import Asked, last_event_id, missing, query
from shelfd.control.bell import Bell
from shelfd.control.ports import Daemon
from shelfd.core.lines import Level, Line
from shelfd.store import lines, operations

HEARTBEAT_S = 15.0
LAST_S = 0.05  # between two looks whether an operation that has ended has written its last line
BATCH = 100  # lines that are in memory at once for each client
NAMES = ("level", "limit", "after", "follow")
YES_OR_NO = ("true", "false")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines a client wants."""

    operation: int
    least: Level
    after: int


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that follow others."""

    lines: list[Line]
    ended: bool
    """The operation has."""
    over: bool
    """So has its log: no line follows these."""


async def log(daemon: Daemon, bell: Bell, request: Request) -> Response:
    """Return `GET /v1/operations/{id}/log`: oldest first; with `follow` as server-sent events."""
    asked = Asked(place=request.path_params, query=query(request.scope["query_string"], NAMES))
    follow = asked.choice("follow", YES_OR_NO) == "true"
    wanted, limit = _wanted(asked, request.headers.get("last-event-id")), asked.limit()
    if not follow:
        return await asyncio.to_thread(_page, daemon, wanted, limit)
    await asyncio.to_thread(_require, daemon, wanted.operation)
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    return StreamingResponse(
        _follow(daemon, bell, wanted),
        media_type="text/event-stream",
        headers={"cache-control": "no-store"},
    )


def _page(daemon: Daemon, wanted: Wanted, limit: int) -> Response:
    _require(daemon, wanted.operation)
    found = _read(daemon, wanted, limit + 1)
    return answer(
        {
            "items": [_shown(line) for line in found[:limit]],
            "next": found[limit - 1].id if len(found) > limit else None,
            "left_out": lines.left_out(daemon.db.read(), wanted.operation),
        }
    )


def _wanted(asked: Asked, said: str | None) -> Wanted:
    after = asked.number("after", 0)
    # a client that reconnects by itself repeats its address; the header is the later of the two
    header = last_event_id(said)
    after = after if header is None else header
    level = asked.choice("level", [*Level])
    return Wanted(
        operation=asked.id("operation"), least=Level(level) if level else Level.DEBUG, after=after
    )


def _require(daemon: Daemon, operation: int) -> None:
    if operations.one(daemon.db.read(), operation) is None:
        raise missing("operation", operation)


async def _follow(daemon: Daemon, bell: Bell, wanted: Wanted) -> AsyncIterator[bytes]:
    with bell.listening() as heard:
        while not bell.closed:
            heard.clear()
            batch = await asyncio.to_thread(_batch, daemon, wanted)
            if batch.lines:
                wanted = msgspec.structs.replace(wanted, after=batch.lines[-1].id)
                yield b"".join(_said("line", line.id, _shown(line)) for line in batch.lines)
            elif batch.over:
                data = await asyncio.to_thread(_end, daemon, wanted.operation)
                yield _said("ended", wanted.after, data)
                return
            elif not await _rung(heard, LAST_S if batch.ended else HEARTBEAT_S):
                yield b": still here\n\n"


async def _rung(heard: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await heard.wait()
    except TimeoutError:
        return False
    return True


def _batch(daemon: Daemon, wanted: Wanted) -> Batch:
    found = operations.one(daemon.db.read(), wanted.operation)
    ended = found is None or found.finished_at is not None
    # before the lines are read: what comes later belongs to another run
    over = ended and not daemon.log_is_open(wanted.operation)
    return Batch(lines=_read(daemon, wanted, BATCH), ended=ended, over=over)


def _end(daemon: Daemon, number: int) -> Mapping[str, object]:
    """Return what is told at the end; an operation that was forgotten meanwhile is in no state."""
    reader = daemon.db.read()
    operation = operations.one(reader, number)
    return {
        "operation": number,
        "state": None if operation is None else operation.state,
        "left_out": lines.left_out(reader, number),
    }


def _read(daemon: Daemon, wanted: Wanted, limit: int) -> list[Line]:
    return lines.page(
        daemon.db.read(), wanted.operation, least=wanted.least, after=wanted.after, limit=limit
    )


def _shown(line: Line) -> dict[str, object]:
    return {
        "id": line.id,
        "at": moment(line.at),
        "level": line.level,
        "message": line.message,
        "fields": msgspec.Raw(line.fields.encode()),
    }


def _said(event: str, number: int, data: Mapping[str, object]) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, event.encode(), msgspec.json.encode(data))
