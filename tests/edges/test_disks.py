"""Paths have a disk in common when copying on both at once disturbs each other."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.edges import mounts
from shelfd.edges.disks import Machine, disks

NUMBERS = {
    "sda": "8:0",
    "sda1": "8:1",
    "sda2": "8:2",
    "sdb": "8:16",
    "sdb1": "8:17",
    "sdc": "8:32",
    "nvme0n1": "259:0",
    "nvme0n1p1": "259:1",
    "md0": "9:0",
    "md0p1": "259:9",
    "dm-0": "253:0",
    "dm-1": "253:1",
    "loop0": "7:0",
    "loop1": "7:1",
}
PARTITIONS = {
    "sda1": "sda",
    "sda2": "sda",
    "sdb1": "sdb",
    "nvme0n1p1": "nvme0n1",
    "md0p1": "md0",
}
SLAVES = {"md0": ("sda2", "sdb1"), "dm-0": ("md0p1",), "dm-1": ("nvme0n1p1", "sdc")}
NAMES = {"dm-0": "crypt", "dm-1": "vg-films"}
BTRFS = ("dm-1", "sdb1")

Find = Callable[..., frozenset[str]]


@pytest.fixture(scope="module")
def sys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A /sys of a machine with partitions, a RAID, volumes, a btrfs of several devices and mounted images."""
    sys = tmp_path_factory.mktemp("sys")
    for name, number in NUMBERS.items():
        place = sys / "devices/block" / PARTITIONS.get(name, "") / name
        (place / "slaves").mkdir(parents=True)
        link(sys / "dev/block" / number, place)
        link(sys / "class/block" / name, place)
        if name in PARTITIONS:
            (place / "partition").write_text("1\n")
    for name, slaves in SLAVES.items():
        for slave in slaves:
            link(sys / "class/block" / name / "slaves" / slave, sys / "class/block" / slave)
    for name, called in NAMES.items():
        (sys / "class/block" / name / "dm").mkdir()
        (sys / "class/block" / name / "dm/name").write_text(f"{called}\n")
    for name in BTRFS:
        link(sys / "fs/btrfs/1b2c/devices" / name, sys / "class/block" / name)
    (sys / "fs/btrfs/features").mkdir()
    for name, image in (("loop0", "/images/films image"), ("loop1", "/loop1/itself")):
        (sys / "class/block" / name / "loop").mkdir()
        (sys / "class/block" / name / "loop/backing_file").write_text(f"{image}\n")
    return sys


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(os.path.relpath(target.resolve(), path.parent.resolve()))


@pytest.fixture
def find(sys: Path) -> Find:
    """Returns the disks of a path by mounts: `point device kind source [options]`, below each other."""

    def find(path: str, *lines: str) -> frozenset[str]:
        return disks(os.fsencode(path), Machine(table(*lines), os.fsencode(sys)))

    return find


def table(*lines: str) -> mounts.Table:
    found = [b"1 0 8:1 / / rw - ext4 /dev/sda1 rw"]
    for place, line in enumerate(lines, start=2):
        point, device, kind, source, options = [*line.split(), "rw"][:5]
        found.append(f"{place} 1 {device} / {point} rw - {kind} {source} {options}".encode())
    return mounts.Table(found)


