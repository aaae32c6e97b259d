"""The real pool on thousands of damaged files, on what is no file, and on what hangs, dies or is huge."""

import contextlib
import os
import random
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import covers
import damage
import media
from shelfd.core.media import Reading
from shelfd.edges.probe_pool import ProbePool
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

MUTATIONS = 5000
BATCH = 500
HUGE = 200 << 20
UNMOVED = 8 << 20
"""Bytes by which memory may differ from one moment to another without a reason in the files."""


@pytest.fixture
def pool() -> Iterator[ProbePool]:
    """Two processes, as patient as the daemon."""
    with closing(ProbePool(processes=2, timeout_s=20.0)) as pool:
        yield pool


def resident() -> int:
    """Return the bytes of memory that this process, which stands for the daemon, has now."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def workers() -> list[int]:
    """Return the readers that this process has started."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread may end meanwhile
            found += (task / "children").read_text(encoding="ascii").split()
    return [
        int(pid) for pid in found if b"probe_worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def read(pool: ProbePool, paths: list[Path]) -> list[Reading]:
    return pool.submit([bytes(path) for path in paths]).result()


def test_thousands_of_damaged_files_have_a_reading_each(pool: ProbePool, tmp_path: Path) -> None:
    choose = random.Random(5000)  # noqa: S311  # the same damage each time
    originals = damage.originals(tmp_path)
    read(pool, [tmp_path / name for name in originals])
    before = resident()

    for start in range(0, MUTATIONS, BATCH):
        paths = []
        for number in range(start, start + BATCH):
            name = choose.choice(sorted(originals))
            paths.append(tmp_path / f"{number}{Path(name).suffix}")
            paths[-1].write_bytes(damage.mutated(choose, originals[name]))
        readings = read(pool, paths)
        lost = [one.error for one in readings if one.error and "the reader" in one.error]
        assert lost == []
        assert all(one.error or one.streams or one.format == "epub" for one in readings)
        for path in paths:
            path.unlink()

    assert resident() < before + UNMOVED


def test_what_is_no_file_is_one_error_each(pool: ProbePool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    os.mknod(tmp_path / "device.mp3", stat.S_IFCHR | 0o600, os.makedev(1, 5))  # endless zeros
    (tmp_path / "directory.mp3").mkdir()
    (tmp_path / "loop.mp3").symlink_to("loop.mp3")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.mp3"))
        media.mp3(tmp_path / "song.mp3", title="A Song")

        readings = dict(
            zip(
                names := sorted(os.listdir(tmp_path)),
                read(pool, [tmp_path / name for name in names]),
                strict=True,
            )
        )

    assert readings.pop("song.mp3").tags == {"title": "A Song"}
    assert readings.pop("loop.mp3").error == "too many levels of symbolic links"
    assert {one.error for one in readings.values()} == {"it is not a regular file"}
    assert all(one.fingerprint is None for one in readings.values())


def test_a_huge_cover_does_not_move_the_daemon(pool: ProbePool, tmp_path: Path) -> None:
    read(pool, [media.mp3(tmp_path / "song.mp3")])
    path = covers.huge(tmp_path / "huge.mp3", HUGE)
    before = resident()

    (reading,) = read(pool, [path])

    assert reading.cover
    assert (reading.cover.size, reading.error) == (HUGE, None)
    assert resident() < before + UNMOVED


@pytest.fixture
def stalling(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A mounted directory, and the process that answers for it."""
    (tmp_path / "source").mkdir()
    (tmp_path / "mount").mkdir()
    command = ["bindfs", "-f", str(tmp_path / "source"), str(tmp_path / "mount")]
    with subprocess.Popen(command) as server:
        eventually(lambda: os.path.ismount(tmp_path / "mount"))
        yield tmp_path / "mount", server.pid
        server.send_signal(signal.SIGCONT)
        subprocess.run(["umount", "--lazy", tmp_path / "mount"], check=True)
        server.terminate()


def test_a_file_whose_disk_does_not_answer_costs_only_itself(
    stalling: tuple[Path, int], tmp_path: Path
) -> None:
    mounted, server = stalling
    song = media.mp3(tmp_path / "song.mp3", title="A Song")
    stuck = media.mp3(tmp_path / "source" / "stuck.mp3", title="Stuck")
    with closing(ProbePool(processes=1, timeout_s=3.0)) as pool:
        read(pool, [song])
        os.kill(server, signal.SIGSTOP)

        first, second, third = read(pool, [song, mounted / stuck.name, song])

    assert first == third
    assert first.tags == {"title": "A Song"}
    assert second == Reading(error="reading it took longer than 3 s")


def test_readers_that_are_killed_on_a_file_cost_only_that_file(
    stalling: tuple[Path, int], tmp_path: Path
) -> None:
    mounted, server = stalling
    song = media.mp3(tmp_path / "song.mp3", title="A Song")
    stuck = media.mp3(tmp_path / "source" / "stuck.mp3", title="Stuck")
    with closing(ProbePool(processes=1, timeout_s=60.0)) as pool:
        read(pool, [song])
        (worker,) = workers()
        os.kill(server, signal.SIGSTOP)
        job = pool.submit([bytes(path) for path in (song, mounted / stuck.name, song)])
        eventually(lambda: waits_for_fuse(worker))
        os.kill(worker, signal.SIGKILL)

        first, second, third = job.result()

    assert first == third
    assert second == Reading(error="the reader died of signal 9 on it")


def waits_for_fuse(pid: int) -> bool:
    return "fuse" in Path(f"/proc/{pid}/stack").read_text(encoding="ascii")
