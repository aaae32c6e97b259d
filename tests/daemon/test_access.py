"""A running daemon lets in whom it should: users and groups by its socket, the token by TCP."""

import contextlib
import grp
import http.client
import json
import os
import pwd
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from running import PROGRAM, UP, Connection, Running
from scenarios import Through
from waiting import eventually

TOKEN = "0123456789abcdef" * 2
GROUP = "games"
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other users")
POWER = ("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search")
"""To get at a Python that lies in somebody's home, and no further: a socket takes the right to write."""


class Guarded(Running):
    """A daemon with what a test adds to the table [daemon], in a directory that others can look into."""

    more: ClassVar[str] = f'socket_group = "{GROUP}"\n'

    def __init__(self, top: Path, settings: str = "", more: str = "") -> None:
        self.added = self.more + more
        super().__init__(top, settings)
        self.run.chmod(0o755)

    def write(self, settings: str) -> None:
        super().write(settings)
        text = self.config.read_text()
        self.config.write_text(text.replace("[daemon]\n", f"[daemon]\n{self.added}", 1))


@contextlib.contextmanager
def started(daemon: Running) -> Iterator[Running]:
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


@contextlib.contextmanager
def being(uid: int, gid: int, *groups: int) -> Iterator[None]:
    """Be another user."""
    before = os.getgroups()
    os.setgroups(groups)
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


def stranger() -> pwd.struct_passwd:
    """Return a user of this machine who is not in the group."""
    return next(
        user
        for user in pwd.getpwall()
        if 0 < user.pw_uid < 60_000 and group() not in os.getgrouplist(user.pw_name, user.pw_gid)
    )


def group() -> int:
    return grp.getgrnam(GROUP).gr_gid


