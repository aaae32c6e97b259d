"""What is dropped is filed: how fast, and how that compares with copying and checking by hand."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import media
from bench import machine, sizes
from bench.daemon import Bench
from bench.table import Table
from shelfd.edges.abilities import ways
from shelfd.edges.copier import Copier
from shelfd.edges.disk import Disk

GROUP = 11
ALBUM = 20
SETTLE_S = 1.0
DEBOUNCE_S = 0.1


def test_verified_copy(table: Table, place: Path) -> None:
    source, target, temporary = (place / name for name in ("source", "target", ".shelfd-1-1.tmp"))
    with source.open("wb") as file:
        for _ in range(sizes.COPIED_MB):
            file.write(os.urandom(1 << 20))
    os.sync()
    ours, theirs = [], []
    for _ in range(sizes.REPEAT):
        # in pairs, for the machine is not always as fast
        _warm(source)
        began = time.perf_counter()
        names = (os.fsencode(path) for path in (source, target, temporary))
        Copier(Disk()).copy(*names, clone=False)
        ours.append(time.perf_counter() - began)
        target.unlink()
        os.sync()
        _warm(source)
        began = time.perf_counter()
        subprocess.run(["cp", "--reflink=never", source, target], check=True)
        subprocess.run(["sync"], check=True)
        subprocess.run(["sha256sum", target], check=True, stdout=subprocess.DEVNULL)
        theirs.append(time.perf_counter() - began)
        target.unlink()
        os.sync()
    part = table.part(GROUP)
    part.add(f"verified copy of {sizes.COPIED_MB:,} MB", ours, "s")
    part.add("cp --reflink=never, sync, sha256sum", theirs, "s")
    part.ratio("verified copy / cp, sync, sha256sum", ours, theirs, target=0.7)


@pytest.mark.parametrize("mode", ["move", "hardlink", "reflink", "copy"])
def test_many_small_files(
    table: Table, daemon_of: Callable[[Path], Bench], place: Path, mode: str
) -> None:
    if mode == "reflink" and "reflink" in ways(os.fsencode(place), os.fsencode(place)).refused:
        pytest.skip("the file system of BENCH_TOP shares no extents")
    seconds = []
    for number in range(sizes.REPEAT):
        shelf = place / f"shelf{number}"
        shelf.mkdir()
        daemon = daemon_of(shelf)
        daemon.write(f"[import]\nmin_free_bytes = 0\n[watch]\nsettle_s = {SETTLE_S}\n")
        daemon.begin_and_rest()
        daemon.post("/v1/queue/pause", {})
        drop(daemon.inbox / "Many", sizes.SMALL_FILES)
        wish: dict[str, object] = {
            "kind": "import",
            "path": str(daemon.inbox / "Many"),
            "mode": mode,
        }
        _, answer = daemon.post("/v1/operations", wish)
        daemon.post("/v1/queue/resume", {})
        seconds.append(daemon.took(ended(daemon, answer["id"])))
        assert sum(len(files) for _, _, files in os.walk(shelf)) == sizes.SMALL_FILES + 1
        daemon.stop()
    what = f"{sizes.SMALL_FILES:,} small files by {mode}, planned, filed and durable, each"
    each = [second * 1000 / sizes.SMALL_FILES for second in seconds]
    table.part(GROUP).add(what, each, "ms", target=None if mode == "copy" else 5)


def test_drop_to_filed(table: Table, daemon_of: Callable[[Path], Bench], place: Path) -> None:
    shelf = place / "shelf"
    shelf.mkdir()
    daemon = daemon_of(shelf)
    daemon.write(
        f"[import]\nmin_free_bytes = 0\n[watch]\nsettle_s = {SETTLE_S}\ndebounce_s = {DEBOUNCE_S}\n"
    )
    daemon.begin_and_rest()
    beyond = []
    for number in range(3 * sizes.REPEAT):
        new = place / "new.mp3"
        media.mp3(new, artist="Ann", album="Some", title=f"T{number}", track=str(number + 1))
        target = shelf / "Ann" / "Some" / f"{number + 1:02} T{number}.mp3"
        began = time.perf_counter()
        new.rename(daemon.inbox / f"{number}.mp3")
        there = machine.until(target.exists, within=30, every=0.001)
        beyond.append((there - began - SETTLE_S - DEBOUNCE_S) * 1000)
        machine.rest(1)
    daemon.stop()
    table.part(GROUP).add("drop to filed by rename, beyond settling", beyond, "ms", target=100)


def _warm(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def drop(top: Path, files: int) -> None:
    for number in range(files):
        album, track = divmod(number, ALBUM)
        directory = top / f"Album {album}"
        directory.mkdir(parents=True, exist_ok=True)
        media.mp3(
            directory / f"{track}.mp3",
            artist="Ann",
            album=f"Album {album}",
            title=f"Title {track}",
            track=str(track + 1),
        )


def ended(daemon: Bench, number: int) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def over() -> bool:
        _, operation = daemon.get(f"/v1/operations/{number}")
        if operation["finished_at"]:
            found.append(operation)
        return bool(found)

    machine.until(over, within=600, every=0.05)
    assert found[0]["state"] == "completed", found
    return dict(found[0])
