"""Whichever change of files the disk refuses, whenever: nothing is lost, doubled or half, and it is filed once the disk is well."""

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

import media
from household import Household
from shelfd.core.settings import Import, Mode
from shelfd.edges.disk import Disk
from shelfd.store import drops
from stopping import CHANGES
from trees import names, tree

FILING = Import(write_nfo=True, file_mode="0640", dir_mode="0750", conflict="replace-better")
TAGS = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}
RIGHTS = frozenset({"chmod", "chown", "set_access_list"})


class RefusingDisk(Disk):
    """Refuses one of its changes, counted from 1, with a number of errno(3)."""

    def __init__(self, at: int = 0, number: int = errno.EIO) -> None:
        super().__init__()
        self.at = at
        self.number = number
        self.count = 0
        self.refused = ""

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name not in CHANGES:
            return method

        def counted(*arguments: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                self.refused = name
                raise OSError(self.number, os.strerror(self.number))
            return method(*arguments)

        return counted


def dropped(top: Path, mode: Mode) -> None:
    """Make a household with one track in the library, and a better one with a cover in the inbox."""
    top.mkdir()
    home = Household(top, mode=mode, filing=FILING)
    media.mp3(home.inbox / "1.mp3", **TAGS)
    home.settle()
    album = home.inbox / "Album"
    album.mkdir()
    media.flac(album / "1.flac", **TAGS)
    (album / "cover.jpg").write_bytes(media.jpeg())
    home.close()


def shelved(top: Path) -> dict[str, str]:
    """Return what lies in the library and the inbox, with its content, and not what is in a trash."""
    return {
        f"{part}/{name}": described(top / part / name)
        for part in ("library", "inbox")
        for name in names(top / part)
    }


def described(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o} {hash(path.read_bytes()):x}"


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("mode", ["copy", "move", "hardlink"])
def test_whatever_is_refused_nothing_is_lost_and_it_is_filed_later(
    tmp_path: Path, mode: Mode, number: int
) -> None:
    dropped(tmp_path / "ready", mode)
    before = shelved(tmp_path / "ready")
    shutil.copytree(tmp_path / "ready", tmp_path / "whole")
    disk = RefusingDisk()
    home = Household(tmp_path / "whole", mode=mode, filing=FILING, disk=disk)
    home.settle()
    after = shelved(tmp_path / "whole")
    home.close()
    assert disk.count > 10

    # each fifth, others with each number
    for at in range(1 + number % 5, disk.count + 1, 5):
        top = tmp_path / str(at)
        shutil.copytree(tmp_path / "ready", top)
        disk = RefusingDisk(at, number)
        home = Household(top, mode=mode, filing=FILING, disk=disk)
        hold(home, disk, (before, after))
        home.close()
        shutil.rmtree(top)


def hold(home: Household, disk: RefusingDisk, wholes: tuple[dict[str, str], ...]) -> None:
    """Hold that an import is whole or has not happened, and that it happens once the disk is well."""
    home.settle()
    found, where = shelved(home.top), (disk.at, disk.refused)
    # what only a mode was refused for is filed with another
    assert found in wholes or disk.refused in RIGHTS, where
    assert home.open_steps() == 0, where
    assert not [path for path in tree(home.top) if path.endswith(".tmp")], where
    if found == wholes[0]:
        said(home, os.strerror(disk.number), where)
    for _look in range(2):
        home.clock.now += 4000
        home.settle()
    assert set(shelved(home.top)) == set(wholes[1]), where


def said(home: Household, words: str, where: tuple[int, str]) -> None:
    """Hold that the reason is with the operation and with the drop, where `shelfd why` finds it."""
    operation = home.imports()[-1]
    told = operation.fault or operation.error
    assert told is not None, where
    assert words in told["message"], where
    drop = drops.one(home.db.read(), home.place(b"Album"))
    assert drop is not None, where
    assert words in drop.reason, where
