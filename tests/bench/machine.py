"""What the kernel knows of a process, and the limits that a measurement needs."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAX_USER_WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")
ENOUGH_WATCHES = 1 << 20


def until(condition: Callable[[], object], within: float, every: float = 0.002) -> float:
    """Wait until `condition` is true; return when that was, by perf_counter. TimeoutError."""
    deadline = time.perf_counter() + within
    while not condition():
        if time.perf_counter() > deadline:
            raise TimeoutError(f"nothing came of it within {within} s")
        threading.Event().wait(every)
    return time.perf_counter()


def rest(seconds: float) -> None:
    """Leave everything alone."""
    threading.Event().wait(seconds)


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    return _kilobytes(f"/proc/{pid}/status", "VmRSS") / 1024


def peak_mb(pid: int) -> float:
    """Return the most memory that a process ever had resident."""
    return _kilobytes(f"/proc/{pid}/status", "VmHWM") / 1024


def pss_mb(pid: int) -> float:
    """Return its memory with only its share of what it shares with others."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss") / 1024


def cpu_ms(pid: int) -> float:
    """Return the time its threads have run so far; that of threads which have ended is not known."""
    return sum(int(text.split()[0]) for text in _of_threads(pid, "schedstat")) / 1e6


def switches(pid: int) -> int:
    """Return how often its threads have gone to sleep so far, which is how often they woke up."""
    found = (
        re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.MULTILINE)
        for text in _of_threads(pid, "status")
    )
    return sum(int(match[1]) for match in found if match)


def children(pid: int) -> list[int]:
    """Return the processes that it has started and that still are."""
    return [int(child) for text in _of_threads(pid, "children") for child in text.split()]


def inotify_watches(pid: int) -> int:
    """Return how many inotify watches a process has."""
    total = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/{pid}/fd/{fd}") == "anon_inode:inotify":
                text = Path(f"/proc/{pid}/fdinfo/{fd}").read_text()
                total += text.count("inotify wd:")
    return total


@contextmanager
def many_watches(needed: int) -> Iterator[str]:
    """Allow as many watches as a measurement needs, and restore the limit; yield why that cannot be."""
    before = MAX_USER_WATCHES.read_text()
    if int(before) >= needed:
        yield ""
        return
    try:
        MAX_USER_WATCHES.write_text(str(ENOUGH_WATCHES))
    except OSError:
        yield f"fs.inotify.max_user_watches is {before.strip()}, and only root can raise it"
        return
    try:
        yield ""
    finally:
        MAX_USER_WATCHES.write_text(before)


def warm(top: Path) -> None:
    """Read every file, so that all of them are in memory."""
    for directory, _below, files in os.walk(top):
        for name in files:
            Path(directory, name).read_bytes()


def _of_threads(pid: int, name: str) -> list[str]:
    texts = []
    for file in Path(f"/proc/{pid}/task").glob(f"*/{name}"):
        with suppress(OSError):  # the thread has ended meanwhile
            texts.append(file.read_text())
    return texts


def _kilobytes(file: str, key: str) -> int:
    match = re.search(rf"^{key}:\s+(\d+) kB", Path(file).read_text(), re.MULTILINE)
    assert match is not None, f"{file} has no {key}"
    return int(match[1])
