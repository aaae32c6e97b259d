"""Roots on real disks: unmounted, exchanged, mounted elsewhere, mounted over, read-only, and dead."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes import rows
from fakes.daemon import Daemon
from shelfd.core import presence as rules
from shelfd.core.errors import BrokenError
from shelfd.core.media import Kind as Media
from shelfd.core.paths import RelPath
from shelfd.core.presence import Known, Standing
from shelfd.core.roots import Root
from shelfd.edges import marker, mounts
from shelfd.edges.mount_changes import mount_changes
from shelfd.steps.ports import Base
from shelfd.steps.presence import Presence
from shelfd.store import roots
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

Mount = Callable[..., None]
FILM = "A (2000)/A (2000).mkv"


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount for a test, and unmount afterwards."""
    mounted: list[Path] = []

    def mount(*arguments: str | Path) -> None:
        run("mount", *arguments)
        mounted.append(Path(arguments[-1]))

    yield mount
    for point in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(point)], capture_output=True, check=False)


def run(*command: str | Path) -> None:
    subprocess.run([*map(str, command)], check=True, capture_output=True)


def disk(path: Path, kind: str = "ext4") -> Path:
    """Make a disk, as a file to be mounted by loop."""
    run("truncate", "--size", "350M" if kind == "xfs" else "16M", path)
    run(f"mkfs.{kind}", "-q", path)
    return path


class House:
    """A daemon with one library, looked at."""

    def __init__(self, directory: Path) -> None:
        self.daemon = Daemon(directory)
        self.path = self.daemon.movies
        self.start()

    def start(self) -> None:
        """Begin anew, with nothing remembered but the rows."""
        base = Base(db=self.daemon.db, clock=self.daemon.clock, current=self.daemon.current)
        self.presence = Presence(base, mounts, marker)

    @property
    def root(self) -> Root:
        found = self.daemon.current.roots.get("movies")
        assert found is not None
        return found

    def look(self, *, confirmed: bool = False) -> Standing:
        return self.presence.look(self.root, confirmed=confirmed)

    def known(self) -> Known:
        return roots.known(self.daemon.db.read(), "movies")

    def film(self, path: str = FILM) -> Path:
        """Put a film into the library and into the catalog."""
        rows.shelve(self.daemon, "movies", Media.MOVIES, path.encode())
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(1000))
        return file


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.daemon.db.close()


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs"])
def test_a_file_system_is_the_same_on_another_device_and_another_one_differs(
    tmp_path: Path, mount: Mount, kind: str
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    size = {"ext4": "16M", "xfs": "350M", "btrfs": "128M"}[kind]
    for image in ("one", "other"):
        run("truncate", "--size", size, tmp_path / image)
        run(f"mkfs.{kind}", "-q", tmp_path / image)
    mount("-o", "loop", tmp_path / "one", here)
    first = mounts.identity(bytes(here))
    mount("-o", "loop", tmp_path / "other", there)
    assert mounts.identity(bytes(there)) != first
    run("umount", there)
    run("umount", here)

    mount("-o", "loop", tmp_path / "other", here)
    mount("-o", "loop", tmp_path / "one", there)

    # XFS has no name of its own: it goes by its device, and so the marker has to tell
    assert (mounts.identity(bytes(there)) == first) is (kind != "xfs")


def test_the_same_directory_has_one_identity_however_it_is_mounted(
    tmp_path: Path, mount: Mount
) -> None:
    (tmp_path / "a" / "films").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    mount("--bind", tmp_path / "a", tmp_path / "b")

    assert mounts.identity(bytes(tmp_path / "b" / "films")) == mounts.identity(
        bytes(tmp_path / "a" / "films")
    )
    assert [*mounts.below(bytes(tmp_path))] == [b"b"]


def test_what_a_sandbox_mounts_onto_itself_is_no_mount(tmp_path: Path, mount: Mount) -> None:
    (tmp_path / "films").mkdir()
    mount("--bind", tmp_path / "films", tmp_path / "films")

    assert mounts.below(bytes(tmp_path)) == {}


def test_what_is_mounted_and_unmounted_is_seen_at_the_next_look(
    tmp_path: Path, mount: Mount
) -> None:
    (tmp_path / "disk").mkdir()
    fresh, point = mounts.Fresh(), bytes(tmp_path / "disk")
    before = fresh.table()
    assert fresh.table() is before

    for size in ("1m", "2m"):
        mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", tmp_path / "disk")
        assert [one.point for one in fresh.table().below(bytes(tmp_path))] == [point]
        assert fresh.table() is fresh.table()
        run("umount", tmp_path / "disk")
        assert fresh.table().below(bytes(tmp_path)) == []


def test_a_link_that_leads_elsewhere_is_followed_anew(tmp_path: Path, mount: Mount) -> None:
    for name in ("one", "seen"):
        (tmp_path / name).mkdir()
    mount(
        "-t", "overlay", "-o", f"lowerdir={tmp_path}/one:/usr/share", "overlay", tmp_path / "seen"
    )
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "one")
    assert mounts.blind(bytes(link)) is None

    link.unlink()
    link.symlink_to(tmp_path / "seen")

    assert mounts.blind(bytes(link)) is not None


def test_where_inotify_is_blind_it_is_said(tmp_path: Path, mount: Mount) -> None:
    for name in ("one", "other", "seen"):
        (tmp_path / name).mkdir()
    run("bindfs", tmp_path / "one", tmp_path / "seen")
    try:
        assert mounts.blind(bytes(tmp_path / "seen")) is not None
        assert mounts.identity(bytes(tmp_path / "seen")).startswith("fuse")
    finally:
        run("umount", tmp_path / "seen")
    assert mounts.blind(bytes(tmp_path / "seen")) is None
    layers = f"lowerdir={tmp_path}/one:{tmp_path}/other"
    mount("-t", "overlay", "-o", layers, "overlay", tmp_path / "seen")
    assert mounts.blind(bytes(tmp_path / "seen")) is not None


