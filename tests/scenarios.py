"""A running daemon to which things happen on the disk, and what it knows of them afterwards."""

import contextlib
import itertools
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import media
from running import PROGRAM, Running
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place
from shelfd.store import operations
from shelfd.store.database import Database
from waiting import eventually

IMPORTS = "[import]\nmin_free_bytes = 0\n"
EVERY_LOSS = "[missing]\nsuspend_share = 1.0\nsuspend_files = 1000000\n"
"""Only the loss of all files of a library is taken for a disk that is away."""
HASTE = (
    "[watch]\ndebounce_s = 0.05\ndebounce_cap_s = 30\nsettle_s = 0.3\npoll_s = 3600\n"
    + IMPORTS
    + EVERY_LOSS
)
QUIET_S, LONGEST_S = 0.5, 1.0
PATIENT = (
    f"[watch]\ndebounce_s = {QUIET_S}\ndebounce_cap_s = {LONGEST_S}\nsettle_s = 0.3\n"
    + IMPORTS
    + EVERY_LOSS
)
"""For scenarios in which it counts how often something is looked at."""
ANCHORS = 3  # songs that stay, so that no test takes all of a library away

FILES = """
SELECT path, name, missing_since IS NULL AND unseen IS NULL AS there, files.item, files.id, files.size, files.mtime_ns
FROM files JOIN directories ON directories.id = files.directory WHERE root = ?
"""
DIRECTORIES = "SELECT path FROM directories WHERE root = ? AND inode <> -1 AND path <> x''"
SCANS = """
SELECT id, root, path, coalesce(json_extract(options, '$.recursive'), 0), created_at
FROM operations WHERE step = 'scan' AND asked_by = 'watch' AND id > ? ORDER BY id
"""

_numbers = itertools.count(1)


class File(NamedTuple):
    """A file as the catalog has it."""

    there: bool
    item: int
    row: int
    size: int
    mtime_ns: int


class Scan(NamedTuple):
    """A scan that an event has asked for."""

    number: int
    root: str
    path: str
    recursive: bool
    created_at: float


