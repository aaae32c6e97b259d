"""Imports on real file systems: full ones, other ones, ones that share extents, and ones that are suddenly gone."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import media
from household import Household
from running import Libraries
from shelfd.core.errors import BrokenError
from shelfd.core.operations import State
from shelfd.edges import state_dir
from shelfd.store import drops, journal
from trees import names, plant, tree
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

Mount = Callable[..., None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount for a test, and unmount afterwards."""
    mounted: list[Path] = []

    def mount(*arguments: str | Path) -> None:
        subprocess.run(["mount", *map(str, arguments)], check=True)
        mounted.append(Path(arguments[-1]))

    yield mount
    for point in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(point)], check=False)


def accept(home: Household, name: str = "music") -> None:
    """Say, as with `shelfd confirm`, that the empty disk that is mounted there now is right."""
    root = home.current.roots.get(name)
    assert root is not None
    home.presence.look(root, confirmed=True)


def song(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title="One", track="1")


FILED = "music/Ann/Some/01 One.mp3"


def method(home: Household) -> str:
    """Return how the only file was placed."""
    [operation] = home.imports()
    [placed] = [
        entry.outcome.method
        for entry in journal.of(home.db.read(), operation.id)
        if entry.outcome and entry.step.action in ("place", "move") and not entry.step.trash
    ]
    return placed


def test_between_two_disks_a_verified_copy_is_made(tmp_path: Path, mount: Mount) -> None:
    home = Household(tmp_path)
    mount("-t", "tmpfs", "tmpfs", home.library / "music")
    accept(home)
    song(home.inbox / "one.mp3")
    content = (home.inbox / "one.mp3").read_bytes()

    home.settle()

    assert method(home) == "copy"
    assert (home.library / FILED).read_bytes() == content
    assert names(home.inbox) == []
    [operation] = home.imports()
    assert home.undo(operation.id).state is State.COMPLETED
    assert (home.inbox / "one.mp3").read_bytes() == content


def test_a_move_between_two_disks_becomes_a_copy_and_the_trash(
    tmp_path: Path, mount: Mount
) -> None:
    home = Household(tmp_path, mode="move")
    mount("-t", "tmpfs", "tmpfs", home.library / "music")
    accept(home)
    song(home.inbox / "Album" / "one.mp3")
    before = tree(home.inbox)

    home.settle()

    assert names(home.library) == [FILED]
    assert names(home.inbox) == []
    [operation] = home.imports()
    assert operation.state is State.COMPLETED
    assert home.undo(operation.id).state is State.COMPLETED
    assert tree(home.inbox) == before


def test_between_bind_mounts_of_one_disk_it_works_too(tmp_path: Path, mount: Mount) -> None:
    home = Household(tmp_path)
    mount("--bind", home.library, home.library)
    song(home.inbox / "one.mp3")
    assert os.stat(home.inbox).st_dev == os.stat(home.library).st_dev

    home.settle()

    assert names(home.library) == [FILED]
    assert method(home) in ("reflink", "copy")


@pytest.mark.parametrize("kind", ["btrfs", "xfs"])
def test_where_extents_can_be_shared_they_are(tmp_path: Path, mount: Mount, kind: str) -> None:
    image, disk = tmp_path / "image", tmp_path / "disk"
    subprocess.run(["truncate", "--size", "350M", str(image)], check=True)
    subprocess.run([f"mkfs.{kind}", "-q", str(image)], check=True)
    disk.mkdir()
    mount("-o", "loop", image, disk)
    home = Household(disk)
    song(home.inbox / "one.mp3")

    home.settle()

    assert method(home) == "reflink"
    assert names(home.library) == [FILED]
    [operation] = home.imports()
    assert home.undo(operation.id).state is State.COMPLETED
    home.close()


