"""The installed program as a process, with its socket: what a user has."""

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from waiting import eventually

PROGRAM = [sys.executable, "-m", "shelfd"]
UP = ("ready", "degraded")
"""States of a daemon that works; the machine that tests run on can be short of memory at any moment."""
KINDS = ("Movies", "Shows", "Music", "Audiobooks", "Books")


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float = 30.0) -> None:
        super().__init__("shelfd", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Running:
    """A daemon on `inbox` and `library` below `top`; start it as often as you like."""

    program = PROGRAM

    def __init__(
        self, top: Path, settings: str = "", environment: dict[str, str] | None = None
    ) -> None:
        self.top = top
        self.inbox = top / "inbox"
        self.library = top / "library"
        for directory in (self.inbox, *(self.library / kind for kind in KINDS)):
            directory.mkdir(parents=True, exist_ok=True)
        # a socket's path has 107 bytes at the most, and temporary directories of tests are long
        self.run = Path(tempfile.mkdtemp(prefix="shelfd"))
        self.socket = str(self.run / "s")
        self.environment = environment or {}
        self.config = top / "shelfd.toml"
        self.write(settings)
        self.log = top / "daemon.log"
        self.process: subprocess.Popen[bytes] | None = None

    def write(self, settings: str) -> None:
        """Write the settings file: short waits, and what a test adds."""
        libraries = "".join(
            f'[[library]]\nname = "{kind}"\npath = "{self.library / kind}"\nkind = "{kind.lower()}"\n'
            for kind in KINDS
        )
        self.config.write_text(
            f'[daemon]\nstate_dir = "{self.top / "state"}"\nsocket = "{self.socket}"\n'
            f'[[inbox]]\npath = "{self.inbox}"\n{libraries}'
            + (
                settings
                or "[watch]\ndebounce_s = 0.1\nsettle_s = 0.5\n[import]\nmin_free_bytes = 0\n"
            ),
        )

    def command(self) -> list[str]:
        """Return what begins every command line of the daemon."""
        return PROGRAM

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self.begin()
        eventually(self.is_ready, within=30)

    def begin(self) -> None:
        """Start, and do not wait."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command(), "run", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
            )

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            status, answer = self.get("/v1/status")
            return status == 200 and answer["state"] in UP
        return False

    def get(self, path: str) -> tuple[int, Any]:
        return self.request("GET", path)

    def post(self, path: str, body: dict[str, object]) -> tuple[int, Any]:
        return self.request("POST", path, body)

    def request(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> tuple[int, Any]:
        connection = Connection(self.socket)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def shelfd(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line against this daemon."""
        return subprocess.run(
            [*PROGRAM, "--socket", self.socket, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def quiet(self) -> bool:
        """Say whether nothing runs, waits or settles."""
        _, status = self.get("/v1/status")
        counts = status["queue"]
        return not counts["running"] and not counts["queued"]

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        with contextlib.suppress(OSError):
            os.unlink(self.socket)
        self.run.rmdir()


class Powerless(Running):
    """A daemon that may do to files what their owner may, and no more, though its user is root; only root may start it."""

    groups = ""

    def command(self) -> list[str]:
        """Return what takes all powers away."""
        groups = f"--groups={self.groups}" if self.groups else "--clear-groups"
        powers = ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
        return ["setpriv", groups, *powers, *PROGRAM]


class Libraries(Running):
    """A daemon without an inbox, on music libraries that lie where the test wants them."""

    def __init__(self, top: Path, libraries: Mapping[str, Path], settings: str = "") -> None:
        self.libraries = libraries
        super().__init__(top, settings)

    def write(self, settings: str) -> None:
        """Write the settings file: short waits, and what a test adds below them, of the table [watch] first."""
        libraries = "".join(
            f'[[library]]\nname = "{name}"\npath = "{path}"\nkind = "music"\n'
            for name, path in self.libraries.items()
        )
        self.config.write_text(
            f'[daemon]\nstate_dir = "{self.top / "state"}"\nsocket = "{self.socket}"\n{libraries}'
            f"[watch]\ndebounce_s = 0.1\n{settings}"
        )

    def status(self) -> dict[str, Any]:
        status, answer = self.get("/v1/status")
        assert status == 200
        return dict(answer)

    def root(self, name: str) -> dict[str, Any]:
        """Return how a library is doing."""
        [found] = [root for root in self.status()["roots"] if root["name"] == name]
        return dict(found)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the database says, as of the last transaction."""
        address = f"file:{self.top}/state/shelfd.db?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
            return db.execute(query).fetchall()


@contextlib.contextmanager
def running(top: Path, settings: str = "") -> Iterator[Running]:
    """A daemon that is ready, and gone afterwards."""
    daemon = Running(top, settings)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()
