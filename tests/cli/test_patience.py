"""A daemon that is there and says nothing: who only looks gives up soon, who changes something later, and both say what to do."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes.daemon import Served
from running import running
from shelfd.cli import options
from shelfd.cli.client import Client
from shelfd.cli.failures import UnreachableError
from shelfd.cli.main import cli

READING = [
    [],
    ["status"],
    ["operations"],
    ["operation", "1"],
    ["operation", "1", "--log"],
    ["find", "dune"],
    ["show", "1"],
]


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[Path]:
    """A socket to which one can connect, and that says nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        yield tmp_path / "s"


def ended(arguments: list[str]) -> int:
    """Run a command in this process, and return its exit code."""
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert isinstance(raised.value.code, int)
    return raised.value.code


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_who_only_looks_gives_up_soon_and_says_what_to_do(
    mute: Path,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(options, "READ_S", 0.1)

    assert ended(["--socket", str(mute), *command]) == 3

    message, hint = capsys.readouterr().err.splitlines()
    assert message == f"shelfd: {mute}: the daemon is there, but has not answered within 0.1 s"
    assert hint.startswith("hint: it is stopped, stuck or very busy: `systemctl status shelfd` and")


def test_a_daemon_that_is_stopped_by_a_signal_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(options, "READ_S", 0.5)
    with running(tmp_path) as daemon, stopped(daemon.process.pid if daemon.process else 0):
        assert ended(["--socket", daemon.socket, "status"]) == 3

        assert (
            f"{daemon.socket}: the daemon is there, but has not answered" in capsys.readouterr().err
        )


@contextmanager
def stopped(process: int) -> Iterator[None]:
    """Let a process stand still."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@pytest.mark.parametrize(
    "command", [["scan"], ["pause"], ["resume"], ["hold", "{inbox}/x"], ["why", "{inbox}"]]
)
def test_who_changes_something_or_asks_a_disk_is_more_patient(
    served: Served, mute: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "READ_S", 1e-6)
    words = [word.format(inbox=served.daemon.inbox) for word in command]

    assert ended(["--socket", str(mute), "status"]) == 3
    assert ended(["--socket", str(served.path), *words]) == 0


def test_a_wish_that_was_not_answered_may_still_be_done(mute: Path) -> None:
    with pytest.raises(UnreachableError) as raised:
        Client(str(mute), 0.1).post("/v1/operations", {})

    assert raised.value.code == "no_answer"
    assert raised.value.hint.endswith("; it may do what was asked for when it goes on")
