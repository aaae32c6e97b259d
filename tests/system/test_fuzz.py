"""Whatever happens on the disk, the catalog comes to say what lies there: random changes against the running daemon."""

import contextlib
import importlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from running import Running
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

ROUNDS = int(os.environ.get("SHELFD_FUZZ_ROUNDS", "300"))
SEED = int(os.environ.get("SHELFD_FUZZ_SEED", "1"))
ROOTS = ("one", "two")
NAMES = ("A", "B", "b", "Ä", "C d")
OVERFLOW = (
    9_000  # files made and removed while the daemon is stopped: more events than the kernel keeps
)

ROWS = """
SELECT directories.root, directories.path, name, files.item, title FROM files
JOIN directories ON directories.id = files.directory LEFT JOIN items ON items.id = files.item
WHERE missing_since IS NULL
"""


class TwoLibraries(Running):
    """A daemon with two music libraries, which takes no loss for a catastrophe but that of everything."""

    def write(self, settings: str = "") -> None:
        libraries = ""
        for name in ROOTS:
            (self.top / name).mkdir(exist_ok=True)
            libraries += (
                f'[[library]]\nname = "{name}"\npath = "{self.top / name}"\nkind = "music"\n'
            )
        self.config.write_text(
            f'[daemon]\nstate_dir = "{self.top / "state"}"\nsocket = "{self.socket}"\n{libraries}'
            "[watch]\ndebounce_s = 0.05\ndebounce_cap_s = 1.0\n"
            "[missing]\nsuspend_share = 1.0\nsuspend_files = 1000000\n" + settings
        )


