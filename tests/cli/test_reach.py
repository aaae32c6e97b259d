"""Reaching the daemon, or saying why not: exit code 3 and what to do."""

import grp
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import rows
from fakes.daemon import Served
from fakes.terminal import PROGRAM, Ran, environment, shelfd


def told(ran: Ran) -> tuple[int, list[str]]:
    return ran.code, ran.err.splitlines()


def test_without_a_socket_it_says_how_to_start(tmp_path: Path) -> None:
    ran = shelfd(tmp_path / "s", "status")

    assert told(ran) == (
        3,
        [
            f"shelfd: {tmp_path}/s: no daemon: there is no such socket",
            "hint: start it: `systemctl start shelfd`, or `shelfd run`; if its socket is another, say --socket",
        ],
    )
    assert ran.out == ""


def test_a_socket_without_a_daemon_says_where_to_look(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / "s"))

    assert told(shelfd(tmp_path / "s", "operations")) == (
        3,
        [
            f"shelfd: {tmp_path}/s: no daemon answers: Connection refused",
            "hint: it does not run, or is stuck: `systemctl status shelfd`, `journalctl -u shelfd`",
        ],
    )


def test_what_is_no_socket_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("")

    assert told(shelfd(tmp_path / "s", "status"))[1][0] == (
        f"shelfd: {tmp_path}/s: this is not a socket"
    )


NO_POWERS = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]  # modes hold for root, too


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files to any group")
@pytest.mark.parametrize(
    ("group", "hint"),
    [
        (12, "hint: join its group: `sudo usermod -aG {group} $USER`, then log in anew"),
        (0, "hint: ask as root, with sudo"),
    ],
)
def test_a_socket_of_others_says_how_to_get_in(served: Served, group: int, hint: str) -> None:
    os.chown(served.path, -1, group)
    served.path.chmod(0)

    found = subprocess.run(
        [*NO_POWERS, *PROGRAM, "--socket", str(served.path), "status"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=50,
    )

    assert found.returncode == 3
    assert found.stderr.splitlines() == [
        f"shelfd: {served.path}: you may not use this socket",
        hint.format(group=grp.getgrgid(group).gr_name),
    ]


def test_a_path_longer_than_an_address_is_a_wrong_setting() -> None:
    ran = shelfd(Path("/" + "x" * 120), "status")

    assert told(ran) == (
        2,
        ["shelfd: --socket: AF_UNIX path too long", "hint: 107 bytes are possible"],
    )


def test_something_else_that_listens_is_found_out(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(tmp_path / "s"))
        other.listen()
        command = [*PROGRAM, "--socket", str(tmp_path / "s"), "status"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment()) as process:
            connection, _address = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail.example ESMTP\r\n")
            _out, err = process.communicate(timeout=50)

    assert process.returncode == 3
    assert err.decode().startswith(f"shelfd: {tmp_path}/s: the daemon ended while it was answering")


def test_the_socket_can_be_named_before_and_behind_the_command(served: Served) -> None:
    for arguments in (
        ("--socket", str(served.path), "status"),
        ("status", "--socket", str(served.path)),
        ("--socket", "/nowhere", "status", "--socket", str(served.path)),
    ):
        assert shelfd(Path("/nowhere"), *arguments).code == 0


def test_the_socket_of_ones_own_session_is_found(served: Served) -> None:
    (served.path.parent / "shelfd.sock").symlink_to(served.path)

    found = subprocess.run(
        [*PROGRAM, "status"],
        capture_output=True,
        check=False,
        env=environment(XDG_RUNTIME_DIR=str(served.path.parent)),
        timeout=50,
    )

    # a machine on which shelfd is installed has a socket of its own, which comes first
    assert found.returncode == 0 or os.path.exists("/run/shelfd/shelfd.sock")


def test_without_a_command_and_a_daemon_it_says_why_and_what_there_is(tmp_path: Path) -> None:
    code, lines = told(shelfd(tmp_path / "s"))

    assert (code, lines[0]) == (3, f"shelfd: {tmp_path}/s: no daemon: there is no such socket")
    assert lines[1].startswith("hint: start it: ")
    assert lines[1].endswith("; `shelfd --help` names all commands")


def test_without_a_command_it_says_what_is_going_on_and_where_the_help_is(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv")

    ran = shelfd(served.path)

    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[:-2] == shelfd(served.path, "status").out.splitlines()
    assert lines[-1] == "`shelfd --help` names all commands"


def test_an_interrupt_ends_with_130(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv")
    # whoever runs the tests may have told all below to ignore it, as a shell does in the background
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program += "from shelfd.__main__ import main; main()"
    command = [sys.executable, "-c", program, "events", "--since", "0"]
    surroundings = environment(SHELFD_SOCKET=str(served.path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)

        assert process.wait(50) == 130


def test_a_reader_that_has_enough_is_no_failure(served: Served) -> None:
    for number in range(300):
        rows.drop(served.daemon, b"%d.mkv" % number)
    read, write = os.pipe()
    command = [*PROGRAM, "--socket", str(served.path), "events", "--since", "0"]
    with subprocess.Popen(
        command, stdout=write, stderr=subprocess.PIPE, env=environment()
    ) as process:
        os.close(write)
        os.read(read, 1)
        os.close(read)
        _out, err = process.communicate(timeout=50)

    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["stauts"], "no such command 'stauts'. Did you mean 'status'?", "--help"),
        (["scan", "--ful"], "scan: no such option '--ful'. Did you mean '--full'?", "scan --help"),
        (["operation"], "operation: missing argument 'ID'", "operation --help"),
        (
            ["show", "x"],
            "show: invalid value for 'ITEM': 'x' is not a valid integer",
            "show --help",
        ),
        (["undo"], "undo: say either ID or --since", "undo --help"),
        (["undo", "1", "--since", "2h"], "undo: say either ID or --since", "undo --help"),
        (["why", ""], "PATH: it is empty", None),
    ],
)
def test_wrong_usage_says_what_and_where_to_read(
    tmp_path: Path, arguments: list[str], message: str, hint: str | None
) -> None:
    code, lines = told(shelfd(tmp_path / "s", *arguments))

    assert code == 2
    assert lines[0] == f"shelfd: {message}"
    assert hint is None or lines[1].endswith(hint)


def test_the_version_needs_no_daemon(tmp_path: Path) -> None:
    ran = shelfd(tmp_path / "s", "--version")

    assert ran.code == 0
    assert re.fullmatch(r"shelfd \d+\.\d+\.\d+\n", ran.out)
