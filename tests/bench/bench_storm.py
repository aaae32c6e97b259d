"""Ten thousand files arrive at once in a library that is watched: are all of them found, and when."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import machine, sizes
from bench.daemon import DEBOUNCE_S, Bench
from bench.table import Table

GROUP = 5
PATIENCE_S = 90


@pytest.mark.parametrize("way", ["copied in (cp -r)", "untarred", "moved in"])
def test_storm(
    table: Table, daemon_of: Callable[[Path], Bench], music: Path, place: Path, way: str
) -> None:
    library, source = place / "library", place / "source"
    library.mkdir()
    command = prepare(way, music, source, library / "new")
    os.sync()  # so that what was prepared is not written while it is measured
    daemon = daemon_of(library)
    daemon.begin_and_rest()

    began = time.perf_counter()
    subprocess.run(command, check=True)
    ended = time.perf_counter()
    converged = seen(daemon, ended)

    lost = sizes.FILES - daemon.files()
    table.part(GROUP).add(f"{way}: lost", [lost], "files", target=0)
    what = f"{way}: converged, beyond end and debounce"
    if converged is None:
        table.part(GROUP).missing(what, f"not within {PATIENCE_S} s", target=2)
    else:
        note = f"it took {ended - began:.2f} s to bring them"
        table.part(GROUP).add(what, [converged - ended - DEBOUNCE_S], "s", target=2, note=note)


def prepare(way: str, music: Path, source: Path, target: Path) -> list[str]:
    """Lay ready what is to come, on the same file system; return the command that brings it."""
    if way == "untarred":
        subprocess.run(["tar", "-cf", source, "-C", music, "."], check=True)
        target.mkdir()
        return ["tar", "-xf", str(source), "-C", str(target)]
    if way == "moved in":
        shutil.copytree(music, source)
        return ["mv", str(source), str(target)]
    return ["cp", "-r", str(music), str(target)]


def seen(daemon: Bench, ended: float) -> float | None:
    """Return when the catalog had all files; None when that never came."""
    within = PATIENCE_S - (time.perf_counter() - ended)
    try:
        return machine.until(lambda: daemon.files() == sizes.FILES, within, every=0.05)
    except TimeoutError:
        return None