def test_on_a_full_disk_it_is_put_back_and_tried_again(tmp_path: Path, mount: Mount) -> None:
    home = Household(tmp_path)
    mount("-t", "tmpfs", "-o", "size=100k", "tmpfs", home.library / "music")
    accept(home)
    plant(home.library, {"music/filler": b"x" * 90_000})
    song(home.inbox / "Album" / "1.mp3")
    before = tree(home.inbox)

    home.settle()

    [operation] = home.imports()
    assert (operation.state, operation.retries) == (State.QUEUED, 1)
    assert operation.fault is not None
    assert operation.fault["code"] == "no_space"
    assert {path: what for path, what in tree(home.inbox).items() if "trash" not in path} == before
    assert names(home.library) == ["music/filler"]
    drop = drops.one(home.db.read(), home.place(b"Album"))
    assert drop is not None
    assert "is tried again" in drop.reason

    (home.library / "music" / "filler").unlink()
    home.clock.now += 400
    home.work()
    assert names(home.library) == [FILED]


def test_a_disk_that_is_read_only_is_said(tmp_path: Path, mount: Mount) -> None:
    home = Household(tmp_path)
    mount("-t", "tmpfs", "-o", "ro", "tmpfs", home.library / "music")
    accept(home)
    song(home.inbox / "one.mp3")

    home.settle()

    [operation] = home.imports()
    assert operation.state is State.FAILED
    assert operation.error is not None
    assert operation.error["code"] == "not_writable"
    assert "read-only" in operation.error["message"].lower()
    assert names(home.inbox) == ["one.mp3"]


def test_a_library_whose_disk_is_unmounted_loses_nothing(tmp_path: Path, mount: Mount) -> None:
    home = Household(tmp_path)
    mount("-t", "tmpfs", "tmpfs", home.library / "music")
    accept(home)
    song(home.inbox / "one.mp3")
    home.settle()
    subprocess.run(["umount", str(home.library / "music")], check=True)

    operation = home.scan("music", recursive=True)

    assert operation.state is State.FAILED
    missing = home.db.read().execute("SELECT count(*) FROM files WHERE missing_since IS NOT NULL")
    assert missing.fetchone()[0] == 0


def test_a_disk_below_an_inbox_has_a_trash_of_its_own(tmp_path: Path, mount: Mount) -> None:
    home = Household(tmp_path)
    (home.inbox / "usb").mkdir()
    mount("-t", "tmpfs", "tmpfs", home.inbox / "usb")
    song(home.inbox / "usb" / "one.mp3")
    content = (home.inbox / "usb" / "one.mp3").read_bytes()

    home.settle()

    assert names(home.library) == [FILED]
    assert names(home.inbox) == []
    [operation] = home.imports()
    assert operation.state is State.COMPLETED
    assert home.undo(operation.id).state is State.COMPLETED
    assert (home.inbox / "usb" / "one.mp3").read_bytes() == content


def test_a_database_on_fuse_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    subprocess.run(["bindfs", str(tmp_path / "there"), str(tmp_path / "here")], check=True)
    try:
        with pytest.raises(BrokenError, match=r"fuse.*not safe"):
            state_dir.claim(os.fsencode(tmp_path / "here"))
    finally:
        subprocess.run(["umount", str(tmp_path / "here")], check=True)


def test_a_full_disk_below_the_database_is_said_and_what_waits_goes_on_when_it_is_free(
    tmp_path: Path, mount: Mount
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "music").mkdir()
    mount("-t", "tmpfs", "-o", "size=3M", "tmpfs", tmp_path / "state")
    daemon = Libraries(tmp_path, {"music": tmp_path / "music"})
    try:
        daemon.start()
        filler = tmp_path / "state" / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        (tmp_path / "music" / "Ann" / "Some").mkdir(parents=True)
        media.mp3(tmp_path / "music" / "Ann" / "Some" / "1.mp3", artist="Ann", title="One")

        wrong = eventually(lambda: daemon.status()["checks"])
        assert wrong[0]["check"] == "database"
        assert "free space" in wrong[0]["fix"]
        assert daemon.status()["state"] == "degraded"
        filler.unlink()

        eventually(lambda: daemon.status()["catalog"]["files"] == 1)
        eventually(lambda: daemon.status()["checks"] == [])
    finally:
        daemon.stop()
