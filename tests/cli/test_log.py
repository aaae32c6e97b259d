"""`shelfd operation ID --log`, read and followed."""

import contextlib
import json
import subprocess
from collections.abc import Iterator

import pytest

from fakes import rows
from fakes.daemon import Served
from fakes.terminal import PROGRAM, environment, shelfd
from shelfd.core.lines import FIRST, NEWEST, Level
from shelfd.core.operations import Kind, Step
from shelfd.core.paths import TOP, Place

INFO, WARNING = Level.INFO, Level.WARNING


@pytest.fixture
def number(served: Served) -> int:
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))
    return rows.run(served.daemon)


def test_the_log_is_shown_line_by_line(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, (INFO, "filed"), target="/srv/a b", files=3, why=None)
    rows.tell(served.daemon, number, (WARNING, "stays"), path="")

    ran = shelfd(served.path, "operation", str(number), "--log")

    assert (ran.code, ran.err) == (0, "")
    [first, second] = ran.out.splitlines()
    assert first.endswith('12:00:00 info    filed  target="/srv/a b" files=3 why=null')
    assert second.endswith('12:00:00 warning stays  path=""')


def test_what_would_command_a_terminal_is_shown(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, (INFO, "a\x1b[31m\nb"), path="c\x1b]0;x\x07\r")

    for more in ([], ["--json"]):
        out = shelfd(served.path, "operation", str(number), "--log", *more).out
        assert len(out.splitlines()) == 1
        assert not set(out.rstrip("\n")) & {"\x1b", "\x07", "\r", "\n"}


def test_a_level_leaves_out_what_matters_less(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, (INFO, "filed"), (WARNING, "stays"))

    out = shelfd(served.path, "operation", str(number), "--log", "--level", "warning").out

    assert "stays" in out
    assert "filed" not in out


def test_json_is_one_line_of_the_log_a_line(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, *[(INFO, "filed")] * 700, target="ä")

    ran = shelfd(served.path, "operation", str(number), "--log", "--json")

    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [line["id"] for line in found] == [*range(1, 701)]
    assert found[0] == served.get(f"/v1/operations/{number}/log")["items"][0]


def test_lines_that_are_not_kept_are_told_of(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, *[(INFO, "x")] * (FIRST + NEWEST))
    rows.tell(served.daemon, number, (INFO, "x"))

    assert shelfd(served.path, "operation", str(number), "--log").out.endswith(
        "\nnot kept: 1 line\n"
    )


def test_without_a_log_nothing_of_it_can_be_chosen(served: Served, number: int) -> None:
    for more in (["--follow"], ["--level", "info"]):
        ran = shelfd(served.path, "operation", str(number), *more)
        assert ran.code == 2
        assert "say --log" in ran.err


@pytest.mark.parametrize("more", [[], ["--follow"]])
def test_an_operation_that_never_was_has_no_log(served: Served, more: list[str]) -> None:
    ran = shelfd(served.path, "operation", "99", "--log", *more)

    assert ran.code == 4
    assert "there is none of this id" in ran.err


@contextlib.contextmanager
def following(served: Served, number: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command that follows a log."""
    command = [*PROGRAM, "operation", str(number), "--log", "--follow", *more]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(SHELFD_SOCKET=str(served.path)),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_log_is_followed_until_the_operation_has_ended(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, (INFO, "before"))

    with following(served, number) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        rows.tell(served.daemon, number, (INFO, "meanwhile"))
        second = process.stdout.readline()
        rows.complete(served.daemon, number)
        out, err = process.communicate(timeout=30)

    assert (first.split()[-1], second.split()[-1]) == ("before", "meanwhile")
    assert (out, err, process.returncode) == ("", "", 0)


def test_a_log_is_followed_as_json(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, (INFO, "a"), (WARNING, "b"))
    rows.complete(served.daemon, number)

    with following(served, number, "--json", "--level", "warning") as process:
        out, _err = process.communicate(timeout=30)

    assert [json.loads(line)["message"] for line in out.splitlines()] == ["b"]


def test_who_follows_is_told_that_the_daemon_stops(served: Served, number: int) -> None:
    rows.tell(served.daemon, number, (INFO, "before"))

    with following(served, number) as process:
        assert process.stdout is not None
        process.stdout.readline()
        served.server.close()
        _out, err = process.communicate(timeout=30)

    assert process.returncode == 3
    assert "the daemon stops before it has ended" in err