class World:
    """Two libraries, a place outside, a disk that is mounted into one of them, and what is known of each song."""

    def __init__(self, top: Path, seed: int) -> None:
        self.daemon = TwoLibraries(top)
        self.random = random.Random(seed)  # noqa: S311  # a fuzz must be repeatable, not secret
        self.outside = top / "outside"
        self.disk = top / "disk"
        self.point = top / "one" / "mounted"
        self.mounted = False
        self.number = 0
        self.linked: set[str] = set()
        self.ids: dict[str, int] = {}
        for directory in (self.outside, self.disk, self.point):
            directory.mkdir(parents=True)
        for root in ROOTS:  # a library that loses everything is suspended, which is another test
            for _ in range(3):
                self.song(top / root / "anchor" / f"{self.number}.mp3")
        self.song(self.disk / "on the disk.mp3")
        self.counts: Counter[str] = Counter()

    def song(self, path: Path) -> None:
        self.number += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        media.mp3(path, artist="Ann", album=f"Album {self.number}", title=f"Song {self.number}")

    def tops(self) -> list[Path]:
        return [self.daemon.top / root for root in ROOTS]

    def directories(self, *tops: Path) -> list[Path]:
        found = []
        for top in tops or (*self.tops(), self.outside):
            for here, below, _files in os.walk(top):
                below[:] = [name for name in below if name not in ("anchor", "mounted")]
                found.append(Path(here))
        return found

    def files(self) -> list[Path]:
        return [
            path
            for directory in self.directories()
            for path in directory.iterdir()
            if path.is_file() and path.suffix == ".mp3"
        ]

    def somewhere(self) -> Path:
        return self.random.choice(self.directories()) / self.random.choice(NAMES)

    def movable(self) -> Path | None:
        fixed = {*self.tops(), self.outside}
        found = [path for path in self.directories() if path not in fixed]
        return self.random.choice(found) if found else None

    # what can happen

    def create(self) -> None:
        self.song(self.random.choice(self.directories()) / f"new {self.number}.mp3")

    def write(self) -> None:
        if files := self.files():
            with self.random.choice(files).open("ab") as file:
                file.write(b"\0" * self.random.randint(1, 5000))

    def make_directories(self) -> None:
        path = self.somewhere()
        for name in self.random.choices(NAMES, k=self.random.randint(0, 3)):
            path /= name
        path.mkdir(parents=True, exist_ok=True)
        self.song(path / f"deep {self.number}.mp3")

    def rename_file(self) -> None:
        if files := self.files():
            target = self.random.choice(self.directories()) / f"renamed {self.number}.mp3"
            self.number += 1
            self.random.choice(files).rename(target)

    def move_directory(self) -> None:
        if (path := self.movable()) is not None:
            path.rename(self.somewhere())

    def swap_directories(self) -> None:
        one, other = self.movable(), self.movable()
        if one and other and one != other and one not in other.parents and other not in one.parents:
            aside = self.outside / "aside"
            one.rename(aside)
            other.rename(one)
            aside.rename(other)

    def remove_tree(self) -> None:
        if (path := self.movable()) is not None:
            shutil.rmtree(path)

    def remove_and_make_again(self) -> None:
        if (path := self.movable()) is not None:
            shutil.rmtree(path)
            path.mkdir()
            self.song(path / f"again {self.number}.mp3")

    def remove_file(self) -> None:
        if files := self.files():
            self.random.choice(files).unlink()

    def link(self) -> None:
        if files := self.files():
            path = self.random.choice(files)
            self.linked.add(_title(path))
            os.link(path, self.random.choice(self.directories()) / f"link {self.number}.mp3")
            self.number += 1

    def change_mode(self) -> None:
        if files := self.files():
            self.random.choice(files).chmod(self.random.choice((0o600, 0o644)))

    def change_case(self) -> None:
        if (path := self.movable()) is not None and path.name.swapcase() != path.name:
            path.rename(path.with_name(path.name.swapcase()))

    def mount(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.point)], check=True)
        else:
            subprocess.run(["mount", "--bind", str(self.disk), str(self.point)], check=True)
        self.mounted = not self.mounted

    def overflow(self) -> None:
        process = self.daemon.process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        scratch = self.daemon.top / "two" / "anchor"
        for number in range(OVERFLOW):
            path = scratch / f"{number}.tmp"
            path.touch()
            path.unlink()
        for happen in self.random.choices(self.often(), k=5):
            self.happen(happen)
        process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.daemon.kill()
        for happen in self.random.choices(self.often(), k=3):
            self.happen(happen)
        self.daemon.start()

    def often(self) -> list[Callable[[], None]]:
        return [
            *3 * (self.create, self.make_directories),  # else little is left to happen to
            self.write,
            self.rename_file,
            self.move_directory,
            self.swap_directories,
            self.remove_tree,
            self.remove_and_make_again,
            self.remove_file,
            self.link,
            self.change_mode,
            self.change_case,
        ]

    def happen(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(
            OSError
        ):  # into itself, onto what is not empty: then it did not happen
            what()
            self.counts[what.__name__] += 1

    def round(self) -> None:
        for what in self.random.choices(self.often(), k=self.random.randint(1, 8)):
            self.happen(what)
        chance = self.random.random()
        if chance < 0.04:
            self.happen(self.overflow)
        elif chance < 0.10:
            self.happen(self.kill)
        elif chance < 0.20:
            self.happen(self.mount)

    # what must be true

    def on_disk(self) -> set[tuple[str, str]]:
        found = set()
        for root, top in zip(ROOTS, self.tops(), strict=True):
            for here, _below, files in os.walk(top):
                found |= {
                    (root, os.path.relpath(os.path.join(here, name), top))
                    for name in files
                    if name.endswith(".mp3")
                }
        if not self.mounted and ("one", "mounted/on the disk.mp3") in self.seen:
            found.add(("one", "mounted/on the disk.mp3"))  # out of sight is not gone
        return found

    seen: frozenset[tuple[str, str]] = frozenset()

    def in_catalog(self) -> dict[tuple[str, str], tuple[int, str]]:
        with contextlib.closing(
            sqlite3.connect(f"file:{self.daemon.top}/state/shelfd.db?mode=ro", uri=True)
        ) as db:
            return {
                (root, os.fsdecode(os.path.join(path, name))): (item, title)
                for root, path, name, item, title in db.execute(ROWS)
            }

    def check(self, number: int) -> None:
        try:
            eventually(lambda: self.in_catalog().keys() == self.on_disk(), within=30)
        except AssertionError:
            disk, catalog = self.on_disk(), self.in_catalog().keys()
            raise AssertionError(
                f"seed {SEED}, round {number}: not found {disk - catalog}, not missed {catalog - disk}"
            ) from None
        rows = self.in_catalog()
        self.seen = frozenset(rows)
        titles = Counter(title for _item, title in rows.values())
        for at, (item, title) in rows.items():
            if titles[title] == 1 and title not in self.linked:
                before = self.ids.setdefault(title, item)
                assert before == item, (
                    f"seed {SEED}, round {number}: {title} at {at} is another item"
                )

    def check_watches(self) -> None:
        def heard() -> bool:
            _, status = self.daemon.get("/v1/status")
            assert status["watch"]["fault"] is None
            found = {root["name"]: root["watches"] for root in status["roots"]}
            there = {
                root: sum(1 for _ in os.walk(top))
                for root, top in zip(ROOTS, self.tops(), strict=True)
            }
            return found == there

        eventually(heard, within=30)


def _title(path: Path) -> str:
    id3: Any = importlib.import_module("mutagen.id3")
    return str(id3.ID3(str(path))["TIT2"].text[0])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, SEED)
    try:
        yield world
    finally:
        if world.mounted:
            subprocess.run(["umount", "--lazy", str(world.point)], check=False)
        world.daemon.kill()


def test_after_any_changes_the_catalog_says_what_is_there(world: World) -> None:
    world.daemon.start()
    world.check(0)
    for number in range(1, ROUNDS + 1):
        world.round()
        world.check(number)
        if number % 20 == 0:
            world.check_watches()
