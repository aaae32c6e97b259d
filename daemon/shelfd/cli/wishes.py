"""`shelfd scan`, `import`, `undo`: what is asked for."""

import os

import click

from shelfd.cli import complete, moments, options, wait
from shelfd.cli.client import Client, Value
from shelfd.cli.documented import Query
from shelfd.cli.text import warn
from shelfd.core.errors import UsageError

MODES = ("auto", "move", "copy", "hardlink", "reflink", "symlink")

waiting = click.option(
    "--wait",
    is_flag=True,
    help="Wait until it has ended, and tell how it went; exit 1 if it failed or something was refused. ^C ends the waiting"
    " only.",
)


ID = {
    "id": "of the operation; with --wait instead the operation as it ended, see `shelfd operation --help`",
}
IMPORT_FIELDS = {
    **ID,
    "result.moves, files, right, left": "with --organize: how many items move, with how many files; are right"
    " already; stay as they are",
    "result.items": "with --organize --dry-run: [{path, target, reason, moves: [{source, target}]}] in their order,"
    " those of moves below the library",
    "result.filed": "[paths of what was filed]",
    "result.steps": "with --dry-run: [{action, source, target}] in their order",
    "result.files": "with --dry-run: [{path, state, reason, target, candidates}]; state is file (goes to target), filed"
    " (its content is there already), review (a person would be asked, who could choose among candidates, see"
    " `shelfd why --help`), refused or left (stays where it is)",
    "result.there": "[paths below the inbox of what was in a library already], the first hundred",
    "result.stayed": "[{path, state, reason}] of what was not filed with the others, the first hundred; state is refused,"
    " review or left",
    "result.stays": "why nothing of it is filed; left out when something is, or is there already;"
    " with --organize: [{path, reason}] of the first of those that stay",
    "result.review": "id of the review in which it waits for a decision",
    "result.quarantined, reason": "[paths of what was refused and lies in the quarantine], and why",
}
UNDO_FIELDS = {
    **ID,
    "result.back": "[paths of what was put back]",
    "result.removed": "[paths of copies and links that were taken out of a library]",
    "result.steps": "with --dry-run: [{action, source, target}] in their order",
}


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
@options.conditions
@options.query
def scan(path: str | None, *, wait: bool, as_json: bool, **how: bool) -> None:
    """Read a directory again; without PATH all libraries and inboxes.

    In a library exactly this directory is read, and what is new in it. In an inbox the item that PATH
    names, or is part of, is looked at again, also when it was refused before.
    A scan that was cancelled goes on under its ID when the same is asked for again, unless --after is said.
    Without PATH, --after and --deadline hold for the scan of the libraries; inboxes are looked at right away.
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
@click.option(
    "--organize",
    is_flag=True,
    help="Arrange what lies in a library, or in a directory of it, as its layout has it; PATH may be its name.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option(
    "--mode",
    type=click.Choice(MODES),
    help="How files get into the library. [default: as the settings of the inbox say]",
)
@waiting
@options.conditions
@options.query
def import_(path: str, *, mode: str | None, wait: bool, as_json: bool, **how: bool) -> None:
    """File what lies at PATH in an inbox, now; a directory as a whole, of an inbox itself all that lies in it.

    Outside of the inboxes nothing is imported: move it into one. A file in a dropped directory stands for all of that.
    With --dry-run say what would be done with each file, and why.
    Of a whole inbox, what waits already to be filed by itself becomes a part of this. What lies in it is found out
    when what --after names has ended; --deadline holds for each part.

    With --organize nothing is imported: what lies in a library is renamed to where its layout or template has it,
    each item whole or not at all, and never copied. What is right stays as it is; so does what shelfd is not sure of,
    what is in the way of something else, and what it does not understand: it says which and why. `shelfd undo`
    puts all of it back.
    """
    client = options.client()
    absolute = (how["organize"] and _library(client, path)) or options.absolute(path)
    content: Value = {"kind": "import", **options.in_body(absolute)}
    content |= {"mode": mode} if mode else {}
    content |= {option: True for option, on in how.items() if on}
    _ask(client, content, wait_for=wait or how["dry_run"], as_json=as_json)


@click.command(cls=Query, fields=UNDO_FIELDS, short_help="Put an import back.")
@click.argument("number", metavar="[ID]", type=int, required=False, shell_complete=complete.imports)
@click.option(
    "--since",
    metavar="TIME",
    help="Each import that ended since then: 18:00, 2026-11-21, 2026-11-21T18:00, or 2h for two hours ago (s, m, h, d).",
)
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@waiting
@options.conditions
@options.query
def undo(
    number: int | None, since: str | None, *, dry_run: bool, wait: bool, as_json: bool
) -> None:
    """Put the import with this ID back, exactly as it was.

    What was put back stays in its inbox until `shelfd import` files it.
    With --since and without --wait, JSON is one line for each import, the first to be undone first.
    Which these are is found out now; each of them has --after and --deadline for itself.
    """
    if (number is None) == (since is None):
        raise UsageError("undo: say either ID or --since", code="usage", hint="shelfd undo --help")
    content: Value = {"kind": "undo", "dry_run": dry_run}
    content |= {"operation": number} if since is None else {"since": moments.parse(since)}
    _ask(options.client(), content, wait_for=wait or dry_run, as_json=as_json)


def _library(client: Client, called: str) -> bytes | None:
    """Return the path of the library of this name; None when it is none, or names something that lies here."""
    if "/" in called or os.path.lexists(called):
        return None
    roots = client.get("/v1/status").value["roots"]
    found = (root for root in roots if root["role"] == "library" and root["name"] == called)
    root = next(found, None)
    return None if root is None else os.fsencode(root["path"])


def _ask(client: Client, content: Value, *, wait_for: bool, as_json: bool) -> None:
    accepted = client.post("/v1/operations", options.conditional(content)).value
    numbers = accepted.get("ids") or [accepted["id"]]
    if content["kind"] == "import":
        _tell_whole(client, numbers[0], content)
    wait.finish(client, numbers, wait=wait_for, as_json=as_json)


def _tell_whole(client: Client, number: int, content: Value) -> None:
    """Say so when more is filed than was named: all that was dropped together."""
    whole = client.get(f"/v1/operations/{number}").value
    named = options.of_body(content)
    around = os.path.realpath(options.of_body(whole))
    if os.path.realpath(named).startswith(around + b"/"):
        warn(f"{whole['path']}: all of it is looked at, since it was dropped together")
