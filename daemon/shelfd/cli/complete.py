"""What may stand in the place where somebody presses Tab; quiet when the daemon cannot be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shelfd.cli.client import SOCKET, Client, Value, chosen
from shelfd.core.errors import ShelfdError

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

ASKED = "_SHELFD_COMPLETE"
"""The variable of the environment in which a shell says what it wants to know."""
PATIENCE_S = 1.0  # nobody waits longer for a suggestion
RECENT = 50  # operations that are suggested, the newest


def paths(
    _context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Let the shell complete a path."""
    return [_item(begun, kind="file")]


def directories(
    _context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Let the shell complete the path of a directory."""
    return [_item(begun, kind="dir")]


def operations(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Return ids of operations, the newest first."""
    return _numbers(context, begun, "")


def imports(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Return ids of imports that have filed something, the newest first."""
    return _numbers(context, begun, "&kind=import&state=completed")


def unfinished(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Return ids of operations that run, then of those that wait."""
    states = ("running", "queued")
    return [one for state in states for one in _numbers(context, begun, f"&state={state}")]


def roots(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Return names of libraries and inboxes, those that are suspended first."""
    found = _asked(context, "/v1/status").get("roots", [])
    found.sort(key=lambda root: root["state"] != "suspended")
    return [
        _item(root["name"], f"{root['role']}, {root['state']}")
        for root in found
        if root["name"].startswith(begun)
    ]


def reviews(
    context: click.Context, _parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Return ids of open reviews, the oldest first."""
    found = _asked(context, "/v1/reviews").get("items", [])
    told = [(str(one["id"]), one["path"]) for one in found]
    return [_item(number, path) for number, path in told if number.startswith(begun)]


def held(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem[str]]:
    """Return the paths that are held; any path where none of them begins so."""
    found = [hold["path"] for hold in _asked(context, "/v1/holds").get("items", [])]
    # a backslash may stand for a character that is not shown: such a path would not be the one that is held
    fit = [path for path in found if path.startswith(begun) and "\\" not in path]
    return [*map(_item, fit)] or paths(context, parameter, begun)


def _numbers(context: click.Context, begun: str, which: str) -> list[CompletionItem[str]]:
    found = _asked(context, f"/v1/operations?limit={RECENT}{which}").get("items", [])
    return [
        _item(str(one["id"]), f"{one['kind']} {one['state']} {one['path']}")
        for one in found
        if str(one["id"]).startswith(begun)
    ]


def _asked(context: click.Context, target: str) -> Value:
    try:
        return Client(chosen(context.meta.get(SOCKET)), PATIENCE_S).get(target).value
    except ShelfdError:
        return {}


def _item(value: str, told: str | None = None, kind: str = "plain") -> CompletionItem[str]:
    from click.shell_completion import CompletionItem as Item  # noqa: PLC0415  # a shell alone asks for it

    return Item(value, type=kind, help=told)
