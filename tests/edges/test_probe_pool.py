"""Workers that hang, die and rest, as real processes."""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import xxhash

import covers
import media
from shelfd.core.errors import BrokenError
from shelfd.core.media import Picture, Reading, Sought
from shelfd.edges.probe_pool import ProbePool
from waiting import eventually

LONG_S = 60.0
HUGE = 200 << 20


@pytest.fixture
def after() -> Iterator[ExitStack]:
    """What is entered here is left with the test, whatever becomes of it."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def pool(after: ExitStack) -> ProbePool:
    """One process at most, and patient."""
    return after.enter_context(closing(ProbePool(processes=1, timeout_s=LONG_S, idle_s=LONG_S)))


def workers(parent: int | None = None) -> list[int]:
    """Return the living workers of a process, by default this one."""
    found = []
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            state, ppid = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[:2]
            command = Path("/proc", entry, "cmdline").read_bytes()
            if int(ppid) == (parent or os.getpid()) and b"probe_worker" in command and state != "Z":
                found.append(int(entry))
    return found


@contextlib.contextmanager
def leased(path: Path) -> Iterator[threading.Event]:
    """Make whoever opens the file wait until the end; the event says that somebody does.

    The kernel lets a holder of a write lease finish its work before others get the file.
    """
    opened = threading.Event()
    before = signal.signal(signal.SIGIO, lambda *_: opened.set())
    try:
        with path.open("rb+") as file:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            yield opened
    finally:
        signal.signal(signal.SIGIO, before)


def songs(directory: Path, count: int) -> list[Path]:
    return [media.flac(directory / f"{n:03}.flac", title=f"Song {n}") for n in range(count)]


def titles(readings: list[Reading]) -> list[str]:
    return [reading.tags.get("title", reading.error or "") for reading in readings]


def test_two_processes_read_at_once_and_keep_the_order(after: ExitStack, tmp_path: Path) -> None:
    pool = after.enter_context(closing(ProbePool(processes=2, timeout_s=LONG_S, idle_s=LONG_S)))
    same = media.flac(tmp_path / "same.flac", title="Same")
    others = {100 * n: path for n, path in enumerate(songs(tmp_path, 5))}
    paths = [bytes(others.get(n, same)) for n in range(500)]

    with leased(others[0]) as opened:
        job = pool.submit(paths)
        eventually(lambda: opened.is_set() and len(pool.pids) == len(workers()) == 2)
        assert not job.done()

    found = {n: title for n, title in enumerate(titles(job.result())) if title != "Same"}
    assert found == {0: "Song 0", 100: "Song 1", 200: "Song 2", 300: "Song 3", 400: "Song 4"}


def test_a_few_files_take_one_process(after: ExitStack, tmp_path: Path) -> None:
    pool = after.enter_context(closing(ProbePool(processes=2, timeout_s=LONG_S, idle_s=LONG_S)))
    paths = [bytes(path) for path in songs(tmp_path, 3)]

    several = [pool.submit([path]) for path in paths]

    assert titles([one for job in several for one in job.result()]) == [
        "Song 0",
        "Song 1",
        "Song 2",
    ]
    assert len(pool.pids) == 1


def test_nothing_to_read_is_read_at_once(pool: ProbePool) -> None:
    assert pool.submit([]).result() == []
    assert len(pool.pids) == 0


def test_a_file_that_takes_too_long_costs_only_itself(after: ExitStack, tmp_path: Path) -> None:
    pool = after.enter_context(closing(ProbePool(processes=1, timeout_s=3.0, idle_s=LONG_S)))
    paths = songs(tmp_path, 5)

    with leased(paths[2]):
        readings = pool.submit([bytes(path) for path in paths]).result()

    assert titles(readings) == [
        "Song 0",
        "Song 1",
        "reading it took longer than 3 s",
        "Song 3",
        "Song 4",
    ]
    assert len(pool.pids) == len(workers()) == 1


def test_a_file_on_which_the_reader_dies_costs_only_itself(pool: ProbePool, tmp_path: Path) -> None:
    paths = songs(tmp_path, 5)

    with leased(paths[2]) as opened:
        job = pool.submit([bytes(path) for path in paths])
        eventually(opened.is_set)
        (worker,) = workers()
        os.kill(worker, signal.SIGKILL)
        readings = job.result()

    assert titles(readings) == [
        "Song 0",
        "Song 1",
        "the reader died of signal 9 on it",
        "Song 3",
        "Song 4",
    ]


def test_a_reader_that_dies_at_rest_costs_no_file(pool: ProbePool, tmp_path: Path) -> None:
    (path,) = songs(tmp_path, 1)
    pool.submit([bytes(path)]).result()

    (worker,) = workers()
    os.kill(worker, signal.SIGKILL)

    assert titles(pool.submit([bytes(path)]).result()) == ["Song 0"]


def test_a_reader_that_hangs_at_rest_costs_no_file(after: ExitStack, tmp_path: Path) -> None:
    pool = after.enter_context(closing(ProbePool(processes=1, timeout_s=3.0, idle_s=LONG_S)))
    (path,) = songs(tmp_path, 1)
    pool.submit([bytes(path)]).result()

    (worker,) = workers()
    os.kill(worker, signal.SIGSTOP)

    assert titles(pool.submit([bytes(path)]).result()) == ["Song 0"]


def test_a_file_that_wants_too_much_memory_costs_only_itself(
    after: ExitStack, tmp_path: Path
) -> None:
    pool = after.enter_context(
        closing(ProbePool(processes=1, timeout_s=LONG_S, idle_s=LONG_S, memory_bytes=1 << 20))
    )
    (song,) = songs(tmp_path, 1)
    huge = tmp_path / "huge.epub"
    with huge.open("wb") as file:  # a directory of 200 MB, as the end of the archive says
        file.seek(HUGE)
        file.write(b"PK\5\6" + bytes(8) + HUGE.to_bytes(4, "little") + bytes(6))

    readings = pool.submit([bytes(huge), bytes(song)]).result()

    assert titles(readings) == ["reading it needs more memory than is allowed", "Song 0"]


def test_a_picture_is_taken_out_before_what_waits_to_be_read(
    pool: ProbePool, tmp_path: Path
) -> None:
    first, *rest = songs(tmp_path, 3)
    song = covers.mp3(tmp_path / "cover.mp3", media.jpeg())
    sought = Sought(bytes(song), xxhash.xxh3_128_hexdigest(media.jpeg()))

    with leased(first) as opened:
        jobs = [pool.submit([bytes(path)]) for path in (first, *rest)]
        eventually(opened.is_set)
        picture = pool.submit([sought], urgent=True)
        ended: list[object] = []
        for job in jobs:
            job.add_done_callback(ended.append)
        picture.add_done_callback(ended.append)

    assert picture.result() == [Picture(media.jpeg(), sought.hash, "image/jpeg")]
    [job.result() for job in jobs]
    assert ended == [jobs[0], picture, *jobs[1:]]


def test_a_picture_that_costs_its_reader_is_a_fault_and_nothing_else_suffers(
    pool: ProbePool, tmp_path: Path
) -> None:
    (song,) = songs(tmp_path, 1)
    huge = tmp_path / "huge.mp3"
    # a tag of a hundred thousand pictures, which are all to be looked at
    frame = b"APIC\0\0\0\x0e\0\0\0image/png\0\3\0x"
    covers_in_it = frame * 2_000_000
    size = len(covers_in_it)
    sevens = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    huge.write_bytes(b"ID3\4\0\0" + sevens + covers_in_it)
    pool.submit([bytes(song)]).result()
    (worker,) = workers()

    lost = pool.submit([Sought(bytes(huge), "00")], urgent=True)
    eventually(lambda: Path("/proc", str(worker), "fd").exists() and is_open(worker, huge))
    os.kill(worker, signal.SIGKILL)

    with pytest.raises(BrokenError, match="died of signal 9 on it") as fault:
        lost.result()
    assert fault.value.code == "cover_unreadable"
    assert titles(pool.submit([bytes(song)]).result()) == ["Song 0"]


def is_open(process: int, path: Path) -> bool:
    """Say whether a process has this file open."""
    with contextlib.suppress(OSError):
        return any(link.resolve() == path for link in Path(f"/proc/{process}/fd").iterdir())
    return False


def test_a_pipe_does_not_hang_a_reader(pool: ProbePool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")

    readings = pool.submit([bytes(tmp_path / "pipe.mp3")]).result()

    assert titles(readings) == ["it is not a regular file"]


def test_a_reader_stands_back_behind_everything_else(pool: ProbePool, tmp_path: Path) -> None:
    (path,) = songs(tmp_path, 1)
    pool.submit([bytes(path)]).result()
    (worker,) = workers()

    get = {"x86_64": 252, "aarch64": 31}[os.uname().machine]
    of_a_process, idle = 1, 3
    assert ctypes.CDLL(None).syscall(get, of_a_process, worker) >> 13 == idle
    assert os.getpriority(os.PRIO_PROCESS, worker) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_huge_cover_costs_next_to_no_memory(after: ExitStack, tmp_path: Path) -> None:
    pool = after.enter_context(
        closing(ProbePool(processes=1, timeout_s=LONG_S, idle_s=LONG_S, memory_bytes=1 << 20))
    )

    (reading,) = pool.submit([bytes(covers.huge(tmp_path / "a.mp3", HUGE))]).result()

    assert (reading.error, reading.tags) == (None, {"title": "T"})
    assert reading.cover
    assert reading.cover.size == HUGE
    assert peak_of(workers()[0]) < HUGE // 2


def test_after_a_rest_nothing_is_left(after: ExitStack, tmp_path: Path) -> None:
    paths = [bytes(path) for path in songs(tmp_path, 130)]
    before = len(os.listdir("/proc/self/fd"))
    pool = after.enter_context(closing(ProbePool(processes=2, timeout_s=LONG_S, idle_s=0.1)))

    pool.submit(paths).result()

    eventually(lambda: not workers() and len(pool.pids) == 0)
    eventually(lambda: "shelfd-probe" not in {thread.name for thread in threading.enumerate()})
    assert len(os.listdir("/proc/self/fd")) == before
    assert titles(pool.submit(paths[:2]).result()) == ["Song 0", "Song 1"]


def test_warming_starts_one_process_and_no_second(pool: ProbePool, tmp_path: Path) -> None:
    pool.warm()
    pool.warm()

    (first,) = eventually(workers)
    eventually(lambda: len(pool.pids) == 1)
    pool.warm()
    pool.submit([bytes(tmp_path / "nothing.mp3")]).result()
    assert workers() == [first]


def test_closing_ends_what_is_being_read(after: ExitStack, tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    pool = after.enter_context(closing(ProbePool(processes=1, timeout_s=LONG_S, idle_s=LONG_S)))
    paths = [bytes(path) for path in songs(tmp_path, 70)]

    with leased(tmp_path / "001.flac") as opened:
        job = pool.submit(paths)
        eventually(opened.is_set)
        pool.close()

    with pytest.raises(BrokenError, match="have been stopped"):
        job.result(timeout=0)
    assert (workers(), len(pool.pids)) == ([], 0)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_closed_pool_takes_nothing_and_starts_nothing(pool: ProbePool, tmp_path: Path) -> None:
    pool.close()
    pool.close()

    with pytest.raises(BrokenError, match="have been stopped"):
        pool.submit([bytes(tmp_path / "a.mp3")])
    pool.warm()
    assert workers() == []


def test_a_reader_that_cannot_start_is_not_the_fault_of_a_file(
    after: ExitStack, tmp_path: Path
) -> None:
    pool = after.enter_context(
        closing(ProbePool(processes=1, timeout_s=LONG_S, idle_s=LONG_S, memory_bytes=-(1 << 70)))
    )

    with pytest.raises(BrokenError, match="does not start: it ended with status 1"):
        pool.submit([bytes(tmp_path / "a.mp3")]).result()


def test_signals_for_the_whole_service_leave_the_reader_to_the_daemon(
    pool: ProbePool, tmp_path: Path
) -> None:
    paths = [bytes(path) for path in songs(tmp_path, 2)]
    pool.submit(paths).result()
    (worker,) = workers()

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(worker, each)

    assert titles(pool.submit(paths).result()) == ["Song 0", "Song 1"]
    assert workers() == [worker]
    assert os.getpgid(worker) == worker


def test_a_reader_does_not_outlive_a_daemon_that_is_killed(tmp_path: Path) -> None:
    (path,) = songs(tmp_path, 1)
    daemon = (
        "import sys; from shelfd.edges.probe_pool import ProbePool\n"
        "ProbePool(processes=1, timeout_s=60).submit([sys.argv[1].encode()]).result()"
    )

    with leased(path) as opened, subprocess.Popen([sys.executable, "-c", daemon, path]) as process:
        eventually(opened.is_set)
        (worker,) = workers(process.pid)
        process.kill()
        eventually(lambda: worker not in workers(parent_of(worker)))


def peak_of(pid: int) -> int:
    """Return the most bytes of memory that the process has had."""
    status = Path("/proc", str(pid), "status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def parent_of(pid: int) -> int:
    try:
        return int(Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_fewer_processes_are_left_when_the_pool_is_eased_and_nothing_is_lost(
    after: ExitStack, tmp_path: Path
) -> None:
    pool = after.enter_context(closing(ProbePool(processes=4, timeout_s=LONG_S, idle_s=LONG_S)))
    paths = [bytes(path) for path in songs(tmp_path, 5)] * 60
    pool.warm(4)
    eventually(lambda: len(pool.pids) == 4)
    job = pool.submit(paths)

    pool.ease(1 / 2)
    eventually(lambda: len(pool.pids) == len(workers()) == 2)
    pool.ease(1 / 16)
    eventually(lambda: len(pool.pids) == len(workers()) == 1)

    assert titles(job.result()) == [f"Song {n % 5}" for n in range(300)]
    pool.ease(1.0)
    pool.warm(4)
    eventually(lambda: len(pool.pids) == 4)
