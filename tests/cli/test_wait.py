"""`--wait` on a terminal: a bar, and the exit code of the operation."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fakes import tty
from fakes.daemon import Served
from fakes.terminal import working
from shelfd.core.errors import RefusedError
from shelfd.core.operations import Operation, Progress, Step
from shelfd.steps.ports import Turn
from shelfd.store import operations


class Paced:
    """A step that shows its first half, and ends when it is told how."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._go = threading.Event()
        self._end = "completed"

    def run(self, operation: Operation, _turn: Turn) -> None:
        half = Progress(
            phase="reading", done=20, total=50, unit="directories", rate=10.0, current="Dune"
        )
        daemon = self._served.daemon
        with daemon.db.transaction() as tx:
            operations.progress(tx, operation.id, half, daemon.clock.now)
        assert self._go.wait(50)
        if self._end == "failed":
            raise RefusedError("Dune: no", code="refused", hint="name it")
        with daemon.db.transaction() as tx:
            if self._end == "cancelled":
                operations.cancel(tx, operation.id, daemon.clock.now)
            else:
                operations.complete(tx, operation.id, {}, daemon.clock.now)

    def end(self, how: str) -> None:
        self._end = how
        self._go.set()


@contextmanager
def paced(served: Served) -> Iterator[Paced]:
    step = Paced(served)
    with working(served.daemon, {Step.SCAN: step.run, Step.LOOK: step.run}):
        try:
            yield step
        finally:
            step.end("completed")


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("completed", 0, ": done\r\n"),
        ("failed", 1, "shelfd: {movies}: Dune: no"),
        ("cancelled", 1, "shelfd: {movies}: cancelled"),
    ],
)
def test_a_bar_shows_how_far_it_is_and_the_end_is_that_of_the_operation(
    served: Served, how: str, code: int, said: str
) -> None:
    movies = str(served.daemon.movies)
    with paced(served) as step, tty.shelfd(served.path, "scan", movies, "--wait") as terminal:
        terminal.until(" 40 %")
        terminal.until("    reading 20 of 50 directories, 10 a second, about 3 s left")
        terminal.until("Dune")
        step.end(how)
        ended = terminal.ended()

    assert ended == code
    assert "━" in terminal.text()
    assert said.format(movies=movies) in terminal.text()


def test_an_interrupt_ends_the_waiting_and_not_the_operation(served: Served) -> None:
    movies = str(served.daemon.movies)
    with paced(served), tty.shelfd(served.path, "scan", movies, "--wait") as terminal:
        terminal.until(" 40 %")
        terminal.press(b"\x03")
        ended = terminal.ended()
        state = served.get("/v1/operations/1")["state"]

    assert (ended, state) == (130, "running")
    assert "operation 1 goes on: `shelfd operation 1` shows it" in terminal.text()
    assert terminal.raw().rindex("\x1b[?25h") > terminal.raw().rindex("\x1b[?25l")


def test_a_daemon_that_goes_ends_the_waiting_with_its_own_code(served: Served) -> None:
    movies = str(served.daemon.movies)
    with paced(served), tty.shelfd(served.path, "scan", movies, "--wait") as terminal:
        terminal.until(" 40 %")
        served.server.close()
        ended = terminal.ended()

    assert ended == 3
    assert "operation 1: the daemon stops before it has ended" in terminal.text()