def test_a_disk_that_is_unmounted_suspends_and_is_trusted_again_when_it_is_back(
    house: House, tmp_path: Path, mount: Mount
) -> None:
    image = disk(tmp_path / "image")
    mount("-o", "loop", image, house.path)
    house.film()
    assert house.look().state == "present"
    before = house.known()
    run("umount", house.path)

    standing = house.look()

    assert (standing.state, standing.reason) == ("suspended", rules.ANOTHER_DISK)
    assert list(house.path.iterdir()) == []
    with pytest.raises(BrokenError):
        house.presence.require(house.root)
    mount("-o", "loop", image, house.path)
    assert house.look().state == "present"
    assert house.known() == before
    house.presence.require(house.root, RelPath(b"B (2001)"))


def test_a_copy_of_the_disk_with_the_marker_is_the_same_library(
    house: House, tmp_path: Path, mount: Mount
) -> None:
    one, other = disk(tmp_path / "one"), disk(tmp_path / "other", "xfs")
    mount("-o", "loop", one, house.path)
    house.film()
    house.look()
    before = house.known()
    (tmp_path / "copy").mkdir()
    mount("-o", "loop", other, tmp_path / "copy")
    run("cp", "-a", f"{house.path}/.", tmp_path / "copy")
    run("umount", tmp_path / "copy")
    run("umount", house.path)
    mount("-o", "loop", other, house.path)

    assert house.look().state == "present"
    assert house.known().marker == before.marker
    assert house.known().filesystem != before.filesystem


def test_another_disk_suspends_until_it_is_confirmed(
    house: House, tmp_path: Path, mount: Mount
) -> None:
    mount("-t", "tmpfs", "tmpfs", house.path)
    house.film()
    house.look()
    run("umount", house.path)
    mount("-t", "tmpfs", "tmpfs", house.path)
    (house.path / "B (2001)").mkdir()
    assert house.look().state == "suspended"
    with house.daemon.db.transaction() as tx:
        roots.remember(tx, "movies", Known())

    assert house.look(confirmed=True).sees(RelPath(FILM.encode()))
    assert house.look().state == "present"


def test_a_disk_that_comes_after_the_first_start_is_the_awaited_one(
    house: House, mount: Mount
) -> None:
    assert house.look().state == "present"  # the empty directory that it will be mounted on
    mount("-t", "tmpfs", "tmpfs", house.path)
    (house.path / "A (2000)").mkdir()

    assert house.look().state == "present"

    run("umount", house.path)
    assert house.look().reason == rules.ANOTHER_MARKER
    (house.path / os.fsdecode(marker.NAME)).unlink()
    assert house.look().reason == rules.ANOTHER_DISK


def test_a_root_that_may_only_be_read_goes_by_its_file_system(
    house: House, tmp_path: Path, mount: Mount
) -> None:
    one, other = disk(tmp_path / "one"), disk(tmp_path / "other")
    mount("-o", "loop", one, house.path)
    house.film()
    run("umount", house.path)
    mount("-o", "loop,ro", one, house.path)
    assert house.look().state == "present"
    assert house.known().marker is None
    run("umount", house.path)
    mount("-o", "loop,ro", other, house.path)
    house.start()

    assert house.look().reason == rules.ANOTHER_DISK


def test_a_disk_below_that_is_unmounted_hides_what_is_on_it(house: House, mount: Mount) -> None:
    (house.path / "4k").mkdir()
    mount("-t", "tmpfs", "tmpfs", house.path / "4k")
    on_it, beside = house.film("4k/B (2001).mkv"), house.film()
    assert house.look().reason == ""
    run("umount", house.path / "4k")
    assert not on_it.exists()

    standing = house.look()

    assert (standing.state, standing.hidden) == ("present", (RelPath(b"4k"),))
    assert standing.reason == f"4k: {rules.NOT_MOUNTED}"
    assert not standing.sees(RelPath(b"4k/B (2001).mkv"))
    assert standing.sees(RelPath(os.fsencode(beside.relative_to(house.path))))
    with pytest.raises(BrokenError):
        house.presence.require(house.root, RelPath(b"4k/C (2002)"))


def test_a_disk_mounted_over_known_files_hides_them(house: House, mount: Mount) -> None:
    house.film("4k/B (2001).mkv")
    house.look()
    mount("-t", "tmpfs", "tmpfs", house.path / "4k")

    assert house.look().hidden == (RelPath(b"4k"),)
    run("umount", house.path / "4k")
    assert house.look().hidden == ()


def test_a_file_system_that_died_is_not_empty(house: House, tmp_path: Path, mount: Mount) -> None:
    mount("-o", "loop", disk(tmp_path / "image"), house.path)
    house.film()
    house.look()
    before = house.known()
    shutdown = (
        "import fcntl, os, struct, sys;"
        "fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))"
    )
    run("python3", "-c", shutdown, house.path)
    house.start()

    standing = house.look()

    assert standing.state == "suspended"
    assert "Input/output error" in standing.reason
    assert house.known() == before


def test_every_change_is_told(tmp_path: Path, mount: Mount) -> None:
    told: list[None] = []
    changes = mount_changes(lambda: told.append(None))
    changes.start()
    mount("-t", "tmpfs", "tmpfs", tmp_path)
    eventually(lambda: told)
    told.clear()
    run("umount", tmp_path)
    eventually(lambda: told)
    changes.close()