class Through(Running):
    """A daemon that is started by another program, which runs what follows."""

    through: ClassVar[Sequence[str]] = ()

    def begin(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.through, *PROGRAM, "run", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


class Unprivileged(Through):
    """A daemon for which the modes of files hold, also where the tests are run by root."""

    through: ClassVar[Sequence[str]] = () if os.geteuid() else ("setpriv", "--bounding-set=-all")


class Scene:
    """A directory of a library for one test, and what the daemon knows of it."""

    def __init__(self, daemon: Running, name: str = "", library: str = "Music") -> None:
        self.daemon = daemon
        self.library = library
        self.root = daemon.library / library
        self.top = self.root / re.sub(r"\W+", "-", name)
        self.top.mkdir(parents=True, exist_ok=True)

    def song(self, path: str, **tags: str) -> Path:
        """Write a song that is like no other, and make the directories that it needs."""
        return song(self.top / path, **tags)

    def has(self, *paths: str) -> None:
        """Write songs, and wait until the daemon knows them, and these alone."""
        for path in paths:
            self.song(path)
        self.catches_up()
        eventually(
            lambda: set(paths) == {path for path, file in self.files().items() if file.there}
        )

    def files(self) -> dict[str, File]:
        """Return the files that the catalog has, missing ones too, by their paths in this scene."""
        rows = self._rows(FILES)
        paths = [(self._within(os.path.join(row[0], row[1])), row) for row in rows]
        return {path: File(bool(row[2]), *row[3:]) for path, row in paths if path is not None}

    def item(self, path: str) -> int:
        """Return the item of a file that must be known."""
        return self.files()[path].item

    def known(self) -> set[str]:
        """Return the paths of all files and directories of the scene that the daemon takes to be there."""
        found = {self._within(row[0]) for row in self._rows(DIRECTORIES)}
        return {path for path in found if path} | {
            path for path, file in self.files().items() if file.there
        }

    def knows(self, *paths: str, within: float = 20.0) -> None:
        """Wait until the daemon knows exactly these files and directories of the scene, all events heard."""
        self.catches_up()
        eventually(lambda: self.known() == set(paths), within=within)

    def catches_up(self) -> None:
        """Wait until all events so far have been heard and their scans are over: the kernel keeps the order."""
        marker = song(self.root / "marker" / f"to {next(_numbers)}.mp3")
        beside = Scene(self.daemon, "marker", self.library)
        eventually(lambda: marker.name in beside.files(), within=40)
        eventually(self.daemon.quiet, within=40)

    def last(self) -> int:
        """Return the number of the newest operation."""
        with self._database() as db:
            return int(db.execute("SELECT coalesce(max(id), 0) FROM operations").fetchone()[0])

    def scans(self, after: int) -> list[Scan]:
        """Return which scans events have asked for after this operation, those of markers left out."""
        with self._database() as db:
            rows = db.execute(SCANS, (after,)).fetchall()
        scans = [Scan(row[0], row[1], os.fsdecode(row[2]), bool(row[3]), row[4]) for row in rows]
        return [scan for scan in scans if not scan.path.startswith("marker")]

    def paths(self, after: int) -> list[tuple[str, bool]]:
        """Return path, as the library has it, and recursive of these scans."""
        return [(scan.path, scan.recursive) for scan in self.scans(after)]

    def at(self, path: str = "") -> str:
        """Return where a path of the scene lies in the library."""
        return os.path.relpath(self.top / path, self.root)

    def ask(self, path: Path | None = None, **options: bool) -> dict[str, Any]:
        """Ask for a scan and return how it ended."""
        where = {} if path is None else {"path": str(path)}
        status, answer = self.daemon.post("/v1/operations", {"kind": "scan", **where, **options})
        assert status == 202, answer
        return self.ended(answer["id"])

    def ended(self, number: int) -> dict[str, Any]:
        """Wait for the end of an operation and return it."""

        def over() -> dict[str, Any] | None:
            answer: dict[str, Any] = self.daemon.get(f"/v1/operations/{number}")[1]
            return answer if answer["finished_at"] else None

        found = eventually(over, within=40)
        assert found is not None
        return found

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Let things happen that the daemon hears of all at once."""
        process = self.daemon.process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        eventually(lambda: _state(process.pid) == "T")
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def _within(self, path: bytes) -> str | None:
        """Return a path of the library as one of the scene; None when it lies outside."""
        start = "" if self.top == self.root else self.at() + "/"
        text = os.fsdecode(path)
        return text.removeprefix(start) if text.startswith(start) else None

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with self._database() as db:
            return db.execute(query, (self.library,)).fetchall()

    @contextlib.contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        path = f"file:{self.daemon.top}/state/shelfd.db?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True)) as db:
            yield db


def song(path: Path, **tags: str) -> Path:
    """Write a song that is like no other unless `tags` say so, complete from its first moment on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number = next(_numbers)
    made = path.with_name(f".{path.name}")  # a hidden name is no news
    media.mp3(made, **{"artist": "Ann", "album": f"A {number}", "title": f"S {number}", **tags})
    return made.rename(path)


def anchored(daemon: Running) -> None:
    """Put songs that stay into the music library of a daemon that does not run yet."""
    for number in range(ANCHORS):
        song(daemon.library / "Music" / "marker" / f"{number}.mp3")


@contextlib.contextmanager
def started(daemon: Running) -> Iterator[Running]:
    """Run a daemon, wait until it has looked at everything once, and end it afterwards."""
    try:
        daemon.start()
        eventually(daemon.quiet, within=40)
        yield daemon
    finally:
        daemon.close()


@contextlib.contextmanager
def anchored_and_running(top: Path, settings: str = HASTE) -> Iterator[Running]:
    """Run a daemon with songs that stay."""
    daemon = Running(top, settings)
    anchored(daemon)
    with started(daemon):
        yield daemon


def queue_cleanup(daemon: Running) -> None:
    """Put a cleanup into the queue of a daemon that does not run, as its calendar would have done."""
    wish = Wish(
        kind=Kind.CLEANUP,
        step=Step.CLEANUP,
        place=Place("", TOP),
        display="",
        asker=Asker.SCHEDULE,
    )
    database = Database(bytes(daemon.top / "state" / "shelfd.db"))
    try:
        with database.transaction() as tx:
            operations.enqueue(tx, wish, time.time())
    finally:
        database.close()


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
