"""What is filed gets the mode and the group of the settings; what is taken back has again what it had."""

import os
import shutil
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

import media
from household import Household
from shelfd.core.operations import State
from shelfd.core.settings import Import, Mode
from stopping import Killed, StoppingDisk
from trees import names, tree

GIVEN = Import(file_mode="0664", dir_mode="2775")
TAGS = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}
FILED = "music/Ann/Some/01 One.mp3"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def dropped(top: Path, mode: Mode, filing: Import = GIVEN) -> Household:
    """Make a household into which a private album was dropped."""
    home = Household(top, mode=mode, filing=filing)
    album = home.inbox / "Album"
    album.mkdir(mode=0o750)
    media.mp3(album / "1.mp3", **TAGS).chmod(0o640)
    (album / "cover.jpg").write_bytes(media.jpeg())
    (album / "cover.jpg").chmod(0o604)
    return home


@pytest.mark.parametrize("way", ["copy", "move"])
def test_files_and_directories_get_their_modes(tmp_path: Path, way: Mode) -> None:
    home = dropped(tmp_path, way)

    home.settle()

    assert mode(home.library / FILED) == 0o664
    assert mode(home.library / "music/Ann/Some/cover.jpg") == 0o664
    assert mode(home.library / "music/Ann/Some") == 0o2775
    assert mode(home.library / "music/Ann") == 0o2775


@pytest.mark.parametrize("way", ["copy", "move", "hardlink"])
def test_an_undo_gives_back_the_modes_there_were(tmp_path: Path, way: Mode) -> None:
    home = dropped(tmp_path, way)
    before = tree(home.inbox) | tree(home.library)
    home.settle()

    assert home.undo(home.imports()[0].id).state is State.COMPLETED
    assert tree(home.inbox) | tree(home.library) == before


def test_without_settings_files_keep_their_modes(tmp_path: Path) -> None:
    home = dropped(tmp_path, "move", Import())

    home.settle()

    assert mode(home.library / FILED) == 0o640


def test_a_hard_link_leaves_the_file_as_it_is_seeded(tmp_path: Path) -> None:
    home = dropped(tmp_path, "hardlink")

    with capture_logs() as logs:
        home.settle()

    assert mode(home.library / FILED) == 0o640
    assert [log["path"] for log in logs if "it has other names" in log["event"]] == [
        os.fsencode(home.library / FILED),
        os.fsencode(home.library / "music/Ann/Some/cover.jpg"),
    ]


def test_a_file_that_is_seeded_from_elsewhere_is_moved_as_it_is(tmp_path: Path) -> None:
    home = dropped(tmp_path, "move")
    os.link(home.inbox / "Album/1.mp3", tmp_path / "seeded.mp3")

    home.settle()

    assert names(home.library) == [FILED, "music/Ann/Some/cover.jpg"]
    assert mode(tmp_path / "seeded.mp3") == 0o640
    assert mode(home.library / "music/Ann/Some/cover.jpg") == 0o664


def test_metadata_files_get_the_same_mode(tmp_path: Path) -> None:
    home = dropped(tmp_path, "copy", Import(file_mode="0600", write_nfo=True))

    home.settle()

    assert mode(home.library / "music/Ann/Some/album.nfo") == 0o600


def test_a_group_that_is_not_there_keeps_nothing_from_being_filed(tmp_path: Path) -> None:
    home = dropped(tmp_path, "move", Import(group="no-such-group-here"))

    with capture_logs() as logs:
        home.settle()

    assert "no-such-group-here: there is no such group" in {log.get("group") for log in logs}
    [operation] = home.imports()
    assert operation.state is State.COMPLETED
    assert names(home.library) == [FILED, "music/Ann/Some/cover.jpg"]


def test_a_replaced_file_comes_back_with_its_own_mode(tmp_path: Path) -> None:
    home = dropped(tmp_path, "move", Import(conflict="replace-better"))
    home.settle()
    (home.library / FILED).chmod(0o444)
    before = tree(home.library)
    settings = home.current.settings
    filing = replace(settings.import_, file_mode="0664")
    home.current.settings = replace(settings, import_=filing)
    media.flac(home.inbox / "one.flac", **TAGS)
    home.settle()
    assert mode(home.library / "music/Ann/Some/01 One.flac") == 0o664

    assert home.undo(home.imports()[-1].id).state is State.COMPLETED
    assert tree(home.library) == before


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_change_it_has_its_mode_and_an_undo_knows_the_one_before(
    tmp_path: Path, when: str
) -> None:
    ready = tmp_path / "ready"
    ready.mkdir()
    dropped(ready, "move").close()
    before = unhidden(tree(ready / "inbox") | tree(ready / "library"))
    for at in range(1, 1000):
        top = tmp_path / str(at)
        shutil.copytree(ready, top)
        home = Household(
            top, mode="move", filing=GIVEN, disk=StoppingDisk(at, after=when == "after")
        )
        try:
            home.settle()
        except Killed:
            home.close()
        else:
            assert at > 8
            return
        home = Household(top, mode="move", filing=GIVEN)
        home.settle()
        home.settle()
        modes = {name: mode(home.library / name) for name in names(home.library)}
        assert modes == {FILED: 0o664, "music/Ann/Some/cover.jpg": 0o664}, at
        assert mode(home.library / "music/Ann/Some") == 0o2775, at
        assert home.undo(home.imports()[-1].id).state is State.COMPLETED, at
        assert unhidden(tree(home.inbox) | tree(home.library)) == before, at
        home.close()


def unhidden(found: dict[str, str]) -> dict[str, str]:
    """Return modes and contents of files, without times of directories, which a crash may change."""
    return {
        path: what if what.startswith("file") else what.rpartition(" ")[0]
        for path, what in found.items()
        if ".shelfd-trash" not in path
    }
