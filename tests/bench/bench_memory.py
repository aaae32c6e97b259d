"""What the daemon's memory has to do with the size of its catalog."""

import shutil
from collections.abc import Callable
from pathlib import Path

import corpus
from bench import machine, sizes
from bench.daemon import Bench
from bench.table import Table

GROUP = 9
MOMENTS = ("after the first scan", "after a start with the catalog")


def test_memory(table: Table, daemon_of: Callable[[Path], Bench], place: Path) -> None:
    few = rss(table, daemon_of, place / "few", sizes.FILES)
    many = rss(table, daemon_of, place / "many", sizes.MANY_FILES)
    for when, small, large in zip(MOMENTS, few, many, strict=True):
        what = f"growth of the RSS {when}"
        table.part(GROUP).add(what, [large - small], "MB", target=15)


def rss(
    table: Table, daemon_of: Callable[[Path], Bench], library: Path, files: int
) -> tuple[float, float]:
    """Return the memory in MB after a first scan of so many files, and after a start with the catalog of them."""
    corpus.make_tiny(library, files)
    daemon = daemon_of(library)
    found = []
    for when in MOMENTS:
        daemon.begin_and_rest()
        machine.rest(5)
        assert daemon.files() == files
        found.append(machine.rss_mb(daemon.pid))
        peak = f"at most {machine.peak_mb(daemon.pid):.1f} MB"
        table.part(GROUP).add(f"RSS, {files:,} files, {when}", found[-1:], "MB", note=peak)
        daemon.stop()
    shutil.rmtree(library)
    return found[0], found[1]
