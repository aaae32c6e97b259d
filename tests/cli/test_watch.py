"""`shelfd status --watch`: on a terminal, in a pipe, as JSON."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from fakes import rows, tty
from fakes.daemon import OWN_USER, Served
from fakes.terminal import PROGRAM, environment, shelfd
from shelfd.control import sockets
from shelfd.control.api import application
from shelfd.control.server import Server
from shelfd.control.status import LATELY_S
from shelfd.core.operations import Kind, Progress, Step
from shelfd.core.paths import TOP, Place
from shelfd.store import operations

ALTERNATE, BACK = "\x1b[?1049h", "\x1b[?1049l"


def advance(served: Served, number: int, done: int, current: str = "Dune (2021)") -> None:
    """Let an operation say how far it is."""
    far = Progress(
        phase="reading", done=done, total=50, unit="directories", rate=10.0, current=current
    )
    with served.daemon.db.transaction() as tx:
        operations.progress(tx, number, far, served.daemon.clock.now)


def scanning(served: Served) -> int:
    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP), recursive=True)
    rows.run(served.daemon)
    return number


@contextlib.contextmanager
def again(served: Served) -> Iterator[None]:
    """Serve anew at the same socket, as after a restart."""
    served.daemon.since += 60
    listeners = [sockets.bind(os.fsencode(served.path), "nobody-has-this-group")]
    server = Server(application(served.daemon), listeners, OWN_USER)
    server.start()
    try:
        yield
    finally:
        server.close()


@contextlib.contextmanager
def piped(served: Served, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [*PROGRAM, "--socket", str(served.path), "status", "--watch", *more]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def until(process: subprocess.Popen[str], words: str) -> str:
    """Return the first line that has these words."""
    while words not in (found := line(process)):
        assert found, f"it ended before {words!r}"
    return found


def test_what_runs_has_a_bar_that_moves_with_its_events(served: Served) -> None:
    number = scanning(served)
    advance(served, number, 20)

    with tty.shelfd(served.path, "status", "--watch") as terminal:
        terminal.until(" 40 %")
        terminal.until("    reading 20 of 50 directories, 10 a second, about 3 s left")
        terminal.until("Dune (2021)")
        advance(served, number, 30, "Arrival (2016)")
        terminal.until(" 60 %")
        terminal.until("    reading 30 of 50 directories")
        terminal.until("Arrival (2016)")

    assert "━" in terminal.text()


def test_what_comes_is_shown_and_an_interrupt_gives_the_terminal_back(served: Served) -> None:
    with tty.shelfd(served.path, "status", "--watch") as terminal:
        terminal.until("nothing to do")
        rows.drop(served.daemon, b"a.mkv", "refused", "a.mkv: not sure enough")
        terminal.until("not sure enough")
        shelfd(served.path, "pause")
        terminal.until("paused, `shelfd resume` lets it go on")
        terminal.press(b"\x03")
        code = terminal.ended()

    assert code == 130
    assert ALTERNATE in terminal.raw()
    assert BACK in terminal.raw().partition(ALTERNATE)[2]
    assert "Traceback" not in terminal.text()


def test_names_command_neither_the_terminal_nor_the_drawing(served: Served) -> None:
    rows.drop(served.daemon, b"evil\x1b]0;owned\x07[bold red].mkv")

    with tty.shelfd(served.path, "status", "--watch", columns=200) as terminal:
        terminal.until("evil\\x1b]0;owned\\x07[bold red].mkv")

    assert "\x1b]0" not in terminal.raw()


def test_a_small_terminal_shows_the_head_and_how_to_end_it(served: Served) -> None:
    for number in range(40):
        rows.drop(served.daemon, b"%d.mkv" % number)

    with tty.shelfd(served.path, "status", "--watch", columns=50, lines=10) as terminal:
        terminal.until("^C ends")

    picture = terminal.raw().partition("^C ends")[0].rpartition("\x1b[H")[2]
    lines = tty.SEQUENCE.sub("", picture).split("\r\n")
    assert lines[0].startswith("shelfd 1.2.3 is ready")
    assert len(lines) <= 10
    assert max(map(len, lines)) <= 50


def test_who_is_told_to_end_gives_the_terminal_back_too(served: Served) -> None:
    with tty.shelfd(served.path, "status", "--watch") as terminal:
        terminal.until("^C ends")
        terminal.tell(signal.SIGTERM)
        code = terminal.ended()

    assert code == 128 + signal.SIGTERM
    assert BACK in terminal.raw()


def test_a_daemon_that_goes_and_comes_is_waited_for(served: Served) -> None:
    with tty.shelfd(served.path, "status", "--watch") as terminal:
        terminal.until("nothing to do")
        served.server.close()
        terminal.until("the daemon has stopped; waiting until it is back")
        with again(served):
            terminal.until("the daemon is back, started anew with pid ")
            rows.drop(served.daemon, b"new.mkv")
            terminal.until("new.mkv")


def test_without_a_daemon_there_is_nothing_to_watch(tmp_path: Path) -> None:
    ran = shelfd(tmp_path / "s", "status", "--watch")

    assert (ran.code, ran.out) == (3, "")
    assert "no daemon: there is no such socket" in ran.err


def test_in_a_pipe_what_happens_is_one_line_each(served: Served) -> None:
    with piped(served) as process:
        until(process, "schedule")
        rows.drop(served.daemon, b"a.mkv")
        found = until(process, "a.mkv")
        served.server.close()
        until(process, "the daemon has stopped; waiting until it is back")
        with again(served):
            until(process, "the daemon is back, started anew")
            until(process, "shelfd 1.2.3 is ready")

    assert found.endswith(f" settling {served.daemon.inbox}/a.mkv: it has just appeared\n")
    assert "\x1b" not in found


def test_a_terminal_that_cannot_draw_gets_lines(served: Served) -> None:
    with tty.shelfd(served.path, "status", "--watch", TERM="dumb") as terminal:
        terminal.until("schedule")
        rows.drop(served.daemon, b"a.mkv")
        terminal.until(f"settling {served.daemon.inbox}/a.mkv")

    assert "\x1b[?" not in terminal.raw()


def test_as_json_each_change_is_the_whole_status_in_a_line(served: Served) -> None:
    number = scanning(served)
    with piped(served, "--json") as process:
        first = json.loads(line(process))
        shelfd(served.path, "pause")
        second = json.loads(line(process))
        served.daemon.clock.now += LATELY_S
        advance(served, number, 20)
        third = json.loads(line(process))

    assert first == {**second, "queue": first["queue"]}
    assert (first["queue"]["paused"], second["queue"]["paused"]) == (False, True)
    assert third["running"][0]["progress"]["done"] == 20
    assert third["running"][0]["id"] == number
