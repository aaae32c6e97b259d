"""What it costs to tell many clients of a scan while it runs: its time, and the memory of the daemon."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench import machine, sizes
from bench.daemon import Bench
from bench.table import Table
from crowd import Crowd

GROUP = 10
READING, DEAF = 180, 20
SETTLED_S = 3
"""Until the watches have asked for a scan of each directory, which the scan of everything then does as well."""
SLOWER = 1.1
"""So many times as long a scan may take that all of them follow."""


def test_scan_with_listeners(
    table: Table, daemon_of: Callable[[Path], Bench], music: Path, place: Path
) -> None:
    told = 0
    alone, followed, growth, after = [], [], [], []
    for number in range(sizes.REPEAT):
        # in pairs, for the machine is not always as fast
        daemon = ready(daemon_of(place / f"alone{number}"), music)
        alone.append(scanned(daemon))
        after.append(machine.peak_mb(daemon.pid))
        daemon.stop()
        daemon = ready(daemon_of(place / f"followed{number}"), music)
        before = machine.rss_mb(daemon.pid)
        with Crowd(daemon.socket, READING, DEAF) as clients:
            growth.append(machine.rss_mb(daemon.pid) - before)
            followed.append(scanned(daemon))
            told = all_have(clients, daemon)
        after[-1] = machine.peak_mb(daemon.pid) - after[-1]
        daemon.stop()
        for name in ("alone", "followed"):
            shutil.rmtree(place / f"{name}{number}")
    part = table.part(GROUP)
    part.add(f"first scan of {sizes.FILES:,} files", alone, "s")
    what = f"the same with {READING + DEAF} streams, {DEAF} of them not read"
    part.add(what, followed, "s", note=f"{told} events to each")
    part.ratio("with streams to without", followed, alone, target=SLOWER)
    part.add(f"memory for {READING + DEAF} streams", growth, "MB")
    part.add("what the peak of the memory is higher by in the scan with them", after, "MB")


def ready(daemon: Bench, music: Path) -> Bench:
    """Start on a library that is empty, then fill it while nothing is done."""
    daemon.shelf.mkdir()
    daemon.begin_and_rest()
    daemon.post("/v1/queue/pause", {})
    # not the marker of another root
    others = shutil.ignore_patterns(".shelfd-root")
    shutil.copytree(music, daemon.shelf, copy_function=os.link, dirs_exist_ok=True, ignore=others)
    machine.rest(SETTLED_S)
    return daemon


def scanned(daemon: Bench) -> float:
    """Return the seconds that the scan of all of it takes."""
    _, answer = daemon.post("/v1/operations", {"kind": "scan", "recursive": True})
    daemon.post("/v1/queue/resume", {})
    ended = []

    def over() -> bool:
        _, operation = daemon.get(f"/v1/operations/{answer['id']}")
        if operation["finished_at"]:
            ended.append(operation)
        return bool(ended)

    machine.until(over, within=300, every=0.2)
    assert ended[0]["state"] == "completed", ended
    assert daemon.files() == sizes.FILES
    return daemon.took(ended[0])


def all_have(clients: Crowd, daemon: Bench) -> int:
    """Check that every client has got each event once, up to the newest; return how many there were."""
    with closing(sqlite3.connect(daemon.top / "state" / "shelfd.db")) as db:
        written = [number for (number,) in db.execute("SELECT id FROM events ORDER BY id")]
    machine.until(lambda: clients.heard(written[-1]), within=30)
    first = clients.ids[0][0]
    expected = [number for number in written if number >= first]
    for ids in clients.ids:
        assert ids[: len(expected)] == expected
    return len(expected)
