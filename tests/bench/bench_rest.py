"""What the daemon costs while nothing happens, with all watches and its socket, beside MPD."""

from collections.abc import Callable
from pathlib import Path

from bench import machine, sizes
from bench.daemon import Bench
from bench.peers import Mpd
from bench.table import Table

GROUP = 8
RATIO = "RSS, shelfd / MPD"
GONE_S = 15.0  # until threads and processes that wait for more work have ended


def test_rest(
    table: Table, daemon_of: Callable[[Path], Bench], music: Path, mpd: Mpd | str
) -> None:
    daemon = daemon_of(music)
    daemon.begin_and_rest()
    daemon.rescan(recursive=True)
    daemon.come_to_rest()
    machine.rest(GONE_S)
    memory(table, daemon, mpd, "after the first scan")
    idle(table, "", daemon.pid)

    daemon.stop()
    daemon.begin_and_rest()
    if isinstance(mpd, Mpd):
        mpd.halt()
        mpd.start()
        machine.until(mpd.is_answering, within=60)
    machine.rest(GONE_S)
    memory(table, daemon, mpd, "after a start with a catalog")
    if isinstance(mpd, Mpd):
        idle(table, "MPD: ", mpd.pid)


def memory(table: Table, daemon: Bench, mpd: Mpd | str, when: str) -> None:
    ours = machine.rss_mb(daemon.pid)
    watches = daemon.status()["watch"]["watches"]
    table.part(GROUP).add(f"RSS {when}", [ours], "MB", note=f"{watches} watches")
    table.part(GROUP).add(f"PSS {when}", [machine.pss_mb(daemon.pid)], "MB")
    if isinstance(mpd, Mpd):
        theirs = machine.rss_mb(mpd.pid)
        table.part(GROUP).add(f"MPD: RSS {when}", [theirs], "MB", note=f"{mpd.songs()} songs")
        table.part(GROUP).ratio(f"{RATIO}, {when}", [ours], [theirs], target=0.8)
    else:
        table.part(GROUP).missing(f"{RATIO}, {when}", mpd, target=0.8)


def idle(table: Table, whose: str, pid: int) -> None:
    """Add what all threads of a process do while it is left alone."""
    machine.rest(GONE_S)  # who was asked how it is doing has threads again
    cpu, woken = machine.cpu_ms(pid), machine.switches(pid)
    machine.rest(sizes.REST_S)
    cpu, woken = machine.cpu_ms(pid) - cpu, machine.switches(pid) - woken
    cpu_target, woken_target = (None, None) if whose else (5, 0.2)
    table.part(GROUP).add(
        f"{whose}CPU a minute", [cpu * 60 / sizes.REST_S], "ms", target=cpu_target
    )
    a_second = [woken / sizes.REST_S]
    table.part(GROUP).add(f"{whose}wake-ups a second", a_second, "", target=woken_target)
