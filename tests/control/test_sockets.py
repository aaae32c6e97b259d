"""The file of the socket: whose it is, who may use it, and when it goes."""

import grp
import os
import socket
import stat
from pathlib import Path

import pytest

from shelfd.control import sockets
from shelfd.core.errors import ConflictError, ShelfdError, UsageError

NOBODY = "nobody-has-this-group"


def raw(path: Path) -> bytes:
    return os.fsencode(path)


def test_the_group_may_use_it_and_others_may_not(tmp_path: Path) -> None:
    own = grp.getgrgid(os.getgid()).gr_name

    with sockets.bind(raw(tmp_path / "s"), own):
        found = (tmp_path / "s").stat()

    assert stat.S_IMODE(found.st_mode) == 0o660
    assert found.st_gid == os.getgid()


def test_the_mode_can_be_another(tmp_path: Path) -> None:
    with sockets.bind(raw(tmp_path / "s"), NOBODY, mode=0o600):
        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


def test_a_group_that_does_not_exist_leaves_the_own(tmp_path: Path) -> None:
    with sockets.bind(raw(tmp_path / "s"), NOBODY):
        assert (tmp_path / "s").stat().st_gid == os.getgid()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files to any group")
def test_the_group_of_the_settings_gets_it(tmp_path: Path) -> None:
    other = next(group for group in grp.getgrall() if group.gr_gid != os.getgid())

    with sockets.bind(raw(tmp_path / "s"), other.gr_name):
        assert (tmp_path / "s").stat().st_gid == other.gr_gid


def test_it_listens(tmp_path: Path) -> None:
    with (
        sockets.bind(raw(tmp_path / "s"), NOBODY),
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client,
    ):
        client.connect(str(tmp_path / "s"))


def test_the_file_goes_with_the_socket(tmp_path: Path) -> None:
    listener = sockets.bind(raw(tmp_path / "s"), NOBODY)
    listener.close()
    listener.close()

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_somebody_elses_by_now_stays(tmp_path: Path) -> None:
    listener = sockets.bind(raw(tmp_path / "s"), NOBODY)
    (tmp_path / "s").rename(tmp_path / "moved")
    with sockets.bind(raw(tmp_path / "s"), NOBODY):
        listener.close()

        assert (tmp_path / "s").is_socket()


def test_what_a_daemon_that_is_gone_has_left_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / "s"))

    with (
        sockets.bind(raw(tmp_path / "s"), NOBODY),
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client,
    ):
        client.connect(str(tmp_path / "s"))


def refused(path: bytes) -> ShelfdError:
    with pytest.raises(ShelfdError) as raised:
        sockets.bind(path, NOBODY)
    return raised.value


def test_a_daemon_that_is_alive_keeps_its_socket_and_is_named(tmp_path: Path) -> None:
    with sockets.bind(raw(tmp_path / "s"), NOBODY):
        error = refused(raw(tmp_path / "s"))

        assert isinstance(error, ConflictError)
        assert error.message == f"{tmp_path}/s: process {os.getpid()} listens on it already"
        assert (tmp_path / "s").is_socket()


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_what_is_no_socket_is_never_removed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s"
    if kind == "file":
        path.write_text("a diary")
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")

    assert refused(raw(path)).code == "not_a_socket"
    assert [entry.name for entry in tmp_path.iterdir()] == ["s"]


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = refused(raw(tmp_path / "run" / "s"))

    assert isinstance(error, UsageError)
    assert error.message.endswith("/run/s: the socket cannot be made: its directory is not there")
    assert error.hint == f"mkdir {tmp_path}/run"


def test_a_path_longer_than_an_address_is_refused_with_its_length() -> None:
    error = refused(b"/tmp/" + b"x" * 103)

    assert isinstance(error, UsageError)
    assert error.message.endswith("too long for a socket: 108 bytes, 107 are possible")


def test_the_longest_path_is_possible(tmp_path: Path) -> None:
    path = raw(tmp_path) + b"/" + b"x" * (106 - len(raw(tmp_path)))

    with sockets.bind(path, NOBODY):
        assert len(path) == 107
