"""A first scan of ten thousand files that is killed, cancelled and paused: it goes on, and reads next to nothing twice."""

import ctypes
import os
import random
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import corpus
from running import Libraries
from shelfd.steps.scan import BATCH_FILES
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

FILES = 10_000
KILLS = 20
LARGEST_ALBUM = 13
INTERVAL = 2 * (BATCH_FILES + LARGEST_ALBUM)
"""Files between two checkpoints: one batch is being read while the one before waits to be written."""

IN_OPEN, IN_CLOSE, IN_Q_OVERFLOW, IN_IGNORED, IN_ISDIR = 0x20, 0x18, 0x4000, 0x8000, 0x40000000
EVENT = struct.Struct("iIII")

CATALOG = """
SELECT directories.root, directories.path, name, files.size, files.mtime_ns, files.inode, reading,
       kind, key, title, year, artist, album, track, missing_since
FROM files JOIN directories ON directories.id = files.directory LEFT JOIN items ON items.id = files.item
ORDER BY directories.path, name
"""


class Opens:
    """Counts how often each media file below a directory is opened, by whomever, as the kernel tells it."""

    def __init__(self, top: Path) -> None:
        self.times: Counter[bytes] = Counter()
        self.overflown = False
        libc = ctypes.CDLL(None, use_errno=True)
        self._inotify = libc.inotify_init1(os.O_CLOEXEC)
        self._directories: dict[int, bytes] = {}
        for here, _, _ in os.walk(bytes(top)):
            # with closing, for two equal events in a row would become one
            number = libc.inotify_add_watch(self._inotify, here, IN_OPEN | IN_CLOSE)
            assert number >= 0, os.strerror(ctypes.get_errno())
            self._directories[number] = here
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def files(self) -> int:
        """Return how many files were opened at least once."""
        return len(self.times)

    def caught_up(self, marker: Path) -> Counter[bytes]:
        """Return the counts when all that was done before is counted, and begin anew."""
        marker.write_bytes(b"")
        eventually(lambda: bytes(marker) in self.times)
        times, self.times = self.times, Counter()
        marker.unlink()
        del times[bytes(marker)]
        assert not self.overflown
        return times

    def close(self) -> None:
        """Listen no longer."""
        for number in self._directories:
            ctypes.CDLL(None).inotify_rm_watch(self._inotify, number)
        self._thread.join()
        os.close(self._inotify)

    def _listen(self) -> None:
        left = len(self._directories)
        while left:
            data = os.read(self._inotify, 1 << 20)
            offset = 0
            while offset < len(data):
                number, mask, _cookie, length = EVENT.unpack_from(data, offset)
                name = data[offset + EVENT.size : offset + EVENT.size + length].rstrip(b"\0")
                offset += EVENT.size + length
                self.overflown |= bool(mask & IN_Q_OVERFLOW)
                left -= bool(mask & IN_IGNORED)
                if mask & IN_OPEN and not mask & IN_ISDIR and name.endswith(b".mp3"):
                    self.times[os.path.join(self._directories[number], name)] += 1


