"""The running daemon in a control group whose memory others use up: it goes on with less, and nothing is ended."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import corpus
from running import Libraries
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

FILES = 3_000
LIMIT = 1 << 30
READERS = 4
FILL = "import sys; full = b'x' * int(sys.argv[1]); print('full', flush=True); sys.stdin.read()"


class Group:
    """A control group of version 2, or of version 1 where that has the memory."""

    def __init__(self) -> None:
        first = Path("/sys/fs/cgroup/memory")
        self.old = first.is_dir()
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        own = next((line.split(":")[2] for line in lines if line.split(":")[1] == "memory"), "/")
        above = Path(f"{first}{own}") if self.old else Path("/sys/fs/cgroup")
        if not self.old:
            assert "memory" in (above / "cgroup.subtree_control").read_text().split()
        self.path = above / f"shelfd-test-{os.getpid()}"
        self.path.mkdir()
        self.put("memory.limit_in_bytes" if self.old else "memory.high", LIMIT)

    def put(self, name: str, number: int) -> None:
        (self.path / name).write_text(str(number))

    def used(self) -> int:
        """Return the bytes that are in use, without files that can be read again."""
        words = dict(line.split() for line in (self.path / "memory.stat").read_text().splitlines())
        return int(words["total_rss" if self.old else "anon"])

    def killed(self) -> int:
        """Return how many processes the kernel has ended for want of memory."""
        name = "memory.oom_control" if self.old else "memory.events"
        words = dict(line.split() for line in (self.path / name).read_text().splitlines())
        return int(words["oom_kill"])

    def close(self) -> None:
        eventually(lambda: not (self.path / "cgroup.procs").read_text())
        self.path.rmdir()


@pytest.fixture
def group() -> Iterator[Group]:
    with closing(Group()) as group:
        yield group


@pytest.fixture
def daemon(group: Group, tmp_path: Path) -> Iterator[Libraries]:
    """A daemon on a library that it has not scanned yet, alone in its group."""
    corpus.make_tiny(tmp_path / "music", FILES)
    settings = f"[scan]\nprobe_processes = {READERS}\n"
    with closing(Libraries(tmp_path, {"music": tmp_path / "music"}, settings)) as daemon:
        yield daemon


@contextlib.contextmanager
def full(group: Group) -> Iterator[None]:
    """Have another program of the group use up most of what is left."""
    size = int(LIMIT * 0.93) - group.used()
    inside = ["sh", "-c", 'echo $$ >"$0"/cgroup.procs; exec "$@"', str(group.path)]
    with subprocess.Popen(
        [*inside, sys.executable, "-c", FILL, str(size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"full\n"
        yield


def readers(daemon: Libraries) -> int:
    assert daemon.process is not None
    found = subprocess.run(
        ["pgrep", "--count", "--parent", str(daemon.process.pid), "--full", "probe_worker"],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(found.stdout)


def shortages(daemon: Libraries) -> list[str]:
    return [one["message"] for one in daemon.status()["checks"] if one["check"] == "memory"]


def scanned(daemon: Libraries) -> bool:
    return bool(daemon.status()["catalog"]["files"] == FILES and daemon.quiet())


def test_a_scan_goes_on_with_less_while_memory_is_short(group: Group, daemon: Libraries) -> None:
    most = 0
    with full(group):
        daemon.begin()
        assert daemon.process is not None
        group.put("cgroup.procs", daemon.process.pid)
        eventually(daemon.is_ready, within=30)
        while not scanned(daemon):
            most = max(most, readers(daemon))
        [said] = shortages(daemon)
        name = "memory.limit_in_bytes" if group.old else "memory.high"
        assert "MiB are used that " + name in said
        assert daemon.status()["state"] == "degraded"

    eventually(lambda: not shortages(daemon), within=30)
    assert most <= READERS // 2
    assert group.killed() == 0
    assert daemon.rows("SELECT count(*) FROM files WHERE reading ->> 'error' IS NOT NULL") == [(0,)]
    log = daemon.log.read_text()
    assert log.count("memory is short") == log.count("memory is no longer short") > 0
    assert daemon.stop() == 0
