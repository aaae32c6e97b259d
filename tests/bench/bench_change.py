"""One file comes into one directory: how long until the catalog has it, in a large library and in a small one."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import media
from bench import machine, sizes
from bench.daemon import DEBOUNCE_S, Bench
from bench.table import Table

GROUP = 4
CHANGES = 3 * sizes.REPEAT


def test_one_change(
    table: Table,
    daemon_of: Callable[[Path], Bench],
    forest_daemon: Bench,
    grove: Path,
    place: Path,
) -> None:
    new = media.mp3(place / "new.mp3", artist="Bench", album="Mark", title="New", track="1")
    small, large = daemon_of(grove), forest_daemon
    medians = []
    for daemon, directories in ((small, sizes.FEW_DIRECTORIES), (large, sizes.DIRECTORIES)):
        daemon.begin_and_rest()
        beyond = [seconds - DEBOUNCE_S for seconds in changes(daemon, new)]
        daemon.stop()
        what = f"beyond the debounce, in {directories:,} directories"
        table.part(GROUP).add(what, [seconds * 1000 for seconds in beyond], "ms", target=20)
        medians.append(statistics.median(beyond))
    table.part(GROUP).ratio("large library / small library", medians[1:], medians[:1])


def changes(daemon: Bench, new: Path) -> list[float]:
    """Return the seconds from when a file came to the event that the catalog has it, directory by directory."""
    seconds = []
    with daemon.catalog_changes() as heard:
        for number in range(CHANGES):
            target = deepest(daemon.shelf, number) / "99 New.mp3"
            began = time.perf_counter()
            os.rename(new, target)
            try:
                seconds.append(heard.get(timeout=30) - began)
            finally:
                os.rename(target, new)
            heard.get(timeout=30)
            machine.rest(0.5)
            drain(heard)
    return seconds


def deepest(top: Path, number: int) -> Path:
    """Return a directory without others in it, another one for each number."""
    directory = top
    while (below := directory / f"d{number % 10}").is_dir():
        directory = below
    return directory


def drain(heard: Queue[float]) -> None:
    while not heard.empty():
        heard.get()
