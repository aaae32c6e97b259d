"""The cover of an item: looked for where the catalog says, and read anew each time."""

import asyncio
from collections.abc import Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from shelfd.control.asked import Asked, missing, query
from shelfd.control.ports import Daemon
from shelfd.core import covers
from shelfd.core.covers import Embedded
from shelfd.core.errors import NotFoundError
from shelfd.core.media import Picture, Sought
from shelfd.core.paths import Place, RelPath, printable
from shelfd.store import queries

UNKNOWN = "application/octet-stream"
TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", UNKNOWN)
"""What a cover can be, by its first bytes: what a file says of it could be anything."""


class Covers:
    """Shows covers, one at a time of each root: a disk that does not answer keeps one reader busy, and not all."""

    def __init__(self, daemon: Daemon) -> None:
        """Ask this daemon."""
        self._daemon = daemon
        self._turns: dict[str, asyncio.Lock] = {}  # by root

    async def cover(self, request: Request) -> Response:
        """Return `GET /v1/items/{id}/cover`: the picture; 304 when the client has it; NotFoundError without one."""
        asked = Asked(place=request.path_params, query=query(request.scope["query_string"], ()))
        number = asked.id("item")
        # the reading itself not in a thread: of these there are few, and more is asked than covers
        root, places = await asyncio.to_thread(_sought, self._daemon, number)
        async with self._turns.setdefault(root, asyncio.Lock()):
            if await request.is_disconnected():
                raise ClientDisconnect
            picture = await self._found(number, places)
        return _shown(picture, request)

    async def _found(self, number: int, places: Sequence[Sought]) -> Picture:
        why = ""
        for sought in places:
            [found] = await asyncio.wrap_future(self._daemon.picture(sought))
            if isinstance(found, Picture):
                return found
            if sought.hash:
                why = f"{printable(sought.path)}: {found.error}"
        raise _none(number, why)


def _sought(daemon: Daemon, number: int) -> tuple[str, list[Sought]]:
    """Return the root of an item, and where to look, the best first."""
    reader, roots = daemon.db.read(), daemon.current.roots
    item = queries.item(reader, number)
    if item is None:
        raise missing("item", number)
    files = [file for file in queries.files_of(reader, number) if file.missing_since is None]
    parts = queries.files_of_a_covered_part(reader, number) if item.kind == "album" else []
    inside = [
        Embedded(file.path, file.reading.cover.hash)
        for file in (files or parts)
        if file.reading.cover is not None
    ]
    names = [file.path for file in files]
    found = covers.sources(item.kind, RelPath(item.path), names, inside)
    return item.root, [
        Sought(roots.absolute(Place(item.root, one.path)), one.hash, one.stems) for one in found
    ]


def _shown(picture: Picture, request: Request) -> Response:
    tag = f'"{picture.hash}"'
    headers = {"etag": tag, "cache-control": "no-cache", "x-content-type-options": "nosniff"}
    if _has(tag, ",".join(request.headers.getlist("if-none-match"))):
        return Response(status_code=304, headers=headers)
    return Response(picture.data, media_type=picture.mime or UNKNOWN, headers=headers)


def _has(tag: str, said: str) -> bool:
    known = [one.strip().removeprefix("W/") for one in said.split(",")]
    return tag in known or "*" in known


def _none(number: int, why: str) -> NotFoundError:
    """Return the error for an item without a cover; `why` tells of a picture that the catalog knows."""
    if not why:
        return NotFoundError(
            f"item {number}: it has no cover, neither inside its files nor beside them",
            code="no_cover",
            hint="put a cover.jpg or a poster.jpg into its directory",
        )
    return NotFoundError(
        f"item {number}: its cover cannot be had: {why}",
        code="cover_gone",
        hint="a file that has changed is read anew by `shelfd scan` of its directory",
    )
