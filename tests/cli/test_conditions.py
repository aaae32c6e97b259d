"""`--after` and `--deadline`: when what is asked for may start, and by when it must have ended."""

import json
import re
from typing import Any

import pytest

from fakes import rows
from fakes.daemon import Served
from fakes.terminal import shelfd
from shelfd.core.operations import Kind, Step
from shelfd.core.paths import TOP, Place

LATER = ("--after", "1", "--after", "2", "--deadline", "2h")
AT_TWO = "2026-11-21T14:00:00.000Z"


def two_scans(served: Served) -> None:
    for _each in range(2):
        rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))


def asked(served: Served, *arguments: str) -> list[dict[str, Any]]:
    """Return the operations to which a command line with --json has led, in full."""
    ran = shelfd(served.path, *arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    numbers = [json.loads(line)["id"] for line in ran.out.splitlines()]
    return [served.get(f"/v1/operations/{number}") for number in numbers]


@pytest.mark.parametrize("command", [("scan",), ("scan", "{movies}"), ("import", "{inbox}")])
def test_a_wish_waits_for_each_that_is_named_and_has_to_end_in_time(
    served: Served, command: tuple[str, ...]
) -> None:
    two_scans(served)
    places = {"movies": served.daemon.movies, "inbox": served.daemon.inbox}

    [operation] = asked(served, *(word.format(**places) for word in command), *LATER)

    assert (operation["waits_for"], operation["deadline"]) == ([1, 2], AT_TWO)


def test_an_undo_waits_as_well_and_with_since_each_of_them(served: Served) -> None:
    for name in (b"a", b"b", b"c"):
        rows.filed(served.daemon, name + b".mkv", name + b"/" + name + b".mkv")
    first = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))
    later = ("--after", str(first), "--deadline", "90s")

    undone = asked(served, "undo", "1", *later) + asked(
        served, "undo", "--since", "2020-01-01", *later
    )

    assert [one["options"]["operation"] for one in undone] == [1, 3, 2]
    assert [one["waits_for"] for one in undone] == [[first]] * 3
    assert {one["deadline"] for one in undone} == {"2026-11-21T12:01:30.000Z"}


def test_without_them_nothing_is_waited_for(served: Served) -> None:
    [operation] = asked(served, "scan")

    assert (operation["waits_for"], operation["deadline"]) == ([], None)


def test_an_operation_shows_both(served: Served) -> None:
    two_scans(served)
    shelfd(served.path, "scan", *LATER)

    out = shelfd(served.path, "operation", "3").out

    assert "  waits for 1, 2\n" in out
    assert re.search(r"^  fails unless it has ended by .*14:00:00$", out, re.MULTILINE)


@pytest.mark.parametrize("span", ["soon", "", "2", "h", "2w", "-2h", "0m"])
def test_a_span_that_is_none_is_refused_with_examples(served: Served, span: str) -> None:
    ran = shelfd(served.path, "scan", "--deadline", span)

    assert ran.code == 2
    assert ran.err.splitlines() == [
        f"shelfd: --deadline: {span!r} is no span of time",
        "hint: for example 90s, 30m, 2h, or 1d",
    ]
    assert served.get("/v1/operations")["items"] == []


def test_what_was_never_there_is_not_waited_for(served: Served) -> None:
    ran = shelfd(served.path, "scan", "--after", "9")

    assert ran.code == 4
    assert ran.err.startswith("shelfd: waits_for: operation 9: there is none of this id")
