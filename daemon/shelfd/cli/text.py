"""Sizes, times and tables for people."""

import os
import sys
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TextIO
from unicodedata import combining, east_asian_width

import click

GOOD, WAITING, BAD, QUIET = "green", "yellow", "red", "bright_black"
NARROWEST = 12  # columns that are left of a cell that is cut
ELLIPSIS = "…"

COLORS = {
    "ready": GOOD,
    "watching": GOOD,
    "polling": GOOD,
    "completed": GOOD,
    "present": GOOD,
    "filed": GOOD,
    "imported": GOOD,
    "starting": WAITING,
    "stopping": WAITING,
    "queued": WAITING,
    "running": WAITING,
    "settling": WAITING,
    "held": WAITING,
    "review": WAITING,
    "warn": WAITING,
    "unknown": WAITING,
    "degraded": BAD,
    "failed": BAD,
    "refused": BAD,
    "missing": BAD,
    "absent": BAD,
    "damaged": BAD,
    "suspended": BAD,
    "fatal": BAD,
}


def say(line: str = "") -> None:
    """Write a line to standard output."""
    click.echo(line)


def say_json(raw: bytes) -> None:
    """Write JSON to standard output, as it came; UTF-8, whatever the terminal speaks."""
    click.echo(raw)


def state(word: str) -> str:
    """Return a state in its color."""
    return click.style(word, fg=COLORS.get(word))


def bold(text: str) -> str:
    """Return what a reader looks for first."""
    return click.style(text, bold=True)


def quiet(text: str) -> str:
    """Return what a reader may skip."""
    return click.style(text, fg=QUIET)


def table(
    rows: Iterable[Sequence[str]], indent: str = "  ", cut: Collection[int] = (), most: int = 0
) -> list[str]:
    """Return rows as lines with aligned columns; all rows are as long as the first.

    `most`: columns of a terminal that a line is to fit into, 0 for any number; `cut`: which columns of the table
    may be cut for that, counted from 0. Of a path the end is kept, of all else the beginning.
    """
    cells = [list(row) for row in rows]
    widths = [max(map(seen, column)) for column in zip(*cells, strict=True)]
    if most:
        _narrow(widths, [column for column in cut if column < len(widths)], most - len(indent))
    return [
        indent
        + "  ".join(
            _filled(cell, width) for cell, width in zip(row, widths, strict=True) if width
        ).rstrip()
        for row in cells
    ]


def across() -> int:
    """Return how many columns the terminal has that standard output goes to; 0 when that is none."""
    if not sys.stdout.isatty():
        return 0
    return os.get_terminal_size(sys.stdout.fileno()).columns


def seen(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    plain = click.unstyle(text)
    return len(plain) if plain.isascii() else sum(map(_columns, plain))


def _columns(char: str) -> int:
    if combining(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _narrow(widths: list[int], cut: Sequence[int], most: int) -> None:
    """Take from the widest of the columns that may be cut, until all fit or nothing is left to take."""
    shown = sum(1 for width in widths if width)
    excess = sum(widths) + 2 * max(shown - 1, 0) - most
    while excess > 0 and cut:
        widest = max(cut, key=widths.__getitem__)
        if widths[widest] <= NARROWEST:
            return
        widths[widest] -= 1
        excess -= 1


def _filled(cell: str, width: int) -> str:
    many = seen(cell)
    return cell + " " * (width - many) if many <= width else _cut(click.unstyle(cell), width)


def _cut(text: str, width: int) -> str:
    backwards = text.startswith("/")
    kept, left = "", width - 1
    for char in reversed(text) if backwards else text:
        left -= _columns(char)
        if left < 0:
            break
        kept = char + kept if backwards else kept + char
    short = f"{ELLIPSIS}{kept}" if backwards else f"{kept}{ELLIPSIS}"
    return short + " " * (width - seen(short))


def number(value: int) -> str:
    """Return a number in groups of three: `12 345`."""
    return f"{value:,}".replace(",", " ")


def count(value: int, thing: str) -> str:
    """Return a number of things: `1 file`, `2 directories`."""
    if value == 1:
        return f"1 {thing}"
    many = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number(value)} {many}"


def size(value: float) -> str:
    """Return bytes: `1.2 GiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit in ("bytes", "KiB") else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def duration(seconds: float) -> str:
    """Return a time span, roughly: `8 s`, `3 min`, `2 h`, `4 days`."""
    for unit, length, until in (("s", 1, 100), ("min", 60, 5_700), ("h", 3_600, 172_800)):
        if seconds < until:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


def playing_time(seconds: float) -> str:
    """Return how long something plays: `1:42:07`."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def now() -> datetime:
    """Return the time, with the zone of this machine."""
    return datetime.now().astimezone()


def local(moment: str) -> datetime:
    """Return a time of the API in the zone of this machine."""
    return datetime.fromisoformat(moment).astimezone()


def clock(moment: str | None) -> str:
    """Return a time of the API as the clock on the wall has it, with the day unless it is today."""
    return "never" if moment is None else f"{_day(moment)}{local(moment):%H:%M}"


def second(moment: str) -> str:
    """Return a time of the API to the second, with the day unless it is today."""
    return f"{_day(moment)}{local(moment):%H:%M:%S}"


def _day(moment: str) -> str:
    when, today = local(moment).date(), now().date()
    words = {-1: "yesterday ", 0: "", 1: "tomorrow "}
    return words.get((when - today).days, f"{when:%Y-%m-%d} ")


def ago(moment: str) -> str:
    """Return how long ago a time of the API is."""
    return duration(max((now() - local(moment)).total_seconds(), 0.0))


def warn(text: str) -> None:
    """Write a remark to standard error, where it does not get among the output."""
    click.echo(text, err=True)


def draws(stream: TextIO) -> bool:
    """Return whether something can be drawn where a stream goes: on a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")