def as_user(daemon: Running, *arguments: str, groups: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a stranger in these supplementary groups."""
    user = stranger()
    return subprocess.run(
        [
            "setpriv",
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            *([f"--groups={groups}"] if groups else ["--clear-groups"]),
            *POWER,
            *PROGRAM,
            "--socket",
            daemon.socket,
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def status(daemon: Running, method: str, path: str) -> int:
    """Return the status of an answer; 0 when the kernel allows no connection."""
    with contextlib.closing(Connection(daemon.socket)) as connection:
        try:
            connection.request(method, path)
        except PermissionError:
            return 0
        return connection.getresponse().status


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Running]:
    with started(Guarded(tmp_path, more='others = "read"\n')) as daemon:
        yield daemon


@ROOT_ONLY
def test_members_of_the_group_may_change_things_and_others_only_look(read: Running) -> None:
    user = stranger()
    assert stat.S_IMODE(os.stat(read.socket).st_mode) == 0o666
    many = [*range(70_000, 70_100), group()]

    with being(user.pw_uid, group()):
        assert status(read, "POST", "/v1/queue/pause") == 200
    with being(user.pw_uid, user.pw_gid, *many):
        assert status(read, "POST", "/v1/queue/resume") == 200
    with being(user.pw_uid, user.pw_gid, *many[:-1]):
        for method in ("POST", "PUT", "DELETE", "PATCH", "BREW"):
            assert status(read, method, "/v1/queue/pause") == 403
        assert status(read, "POST", "/v1/nothing-of-this-name") == 403
        assert status(read, "GET", "/v1/status") == 200
        assert status(read, "HEAD", "/v1/events") == 200
    assert read.get("/v1/status")[1]["queue"]["paused"] is False


@ROOT_ONLY
def test_a_refusal_has_the_form_of_all_errors_and_the_connection_goes_on(read: Running) -> None:
    user = stranger()
    connection = Connection(read.socket)
    with being(user.pw_uid, user.pw_gid):
        connection.connect()
    connection.request("POST", "/v1/operations", b"x" * 100_000)
    refused = connection.getresponse()
    error = json.loads(refused.read())["error"]

    assert refused.status == 403
    assert error["code"] == "forbidden"
    assert f"`sudo usermod -aG {GROUP} {user.pw_name}`" in error["hint"]
    connection.request("GET", "/v1/health")
    assert connection.getresponse().status == 200
    connection.close()


@ROOT_ONLY
def test_the_command_line_says_the_way_in_and_ends_with_3(read: Running) -> None:
    user = stranger()

    refused = as_user(read, "pause", groups="")

    allowed = f"root, the daemon's own user and the group {GROUP} may"
    assert refused.returncode == 3
    assert refused.stderr.splitlines() == [
        f"shelfd: {user.pw_name} (uid {user.pw_uid}): may look, but change nothing: {allowed}",
        f"hint: join its group: `sudo usermod -aG {GROUP} {user.pw_name}`, then log in anew; or ask as root",
    ]
    assert as_user(read, "status", groups="").returncode == 0
    assert as_user(read, "pause", groups=str(group())).returncode == 0


@ROOT_ONLY
def test_by_default_others_do_not_even_connect(tmp_path: Path) -> None:
    user = stranger()
    with started(Guarded(tmp_path)) as daemon:
        assert stat.S_IMODE(os.stat(daemon.socket).st_mode) == 0o660
        with being(user.pw_uid, user.pw_gid):
            assert status(daemon, "GET", "/v1/health") == 0
        with being(user.pw_uid, user.pw_gid, group()):
            assert status(daemon, "POST", "/v1/queue/pause") == 200

        # as a unit of systemd could have it
        os.chmod(daemon.socket, 0o666)  # noqa: S103  # see above
        with being(user.pw_uid, user.pw_gid):
            assert status(daemon, "GET", "/v1/health") == 403


class OfAnotherUser(Guarded, Through):
    """A daemon that does not run as root."""

    through: ClassVar[Sequence[str]] = (
        "setpriv",
        "--reuid=4242",
        "--regid=4242",
        "--clear-groups",
        *POWER,
    )

    def begin(self) -> None:
        for path in (self.top, *self.top.rglob("*"), self.run):
            os.chown(path, 4242, 4242)
        Through.begin(self)


@ROOT_ONLY
def test_the_daemons_own_user_and_root_may_do_everything(tmp_path: Path) -> None:
    with started(OfAnotherUser(tmp_path, more='others = "read"\n')) as daemon:
        with being(4242, 1234):
            assert status(daemon, "POST", "/v1/queue/pause") == 200
        with being(4243, 1234):
            assert status(daemon, "POST", "/v1/queue/resume") == 403
        with being(0, 0):
            assert status(daemon, "POST", "/v1/queue/resume") == 200
        # the daemon is not in the group of the settings, so the file has its own, and that one counts
        with being(4243, 1234, 4242):
            assert status(daemon, "POST", "/v1/queue/pause") == 200


class InItsOwnNamespace(Guarded, Through):
    """A daemon that knows no user but its own, as in a container."""

    through: ClassVar[Sequence[str]] = ("unshare", "--user", "--map-root-user")

    def begin(self) -> None:
        Through.begin(self)


@ROOT_ONLY
def test_users_whom_the_daemons_namespace_does_not_know_are_others(tmp_path: Path) -> None:
    user = stranger()
    daemon = InItsOwnNamespace(tmp_path, more='others = "read"\n')
    if subprocess.run([*daemon.through, "true"], check=False).returncode != 0:
        pytest.skip("user namespaces are not allowed here")
    with started(daemon):
        with being(user.pw_uid, user.pw_gid, group()):
            assert status(daemon, "POST", "/v1/queue/pause") == 403
            assert status(daemon, "GET", "/v1/status") == 200
        assert status(daemon, "POST", "/v1/queue/pause") == 200


def free_port(host: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as found:
        found.bind((host, 0))
        return int(found.getsockname()[1])


def with_token(top: Path, content: str = TOKEN + "\n", mode: int = 0o600) -> Path:
    path = top / "token"
    path.touch(0o600)
    path.chmod(mode)
    path.write_text(content)
    return path


def http_table(listen: str, token_file: object = "") -> str:
    return f'[http]\nlisten = "{listen}"\ntoken_file = "{token_file}"\n'


def ask(
    port: int, path: str, token: str | None = None, method: str = "GET", host: str = "127.0.0.1"
) -> tuple[int, Mapping[str, str], Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with contextlib.closing(http.client.HTTPConnection(host, port, timeout=20)) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())


def test_by_tcp_every_route_needs_the_token(tmp_path: Path) -> None:
    port = free_port()
    settings = http_table(f"127.0.0.1:{port}", with_token(tmp_path))
    with started(Running(tmp_path, settings)) as daemon:
        for token in (None, "", "x" * 32, TOKEN[:-1], TOKEN + "0"):
            for path in ("/v1/status", "/v1/health", "/v1/events", "/v1/nothing-of-this-name"):
                found, sent, content = ask(port, path, token)
                assert (found, content["error"]["code"]) == (401, "unauthorized")
                assert sent["www-authenticate"].startswith('Bearer realm="shelfd"')
                assert TOKEN not in str(content)
        assert ask(port, "/v1/queue/pause", "x" * 32, "POST")[0] == 401

        assert ask(port, "/v1/status", TOKEN)[2]["state"] in UP
        assert ask(port, "/v1/health", TOKEN)[0] == 200
        assert ask(port, "/v1/nothing-of-this-name", TOKEN)[0] == 404
        assert ask(port, "/v1/queue/pause", TOKEN, "POST")[0] == 200
        assert daemon.get("/v1/status")[1]["queue"]["paused"] is True
        headers = ask(port, "/v1/status", TOKEN)[1]
        assert not any(name.lower().startswith("access-control") for name in headers)
    log = daemon.log.read_text()
    assert f"127.0.0.1:{port}" in log
    assert TOKEN not in log


def test_ipv6_is_possible(tmp_path: Path) -> None:
    try:
        port = free_port("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    settings = http_table(f"[::1]:{port}", with_token(tmp_path))
    with started(Running(tmp_path, settings)):
        assert ask(port, "/v1/health", host="::1")[0] == 401
        assert ask(port, "/v1/health", TOKEN, host="::1")[0] == 200


def test_a_reload_takes_a_new_token_and_no_bad_one_and_another_address_needs_a_restart(
    tmp_path: Path,
) -> None:
    port, other = free_port(), free_port()
    token = with_token(tmp_path)
    with started(Running(tmp_path, http_table(f"127.0.0.1:{port}", token))) as daemon:
        assert daemon.process is not None
        token.write_text(TOKEN[::-1])
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: ask(port, "/v1/health", TOKEN[::-1])[0] == 200)
        assert ask(port, "/v1/health", TOKEN)[0] == 401

        token.write_text("short")
        daemon.write(http_table(f"127.0.0.1:{other}", token))
        daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: "the token for TCP was not taken over" in daemon.log.read_text())
        log = daemon.log.read_text()
        assert "too short: 5 characters" in log
        assert "http.listen" in log
        eventually(lambda: ask(port, "/v1/health", TOKEN[::-1])[0] == 200)
        with pytest.raises(ConnectionRefusedError):
            ask(other, "/v1/health")


def refused(daemon: Running, code: int = 2) -> str:
    """Return why a daemon does not start, and `shelfd check` says the same."""
    try:
        daemon.begin()
        assert daemon.process is not None
        assert daemon.process.wait(30) == code
    finally:
        daemon.close()
    checked = subprocess.run(
        [*PROGRAM, "check", "--config", str(daemon.config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    [said] = [line for line in daemon.log.read_text().splitlines() if line.startswith("shelfd: ")]
    assert "hint: " in daemon.log.read_text()
    assert "Traceback" not in daemon.log.read_text()
    assert checked.returncode == 1
    assert said.removeprefix("shelfd: ") in checked.stdout
    assert not os.path.exists(daemon.socket)
    return said.removeprefix("shelfd: ")


def test_without_a_token_there_is_no_start(tmp_path: Path) -> None:
    said = refused(Running(tmp_path, http_table(f"127.0.0.1:{free_port()}")))

    assert said.startswith("http.token_file: it is not set")


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (TOKEN, 0o644, "others may read or change it (its mode is 0644)"),
        ("", 0o600, "it is empty"),
        (TOKEN[:-1], 0o600, "too short: 31 characters, and 32 are the least"),
    ],
)
def test_a_bad_token_file_is_refused(tmp_path: Path, content: str, mode: int, why: str) -> None:
    token = with_token(tmp_path, content, mode)

    said = refused(Running(tmp_path, http_table(f"127.0.0.1:{free_port()}", token)))

    assert said == f"http.token_file: {token}: {why}"


def test_what_is_no_address_is_a_wrong_setting(tmp_path: Path) -> None:
    daemon = Running(tmp_path, http_table("localhost:8123", with_token(tmp_path)))
    try:
        daemon.begin()
        assert daemon.process is not None
        assert daemon.process.wait(30) == 2
        assert 'http.listen: found "localhost:8123", allowed is an IP' in daemon.log.read_text()
    finally:
        daemon.close()


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        at = f"127.0.0.1:{other.getsockname()[1]}"

        said = refused(Running(tmp_path, http_table(at, with_token(tmp_path))))

    assert said == f"http.listen: {at}: Address already in use"


def test_an_address_that_is_not_there_yet_may_be_tried_again(tmp_path: Path) -> None:
    settings = http_table("192.0.2.1:8123", with_token(tmp_path))

    assert refused(Running(tmp_path, settings), 1).startswith("http.listen: 192.0.2.1:8123: ")


def test_the_check_knows_the_daemon_that_listens(tmp_path: Path) -> None:
    port = free_port()
    settings = http_table(f"127.0.0.1:{port}", with_token(tmp_path))
    with started(Running(tmp_path, settings)) as daemon:

        def checked() -> str:
            said = daemon.shelfd("check", "--config", str(daemon.config)).stdout
            return " ".join(said.split())

        assert f"ok http 127.0.0.1:{port}: in use" in checked()
        daemon.write(http_table(f"0.0.0.0:{free_port()}", tmp_path / "token"))
        assert "does not listen there" in checked()
        assert "the token goes over the network in the clear" in checked()


class Activated(Running):
    """A daemon for which another program listens by TCP, as systemd does."""

    def __init__(self, top: Path, settings: str, listener: socket.socket) -> None:
        self.listener = listener
        super().__init__(top, settings)

    def begin(self) -> None:
        shell = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&0'
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", shell, "sh", *PROGRAM, "run", "--config", str(self.config)],
                stdin=self.listener.fileno(),
                stdout=log,
                stderr=log,
            )


def test_where_systemd_listens_by_tcp_the_token_is_needed_as_well(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        settings = f'[http]\ntoken_file = "{with_token(tmp_path)}"\n'
        with started(Activated(tmp_path, settings, listener)):
            assert ask(port, "/v1/status")[0] == 401
            assert ask(port, "/v1/status", TOKEN)[0] == 200

        without = Activated(tmp_path, "[http]\n", listener)
        try:
            without.begin()
            assert without.process is not None
            assert without.process.wait(30) == 2
            assert "http.token_file: it is not set" in without.log.read_text()
        finally:
            without.close()
