"""`shelfd parse`: what shelfd makes of names, without a daemon and without files."""

import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes

import click
import msgspec

from shelfd.cli import options
from shelfd.cli.client import harmless
from shelfd.cli.documented import Query
from shelfd.cli.text import bold, quiet, say, say_json, warn
from shelfd.core.media import Kind
from shelfd.core.names_given import read
from shelfd.core.parsed import Parsed
from shelfd.core.paths import guessed, printable

LONGEST_LINE = 64 * 1024
"""Bytes of a line that are looked at: many times what a path can have."""

KINDS = {
    "movie": Kind.MOVIES,
    "movies": Kind.MOVIES,
    "episode": Kind.SHOWS,
    "show": Kind.SHOWS,
    "shows": Kind.SHOWS,
    "track": Kind.MUSIC,
    "album": Kind.MUSIC,
    "music": Kind.MUSIC,
    "audiobook": Kind.AUDIOBOOKS,
    "audiobooks": Kind.AUDIOBOOKS,
    "book": Kind.BOOKS,
    "books": Kind.BOOKS,
}
"""What --kind takes: items, and what an inbox or a library is said to hold."""

FIELDS = {
    "name": "as given; what is not UTF-8 in it appears as \\xNN, and the name percent-encoded in name_bytes, too",
    "kind": "movie, episode, track, audiobook or book; absent when it is none of them",
    "title": "of the movie, the show, the track or the book; an episode's own is episode_title",
    "year, edition, disc, part, ids": "of a movie, an album, a book, or the year in which a show began; ids is"
    " {PROVIDER: id}",
    "season": "a number, or a list of several for a pack",
    "episodes, absolute": "lists of numbers: in the season, or, where names count so, from the first episode on",
    "date": "day of broadcast, yyyy-mm-dd",
    "artist, album, album_artist, track": "of music; an album's name alone has no title and no track",
    "author, series, sequence, subtitle, narrator, asin": "of books and audiobooks; sequence is text, such as 2.5",
    "confidence": "0 to 1: how sure a person would be who sees the name only",
    "rule": "the rule that decided, in words",
}


@click.command(cls=Query, fields=FIELDS, short_help="What shelfd makes of names.")
@click.argument("name", nargs=-1)
@click.option("--kind", type=click.Choice([*KINDS]), help="What is expected. [default: anything]")
@options.query
def parse(name: tuple[str, ...], kind: str | None, *, as_json: bool) -> None:
    """Say what shelfd makes of each NAME, or of each line of standard input.

    No daemon is asked and no file is looked at. A NAME may be a path, and need not have an extension: then
    it is read as the directory of a season, an album or a book, or as a release. With --json each answer is
    an object in a line of its own, one for each name, in their order.
    """
    expected = KINDS[kind] if kind else None
    for raw in map(os.fsencode, name) if name else _lines():
        found = read(guessed(raw), expected)
        if as_json:
            say_json(msgspec.json.encode(_object(raw, found)))
        else:
            _show(raw, found)


def _lines() -> Iterator[bytes]:
    """Yield the lines of standard input without their ends, of each no more than can be a name."""
    if sys.stdin.isatty():
        warn("one name in each line; ^D ends")
    while line := sys.stdin.buffer.readline(LONGEST_LINE):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = sys.stdin.buffer.readline(LONGEST_LINE)
        yield line.rstrip(b"\r\n")


def _object(raw: bytes, found: Parsed) -> dict[str, Any]:
    """Return what JSON says of a name: what is not known is left out."""
    said: dict[str, Any] = {"name": printable(raw)}
    if not _is_text(raw):
        said["name_bytes"] = quote_from_bytes(raw)
    for field, value in msgspec.to_builtins(found).items():
        said["season" if field == "seasons" else field] = value
    return said | {"confidence": found.confidence}


def _show(raw: bytes, found: Parsed) -> None:
    said = harmless(_object(raw, found))
    kind = said.pop("kind", "nothing that shelfd knows")
    name, sure, rule = said.pop("name"), said.pop("confidence"), said.pop("rule")
    said.pop("name_bytes", None)
    facts = ", ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in said.items())
    say(bold(name))
    say(f"  {kind}: {facts}" if facts else f"  {kind}")
    say(quiet(f"  sure to {sure:.2f}: {rule}"))


def _value(value: object) -> str:
    match value:
        case list() | tuple():
            return " ".join(map(str, value))
        case dict():
            return " ".join(f"{key}={inner}" for key, inner in value.items())
        case _:
            return str(value)


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
