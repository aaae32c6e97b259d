"""What several commands take: --socket, --json, --after, --deadline, a path."""

import os
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes, urlencode

import click

from shelfd.cli import complete, moments
from shelfd.cli.client import READ_S, SOCKET, Client, Value, chosen
from shelfd.core.errors import UsageError

CONDITIONS = "shelfd.conditions"
"""Under this name a command line remembers what stands behind --after and --deadline, as a body has it."""

F = TypeVar("F", bound=Callable[..., Any])


def socket(function: F) -> F:
    """Add --socket; what stands behind the command wins over what stands before it."""
    return click.option(
        "--socket",
        metavar="PATH",
        expose_value=False,
        callback=_remember,
        shell_complete=complete.paths,
        help="The daemon's socket. [default: $SHELFD_SOCKET, /run/shelfd/shelfd.sock, or $XDG_RUNTIME_DIR/shelfd.sock]",
    )(function)


def query(function: F) -> F:
    """Add --socket and --json."""
    json = click.option(
        "--json", "as_json", is_flag=True, help="Answer in JSON, with the fields named below."
    )
    return json(socket(function))


def conditions(function: F) -> F:
    """Add --after and --deadline; `conditional` puts them into a body."""
    after = click.option(
        "--after",
        "waits_for",
        metavar="ID",
        type=click.IntRange(1),
        multiple=True,
        expose_value=False,
        callback=_note,
        shell_complete=complete.unfinished,
        help="Start when this operation has ended well, and fail when it has not. May be said more than once.",
    )
    deadline = click.option(
        "--deadline",
        "deadline_s",
        metavar="SPAN",
        expose_value=False,
        callback=_note_deadline,
        help="Fail unless it has ended in this time: 30m, 2h, 1d (s, m, h, d; at most 31d). Files that are being moved by then are all moved.",
    )
    return after(deadline(function))


def conditional(content: Value) -> Value:
    """Return a body with what --after and --deadline have said."""
    said: Value = click.get_current_context().meta.get(CONDITIONS, {})
    return content | said


def client() -> Client:
    """Return the daemon that this command line speaks of."""
    return Client(chosen(click.get_current_context().meta.get(SOCKET)))


def reader() -> Client:
    """Return the same for who only wants to see something: it gives up sooner."""
    return Client(client().path, READ_S)


def absolute(path: str) -> bytes:
    """Return a path from the command line from `/` on, symbolic links left as they are."""
    if not path:
        raise UsageError("PATH: it is empty", code="usage")
    try:
        return os.path.abspath(os.fsencode(path))
    except FileNotFoundError as error:
        raise UsageError(
            f"{path}: the current directory is gone",
            code="usage",
            hint="say the whole path, from /",
        ) from error


def in_body(path: bytes) -> Value:
    """Return a path as a JSON body has it."""
    try:
        return {"path": path.decode()}
    except UnicodeDecodeError:
        return {"path_bytes": quote_from_bytes(path)}


def of_body(body: Value) -> bytes:
    """Return the path that a JSON body has, of a question or an answer."""
    return unquote_to_bytes(body["path_bytes"]) if "path_bytes" in body else body["path"].encode()


def address(target: str, **values: str | int | bytes | None) -> str:
    """Return an address with those values in its query that are not None."""
    given = {name: value for name, value in values.items() if value is not None}
    return f"{target}?{urlencode(given, quote_via=quote)}" if given else target


def _note(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        context.meta.setdefault(CONDITIONS, {})[parameter.name] = value


def _note_deadline(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        _note(context, parameter, moments.span_s("--deadline", value))


def _remember(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.meta[SOCKET] = value
