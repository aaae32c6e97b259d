"""Real faults in the midst of an import: a source that cannot be read to its end, and a disk that is full at any moment."""

import contextlib
import errno
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from household import Household
from shelfd.core.operations import State
from shelfd.core.settings import Import
from shelfd.edges.disk import Disk
from shelfd.store import drops
from stopping import CHANGES
from system.faultfs import Fault, FaultFs
from trees import names, tree

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

FILING = Import(write_nfo=True, file_mode="0640")
TAGS = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}


class Meeting(Disk):
    """Lets something happen before its n-th change, counted from 1."""

    def __init__(self, at: int = 0, meets: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.at = at
        self.meets = meets
        self.count = 0

    def __getattribute__(self, name: str) -> Any:
        if name in CHANGES:
            self.count += 1
            if self.count == self.at:
                self.meets()
        return super().__getattribute__(name)


def reason(home: Household, name: bytes) -> str:
    """Return why a drop is still there, as `shelfd why` tells it."""
    drop = drops.one(home.db.read(), home.place(name))
    return drop.reason if drop else ""


def test_a_source_that_cannot_be_read_to_its_end_is_said_and_filed_when_it_can(
    tmp_path: Path,
) -> None:
    there = tmp_path / "there"
    (there / "Album").mkdir(parents=True)
    (tmp_path / "inbox").mkdir()
    media.mp3(there / "Album" / "1.mp3", **TAGS)
    with contextlib.closing(FaultFs(there, tmp_path / "inbox")) as mounted:
        # the second of the files that are made, so that one is taken back
        disk = Meeting(6, lambda: mounted.faults.append(Fault("read", "*.mp3", errno.EIO)))
        home = Household(tmp_path, mode="copy", after="keep", disk=disk, filing=FILING)
        home.settle()

        [operation] = home.imports()
        assert operation.state is not State.COMPLETED
        assert names(home.library) == []
        assert home.open_steps() == 0
        assert "Input/output error" in reason(home, b"Album")

        mounted.faults.clear()
        home.clock.now += 4000
        home.settle()
        home.clock.now += 4000
        home.settle()
        assert "music/Ann/Some/01 One.mp3" in names(home.library)
        home.close()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """Mount a new, small file system at `library`; return what is called for another."""
    point = tmp_path / "library"

    def mounted() -> Path:
        if point.is_mount():
            subprocess.run(["umount", str(point)], check=True)
        point.mkdir(exist_ok=True)
        image = tmp_path / "image"
        image.unlink(missing_ok=True)
        subprocess.run(["truncate", "--size", "8M", str(image)], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(point)], check=True)
        return point

    yield mounted
    subprocess.run(["umount", "--lazy", str(point)], check=False)


def filled(point: Path) -> None:
    """Take all the space there is."""
    with contextlib.suppress(OSError), (point / "filler").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1024):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


def test_a_disk_that_is_full_at_any_change_keeps_nothing_by_half(
    tmp_path: Path, full: Callable[[], Path]
) -> None:
    refused = 0
    for at in range(1, 1000, 3):
        point = full()
        disk = Meeting(at, lambda: filled(tmp_path / "library"))
        home = dropped(tmp_path, disk)
        home.settle()
        filed = "music/Ann/Some/01 One.mp3" in names(home.library)
        assert home.open_steps() == 0, at
        assert not [path for path in tree(point) if path.endswith(".tmp")], at
        if not filed:
            refused += 1
            assert [name for name in names(point) if name != "filler"] == [], at
            assert names(home.inbox) == ["Album/1.mp3"], at
            assert "No space left" in reason(home, b"Album") or "MiB are free" in reason(
                home, b"Album"
            ), at
        (point / "filler").unlink(missing_ok=True)
        for _look in range(2):
            home.clock.now += 4000
            home.settle()
        assert "music/Ann/Some/01 One.mp3" in names(home.library), at
        home.close()
        shutil.rmtree(tmp_path / "inbox")
        (tmp_path / "shelfd.db").unlink()
        if disk.count < at:
            break
    assert refused > 2


def dropped(top: Path, disk: Disk) -> Household:
    home = Household(top, mode="copy", disk=disk, filing=FILING)
    (home.inbox / "Album").mkdir()
    media.mp3(home.inbox / "Album" / "1.mp3", **TAGS)
    return home
