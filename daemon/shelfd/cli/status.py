"""`shelfd status`: is it well, what does it do, what waits and why."""

import click

from shelfd.cli import options
from shelfd.cli.client import Client, Value
from shelfd.cli.documented import Query
from shelfd.cli.failures import UnreachableError
from shelfd.cli.overview import whole
from shelfd.cli.text import across, quiet, say, say_json

SHOWN = 20  # of what waits
HELP = "`shelfd --help` names all commands"

FIELDS = {
    "version, pid, memory_bytes": "of the daemon",
    "state": "starting, ready, degraded (something is wrong, see checks), stopping",
    "since": "when the daemon began; all times are RFC 3339 in UTC",
    "roots": "[{name, role (inbox, library), kind, path, state (watching, polling, suspended, absent), reason,"
    " watches, directories, files, missing, last_scan_at}]; directories, files and missing of an inbox are null;"
    " a path that is not UTF-8 stands percent-encoded in path_bytes, too",
    "watch": "{watches, budget, fault}: how many directories are watched; how many may be, or null where that"
    " cannot be seen; a sentence when something is not heard, or null",
    "queue": "{queued, running, completed, failed, cancelled, next, paused, paused_kinds, paused_roots, resting}:"
    " how many operations are in each state, the one whose turn is next, or null, what does not start because of"
    " `shelfd pause`, and [{kind, failures, error, until}] of which kinds one after the other has failed",
    "running": "[operations that run]; see `shelfd operation --help`",
    "settling": "what lies in the inboxes and is not filed:"
    " [{path, state (settling, queued, refused, held, review), reason, bytes, since}]",
    "reviews": "how many items wait for a decision; see `shelfd review`",
    "quarantined": "how many are refused, in the inboxes and in import.quarantine",
    "holds": "what somebody holds: [{id, path, held_at}]; see `shelfd hold`",
    "catalog": "{items {KIND: number}, files, bytes, missing}; missing counts files",
    "checks": "what is wrong: [{check, severity (warn, fatal), message, fix}]",
    "schedule": "{NAME: when it is due next}",
}


@click.command(cls=Query, fields=FIELDS, short_help="Is it well, what does it do, what waits.")
@click.option(
    "--watch",
    is_flag=True,
    help="Show it live until ^C. Where standard output is no terminal, what happens is one line each.",
)
@options.query
def status(*, watch: bool, as_json: bool) -> None:
    """Say whether shelfd is well, what it does, and what waits and why.

    With --watch and --json each change is one line: the whole status as it then is.
    """
    if watch:
        from shelfd.cli.watch import watch as follow  # noqa: PLC0415  # what it needs is for it alone

        follow(options.client(), as_json=as_json)
        return
    reply = options.reader().get("/v1/status")
    if as_json:
        say_json(reply.raw)
    else:
        _show(reply.value)


def short(client: Client) -> None:
    """Write what is going on, for who has said no more than `shelfd`."""
    try:
        _show(client.get("/v1/status").value)
    except UnreachableError as error:
        hint = f"{error.hint}; {HELP}"
        raise UnreachableError(error.message, code=error.code, hint=hint) from error
    say()
    say(quiet(HELP))


def _show(now: Value) -> None:
    for line in whole(now, SHOWN, across()):
        say(line)
