"""A daemon that does nothing by itself, with real rows, behind a real socket."""

import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal

import described
from shelfd.control import sockets
from shelfd.control.access import Access
from shelfd.control.api import Api, application
from shelfd.control.server import Server
from shelfd.core import roots
from shelfd.core.condition import Condition, Phase, RootState
from shelfd.core.media import Picture, Reading, Sought
from shelfd.core.settings import Inbox, Library, Settings
from shelfd.edges import covers
from shelfd.edges.decisions_file import DecisionsFile
from shelfd.steps.pinning import Pinning
from shelfd.steps.ports import Base, Current
from shelfd.store import roots as root_rows
from shelfd.store.database import Database, Tx
from shelfd.store.kept import Kept

OWN_USER = Access({}, "nothing")
"""Lets in root, and the user of the test."""
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp()


class Clock:
    """Stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class Daemon:
    """What the API asks, as values that a test sets."""

    version = "1.2.3"
    since = NOON - 60

    def __init__(self, directory: Path) -> None:
        self.inbox = directory / "inbox"
        self.movies = directory / "movies"
        self.inbox.mkdir()
        self.movies.mkdir()
        self.db = Database(os.fsencode(directory / "shelfd.db"))
        self.clock = Clock()
        self.kept = Kept(self.db, self.clock.monotonic, lambda call: call())
        self.current = Current(Settings(), roots.of(Settings()))
        self.take(
            Settings(
                library=(Library(name="movies", path=str(self.movies), kind="movies"),),
                inbox=(Inbox(name="inbox", path=str(self.inbox)),),
            )
        )
        base = Base(db=self.db, clock=self.clock, current=self.current)
        self.pinning = Pinning(base, DecisionsFile(os.fsencode(directory)))
        self.word: Phase = "ready"
        self.root_words: dict[str, RootState] = {}
        self.open_logs: set[int] = set()
        self.wrong: list[dict[str, str]] = []
        self.memory = 48 << 20
        self.pressure: Literal["none", "some", "high"] = "none"

    @property
    def phase(self) -> Phase:
        return self.word

    def take(self, settings: Settings) -> None:
        self.current.settings, self.current.roots = settings, roots.of(settings)
        with self.db.transaction() as tx:
            root_rows.put(tx, self.current.roots)

    def condition(self) -> Condition:
        roots = {
            root.name: self.root_words.get(root.name, RootState("watching", "", 1))
            for root in self.current.roots
        }
        return Condition(
            state=self.word,
            roots=roots,
            watches=2,
            watches_allowed=512,
            fault=None,
            pressure=self.pressure,
            checks=self.wrong,
        )

    def memory_bytes(self) -> int:
        return self.memory

    def next_runs(self) -> Mapping[str, datetime]:
        return {"scan": datetime(2026, 11, 22, 4, 30, tzinfo=UTC)}

    def picture(self, sought: Sought) -> Future[list[Picture | Reading]]:
        found: Future[list[Picture | Reading]] = Future()
        found.set_result([covers.take(sought)])
        return found

    def keep_decisions(self, tx: Tx) -> None:
        self.pinning.keep(tx)

    def log_is_open(self, operation: int) -> bool:
        return operation in self.open_logs


class Connection(HTTPConnection):
    """HTTP to a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("shelfd", timeout=20)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(20)
        self.sock.connect(str(self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The daemon behind its socket."""

    daemon: Daemon
    api: Api
    server: Server
    path: Path

    def ask(self, method: str, target: str, body: object = None) -> tuple[int, Any]:
        """Return status and JSON of an answer, which is as the description of the API says."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        with closing(Connection(self.path)) as connection:
            connection.request(method, target, raw)
            response = connection.getresponse()
            content = json.loads(response.read())
        described.require(method, target, response.status, content)
        return response.status, content

    def get(self, target: str) -> Any:
        """Return the JSON of an answer that must be there."""
        status, content = self.ask("GET", target)
        assert status == 200, content
        return content

    @contextmanager
    def stream(self, target: str, **headers: str) -> Iterator["Stream"]:
        """Yield the events of a stream, one by one as they come."""
        with closing(Connection(self.path)) as connection:
            connection.request("GET", target, headers=headers)
            response = connection.getresponse()
            assert response.status == 200, response.read()
            yield Stream(response.readline)


class Stream:
    """Reads server-sent events."""

    def __init__(self, readline: Any) -> None:
        self._readline = readline

    def next(self) -> tuple[int, str, Any]:
        """Return id, name and data of the next event; EOFError after the last one."""
        fields: dict[str, str] = {}
        while line := self._readline().decode():
            name, _colon, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif fields:
                return int(fields["id"]), fields["event"], json.loads(fields["data"])
        raise EOFError


@contextmanager
def serving(directory: Path) -> Iterator[Served]:
    """Run a daemon with an inbox and a library of movies in an empty directory."""
    daemon = Daemon(directory)
    api = application(daemon)
    # not below `directory`: the address of a socket must be short
    with tempfile.TemporaryDirectory(prefix="shelfd") as run:
        path = Path(run) / "s"
        listeners = [sockets.bind(os.fsencode(path), "nobody-has-this-group")]
        server = Server(api, listeners, OWN_USER, daemon.db.leave)
        server.start()
        try:
            yield Served(daemon=daemon, api=api, server=server, path=path)
        finally:
            server.close()
            daemon.db.close()
