"""`shelfd events`: follow what happens."""

import json
from collections.abc import Callable, Mapping

import click

from shelfd.cli import complete, options, results, wait
from shelfd.cli.client import Event, Value
from shelfd.cli.documented import Query
from shelfd.cli.failures import UnreachableError
from shelfd.cli.text import quiet, say, second, state

FIELDS = {
    "id, event, data": "one object a line; every data but that of fresh has `at`, RFC 3339 in UTC. By event:",
    "operation": "one has changed its state: {id, kind, path, state, error, result}",
    "progress": "{id, phase, done, total, unit, current, rate, eta_s}",
    "queue": "what starts and what does not: {paused, paused_kinds, paused_roots, resting (kinds)}",
    "drop": "something in an inbox has changed its state: {root, path, state, reason}",
    "filed": "{path, targets}",
    "undone": "{path, operation, back}",
    "catalog": "a scan has changed it: {path, directories, added, changed, moved, missing, unreadable, absent}",
    "suspended": "so much vanished from a library at once that nothing in it is taken for deleted: {root, reason}",
    "fresh": "what happened after --since is no longer kept, read anew what you show: {since, oldest, newest}",
}


@click.command(cls=Query, fields=FIELDS, short_help="Follow what happens.")
@click.option(
    "--since",
    metavar="ID",
    type=int,
    help="First what happened after the event with this ID.",
)
@click.option(
    "--operation",
    metavar="ID",
    type=int,
    shell_complete=complete.operations,
    help="Only what concerns this operation.",
)
@options.query
def events(since: int | None, operation: int | None, *, as_json: bool) -> None:
    """Follow what happens, until ^C; exit code 3 when the daemon stops."""
    client = options.client()
    target = options.address("/v1/events", since=since, operation=operation)
    with client.events(target) as stream:
        for event in stream:
            say(_as_json(event) if as_json else line(event))
    raise UnreachableError(
        f"{client.path}: the daemon has stopped",
        code="daemon_stops",
        hint="`shelfd status` says when it is back",
    )


def _as_json(event: Event) -> str:
    return json.dumps({"id": event.id, "event": event.name, "data": event.data})


def line(event: Event) -> str:
    """Return an event as people read it: its id, its time, what happened."""
    data = event.data
    when = quiet(second(data["at"])) if "at" in data else ""
    return f"{event.id:>6} {when} {_told(event.name, data)}"


def _told(name: str, data: Value) -> str:
    if name in TOLD:
        return TOLD[name](data)
    fields = ", ".join(f"{key} {value}" for key, value in data.items() if key != "at")
    return f"{name}: {fields}"


def _operation(data: Value) -> str:
    error = (
        f": {results.without(data['path'], data['error']['message'])}" if data.get("error") else ""
    )
    return f"operation {data['id']} {state(data['state'])}: {data['kind']} {data['path']}{error}"


def _drop(data: Value) -> str:
    return f"{state(data['state'])} {data['path']}: {results.without(data['path'], data['reason'])}"


TOLD: Mapping[str, Callable[[Value], str]] = {
    "operation": _operation,
    "progress": lambda data: f"operation {data['id']} {wait.progress(data)}",
    "drop": _drop,
    "review": lambda data: f"review {data['id']} {data['state']}: {data['path']}",
    "filed": lambda data: f"filed {data['path']} as {', '.join(data['targets'])}",
    "quarantined": lambda data: f"quarantined {data['path']}: {data['reason']}",
    "undone": lambda data: f"operation {data['operation']} undone: {data['path']}",
    "suspended": lambda data: f"{data['root']} is suspended: {data['reason']}",
    "fresh": lambda data: f"events before {data['oldest']} are no longer kept",
}
