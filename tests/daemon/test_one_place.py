"""A library that can be reached as an inbox as well keeps its files."""

import os
import subprocess
from pathlib import Path

import pytest

import media
from household import Household
from running import PROGRAM, Running
from shelfd.core.settings import Mode
from shelfd.edges.disk import Disk
from shelfd.store import drops
from trees import tree


@pytest.fixture
def daemon(tmp_path: Path) -> Running:
    daemon = Running(tmp_path)
    song = daemon.library / "Music" / "Ann" / "Some" / "01 One.mp3"
    song.parent.mkdir(parents=True)
    media.mp3(song, artist="Ann", album="Some", title="One", track="1")
    return daemon


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("where", ["Music", "."])
def test_links_that_make_one_of_an_inbox_and_a_library_are_refused(
    daemon: Running, where: str, command: str
) -> None:
    daemon.inbox.rmdir()
    daemon.inbox.symlink_to(daemon.library / where)
    before = tree(daemon.library)

    ran = subprocess.run(
        [*PROGRAM, command, "--config", str(daemon.config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == {"run": 2, "check": 1}[command]
    assert "inbox[0].path" in ran.stdout + ran.stderr
    assert "library[2].path" in ran.stdout + ran.stderr
    assert "by a link or a mount both show the same" in ran.stdout + ran.stderr
    assert tree(daemon.library) == before


@pytest.mark.parametrize("mode", ["auto", "copy", "hardlink"])
@pytest.mark.parametrize("linked", [False, True])
def test_where_nobody_could_tell_a_file_of_the_library_stays_all_the_same(
    tmp_path: Path, mode: Mode, *, linked: bool
) -> None:
    album = tmp_path / "library" / "music" / "Ann" / "Some"
    album.mkdir(parents=True)
    media.mp3(album / "01 One.mp3", artist="Ann", album="Some", title="One", track="1")
    if linked:
        (tmp_path / "seeding.mp3").hardlink_to(album / "01 One.mp3")
    (tmp_path / "inbox").symlink_to(tmp_path / "library" / "music")
    before = tree(album)
    home = Household(tmp_path, mode=mode)

    home.settle()
    home.settle()

    assert tree(album) == before
    [waiting] = drops.waiting(home.db.read())
    assert "by a link or a mount" in waiting.reason


class OneOfTwo(Disk):
    """Shows a file of the library in the inbox as if it were another one, as a union of disks can."""

    shown: tuple[Path, Path]

    def rename(self, source: bytes, target: bytes) -> None:
        inside, outside = self.shown
        aside = outside.with_name(".gone")
        super().rename(source, target)
        if source == os.fsencode(inside):
            outside.rename(aside)
        if target == os.fsencode(inside):
            aside.rename(outside)


def test_where_even_the_kernel_tells_two_files_the_one_comes_back_with_the_other(
    tmp_path: Path,
) -> None:
    disk = OneOfTwo()
    home = Household(tmp_path, disk=disk)
    album = home.library / "music" / "Ann" / "Some"
    album.mkdir(parents=True)
    media.mp3(album / "01 One.mp3", artist="Ann", album="Some", title="One", track="1")
    (home.inbox / "one.mp3").write_bytes((album / "01 One.mp3").read_bytes())
    disk.shown = home.inbox / "one.mp3", album / "01 One.mp3"
    before = tree(album), tree(home.inbox)

    home.settle()
    home.settle()

    assert (tree(album), tree(home.inbox)) == before
    [waiting] = drops.waiting(home.db.read())
    assert "by a link or a mount" in waiting.reason
    assert home.open_steps() == 0
