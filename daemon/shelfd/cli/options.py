"""What several commands take: --socket, --json, a path."""

import os
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, quote_from_bytes, urlencode

import click

from shelfd.cli import complete
from shelfd.cli.client import SOCKET, Client, Value, chosen
from shelfd.core.errors import UsageError

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


def client() -> Client:
    """Return the daemon that this command line speaks of."""
    return Client(chosen(click.get_current_context().meta.get(SOCKET)))


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


def address(target: str, **values: str | int | bytes | None) -> str:
    """Return an address with those values in its query that are not None."""
    given = {name: value for name, value in values.items() if value is not None}
    return f"{target}?{urlencode(given, quote_via=quote)}" if given else target


def _remember(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.meta[SOCKET] = value
