"""Disks that come and go at and below watched roots."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shelfd.app.watching import Watching
from shelfd.core.paths import AbsPath
from shelfd.core.roots import Root, Roots
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

Mount = Callable[..., None]
NOON = 1_800_000_000.0


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount for a test, and unmount afterwards."""
    mounted: list[Path] = []

    def mount(*arguments: str | Path) -> None:
        subprocess.run(["mount", *map(str, arguments)], check=True)
        mounted.append(Path(arguments[-1]))

    yield mount
    for point in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(point)], check=False, capture_output=True)


class Home:
    """One library that is watched, and what was told of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = Root(name="tv", role="library", kind=None, path=AbsPath(bytes(path)))
        self.changes: set[bytes] = set()
        self.doubts: list[tuple[bytes, str]] = []
        self.watching = Watching(
            lambda: Roots([self.root]),
            self.changed,
            lambda path, reason: self.doubts.append((path, reason)),
        )
        self.watching.begin()

    def changed(self, path: bytes, **_kind: bool) -> None:
        self.changes.add(path)

    def hears(self, path: Path) -> None:
        path.touch()
        eventually(lambda: bytes(path) in self.changes)

    def is_told(self, path: Path, reason: str) -> None:
        eventually(lambda: (bytes(path), reason) in self.doubts)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "tv").mkdir()
    return tmp_path / "tv"


@pytest.fixture
def home(library: Path) -> Iterator[Home]:
    home = Home(library)
    yield home
    home.watching.close()


def unmount(point: Path, *options: str) -> None:
    subprocess.run(["umount", *options, str(point)], check=True)


def test_a_root_whose_disk_is_unmounted_and_mounted_again(library: Path, mount: Mount) -> None:
    image = library.with_name("image")
    subprocess.run(["truncate", "--size", "16M", str(image)], check=True)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    mount("-o", "loop", image, library)
    for number in range(50):
        (library / str(number) / "Season 1").mkdir(parents=True)
    home = Home(library)
    unmount(library)
    home.is_told(library, "the root was unmounted")
    assert home.doubts == [(bytes(library), "the root was unmounted")]
    assert "the root was unmounted" in home.watching.state(home.root).reason

    home.watching.heal(NOON)
    mount("-o", "loop", image, library)
    assert "no longer the one there" in str(home.watching.state(home.root).fault)
    assert home.watching.heal(NOON + 1) == NOON + 60
    assert home.watching.heal(NOON + 1, at_once=True) is None
    home.hears(library / "7" / "Season 1" / "a.mkv")
    assert home.doubts[-1] == (bytes(library), "it is watched again")
    assert home.watching.state(home.root).watches == sum(1 for _ in os.walk(library))
    home.watching.close()


@pytest.mark.parametrize("how", ["mounted over", "let go lazily"])
def test_a_root_that_is_hidden_without_an_event_is_found_out(
    library: Path, mount: Mount, how: str
) -> None:
    if how == "let go lazily":
        mount("-t", "tmpfs", "tmpfs", library)
    (library / "Show").mkdir()
    home = Home(library)
    with (library / "Show" / "a.mkv").open("wb"):
        if how == "let go lazily":
            unmount(library, "--lazy")
        else:
            mount("-t", "tmpfs", "tmpfs", library)
        assert "no longer the one there" in str(home.watching.state(home.root).fault)
        assert home.watching.heal(NOON, at_once=True) is None

    assert home.doubts[-1] == (bytes(library), "it is watched again")
    assert home.watching.state(home.root).watches == 1
    home.hears(library / "b.mkv")
    home.watching.close()


def test_a_disk_below_a_root_comes_and_goes(home: Home, library: Path, mount: Mount) -> None:
    (library / "usb").mkdir()
    eventually(lambda: home.watching.is_watched(bytes(library / "usb")))
    mount("-t", "tmpfs", "tmpfs", library / "usb")
    (library / "usb" / "Show" / "Season 1").mkdir(parents=True)
    for directory, _, _ in os.walk(library):
        home.watching.ensure(os.fsencode(directory))
    home.hears(library / "usb" / "Show" / "Season 1" / "a.mkv")
    home.doubts.clear()

    unmount(library / "usb")
    home.is_told(library / "usb", "unmounted")
    home.hears(library / "mark")
    assert home.doubts == [(bytes(library / "usb"), "unmounted")]
    assert home.watching.state(home.root).watches == 1
    assert home.watching.state(home.root).fault is None
    home.watching.ensure(bytes(library / "usb"))
    home.hears(library / "usb" / "b.mkv")


def test_a_root_that_is_bound_elsewhere_is_heard_whichever_way_it_is_changed(
    home: Home, library: Path, mount: Mount
) -> None:
    other = library.with_name("other")
    other.mkdir()
    mount("--bind", library, other)
    (other / "a.mkv").touch()

    eventually(lambda: bytes(library / "a.mkv") in home.changes)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(other)], check=True)
    assert home.watching.state(home.root).fault is None
