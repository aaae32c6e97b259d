"""What goes back: JSON, errors among it, and the one form of times and paths in it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote_from_bytes

import msgspec
from starlette.responses import Response

from shelfd.core.errors import (
    BrokenError,
    ConflictError,
    NotFoundError,
    RefusedError,
    ShelfdError,
    UsageError,
)
from shelfd.core.paths import printable
from shelfd.store.operations import described

STATUS: Mapping[type[ShelfdError], int] = {
    UsageError: 400,
    NotFoundError: 404,
    ConflictError: 409,
    RefusedError: 409,
    BrokenError: 503,
}


class InvalidError(UsageError):
    """The request is well formed, but a value in it is not allowed."""


class TooLargeError(UsageError):
    """The body of the request is longer than any that makes sense."""


class WrongTypeError(UsageError):
    """The body of the request is no JSON, by what its sender says of it."""


OWN_STATUS: Mapping[type[ShelfdError], int] = {
    InvalidError: 422,
    TooLargeError: 413,
    WrongTypeError: 415,
}


def answer(content: object, status: int = 200) -> Response:
    """Return `content` as JSON, one line long."""
    return Response(msgspec.json.encode(content) + b"\n", status, media_type="application/json")


def page(
    items: list[dict[str, object]], limit: int, cursors: Sequence[int] | None = None
) -> Response:
    """Return the first `limit` of `items`; the cursor is that of the last one, else its id, null when no more follow."""
    shown = items[:limit]
    following = None
    if len(items) > limit:
        following = shown[-1]["id"] if cursors is None else cursors[limit - 1]
    return answer({"items": shown, "next": following})


def failed(error: ShelfdError) -> Response:
    """Return what went wrong, with the status that fits."""
    status = OWN_STATUS.get(type(error)) or next(
        (status for kind, status in STATUS.items() if isinstance(error, kind)), 500
    )
    response = answer({"error": described(error)}, status)
    if status == 413:
        # the rest of the body may not have been read, so nothing else can follow on this connection
        response.headers["connection"] = "close"
    return response


def refusal(status: int, code: str, message: str, hint: str = "") -> Response:
    """Return an error of HTTP itself, which is none of shelfd's own."""
    return answer({"error": {"code": code, "message": message, "hint": hint}}, status)


def moment(seconds: float | None) -> str | None:
    """Return a Unix time as RFC 3339 in UTC with milliseconds: `2026-11-21T18:00:00.000Z`."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def located(raw: bytes, key: str = "path") -> dict[str, str]:
    """Return a path for people, and beside it percent-encoded when it is not UTF-8."""
    shown = {key: printable(raw)}
    try:
        raw.decode()
    except UnicodeDecodeError:
        shown[f"{key}_bytes"] = quote_from_bytes(raw)
    return shown
