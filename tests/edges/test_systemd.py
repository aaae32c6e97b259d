"""What systemd hears, and what it hands over, over real sockets."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfd.edges import systemd


@pytest.fixture(params=["a path", "an abstract name"])
def manager(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[socket.socket]:
    """The service manager's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify") if request.param == "a path" else b"")
        name = receiver.getsockname()
        text = name if isinstance(name, str) else name.replace(b"\0", b"@", 1).decode()
        monkeypatch.setenv("NOTIFY_SOCKET", text)
        receiver.settimeout(10)
        yield receiver


def test_ready_comes_with_a_status(manager: socket.socket) -> None:
    systemd.ready("watching 3 directories")

    assert manager.recv(1000) == b"READY=1\nSTATUS=watching 3 directories"


def test_a_status_cannot_smuggle_in_an_assignment(manager: socket.socket) -> None:
    systemd.status("scanning a\nSTOPPING=1\udce9")

    assert manager.recv(1000) == b"STATUS=scanning a STOPPING=1\\udce9"


def test_reloading_says_when(manager: socket.socket) -> None:
    before = time.monotonic_ns() // 1000
    systemd.reloading()
    after = time.monotonic_ns() // 1000

    word, when = manager.recv(1000).split(b"\n")

    assert word == b"RELOADING=1"
    assert before <= int(when.removeprefix(b"MONOTONIC_USEC=")) <= after


def test_stopping_and_being_alive_are_one_word(manager: socket.socket) -> None:
    systemd.stopping()
    systemd.alive()

    assert [manager.recv(1000), manager.recv(1000)] == [b"STOPPING=1", b"WATCHDOG=1"]


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "relative", "@" + "x" * 300])
def test_without_a_manager_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    systemd.ready("nobody listens")


def test_the_watchdog_says_how_long_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))

    assert systemd.watchdog_interval() == 30.0


@pytest.mark.parametrize(
    ("period", "pid"),
    [("", ""), ("0", str(os.getpid())), ("30000000", "1"), ("soon", str(os.getpid()))],
)
def test_a_watchdog_of_somebody_else_is_not_fed(
    period: str,
    pid: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", period)
    monkeypatch.setenv("WATCHDOG_PID", pid)

    assert systemd.watchdog_interval() is None


def test_a_watchdog_without_a_process_id_means_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)

    assert systemd.watchdog_interval() == 2.0


ANSWER = """
import os
from shelfd.edges.systemd import listen_sockets
(listener,) = listen_sockets()
assert listen_sockets() == [] and "LISTEN_FDS" not in os.environ
assert not listener.get_inheritable()
connection, _ = listener.accept()
connection.sendall(b"hello from fd %d" % listener.fileno())
"""


def test_a_socket_that_systemd_listens_on_is_taken_over(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        shell = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&0'
        daemon = subprocess.Popen(
            ["/bin/sh", "-c", shell, "sh", sys.executable, "-c", ANSWER],
            stdin=listener.fileno(),
        )
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(path)
        answer = client.recv(100)

    assert daemon.wait() == 0
    assert answer == b"hello from fd 3"


def test_sockets_for_another_process_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", "1")
    monkeypatch.setenv("LISTEN_FDS", "1")

    assert systemd.listen_sockets() == []
    assert "LISTEN_FDS" not in os.environ
