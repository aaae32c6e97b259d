"""`shelfd status`: is it well, what does it do, what waits and why."""

import click

from shelfd.cli import options
from shelfd.cli.client import Client, Value
from shelfd.cli.documented import Query
from shelfd.cli.text import (
    ago,
    bold,
    clock,
    count,
    number,
    quiet,
    say,
    say_json,
    size,
    state,
    table,
)
from shelfd.cli.wait import progress, without

SHOWN = 20  # of what waits
IN_SIGHT = ("watching", "polling")

FIELDS = {
    "version, pid, memory_bytes": "of the daemon",
    "state": "starting, ready, degraded (something is wrong, see checks), stopping",
    "since": "when the daemon began; all times are RFC 3339 in UTC",
    "roots": "[{name, role (inbox, library), kind, path, state (watching, polling, suspended, absent), reason,"
    " watches, directories, files, missing, last_scan_at}]; directories, files and missing of an inbox are null;"
    " a path that is not UTF-8 stands percent-encoded in path_bytes, too",
    "watch": "{watches, budget, fault}: how many directories are watched; how many may be, or null where that"
    " cannot be seen; a sentence when something is not heard, or null",
    "queue": "{queued, running, completed, failed, cancelled, next, paused}: how many operations are in each"
    " state, the one whose turn is next, or null, and whether nothing starts because of `shelfd pause`",
    "running": "[operations that run]; see `shelfd operation --help`",
    "settling": "what lies in the inboxes and is not filed:"
    " [{path, state (settling, queued, refused, held), reason, bytes, since}]",
    "holds": "what somebody holds: [{id, path, held_at}]; see `shelfd hold`",
    "catalog": "{items {KIND: number}, files, bytes, missing}; missing counts files",
    "checks": "what is wrong: [{check, severity (warn, fatal), message, fix}]",
    "schedule": "{NAME: when it is due next}",
}


@click.command(cls=Query, fields=FIELDS, short_help="Is it well, what does it do, what waits.")
@options.query
def status(*, as_json: bool) -> None:
    """Say whether shelfd is well, what it does, and what waits and why."""
    reply = options.client().get("/v1/status")
    if as_json:
        say_json(reply.raw)
    else:
        _show(reply.value)


def short(client: Client) -> None:
    """Write how it is in two lines."""
    now = client.get("/v1/status").value
    queue, waiting = now["queue"], len(now["settling"])
    paused = " (paused)" if queue.get("paused") else ""
    say(
        f"{_headline(now)}; {queue['running']} running, {queue['queued']} queued{paused},"
        f" {waiting} in the inboxes"
    )
    say(quiet("`shelfd status` tells more, `shelfd --help` what else there is"))


def _headline(now: Value) -> str:
    return f"shelfd {now['version']} is {state(now['state'])} since {clock(now['since'])}"


def _show(now: Value) -> None:
    say(f"{bold(_headline(now))}, pid {now['pid']}, {size(now['memory_bytes'])}")
    for check in now["checks"]:
        say(f"  {state(check['severity'])} {check['check']}: {check['message']}")
        say(f"       {quiet(check['fix'])}")
    if now["watch"].get("fault"):
        say(f"  {state('warn')} watching: {now['watch']['fault']}")
    _section("libraries", [_library(root) for root in now["roots"] if root["role"] == "library"])
    _section("inboxes", [_inbox(root) for root in now["roots"] if root["role"] == "inbox"])
    _section("running", [_operation(operation) for operation in now["running"]])
    waiting = now["settling"]
    _section("in the inboxes", [_waiting(drop) for drop in waiting[:SHOWN]])
    if len(waiting) > SHOWN:
        say(f"  and {len(waiting) - SHOWN} more")
    _section("held", [[hold["path"], f"since {clock(hold['held_at'])}"] for hold in now["holds"]])
    say()
    for line in table(_sums(now), indent=""):
        say(line)


def _section(title: str, rows: list[list[str]]) -> None:
    if rows:
        say()
        say(bold(title))
        for line in table(rows):
            say(line)


def _library(root: Value) -> list[str]:
    files = f"{count(root['files'], 'file')} in {count(root['directories'], 'directory')}"
    missing = f", {number(root['missing'])} missing" if root["missing"] else ""
    scanned = f"scanned {clock(root['last_scan_at'])}" if root["last_scan_at"] else "never scanned"
    counts = f"{files}{missing}, {scanned}"
    # what is away has no counts that can be trusted; of what is compared now and then they can
    told = [counts] if root["state"] in IN_SIGHT else []
    what = "; ".join([*told, *filter(None, [root["reason"]])])
    return [root["name"], root["kind"], state(root["state"]), root["path"], what]


def _inbox(root: Value) -> list[str]:
    return [root["name"], root["kind"], state(root["state"]), root["path"], root["reason"]]


def _operation(operation: Value) -> list[str]:
    how = progress(operation["progress"]) if operation["progress"] else ""
    return [str(operation["id"]), operation["kind"], operation["path"], how]


def _waiting(drop: Value) -> list[str]:
    return [
        state(drop["state"]),
        drop["path"],
        size(drop["bytes"]),
        f"{without(drop['path'], drop['reason'])} ({ago(drop['since'])})",
    ]


def _sums(now: Value) -> list[list[str]]:
    catalog, queue = now["catalog"], now["queue"]
    items = ", ".join(_items(kind, many) for kind, many in catalog["items"].items()) or "empty"
    files = f"{count(catalog['files'], 'file')}, {size(catalog['bytes'])}"
    missing = f", {number(catalog['missing'])} missing" if catalog["missing"] else ""
    sums = [[bold("catalog"), f"{items}; {files}{missing}"]]
    states = [f"{queue[word]} {word}" for word in ("running", "queued") if queue[word]]
    failed = (
        f"; {queue['failed']} failed: `shelfd operations --state failed`" if queue["failed"] else ""
    )
    paused = f"{state('paused')}, `shelfd resume` lets it go on; " if queue.get("paused") else ""
    sums.append([bold("queue"), paused + (", ".join(states) or "nothing to do") + failed])
    sums.append([bold("watching"), _watching(now["watch"])])
    due = [f"{name.replace('_', ' ')} {clock(when)}" for name, when in now["schedule"].items()]
    return [*sums, [bold("schedule"), ", ".join(due)]] if due else sums


def _watching(watch: Value) -> str:
    most = "" if watch["budget"] is None else f" of {number(watch['budget'])} that may be"
    return f"{count(watch['watches'], 'directory')}{most}"


def _items(kind: str, many: int) -> str:
    return count(many, kind)
