"""The help of a command names every field of its JSON."""

import json
import re
from collections.abc import Iterator

import click
import pytest

from fakes import rows
from fakes.daemon import Served
from fakes.terminal import shelfd
from shelfd.cli.documented import Query
from shelfd.cli.failures import EXIT_CODES
from shelfd.cli.main import cli
from shelfd.core.identity import Candidate, Decision
from shelfd.core.media import Kind as Media
from shelfd.core.operations import Kind, Step
from shelfd.core.paths import TOP, Place

CONTEXT = click.Context(cli)
COMMANDS = {
    name: command
    for name in cli.list_commands(CONTEXT)
    if (command := cli.get_command(CONTEXT, name)) is not None
}
QUERIES = [command for command in COMMANDS.values() if isinstance(command, Query)]


def names(value: object) -> Iterator[str]:
    """Yield the names of all fields, however deep, but not those that are data themselves."""
    match value:
        case dict():
            for key, inner in value.items():
                yield key
                if key not in ("items", "options", "schedule", "result", "ids"):
                    yield from names(inner)
        case list():
            for inner in value:
                yield from names(inner)
        case _:
            pass


def explained(name: str) -> set[str]:
    command = COMMANDS[name]
    assert isinstance(command, Query)
    return set(re.findall(r"\w+", " ".join([*command.fields, *command.fields.values()])))


@pytest.mark.parametrize(
    "arguments",
    [
        "status",
        "operation 1",
        "show 1",
        "why {path}",
        "operations",
        "find dune",
        "review",
        "review 1",
    ],
)
def test_every_field_is_explained(served: Served, arguments: str) -> None:
    number = rows.filed(served.daemon, b"caf\xe9.mkv", b"Dune (2021)/Dune (2021).mkv")
    assert number == 1
    rows.shelve(served.daemon, "movies", Media.MOVIES, b"Dune (2021)/Dune (2021).mkv")
    rows.drop(served.daemon, b"b.mkv")
    accepts = Decision(kind="movie", title="Dune", year=1984)
    best = Candidate(source="names", title="Dune", score=0.5, reasons=("no year",), accepts=accepts)
    rows.review(served.daemon, b"c.mkv", best)
    path = f"{served.daemon.movies}/Dune (2021)/Dune (2021).mkv"
    words = [path if word == "{path}" else word for word in arguments.split()]

    answer = json.loads(shelfd(served.path, *words, "--json").out)

    said = explained(words[0])
    elsewhere = {"source_bytes"}  # as path_bytes, which is explained
    assert {name for name in names(answer) if name not in said | elsewhere} == set()


@pytest.mark.parametrize("command", QUERIES, ids=lambda command: str(command.name))
def test_every_query_speaks_json_and_takes_a_socket(command: Query) -> None:
    options = {option for parameter in command.params for option in parameter.opts}

    assert {"--json", "--socket"} <= options


def test_every_command_but_those_that_need_no_daemon_is_a_query() -> None:
    others = {name for name, command in COMMANDS.items() if not isinstance(command, Query)}

    assert others <= {"run", "check", "completion"}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: str(command.name))
def test_a_command_fits_into_the_list_of_commands(command: click.Command) -> None:
    assert not command.get_short_help_str(60).endswith("...")


def test_every_command_has_the_name_by_which_it_is_loaded() -> None:
    assert list(COMMANDS) == cli.list_commands(CONTEXT)
    assert [command.name for command in COMMANDS.values()] == list(COMMANDS)


def test_the_exit_codes_are_in_the_help() -> None:
    with click.Context(cli) as context:
        text = cli.get_help(context)

    assert all(meaning[:40] in text for meaning in EXIT_CODES.values())


def test_the_operation_of_a_scan_is_explained_too(served: Served) -> None:
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP), recursive=True)

    answer = json.loads(shelfd(served.path, "operation", "1", "--json").out)

    assert set(names(answer)) <= explained("operation")