@pytest.mark.parametrize(
    ("mount", "names"),
    [
        ("/m 8:2 ext4 /dev/sda2", {"sda"}),
        ("/m 8:32 xfs /dev/sdc", {"sdc"}),
        ("/m 259:1 ext4 /dev/nvme0n1p1", {"nvme0n1"}),
        ("/m 8:17 fuseblk /dev/sdb1", {"sdb"}),
        # a partition of a RAID of partitions, and an encrypted volume on it
        ("/m 259:9 ext4 /dev/md0p1", {"sda", "sdb"}),
        ("/m 253:0 ext4 /dev/mapper/crypt", {"sda", "sdb"}),
        ("/m 253:1 ext4 /dev/mapper/vg-films", {"nvme0n1", "sdc"}),
        # a btrfs has a number of its own, and all its devices count
        ("/m 0:45 btrfs /dev/sdb1", {"nvme0n1", "sdc", "sdb"}),
        ("/m 0:45 btrfs /dev/mapper/vg-films", {"nvme0n1", "sdc", "sdb"}),
        ("/m 0:45 btrfs /dev/sda2", {"sda"}),
        ("/m 0:46 bcachefs /dev/sda2:/dev/sdc", {"sda", "sdc"}),
        # an image lies where its file lies
        ("/m 7:0 ext4 /dev/loop0", {"sda"}),
        # what has no device of its own here
        ("/m 0:47 zfs tank/films", {"zfs:tank"}),
        ("/m 0:47 zfs tank", {"zfs:tank"}),
        ("/m 0:48 nfs4 nas:/export/", {"nfs:nas:/export"}),
        ("/m 0:48 nfs nas:/export", {"nfs:nas:/export"}),
        ("/m 0:49 smb3 //nas/films", {"cifs://nas/films"}),
        ("/m 0:50 tmpfs tmpfs", {"tmpfs:0:50"}),
        ("/m 0:51 fuse.mergerfs mergerfs", {"fuse.mergerfs:0:51"}),
        ("/m 0:52 btrfs /dev/root", {"btrfs:0:52"}),
        ("/m 0:53 overlay overlay rw,lowerdir=/not/here,upperdir=relative", {"overlay:0:53"}),
        ("/m 8:99 ext4 /dev/sdz", {"ext4:8:99"}),
    ],
)
def test_a_path_lies_on_the_disks_of_its_mount(find: Find, mount: str, names: set[str]) -> None:
    assert find("/m/films/a.mkv", mount) == names
    assert find("/other", mount) == {"sda"}


def test_a_bind_mount_is_no_other_disk(find: Find) -> None:
    assert find("/bound/a", "/m 8:32 ext4 /dev/sdc", "/bound 8:32 ext4 /dev/sdc") == {"sdc"}


def test_an_image_on_another_disk_is_there(find: Find) -> None:
    lines = ("/images 8:32 ext4 /dev/sdc", "/m 7:0 ext4 /dev/loop0")

    assert find("/m", *lines) == {"sdc"}


def test_an_image_that_lies_within_itself_ends(find: Find) -> None:
    assert find("/loop1/a", "/loop1 7:1 ext4 /dev/loop1") == {"loop1"}


@pytest.mark.parametrize(
    "options",
    ["lowerdir={a}:{b},upperdir={c},workdir=/w", "lowerdir+={a},lowerdir+={b},upperdir={c}"],
)
def test_an_overlay_lies_where_its_layers_lie(find: Find, tmp_path: Path, options: str) -> None:
    layers = {name: tmp_path / name for name in "abc"}
    for layer in layers.values():
        layer.mkdir()
    overlay = f"/m 0:60 overlay overlay rw,{options.format(**layers)}"

    found = find("/m", overlay, f"{layers['b']} 8:16 ext4 /dev/sdb", f"{layers['c']} 0:7 tmpfs t")

    assert found == {"sda", "sdb", "tmpfs:0:7"}


def test_an_encrypted_directory_lies_where_it_is_stored(find: Find, tmp_path: Path) -> None:
    lines = (f"{tmp_path} 8:16 ext4 /dev/sdb", f"/m 0:61 ecryptfs {tmp_path}")

    assert find("/m", *lines) == {"sdb"}


def test_an_overlay_that_shows_itself_ends(find: Find, tmp_path: Path) -> None:
    overlay = f"{tmp_path} 0:62 overlay overlay rw,upperdir={tmp_path}"

    assert find(str(tmp_path), overlay) == {"overlay:0:62"}


def test_links_are_followed(find: Find, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/m/films")

    assert find(str(tmp_path / "link"), "/m 8:32 ext4 /dev/sdc") == {"sdc"}


def test_without_sys_a_file_system_has_a_name_of_its_own(tmp_path: Path) -> None:
    assert disks(b"/", Machine(table(), os.fsencode(tmp_path))) == {"ext4:8:1"}


@given(st.binary())
@settings(deadline=None)
def test_no_path_is_an_error(path: bytes) -> None:
    assert disks(path) or b"\0" in path


def test_this_machine_has_a_disk(tmp_path: Path) -> None:
    here = disks(os.fsencode(tmp_path))

    assert here
    assert here == disks(os.fsencode(tmp_path / "not" / "there"))
    assert not here & disks(b"/dev/shm")
