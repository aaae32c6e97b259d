"""`shelfd scan`, `import`, `undo`, `cancel`, `pause`, `resume`: what changes something."""

import click

from shelfd.cli import complete, moments, options, wait
from shelfd.cli.client import Client, Value
from shelfd.cli.documented import Query
from shelfd.cli.text import say, say_json
from shelfd.core.errors import UsageError

MODES = ("auto", "move", "copy", "hardlink", "reflink", "symlink")

waiting = click.option(
    "--wait",
    is_flag=True,
    help="Wait until it has ended, and tell how it went; exit 1 if it failed. ^C ends the waiting only.",
)


ID = {
    "id": "of the operation; with --wait instead the operation as it ended, see `shelfd operation --help`",
}
IMPORT_FIELDS = {
    **ID,
    "result.filed": "[paths of what was filed]",
    "result.steps": "with --dry-run: [{action, source, target}] in their order",
    "result.files": "with --dry-run: [{path, state, reason, target}]; state is file (goes to target), filed"
    " (its content is there already), refused or left (stays where it is)",
}
UNDO_FIELDS = {
    **ID,
    "result.back": "[paths of what was put back]",
    "result.steps": "with --dry-run: [{action, source, target}] in their order",
}
CANCEL_FIELDS = {
    "operation": "as `shelfd operation --help` has it, without undoable, history, steps;"
    " its state is cancelled, or running while it comes to a safe point",
}
PAUSED = {"paused": "whether nothing starts now"}


@click.command(cls=Query, fields=ID, short_help="Read a directory again, or everything.")
@click.argument("path", required=False, shell_complete=complete.paths)
@click.option("--recursive", is_flag=True, help="All directories below PATH, too.")
@click.option(
    "--full", is_flag=True, help="Trust nothing stored: read the inside of every file again."
)
@click.option(
    "--quick", is_flag=True, help="Look only at directories in which a name has come or gone."
)
@waiting
@options.query
def scan(path: str | None, *, wait: bool, as_json: bool, **how: bool) -> None:
    """Read a directory again; without PATH all libraries and inboxes.

    In a library exactly this directory is read, and what is new in it. In an inbox the item that PATH
    names, or is part of, is looked at again, also when it was refused before.
    A scan that was cancelled goes on under its ID when the same is asked for again.
    """
    if how["full"] and how["quick"]:
        raise UsageError(
            "scan: say either --full or --quick", code="usage", hint="shelfd scan --help"
        )
    client = options.client()
    content: Value = {"kind": "scan", **how}
    if path is not None:
        content |= options.in_body(options.absolute(path))
    _ask(client, content, wait_for=wait, as_json=as_json)


@click.command(
    "import", cls=Query, fields=IMPORT_FIELDS, short_help="File what lies in an inbox, now."
)
@click.argument("path", shell_complete=complete.paths)
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option(
    "--mode",
    type=click.Choice(MODES),
    help="How files get into the library. [default: as the settings of the inbox say]",
)
@waiting
@options.query
def import_(path: str, *, dry_run: bool, mode: str | None, wait: bool, as_json: bool) -> None:
    """File what lies at PATH in an inbox, now; a directory as a whole.

    With --dry-run say what would be done with each file, and why.
    """
    content: Value = {"kind": "import", **options.in_body(options.absolute(path))}
    content |= {"mode": mode} if mode else {}
    content |= {"dry_run": True} if dry_run else {}
    _ask(options.client(), content, wait_for=wait or dry_run, as_json=as_json)


@click.command(cls=Query, fields=UNDO_FIELDS, short_help="Put an import back.")
@click.argument("number", metavar="[ID]", type=int, required=False, shell_complete=complete.imports)
@click.option(
    "--since",
    metavar="TIME",
    help="Each import that ended since then: 18:00, 2026-11-21, 2026-11-21T18:00, or 2h for two hours ago (s, m, h, d).",
)
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@waiting
@options.query
def undo(
    number: int | None, since: str | None, *, dry_run: bool, wait: bool, as_json: bool
) -> None:
    """Put the import with this ID back, exactly as it was.

    What was put back stays in its inbox until `shelfd import` files it.
    With --since and without --wait, JSON is one line for each import, the first to be undone first.
    """
    if (number is None) == (since is None):
        raise UsageError("undo: say either ID or --since", code="usage", hint="shelfd undo --help")
    content: Value = {"kind": "undo", "dry_run": dry_run}
    content |= {"operation": number} if since is None else {"since": moments.parse(since)}
    _ask(options.client(), content, wait_for=wait or dry_run, as_json=as_json)


@click.command(cls=Query, fields=CANCEL_FIELDS, short_help="End an operation.")
@click.argument("number", metavar="ID", type=int, shell_complete=complete.unfinished)
@options.query
def cancel(number: int, *, as_json: bool) -> None:
    """End the operation with this ID; one that runs ends at its next safe point.

    A scan keeps what it has read, and goes on there when it is asked for again. An import that moves files
    is not ended: `shelfd undo` puts it back when it is done.
    """
    reply = options.client().delete(f"/v1/operations/{number}")
    if as_json:
        say_json(reply.raw)
    elif reply.value["finished_at"] is not None:
        say(f"operation {number} is cancelled")
    else:
        say(f"operation {number} ends soon; `shelfd operation {number}` shows it")


@click.command(cls=Query, fields=PAUSED, short_help="Let nothing start until `shelfd resume`.")
@options.query
def pause(*, as_json: bool) -> None:
    """Let nothing start until `shelfd resume`, not even after a restart.

    A scan that runs leaves off and goes on later; an import that runs is finished.
    """
    _say_of_the_queue(
        "pause", "the queue is paused: `shelfd resume` lets it go on", as_json=as_json
    )


@click.command(cls=Query, fields=PAUSED, short_help="Let what waits start again.")
@options.query
def resume(*, as_json: bool) -> None:
    """Let what waits start again, after `shelfd pause`."""
    _say_of_the_queue("resume", "the queue goes on", as_json=as_json)


def _say_of_the_queue(word: str, done: str, *, as_json: bool) -> None:
    reply = options.client().post(f"/v1/queue/{word}", {})
    if as_json:
        say_json(reply.raw)
    else:
        say(done)


def _ask(client: Client, content: Value, *, wait_for: bool, as_json: bool) -> None:
    accepted = client.post("/v1/operations", content).value
    numbers = accepted.get("ids") or [accepted["id"]]
    wait.finish(client, numbers, wait=wait_for, as_json=as_json)