class Library:
    """Ten thousand files, and what a scan of them comes to when nothing disturbs it."""

    def __init__(self, top: Path) -> None:
        self.path = top / "music"
        corpus.make_tiny(self.path, FILES)
        self.opens = Opens(self.path)
        daemon = Libraries(top, {"music": self.path})
        try:
            daemon.start()
            eventually(daemon.quiet, within=60)
            self.catalog = daemon.rows(CATALOG)
        finally:
            daemon.close()
        self.times = self.opens.caught_up(self.path / "marker.mp3")
        assert len(self.catalog) == len(self.times) == FILES

    def read(self) -> int:
        """Return how many readings of a file have begun since the undisturbed scan."""
        times = self.opens.caught_up(self.path / "marker.mp3")
        return sum(-(-number // max(self.times[path], 1)) for path, number in times.items())


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = Library(tmp_path_factory.mktemp("undisturbed"))
    with closing(library.opens):
        yield library


@pytest.fixture
def daemon(tmp_path: Path, library: Library) -> Iterator[Libraries]:
    library.read()
    with closing(Libraries(tmp_path, {"music": library.path})) as daemon:
        yield daemon


def operation(daemon: Libraries, number: int) -> dict[str, Any]:
    status, found = daemon.get(f"/v1/operations/{number}")
    assert status == 200
    return dict(found)


def scan(daemon: Libraries) -> dict[str, Any]:
    """Return the first scan."""
    return operation(daemon, 1)


def until(daemon: Libraries, condition: Callable[[], bool]) -> None:
    assert daemon.process is not None
    process = daemon.process
    eventually(lambda: condition() or process.poll() is not None, within=60)
    assert process.poll() is None, daemon.log.read_text()


def until_read(daemon: Libraries, library: Library, number: int) -> None:
    until(daemon, lambda: library.opens.files() >= number)


def filed(daemon: Libraries) -> int:
    return int(daemon.rows("SELECT count(*) FROM files")[0][0])


def test_killed_twenty_times_it_reads_hardly_anything_twice(
    daemon: Libraries, library: Library
) -> None:
    choose = random.Random(20)  # noqa: S311  # the same moments each time
    # so far apart that it gets on between two of them: three kills without progress are taken for its fault
    slot = FILES // (KILLS + 1)
    moments = [number * slot + choose.randrange(slot - INTERVAL) for number in range(1, KILLS + 1)]
    for moment in moments:
        daemon.begin()
        until_read(daemon, library, moment)
        daemon.kill()
        if filed(daemon):
            [(number, state)] = daemon.rows(
                "SELECT id, state FROM operations WHERE id IN (SELECT operation FROM checkpoints)"
            )
            assert number == 1
            assert state in ("running", "queued")

    daemon.start()
    eventually(daemon.quiet, within=60)

    read = library.read()
    assert FILES <= read <= FILES + KILLS * INTERVAL
    assert daemon.rows(CATALOG) == library.catalog
    first = scan(daemon)
    assert (first["id"], first["state"]) == (1, "completed")
    assert first["result"]["added"] == FILES
    assert first["result"]["changed"] == first["result"]["missing"] == 0


def test_cancelled_it_goes_on_when_it_is_asked_for_again(
    daemon: Libraries, library: Library
) -> None:
    daemon.start()
    until_read(daemon, library, FILES // 3)
    number = scan(daemon)["id"]

    assert daemon.shelfd("cancel", str(number)).returncode == 0

    eventually(lambda: scan(daemon)["state"] == "cancelled")
    left = scan(daemon)
    assert 0 < left["result"]["added"] == filed(daemon) < FILES
    eventually(daemon.quiet)
    asked = daemon.shelfd("scan", "--wait")
    assert asked.returncode == 0, asked.stderr
    ended = scan(daemon)
    assert (ended["id"], ended["state"]) == (number, "completed")
    assert ended["result"]["added"] == FILES
    assert f"{FILES} added" in asked.stdout
    assert daemon.rows(CATALOG) == library.catalog
    assert library.read() <= FILES + INTERVAL


def test_paused_it_waits_even_for_the_next_start(daemon: Libraries, library: Library) -> None:
    daemon.start()
    until_read(daemon, library, FILES // 3)

    assert daemon.shelfd("pause").returncode == 0

    eventually(lambda: scan(daemon)["state"] == "queued")
    left = scan(daemon)
    assert 0 < filed(daemon) < FILES
    before = filed(daemon)
    daemon.kill()
    daemon.start()
    assert "paused" in daemon.shelfd("status").stdout
    assert (scan(daemon)["state"], filed(daemon)) == ("queued", before)
    assert daemon.shelfd("resume").returncode == 0
    eventually(daemon.quiet, within=60)
    ended = scan(daemon)
    assert (ended["id"], ended["state"]) == (left["id"], "completed")
    assert ended["result"]["added"] == FILES
    assert daemon.rows(CATALOG) == library.catalog
    assert library.read() <= FILES + INTERVAL


def test_killed_a_full_scan_goes_on_as_a_full_scan(daemon: Libraries, library: Library) -> None:
    daemon.start()
    eventually(daemon.quiet, within=60)
    library.read()
    _, asked = daemon.post("/v1/operations", {"kind": "scan", "full": True})
    number = asked.get("id") or asked["ids"][0]
    until_read(daemon, library, FILES // 2)
    daemon.kill()
    daemon.start()
    eventually(daemon.quiet, within=60)

    ended = operation(daemon, number)
    assert (ended["state"], ended["options"].get("full")) == ("completed", True)
    assert [ended["result"][word] for word in ("read", "added", "changed")] == [FILES, 0, 0]
    assert FILES <= library.read() <= FILES + INTERVAL
    assert daemon.rows(CATALOG) == library.catalog


def test_what_changed_behind_it_while_it_was_dead_is_found(
    daemon: Libraries, library: Library
) -> None:
    daemon.start()
    until(daemon, lambda: filed(daemon) > FILES // 4)
    daemon.kill()
    [(path, name)] = daemon.rows(
        "SELECT path, name FROM files JOIN directories ON directories.id = directory LIMIT 1"
    )
    came = library.path / os.fsdecode(path) / "99 Came Late.mp3"
    came.write_bytes((came.parent / os.fsdecode(name)).read_bytes())
    try:
        daemon.start()
        eventually(daemon.quiet, within=60)

        assert filed(daemon) == FILES + 1
        assert daemon.rows(
            "SELECT count(*) FROM files WHERE name = CAST('99 Came Late.mp3' AS BLOB)"
        ) == [(1,)]
    finally:
        came.unlink()
