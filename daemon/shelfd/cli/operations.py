"""`shelfd operations`, `shelfd operation`: what was done, is done, will be done."""

import click

from shelfd.cli import options, plans, wait
from shelfd.cli.client import Value
from shelfd.cli.text import bold, clock, duration, local, quiet, say, say_json, state, table

STATES = ("queued", "running", "completed", "failed", "cancelled")
KINDS = ("scan", "import", "undo", "cleanup")


@click.command()
@click.option("--state", "wanted", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--kind", type=click.Choice(KINDS), help="Only those of this kind.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 500),
    default=30,
    show_default=True,
    help="No more than these, the newest.",
)
@options.query
def operations(wanted: str | None, kind: str | None, limit: int, *, as_json: bool) -> None:
    """List operations, the newest first.

    \b
    JSON: {items, next}: operations, see `shelfd operation --help`, without history and steps; next is
    null, or where the API goes on (`after`).
    """
    reply = options.client().get(
        options.address("/v1/operations", state=wanted, kind=kind, limit=limit)
    )
    if as_json:
        say_json(reply.raw)
        return
    for line in table((_row(operation) for operation in reply.value["items"]), indent=""):
        say(line)
    if reply.value["next"] is not None:
        say(quiet("there are more: --limit"))


@click.command()
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@options.query
def operation(number: int, *, as_json: bool) -> None:
    """Show one operation in full.

    \b
    JSON:
      id            grows with time
      kind          scan, import, undo, cleanup
      path          what it works on; path_bytes beside it when that is not UTF-8
      state         queued, running, completed, failed, cancelled
      priority      1 (first) to 10
      asked_by      person, watch, schedule, shelfd
      options       what was asked for, as {recursive, full, mode, dry_run, operation}
      created_at, started_at, finished_at, not_before
      attempts      how often it was taken up
      progress      {phase, done, total, unit, rate (a second), eta_s, current}, or null
      error         {code, message, hint}, or null
      result        an object that depends on the kind, or null
      undoable      whether `shelfd undo` can put it back
      history       [{state, at}], the oldest first
      steps         of an import or undo: [{action (mkdir, rmdir, place, move, discard, stamp), source,
                    target, state (planned, begun, done, reversed, dropped, purged), method, trash}]
    """
    reply = options.client().get(f"/v1/operations/{number}")
    if as_json:
        say_json(reply.raw)
    else:
        _show(reply.value)


def _row(operation: Value) -> list[str]:
    error = operation["error"]
    what = error["message"] if error else ""
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
    return duration(took.total_seconds())


def _show(operation: Value) -> None:
    say(f"{bold(f'operation {operation["id"]}')}: {_kind(operation)} {operation['path']}")
    say(
        f"  {state(operation['state'])}, asked for by {operation['asked_by']}, priority {operation['priority']}"
    )
    for moment in operation["history"]:
        say(f"  {clock(moment['at'])}  {state(moment['state'])}")
    if operation["progress"] and operation["finished_at"] is None:
        say(f"  {wait.progress(operation['progress'])}")
        say(f"  {operation['progress']['current']}")
    if operation["error"]:
        say(f"  {operation['error']['message']}")
        say(quiet(f"  {operation['error']['hint']}"))
    for step in operation.get("steps", []):
        say(f"  {step['state']:8} {plans.in_words(step)}")
    if operation["undoable"]:
        say(quiet(f"  `shelfd undo {operation['id']}` puts it back"))
