"""The installed daemon on libraries that are there already, and what can be seen of it from outside."""

import contextlib
import http.client
import os
import queue
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.machine import children, rest, until
from running import Connection, Running

DEBOUNCE_S = 1.0
"""As it is by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a start went; seconds since the process was begun."""

    answering: float
    """GET /v1/health got its first answer."""
    ready: float
    """systemd would have been told so."""
    watching: float
    """Every directory was watched; not before `ready`."""
    slowest: float
    """The longest that health kept anybody waiting between the first answer and `ready`; a duration."""


class Bench(Running):
    """A daemon with one library, which it is not to change, and an inbox."""

    def __init__(self, top: Path, shelf: Path, program: Path) -> None:
        """Keep state below `top`, and read what lies in `shelf`."""
        self.shelf = shelf
        self.installed = program
        super().__init__(top)
        self.environment["NOTIFY_SOCKET"] = str(self.run / "n")
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(self.environment["NOTIFY_SOCKET"])
        self.begun = 0.0
        """When the process was begun, by perf_counter."""
        self.begun_wall = 0.0

    def write(self, settings: str) -> None:
        """Write the settings file; whatever is not about places stays as it is by default."""
        self.config.write_text(
            f'[daemon]\nstate_dir = "{self.top / "state"}"\nsocket = "{self.socket}"\n'
            f'[[inbox]]\npath = "{self.inbox}"\n'
            f'[[library]]\nname = "Music"\npath = "{self.shelf}"\nkind = "music"\n{settings}'
        )

    def begin(self) -> None:
        with self.log.open("ab") as log:
            self.begun, self.begun_wall = time.perf_counter(), time.time()
            self.process = subprocess.Popen(
                [self.installed, "run", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def timed_start(self, directories: int, within: float = 60) -> Start:
        """Start, and see how long it takes until it answers, is ready, and watches `directories`."""
        ended = threading.Event()
        answers: list[tuple[float, float]] = []
        asker = threading.Thread(target=self._ask, args=(ended, answers))
        self.begin()
        asker.start()
        try:
            ready = self.wait_until_ready(within)
        finally:
            ended.set()
            asker.join()
        # asked only now: what the asking takes is not part of the start
        at_once = self._watches_all(directories)
        watching = ready if at_once else until(lambda: self._watches_all(directories), within)
        before = [took for began, took in answers if began < ready]
        return Start(
            answering=sum(answers[0]) - self.begun,
            ready=ready - self.begun,
            watching=watching - self.begun,
            slowest=max(before, default=0.0),
        )

    def wait_until_ready(self, within: float) -> float:
        """Return when the daemon said READY=1, by perf_counter."""
        assert self.process is not None
        deadline = time.perf_counter() + within
        self.notified.settimeout(1)
        while time.perf_counter() < deadline:
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in self.notified.recv(4096).split(b"\n"):
                    return time.perf_counter()
            if self.process.poll() is not None:
                raise EndedError(f"the daemon ended: {self.last_words()}")
        raise TimeoutError(f"not ready within {within} s: {self.last_words()}")

    def last_words(self) -> str:
        return (self.log.read_text(errors="replace").splitlines() or ["it said nothing"])[-1]

    def begin_and_rest(self) -> None:
        """Start, and wait until all is done that a start brings along."""
        self.begin()
        self.wait_until_ready(within=120)
        self.come_to_rest()

    def status(self) -> Any:
        status, answer = self.get("/v1/status")
        assert status == 200, f"GET /v1/status: {answer}; {self.last_words()}"
        return answer

    def is_at_rest(self) -> bool:
        """Say whether nothing runs, nothing is due, and the readers are gone."""
        waits = self.status()["queue"]
        following = waits["next"]
        due = following is not None and not _later(following["not_before"])
        return not waits["running"] and not due and not children(self.pid)

    def come_to_rest(self, within: float = 1500) -> None:
        until(self.is_at_rest, within, every=0.2)

    def files(self) -> int:
        return int(self.status()["catalog"]["files"])

    def scans(self) -> list[dict[str, Any]]:
        """Return the scans of the library that this process has ended, newest first."""
        _, answer = self.get("/v1/operations?kind=scan&state=completed&limit=500")
        return [
            operation
            for operation in answer["items"]
            if "directories" in (operation["result"] or {})
            and moment(operation["created_at"]) >= self.begun_wall - 0.001
        ]

    def rescan(self, alone_s: float = 0.3, **options: bool) -> dict[str, Any]:
        """Have everything scanned again; return the operation. RefusedScanError when that is not possible.

        Nobody asks for `alone_s` seconds: whoever asks meanwhile takes part of what is measured.
        """
        status, answer = self.post("/v1/operations", {"kind": "scan", **options})
        if status != 202:
            raise RefusedScanError(f"{status}, {answer['error']['message']}")
        ended: list[dict[str, Any]] = []
        rest(alone_s)

        def over() -> bool:
            _, operation = self.get(f"/v1/operations/{answer['id']}")
            if operation["finished_at"]:
                ended.append(operation)
            return bool(ended)

        until(over, within=120, every=0.1)
        return ended[0]

    def took(self, operation: dict[str, Any], since: str = "started_at") -> float:
        """Return the seconds of an operation: since it was started, or with `created_at` asked for."""
        asked = f"SELECT finished_at - {since} FROM operations WHERE id = ?"  # noqa: S608  # a name of a column
        database = self.top / "state" / "shelfd.db"
        # the API tells milliseconds, of which some operations take few
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as rows:
            return float(rows.execute(asked, (operation["id"],)).fetchone()[0])

    @contextlib.contextmanager
    def catalog_changes(self) -> Iterator["queue.Queue[float]"]:
        """Yield a queue with the moment, by perf_counter, of each change of the catalog from now on."""
        connection = Connection(self.socket, timeout=300)
        connection.request("GET", "/v1/events")
        answer = connection.getresponse()
        moments: queue.Queue[float] = queue.Queue()
        listener = threading.Thread(target=_listen, args=(answer, moments))
        listener.start()
        try:
            yield moments
        finally:
            connection.sock.shutdown(socket.SHUT_RDWR)
            listener.join()
            answer.close()
            connection.close()

    def forget(self) -> None:
        """Take the catalog away from a daemon that does not run."""
        shutil.rmtree(self.top / "state")

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(60)
        self.notified.close()
        with contextlib.suppress(OSError):
            os.unlink(self.environment["NOTIFY_SOCKET"])
        super().close()

    def _watches_all(self, directories: int) -> bool:
        return int(self.status()["watch"]["watches"]) >= directories

    def _ask(self, ended: threading.Event, answers: list[tuple[float, float]]) -> None:
        while not ended.is_set() or not answers:
            began = time.perf_counter()
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.get("/v1/health")
                answers.append((began, time.perf_counter() - began))
            ended.wait(0.02 if answers else 0.002)


class EndedError(Exception):
    """The daemon has ended by itself."""


class RefusedScanError(Exception):
    """The daemon does not know this kind of scan."""


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _later(text: str | None) -> bool:
    return text is not None and moment(text) > time.time()


def _listen(answer: http.client.HTTPResponse, moments: "queue.Queue[float]") -> None:
    with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
        for said in iter(answer.readline, b""):
            if said.startswith(b"event: catalog"):
                moments.put(time.perf_counter())
