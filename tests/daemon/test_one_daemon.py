"""A state directory has one daemon: another one says whose it is, and harms nothing."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import PROGRAM, UP, Running, running
from waiting import eventually


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as daemon:
        yield daemon


def begun(daemon: Running, *more: str) -> subprocess.Popen[str]:
    """Start one more daemon on the settings of this one."""
    return subprocess.Popen(
        [*PROGRAM, "run", "--config", str(daemon.config), *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Return the exit status of a daemon that ends by itself, and what it said."""
    _, said = process.communicate(timeout=40)
    return process.returncode, [line for line in said.splitlines() if "shelfd:" in line[:7]]


def pid(daemon: Running) -> int:
    assert daemon.process is not None
    return daemon.process.pid


def answering(daemon: Running) -> int | None:
    """Return which process answers, if one does by now."""
    with contextlib.suppress(OSError):
        return int(daemon.get("/v1/status")[1]["pid"])
    return None


def refusal(daemon: Running) -> list[str]:
    state = daemon.top / "state"
    return [f"shelfd: {state}: another shelfd is using it (process {pid(daemon)})"]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_second_names_the_process_of_the_first_and_leaves_it_alone(
    daemon: Running, *, elsewhere: bool
) -> None:
    other = str(daemon.run / "other")
    before = os.stat(daemon.socket)
    locked = (daemon.top / "state" / "lock").read_text()

    found = ended(begun(daemon, *(["--socket", other] if elsewhere else [])))

    assert found == (1, refusal(daemon))
    assert not os.path.exists(other)
    assert os.path.samestat(os.stat(daemon.socket), before)
    assert (daemon.top / "state" / "lock").read_text() == locked == f"{pid(daemon)}\n"
    status, answer = daemon.get("/v1/status")
    assert (status, answer["pid"]) == (200, pid(daemon))
    assert answer["state"] in UP
    assert daemon.post("/v1/operations", {"kind": "scan"})[0] == 202


def test_the_second_is_refused_while_the_first_has_another_socket_than_the_settings(
    tmp_path: Path,
) -> None:
    daemon = Running(tmp_path)
    usual, daemon.socket = daemon.socket, str(daemon.run / "other")
    daemon.write("")
    try:
        daemon.start()

        assert ended(begun(daemon, "--socket", usual)) == (1, refusal(daemon))
        assert not os.path.exists(usual)
        assert daemon.is_ready()
    finally:
        daemon.close()


def test_of_several_that_start_at_once_one_stays(tmp_path: Path) -> None:
    daemon = Running(tmp_path)
    several = [begun(daemon) for _ in range(4)]
    try:
        eventually(lambda: sum(one.poll() is None for one in several) == 1, within=40)
        [first] = [one for one in several if one.poll() is None]
        assert eventually(lambda: answering(daemon)) == first.pid
        for other in several:
            if other is not first:
                status, [said] = ended(other)
                assert (status, "another shelfd is using it" in said) == (1, True)
    finally:
        for one in several:
            one.kill()
            one.communicate()
        daemon.close()


def test_what_a_killed_daemon_left_hinders_nobody(daemon: Running) -> None:
    daemon.kill()
    assert os.path.exists(daemon.socket)
    assert (daemon.top / "state" / "lock").read_text() == f"{pid(daemon)}\n"

    daemon.start()
    assert daemon.get("/v1/status")[1]["pid"] == pid(daemon)
    assert daemon.stop() == 0


@pytest.mark.parametrize("left", [f"{os.getpid()}\n", "", "no number\n", "x" * 4096])
def test_what_stands_in_the_lock_file_locks_nothing(daemon: Running, left: str) -> None:
    daemon.kill()
    lock = daemon.top / "state" / "lock"
    lock.write_text(left)

    daemon.start()

    assert lock.read_text() == f"{pid(daemon)}\n"


def test_a_daemon_with_a_state_of_its_own_does_not_take_the_socket_of_another(
    daemon: Running,
) -> None:
    before = os.stat(daemon.socket)

    status, [said] = ended(begun(daemon, "--state", str(daemon.top / "another")))

    assert (status, daemon.socket in said) == (1, True)
    assert os.path.samestat(os.stat(daemon.socket), before)
    assert daemon.is_ready()
