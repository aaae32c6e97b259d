"""Starting with a catalog, and what most of that is: planting watches."""

import os
import subprocess
import time
from pathlib import Path

from bench import programs, sizes
from bench.daemon import Bench, Start
from bench.machine import inotify_watches, until
from bench.peers import Mpd, Peer, Watchman, instance
from bench.table import Table

GROUP, WATCHES = 7, 6
IN_C = "C: nftw and inotify_add_watch"
WATCHER = Path(__file__).with_name("watch.py")


def test_start_with_many_files(table: Table, music_daemon: Bench) -> None:
    starts = started(music_daemon, 3 * sizes.REPEAT)
    told(table, f"{sizes.FILES:,} files", starts, answering=0.5, watching=0.7)


def test_watches(table: Table, forest: Path, program: Path) -> None:
    ours = [str(program.with_name("python")), str(WATCHER), str(forest)]
    ways = {"searching": ours, "from a list": [*ours, "known"]}
    try:
        ways[IN_C] = [str(programs.watch_c()), str(forest)]
    except FileNotFoundError:
        table.part(WATCHES).missing("shelfd's watcher / C", "gcc is not installed", target=2.5)
    planted(*ours)  # whoever comes first would pay for cold caches
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(sizes.REPEAT):
        for way, command in ways.items():
            seconds[way].append(planted(*command))
    in_c = seconds.pop(IN_C, [])
    if in_c:
        table.part(WATCHES).add(IN_C, in_c, "s")
    for way, samples in seconds.items():
        table.part(WATCHES).add(f"shelfd's watcher, {way}", samples, "s")
        if in_c:
            what = f"shelfd's watcher / C, {way}"
            table.part(WATCHES).ratio(what, samples, in_c, target=2.5)


def test_start_with_many_directories(table: Table, forest_daemon: Bench) -> None:
    starts = started(forest_daemon, sizes.REPEAT)
    told(table, f"{sizes.DIRECTORIES:,} directories", starts, answering=0.5, watching=3)
    planting = [start.watching - start.answering for start in starts]
    table.part(WATCHES).add("daemon: from answering to all watches", planting, "s")
    if in_c := table.samples(WATCHES, IN_C):
        table.part(WATCHES).ratio("daemon / C", planting, in_c, target=2.5)


def test_watches_of_peers(table: Table, forest: Path) -> None:
    needed = sum(1 for _ in os.walk(forest))
    for kind in (Mpd, Watchman):
        name = f"{kind.__name__}: process start to all watches"
        with instance(kind, forest) as peer:
            if isinstance(peer, str):
                table.part(WATCHES).missing(name, peer)
                continue
            peer.first_scan()
            peer.halt()
            table.part(WATCHES).add(name, [watching(peer, needed)], "s")


def planted(*command: str) -> float:
    """Run a program that plants watches; return the seconds that it says."""
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(said[0]) > sizes.DIRECTORIES, f"{command[0]} watches {said[0]} directories"
    return float(said[1])


def started(daemon: Bench, times: int) -> list[Start]:
    directories = sum(1 for _ in os.walk(daemon.shelf)) + 1  # and the inbox
    starts = []
    for _ in range(times):
        starts.append(daemon.timed_start(directories))
        daemon.come_to_rest()
        daemon.stop()
    return starts


def told(
    table: Table, what: str, starts: list[Start], *, answering: float, watching: float
) -> None:
    for name, seconds, target in (
        ("answering", [start.answering for start in starts], answering),
        ("READY", [start.ready for start in starts], watching),
        ("READY and all watches", [start.watching for start in starts], watching),
        ("slowest answer meanwhile", [start.slowest for start in starts], None),
    ):
        table.part(GROUP).add(f"{what}: {name}", seconds, "s", target=target)


def watching(peer: Peer, needed: int) -> float:
    """Start a peer with the catalog it has; return the seconds until it has all its watches."""
    began = time.perf_counter()
    peer.start()
    return until(lambda: inotify_watches(peer.pid) >= needed, within=60, every=0.1) - began
