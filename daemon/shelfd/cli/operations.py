"""`shelfd operations`, `shelfd operation`: what was done, is done, will be done."""

from collections.abc import Iterator

import click

from shelfd.cli import complete, log, options, plans, results, wait
from shelfd.cli.client import Value
from shelfd.cli.documented import Query
from shelfd.cli.text import (
    across,
    bold,
    clock,
    count,
    duration,
    local,
    quiet,
    say,
    say_json,
    second,
    state,
    table,
)
from shelfd.core.errors import UsageError

STATES = ("queued", "running", "completed", "failed", "cancelled")
KINDS = ("scan", "import", "undo", "verify", "cleanup")


LIST_FIELDS = {
    "items": "[operations]; see `shelfd operation --help`; without undoable, history, steps",
    "next": "null, or where a next page begins (`after` in the API)",
}
FIELDS = {
    "id": "grows with time",
    "kind": "scan, import, undo, cleanup",
    "path": "what it works on; when that is not UTF-8, percent-encoded in path_bytes, too",
    "state": "queued, running, completed, failed, cancelled",
    "priority": "1 (first) to 10",
    "asked_by": "person, watch, schedule, shelfd",
    "options": "how it was asked for: {recursive, full, quick, confirmed (by `shelfd confirm`), again (also what was"
    " refused), mode, organize, dry_run, operation, review (whose answer it follows), supposed (the answer that a dry run"
    " tries)}, those that were said",
    "created_at, started_at, finished_at, not_before": "RFC 3339 in UTC, or null",
    "attempts": "how often it was taken up",
    "deadline": "when it fails unless it has ended, RFC 3339 in UTC, or null",
    "waits_for": "[ids of operations that must end well before it starts; of its parts, when it has any]",
    "parent": "the id of the operation of which it is a part, or null",
    "retries": "how often it was put back after a fault that may pass; not_before says when it is tried again",
    "fault": "the last of these, {code, message, hint}, or null",
    "progress": "{phase (counting, reading, filing, putting back, importing, done), done, total, unit, rate (a second), eta_s (left), current}, or null",
    "error": "{code, message, hint}, or null",
    "result": "what came of it, by kind, or null; of an import of a whole inbox {parts, completed, failed,"
    " cancelled, others (ids of operations that have imported the rest of it meanwhile, or will)}; of a scan of libraries {absorbed_by: the operation that has done its"
    " work as well} or {directories (looked at), read (files whose inside was read), added, changed,"
    " moved, missing, unreadable (directories), absent {NAME: why}}",
    "undoable": "whether `shelfd undo` can put it back",
    "history": "[{state, at}], the oldest first",
    "steps": "of an import or undo: [{action (mkdir, rmdir, place, move, discard, stamp), source, target, state"
    " (planned, begun, done, reversed, dropped, purged), method (reflink, hardlink, copy, symlink, rename),"
    " trash}]",
}


@click.command(cls=Query, fields=LIST_FIELDS)
@click.option("--state", "wanted", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--kind", type=click.Choice(KINDS), help="Only those of this kind.")
@click.option(
    "--parent",
    metavar="ID",
    type=click.IntRange(1),
    shell_complete=complete.operations,
    help="Only the parts of this one: of the import of a whole inbox.",
)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 500),
    default=30,
    show_default=True,
    help="No more than these, the newest.",
)
@options.query
def operations(wanted: str | None, *, as_json: bool, **which: str | int | None) -> None:
    """List operations, the newest first."""
    reply = options.reader().get(options.address("/v1/operations", state=wanted, **which))
    if as_json:
        say_json(reply.raw)
        return
    rows = [_row(operation) for operation in reply.value["items"]]
    for line in table(rows, indent="", cut=(5, 6), most=across()):
        say(line)
    if reply.value["next"] is not None:
        say(quiet("there are more: --limit"))


