"""Disks of real file systems: images, several devices, layers and mounts of mounts."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from shelfd.edges.disks import disks

pytestmark = [pytest.mark.system, pytest.mark.timeout(60)]

SIZE = 256 << 20


@pytest.fixture
def after() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def place(after: ExitStack, tmp_path: Path) -> Path:
    """A directory with one on the disk and one in memory."""
    for name in ("disk", "memory", "both"):
        (tmp_path / name).mkdir()
    mount(after, "-t", "tmpfs", "-o", "size=512m", "tmpfs", tmp_path / "memory")
    return tmp_path


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def mount(after: ExitStack, *arguments: str | Path) -> None:
    run("mount", *arguments)
    after.callback(run, "umount", "--lazy", arguments[-1])


def loop(after: ExitStack, image: Path) -> str:
    """Return a device whose content is in a new file."""
    with image.open("wb") as file:
        file.truncate(SIZE)
    device = run("losetup", "--find", "--show", image).strip()
    after.callback(run, "losetup", "--detach", device)
    return device


def of(path: Path) -> frozenset[str]:
    return disks(os.fsencode(path))


def test_a_btrfs_lies_on_all_its_devices_and_they_where_their_images_are(
    after: ExitStack, place: Path
) -> None:
    devices = [loop(after, place / name / "image") for name in ("disk", "memory")]
    run("mkfs.btrfs", "--quiet", "--data", "single", *devices)
    mount(after, devices[0], place / "both")

    assert of(place / "both") == of(place / "disk") | of(place / "memory")
    assert len(of(place / "both")) == len(of(place / "disk")) + 1


def test_a_file_system_in_an_image_and_what_is_bound_from_it(after: ExitStack, place: Path) -> None:
    device = loop(after, place / "memory/image")
    run("mkfs.ext4", "-q", device)
    mount(after, device, place / "both")
    mount(after, "--bind", place / "both", place / "disk")

    assert of(place / "disk") == of(place / "both") == of(place / "memory")


def test_an_overlay_lies_on_its_layers(after: ExitStack, place: Path) -> None:
    for name in ("upper", "work"):
        (place / "memory" / name).mkdir()
    options = f"lowerdir={place}/disk,upperdir={place}/memory/upper,workdir={place}/memory/work"
    mount(after, "-t", "overlay", "-o", options, "overlay", place / "both")

    assert of(place / "both") == of(place / "disk") | of(place / "memory")


def test_a_pool_by_fuse_has_a_name_of_its_own(after: ExitStack, place: Path) -> None:
    branches = f"{place}/disk:{place}/memory"
    run("mergerfs", "-o", "minfreespace=0", branches, place / "both")
    after.callback(run, "umount", "--lazy", place / "both")

    [name] = of(place / "both")
    assert name.startswith("fuse.mergerfs:")
