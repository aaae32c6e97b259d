"""Reading a music library for the first time, and looking at it again when nothing has changed."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import programs, sizes
from bench.daemon import Bench, RefusedScanError, moment
from bench.peers import Beets, Minidlna, Mpd, Watchman, instance
from bench.table import Table

GROUP, QUICK, NORMAL = 1, 2, 3
SCAN, WHOLE = "first scan", "first scan, from process start"
QUICK_RESCAN, RESCAN = "quick rescan", "normal rescan"
CHEAP = 3 * sizes.REPEAT


def test_first_scan(table: Table, daemon_of: Callable[[Path], Bench], music: Path) -> None:
    part, daemon = table.part(GROUP), daemon_of(music)
    scans, wholes, theirs = [], [], []
    with instance(Mpd, music) as mpd:
        for _ in range(sizes.REPEAT):
            if isinstance(mpd, Mpd):
                theirs.append(mpd.first_scan())
                mpd.halt()
            scan, whole = first_scan(daemon)
            scans.append(scan)
            wholes.append(whole)
    part.add(SCAN, scans, "s")
    part.add(WHOLE, wholes, "s")
    if isinstance(mpd, str):
        part.missing("shelfd / MPD", mpd, target=0.33)
    else:
        part.add("MPD: first scan", theirs, "s")
        part.ratio("shelfd / MPD", scans, theirs, target=0.33)
        part.ratio("shelfd / MPD, from process start", wholes, theirs)


def first_scan(daemon: Bench) -> tuple[float, float]:
    """Return the seconds from the scan's start to its end, and from the start of a process without a catalog."""
    daemon.begin_and_rest()
    assert daemon.files() == sizes.FILES
    operations = daemon.scans()
    began = min(moment(operation["started_at"]) for operation in operations)
    ended = max(moment(operation["finished_at"]) for operation in operations)
    daemon.stop()
    daemon.forget()
    return ended - began, ended - daemon.begun_wall


def test_quick_rescan(table: Table, music_daemon: Bench, mpd: Mpd | str) -> None:
    """One after the other, as the caches are warm then; beside it in turns, each after the other has filled them."""
    ratio = "shelfd / MPD's update"
    music_daemon.begin_and_rest()
    ours, theirs, in_turns, their_turns = [], [], [], []
    try:
        if isinstance(mpd, Mpd):
            theirs = [mpd.rescan() for _ in range(CHEAP)]
        ours = [quick(music_daemon) for _ in range(CHEAP)]
        for _ in range(CHEAP):
            if isinstance(mpd, Mpd):
                their_turns.append(mpd.rescan())
            in_turns.append(quick(music_daemon))
    except RefusedScanError as error:
        table.part(QUICK).missing(ratio, f"refused: {error}", target=0.1)
        return
    finally:
        music_daemon.stop()
    table.part(QUICK).add(QUICK_RESCAN, ours, "s")
    if isinstance(mpd, Mpd):
        table.part(QUICK).add("MPD: update", theirs, "s")
        table.part(QUICK).ratio(ratio, ours, theirs, target=0.1)
        table.part(QUICK).ratio(f"{ratio}, in turns", in_turns, their_turns)
    else:
        table.part(QUICK).missing(ratio, mpd, target=0.1)


def quick(daemon: Bench) -> float:
    """Return the seconds from the wish to its end."""
    operation = daemon.rescan(alone_s=0.03, recursive=True, quick=True)
    return daemon.took(operation, since="created_at")


def test_normal_rescan(table: Table, music_daemon: Bench, mpd: Mpd | str, music: Path) -> None:
    music_daemon.begin_and_rest()
    ours, finds, theirs = [], [], []
    for _ in range(CHEAP):
        finds.append(found(music))
        operation = music_daemon.rescan(recursive=True)
        ours.append(music_daemon.took(operation, since="created_at"))
        if isinstance(mpd, Mpd):
            theirs.append(mpd.rescan())
    music_daemon.stop()
    table.part(NORMAL).add(RESCAN, ours, "s")
    table.part(NORMAL).add("find -printf '%s %T@'", finds, "s")
    table.part(NORMAL).ratio("shelfd / find", ours, finds, target=2.5)
    if theirs:
        table.part(NORMAL).ratio("shelfd / MPD's update", ours, theirs)


@pytest.mark.parametrize("kind", [Minidlna, Watchman], ids=["minidlna", "watchman"])
def test_peer(table: Table, music: Path, kind: type[Minidlna | Watchman]) -> None:
    name = kind.__name__
    with instance(kind, music) as peer:
        if isinstance(peer, str):
            table.part(GROUP).missing(f"shelfd / {name}", peer)
            return
        first, again = peer.first_scan(), [peer.rescan() for _ in range(sizes.REPEAT)]
    note = "reads no tags" if kind is Watchman else "knows no opus"
    compare(table, name, note, first, again)


def test_beets(table: Table, music: Path) -> None:
    try:
        beets = Beets(music, programs.beets())
    except subprocess.CalledProcessError as error:
        table.part(GROUP).missing("shelfd / beets", f"cannot be installed: {error.stderr.strip()}")
        return
    try:
        first, again = beets.first_scan(), [beets.rescan() for _ in range(sizes.REPEAT)]
        note = f"{beets.items()} of {sizes.FILES} files"
    finally:
        beets.close()
    compare(table, "beets", note, first, again)


def compare(table: Table, name: str, note: str, first: float, again: list[float]) -> None:
    """Add what a peer took, and its ratios where shelfd was measured too."""
    table.part(GROUP).add(f"{name}: first scan", [first], "s", note=note)
    table.part(NORMAL).add(f"{name}: no change", again, "s")
    if scans := table.samples(GROUP, WHOLE):
        table.part(GROUP).ratio(f"shelfd / {name}, from process start", scans, [first])
    if rescans := table.samples(NORMAL, RESCAN):
        table.part(NORMAL).ratio(f"shelfd / {name}", rescans, again)


def found(top: Path) -> float:
    """Return the seconds that find takes to see the size and time of every file."""
    began = time.perf_counter()
    subprocess.run(["find", top, "-printf", r"%s %T@\n"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