@click.command(cls=Query, fields=FIELDS | log.FIELDS)
@click.argument("number", metavar="ID", type=int, shell_complete=complete.operations)
@click.option("--log", "logged", is_flag=True, help="What it told of its work, line by line.")
@click.option(
    "--level", type=click.Choice(log.LEVELS), help="With --log only what matters this much or more."
)
@click.option("--follow", is_flag=True, help="With --log go on until it has ended.")
@options.query
def operation(number: int, level: str | None, *, logged: bool, follow: bool, as_json: bool) -> None:
    """Show one operation in full, or its log."""
    if logged:
        log.show(number, level, follow=follow, as_json=as_json)
        return
    if level is not None or follow:
        raise UsageError("--level, --follow: they belong to a log", code="usage", hint="say --log")
    client = options.reader()
    reply = client.get(f"/v1/operations/{number}")
    if as_json:
        say_json(reply.raw)
        return
    _show(reply.value)
    if reply.value["state"] == "queued":
        for line in wait.stopped(client, reply.value["kind"]):
            say(f"  {line}")


def _row(operation: Value) -> list[str]:
    error = operation["error"]
    what = results.without(operation["path"], error["message"]) if error else ""
    if operation["state"] == "completed":
        what = results.brief(operation)
    if operation["state"] == "queued" and operation["fault"]:
        tried = f"tried again {clock(operation['not_before'])}: "
        what = tried + results.without(operation["path"], operation["fault"]["message"])
    if operation["state"] == "running" and operation["progress"]:
        what = wait.progress(operation["progress"])
    return [
        str(operation["id"]),
        _kind(operation),
        state(operation["state"]),
        clock(operation["finished_at"] or operation["created_at"]),
        _took(operation),
        operation["path"],
        what,
    ]


def _kind(operation: Value) -> str:
    return (
        f"{operation['kind']} (dry run)"
        if operation["options"].get("dry_run")
        else operation["kind"]
    )


def _took(operation: Value) -> str:
    if operation["finished_at"] is None or operation["started_at"] is None:
        return ""
    took = local(operation["finished_at"]) - local(operation["started_at"])
    return duration(took.total_seconds()) if took.total_seconds() >= 1 else ""


def _outlook(operation: Value) -> Iterator[str]:
    """Yield how far an operation is that has not ended, and what it waits for."""
    if operation["progress"]:
        yield wait.progress(operation["progress"])
        yield operation["progress"]["current"]
    if operation["waits_for"]:
        yield f"waits for {wait.some(operation['waits_for'])}"
    if operation["deadline"]:
        yield f"fails unless it has ended by {second(operation['deadline'])}"
    if operation["fault"]:
        often = "once" if operation["retries"] == 1 else f"{operation['retries']} times"
        yield f"put back {often}: {operation['fault']['message']}"
        if operation["not_before"]:
            yield f"tried again {second(operation['not_before'])}"


def _end(operation: Value) -> Iterator[str]:
    """Yield how an operation has ended, and what came of it beside what its steps say."""
    if operation["error"]:
        yield operation["error"]["message"]
        yield quiet(operation["error"]["hint"])
    elif operation["state"] == "completed":
        yield from results.remarks(operation)
    if "parts" in (result := operation["result"] or {}):
        ended = ", ".join(
            f"{result[how]} {state(how)}"
            for how in ("completed", "failed", "cancelled")
            if result[how]
        )
        yield f"{count(result['parts'], 'part')}: {ended or 'none'}"
        yield quiet(f"`shelfd operations --parent {operation['id']}` lists them")


def _show(operation: Value) -> None:
    title = bold(f"operation {operation['id']}")
    say(f"{title}: {_kind(operation)} {operation['path']}")
    say(
        f"  {state(operation['state'])}, asked for by {operation['asked_by']}, priority {operation['priority']}"
    )
    say(
        "  "
        + ", ".join(f"{state(past['state'])} {second(past['at'])}" for past in operation["history"])
    )
    if operation["finished_at"] is None:
        for line in _outlook(operation):
            say(f"  {line}")
    for line in _end(operation):
        say(f"  {line}")
    for step in operation.get("steps", []):
        say(f"  {step['state']:8} {plans.in_words(step)}")
    if operation["undoable"]:
        say(quiet(f"  `shelfd undo {operation['id']}` puts it back"))
