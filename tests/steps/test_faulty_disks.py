"""Whatever the disk refuses in the midst of an import: the item is whole at its source, the target is clean, the reason is clear."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import State
from shelfd.edges.disk import Disk
from shelfd.store import drops
from trees import names, tree

FILM = "A.Film.2020.1080p.mkv"


class FaultyDisk(Disk):
    """Calls `fault` before each write, and before each file is made durable, with the bytes written so far."""

    def __init__(self, fault: Callable[[str, int], None]) -> None:
        super().__init__()
        self.fault = fault
        self.written = 0

    def create(self, path: bytes) -> int:
        self.fault("create", self.written)
        return super().create(path)

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        self.fault("write", self.written + len(data))
        super().write(descriptor, data)
        self.written += len(data)

    def sync(self, what: int | bytes) -> None:
        if isinstance(what, int):
            self.fault("sync", self.written)
        super().sync(what)


def failing(call: str, number: int, beyond: int = 0) -> Callable[[str, int], None]:
    def fault(what: str, written: int) -> None:
        if what == call and written >= beyond:
            raise OSError(number, os.strerror(number))

    return fault


def filed(top: Path, fault: Callable[[str, int], None]) -> tuple[Household, dict[str, str]]:
    """Drop a film with subtitles, meet the fault, and return what there was before."""
    home = Household(top, mode="copy", disk=FaultyDisk(fault))
    (home.inbox / "d").mkdir()
    media.mkv(home.inbox / "d" / FILM)
    (home.inbox / "d" / FILM.replace(".mkv", ".en.srt")).write_bytes(b"1\n")
    before = whole(home)
    home.settle()
    return home, before


def whole(home: Household) -> dict[str, str]:
    found = tree(home.inbox) | tree(home.library)
    return {path: what for path, what in found.items() if not what.startswith("dir")}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (failing("write", errno.ENOSPC), "No space left"),
        (failing("write", errno.ENOSPC, beyond=1000), "No space left"),
        (failing("write", errno.EDQUOT), "quota"),
        (failing("create", errno.ENOSPC), "No space left"),
        (failing("create", errno.EROFS), "Read-only"),
        (failing("sync", errno.EIO), "Input/output error"),
        (failing("sync", errno.EIO, beyond=1000), "Input/output error"),
    ],
)
def test_what_the_disk_refuses_leaves_the_drop_as_it_was(
    tmp_path: Path, fault: Callable[[str, int], None], words: str
) -> None:
    home, before = filed(tmp_path, fault)

    assert whole(home) == before
    assert home.open_steps() == 0
    [operation] = home.imports()
    told = operation.fault or operation.error
    assert told is not None
    assert words in told["message"]


@pytest.mark.parametrize("at", range(0, 6000, 499))
def test_a_disk_that_is_full_at_any_byte_leaves_the_drop_as_it_was(tmp_path: Path, at: int) -> None:
    home, before = filed(tmp_path, failing("write", errno.ENOSPC, beyond=at))

    size = (home.inbox / "d" / FILM).stat().st_size if (home.inbox / "d").exists() else 0
    assert whole(home) == before or at > size
    assert home.open_steps() == 0


def test_a_target_directory_that_is_removed_meanwhile_costs_nothing(tmp_path: Path) -> None:
    removed: list[bool] = []

    def fault(what: str, _written: int) -> None:
        if what == "create" and not removed:
            removed.append(True)
            shutil.rmtree(tmp_path / "library/movies/A Film (2020)")

    home, before = filed(tmp_path, fault)

    assert removed
    assert whole(home) == before
    assert home.open_steps() == 0
    home.clock.now += 400
    home.settle()
    assert "movies/A Film (2020)/A Film (2020).mkv" in tree(home.library)


def test_a_source_that_is_changed_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    source = tmp_path / "inbox/d" / FILM

    def fault(what: str, _written: int) -> None:
        if what == "write":
            with source.open("ab") as file:
                file.write(b"more")

    home, _before = filed(tmp_path, fault)

    assert source.read_bytes().endswith(b"more")
    assert not [path for path, what in tree(home.library).items() if what.startswith("file")]
    assert home.open_steps() == 0
    [operation] = home.imports()
    assert operation.error is not None
    assert "changed" in operation.error["message"]


class SealedDisk(Disk):
    """A disk on which nothing in one directory can be changed any more once so much was written."""

    def __init__(self, beyond: int) -> None:
        super().__init__()
        self.beyond = beyond
        self.written = 0
        self.sealed = False

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        super().write(descriptor, data)
        self.written += len(data)
        self.refuse(b"/library/" if self.written > self.beyond else b"")

    def unlink(self, path: bytes) -> None:
        self.refuse(path)
        super().unlink(path)

    def rename(self, source: bytes, target: bytes) -> None:
        self.refuse(source + target)
        super().rename(source, target)

    def refuse(self, path: bytes) -> None:
        self.sealed = self.sealed or (self.written > self.beyond)
        if self.sealed and b"/library/" in path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


def dropped_album(home: Household) -> None:
    for number, title in enumerate(("One", "Two"), 1):
        (home.inbox / "album").mkdir(exist_ok=True)
        path = home.inbox / f"album/{number}.mp3"
        media.mp3(path, artist="Ann", album="Some", title=title, track=str(number))


def half_files(home: Household) -> list[str]:
    return [path for path in tree(home.library) if path.endswith(".tmp")]


def test_half_a_file_that_could_not_be_removed_goes_when_it_can_be(tmp_path: Path) -> None:
    disk = SealedDisk(beyond=7000)
    home = Household(tmp_path, mode="copy", disk=disk)
    dropped_album(home)
    sizes = [path.stat().st_size for path in sorted((home.inbox / "album").iterdir())]
    disk.beyond = sizes[0] + 1

    home.settle()
    assert half_files(home)
    [operation] = home.imports()
    assert operation.state is State.QUEUED
    told = operation.fault or operation.error
    assert told is not None
    assert "cannot be removed: Permission denied" in told["message"]

    disk.beyond, disk.sealed = 1 << 40, False
    home.clock.now += 3600
    home.work()

    assert half_files(home) == []
    assert names(home.library) == ["music/Ann/Some/01 One.mp3", "music/Ann/Some/02 Two.mp3"]
    assert home.open_steps() == 0


class ClosedDisk(Disk):
    """A disk that takes two files, then nothing, and gives nothing back."""

    links = 0

    def link(self, source: bytes, target: bytes) -> None:
        self.links += 1
        if self.links > 1:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), target)
        super().link(source, target)

    def unlink(self, path: bytes) -> None:
        if b"/library/" in path:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        super().unlink(path)


def test_what_could_not_be_put_back_is_counted_and_not_said_to_be_put_back(tmp_path: Path) -> None:
    home = Household(tmp_path, mode="hardlink", disk=ClosedDisk())
    dropped_album(home)

    home.settle()

    drop = drops.one(home.db.read(), home.place(b"album"))
    assert drop is not None
    assert "1 of its files could not be put back" in drop.reason
    assert "was put back" not in drop.reason
