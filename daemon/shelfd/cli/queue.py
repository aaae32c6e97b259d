"""`shelfd cancel`, `retry`, `pause`, `resume`: what is said of what waits and runs."""

import click

from shelfd.cli import complete, options
from shelfd.cli.client import Value
from shelfd.cli.documented import Query
from shelfd.cli.operations import KINDS
from shelfd.cli.text import say, say_json
from shelfd.core.errors import UsageError

CANCEL_FIELDS = {
    "operation": "as `shelfd operation --help` has it, without undoable, history, steps;"
    " its state is cancelled, or running while it comes to a safe point",
}
RETRY_FIELDS = {"id": "of the operation, which waits again"}
PAUSED_FIELDS = {
    "paused": "whether nothing starts now",
    "paused_kinds, paused_roots": "of what nothing starts, and where",
}


@click.command(cls=Query, fields=CANCEL_FIELDS, short_help="End an operation.")
@click.argument("number", metavar="ID", type=int, shell_complete=complete.unfinished)
@options.query
def cancel(number: int, *, as_json: bool) -> None:
    """End the operation with this ID; one that runs ends at its next safe point.

    A scan keeps what it has read, and goes on there when it is asked for again. An import that moves files
    puts them back first; what it was to file stays in its inbox until `shelfd import` files it.
    """
    reply = options.client().delete(f"/v1/operations/{number}")
    if as_json:
        say_json(reply.raw)
    elif reply.value["finished_at"] is not None:
        say(f"operation {number} is cancelled")
    elif reply.value["state"] == "queued":
        say(f"operation {number} puts back what it has moved as soon as it goes on")
    else:
        say(f"operation {number} ends soon; `shelfd operation {number}` shows it")


@click.command(cls=Query, fields=RETRY_FIELDS, short_help="Do once more what has not ended well.")
@click.argument("number", metavar="ID", type=int, shell_complete=complete.operations)
@options.query
def retry(number: int, *, as_json: bool) -> None:
    """Do the operation with this ID once more, which has failed or was cancelled.

    A scan that was cancelled goes on where it stood.
    """
    reply = options.client().post(f"/v1/operations/{number}/retry", {})
    if as_json:
        say_json(reply.raw)
    else:
        say(f"operation {number} waits for its turn; `shelfd operation {number}` shows it")


KIND = click.option("--kind", type=click.Choice(KINDS), help="Only operations of this kind.")
ROOT = click.option(
    "--root",
    metavar="NAME",
    shell_complete=complete.roots,
    help="Only what concerns this library or inbox.",
)


@click.command(cls=Query, fields=PAUSED_FIELDS, short_help="Let nothing start until `resume`.")
@KIND
@ROOT
@options.query
def pause(kind: str | None, root: str | None, *, as_json: bool) -> None:
    """Let nothing start until `shelfd resume`, not even after a restart.

    What runs goes on to its next safe point, and later from there: a scan between two directories, an import
    between two files.
    """
    what = _what(kind, root)
    reply = options.client().post("/v1/queue/pause", what)
    if as_json:
        say_json(reply.raw)
    else:
        again = " ".join(["shelfd resume", *(f"--{key} {value}" for key, value in what.items())])
        say(f"{_subject(kind, root)}: nothing starts; `{again}` lets it go on")


@click.command(cls=Query, fields=PAUSED_FIELDS, short_help="Let what waits start again.")
@KIND
@ROOT
@options.query
def resume(kind: str | None, root: str | None, *, as_json: bool) -> None:
    """Let what waits start again, after `shelfd pause`, or after faults because of which a kind rests."""
    reply = options.client().post("/v1/queue/resume", _what(kind, root))
    if as_json:
        say_json(reply.raw)
        return
    say(f"{_subject(kind, root)}: what waits starts")
    for name in [*reply.value["paused_kinds"], *reply.value["paused_roots"]]:
        say(f"  still paused: {name}")
    if reply.value["paused"]:
        say("  but the queue is paused as a whole: `shelfd resume`")


def _what(kind: str | None, root: str | None) -> Value:
    if kind is not None and root is not None:
        raise UsageError(
            "--kind, --root: only one of them at a time", code="usage", hint="say it twice"
        )
    return {key: value for key, value in (("kind", kind), ("root", root)) if value is not None}


def _subject(kind: str | None, root: str | None) -> str:
    if kind is not None:
        return f"operations of the kind {kind}"
    return "the queue" if root is None else root
