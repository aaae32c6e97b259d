"""`shelfd review`: what shelfd is not sure of, and what people say that it is."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import click

from shelfd.cli import complete, options
from shelfd.cli import wait as waits
from shelfd.cli.client import Value
from shelfd.cli.documented import Query
from shelfd.cli.failures import UnreachableError, told
from shelfd.cli.text import across, bold, clock, count, quiet, say, say_json, table
from shelfd.cli.wishes import waiting
from shelfd.core import decisions
from shelfd.core.errors import ShelfdError, UsageError
from shelfd.core.paths import printable

FIELDS = {
    "items": "[reviews], the oldest first; with ID the review itself: {id, path, reason, opened_at, files,"
    " candidates}; a path that is not UTF-8 stands percent-encoded in path_bytes, too",
    "next": "null, or where a next page begins (`after` in the API)",
    "files": "[{path, parsed (what it was taken for: {kind, title, year ..., confidence}), candidates (the numbers of those that it could be)}]",
    "candidates": "[{number, source (tags, names, tags and names, ids, nfo, library), title, year, score, reasons,"
    " accepts (what --accept says), lacks (a field that must be said with --as, since it is not known)}]",
    "id": "with --accept or --as: of the import that follows; with --wait the operation as it ended, see"
    " `shelfd operation --help`; with --skip the review as it was; of several IDs a line for each",
}


@click.command(
    cls=Query, fields=FIELDS, short_help="What shelfd is not sure of, and your decision."
)
@click.argument("numbers", metavar="[ID]...", type=int, nargs=-1, shell_complete=complete.reviews)
@click.option(
    "--accept",
    metavar="CANDIDATE",
    type=int,
    help="It is this candidate, by its number; of several files, those that could be it.",
)
@click.option(
    "--as",
    "fields",
    metavar="FIELDS",
    help='It is this: "kind=movie title=Das Boot year=1981", "season=1 episodes=2-3", "tmdb=387".'
    " What is not said stays as it was read.",
)
@click.option("--skip", is_flag=True, help="It is to stay where it is, until it changes.")
@click.option(
    "--file",
    "files",
    metavar="PATH",
    multiple=True,
    help="Decide this file of the item alone, by its path, absolute or below the inbox. May be said more than once.",
)
@click.option("--dry-run", is_flag=True, help="Print what would follow, and decide nothing.")
@waiting
@options.query
def review(numbers: tuple[int, ...], *, as_json: bool, wait: bool, **said: Any) -> None:
    """List what shelfd is not sure of; with ID show it, or decide what it is.

    Of several IDs --accept 1 takes the likeliest of each, and --skip lets all of them stay.
    A decision is kept for good: the same content is never asked about again, whatever it is called.
    """
    body = _body(**said)
    if not numbers and body:
        raise UsageError("review: say whose decision it is", code="usage", hint="shelfd review ID")
    if len(numbers) > 1 and ("as" in body or "files" in body):
        raise UsageError(
            "review: --as and --file are about one item", code="usage", hint="decide one at a time"
        )
    if not numbers:
        _list(as_json=as_json)
    elif body:
        wait_for = wait or "dry_run" in body
        _decide(dict.fromkeys(numbers), body, wait_for=wait_for, as_json=as_json)
    else:
        for number in dict.fromkeys(numbers):
            _one(number, as_json=as_json)


def _body(
    *, accept: int | None, fields: str | None, skip: bool, files: tuple[str, ...], dry_run: bool
) -> Value:
    """Return what is decided as the API takes it, empty when nothing is; UsageError when it makes no sense."""
    body: Value = {} if accept is None else {"accept": accept}
    if fields is not None:
        body["as"] = decisions.fields(fields)
    body |= {"skip": True} if skip else {}
    if len(body) > 1:
        raise UsageError(
            "review: say one of --accept, --as, --skip", code="usage", hint="shelfd review --help"
        )
    if (files or dry_run) and not body:
        option = "--file" if files else "--dry-run"
        raise UsageError(f"{option}: it goes with a decision", code="usage", hint="say what it is")
    named = [printable(os.fsencode(path)) for path in files]
    body |= {"files": named} if named else {}
    return body | ({"dry_run": True} if dry_run else {})


def _list(*, as_json: bool) -> None:
    reply = options.reader().get("/v1/reviews")
    if as_json:
        say_json(reply.raw)
        return
    rows = [
        [str(one["id"]), clock(one["opened_at"]), one["path"], _best(one), one["reason"]]
        for one in reply.value["items"]
    ]
    for line in table(rows, indent="", cut=(2, 4), most=across()):
        say(line)
    if reply.value["next"] is not None:
        say(quiet("there are more; decide some of these first"))
    if not rows:
        say("nothing waits for a decision")


def _one(number: int, *, as_json: bool) -> None:
    reply = options.reader().get(f"/v1/reviews/{number}")
    if as_json:
        say_json(reply.raw)
        return
    found = reply.value
    say(bold(found["path"]))
    say(f"  {found['reason']}")
    for file in found["files"][1:] and found["files"]:
        mine = ", ".join(map(str, file["candidates"])) or "none"
        say(f"  {file['path']}: {quiet('candidates')} {mine}")
    for line in table([*_candidates(found)], indent="  "):
        say(line)
    if found["candidates"]:
        say(quiet(f"`shelfd review {number} --accept N` takes one of these"))
    say(
        quiet(
            f'`shelfd review {number} --as "kind=... title=..."` says what it is, --skip leaves it'
        )
    )


def _decide(numbers: Iterable[int], body: Value, *, wait_for: bool, as_json: bool) -> None:
    """Decide each of these reviews; one that cannot be decided so keeps no other from it."""
    client = options.client()
    imports, failures = [], []
    for number in numbers:
        try:
            reply = client.post(f"/v1/reviews/{number}", body)
        except UnreachableError:
            raise
        except ShelfdError as error:
            message = f"review {number}: {error.message.removeprefix(f'review {number}: ')}"
            failures.append(type(error)(message, code=error.code, hint=error.hint))
            continue
        if "files" not in reply.value:
            imports.append(reply.value["id"])
        elif as_json:
            say_json(reply.raw)
        else:
            say(
                f"{reply.value['path']} stays where it is, and is asked about again when it changes"
            )
    for other in failures[1:]:
        told(other)
    waits.finish(client, imports, wait=wait_for, as_json=as_json)
    if failures:
        raise failures[0]


def _candidates(found: Value) -> Iterator[list[str]]:
    for one in found["candidates"]:
        needs = f" (needs --as with {one['lacks']}=)" if "lacks" in one else ""
        yield [str(one["number"]), f"{one['score']:.2f}", _said(one["accepts"]) + needs, _why(one)]


def _why(candidate: Value) -> str:
    return f"by its {candidate['source']}: {'; '.join(candidate.get('reasons', []))}"


def _said(accepts: Value) -> str:
    """Return what accepting says: `movie Dune (1984)`, `episode The Office (2005) season 2 episodes 3`."""
    year = f" ({accepts['year']})" if "year" in accepts else ""
    by = accepts.get("artist") or accepts.get("author")
    words = f"{accepts['kind']} {accepts.get('title') or accepts.get('album', '')}{year}"
    words += f" by {by}" if by else ""
    for name in ("season", "episodes"):
        value = accepts.get(name)
        if value is not None:
            shown = " ".join(map(str, value)) if isinstance(value, list) else str(value)
            one = isinstance(value, list) and len(value) == 1
            words += f" {name.removesuffix('s') if one else name} {shown}"
    return words


def _best(found: Value) -> str:
    if not found["candidates"]:
        return count(0, "candidate")
    best = found["candidates"][0]
    return f"{_said(best['accepts'])}?"
