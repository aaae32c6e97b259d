"""What stands against a plan is said before anything happens, and finding that out leaves no trace."""

import os
from pathlib import Path

import pytest

from shelfd.core.errors import BrokenError
from shelfd.core.journal import Action, Expected, FileStep
from shelfd.edges.copier import Copier
from shelfd.edges.disk import Disk
from shelfd.edges.files import Files
from shelfd.edges.reach import Reach
from trees import plant, tree

HUGE = 1 << 61


def foresee(top: Path, mode: str, *names: str, size: int = 1, reserve: int = 0) -> None:
    disk = Disk(Reach(lambda: [os.fsencode(top), b"/dev/shm"]))
    files = Files(disk, Copier(disk, min_free_bytes=lambda: reserve))
    files.foresee([wanted(top, mode, name, size) for name in names])


def wanted(top: Path, mode: str, name: str, size: int) -> tuple[FileStep, bytes, bytes]:
    action = Action.MOVE if mode == "move" else Action.PLACE
    step = FileStep(action=action, mode=mode, expected=Expected(size=size, mtime_ns=1))
    return step, os.fsencode(top / "inbox" / name), os.fsencode(top / "library/New/Deep" / name)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    plant(tmp_path, {"inbox/a": b"a", "inbox/b": b"b", "library": {}})
    return tmp_path


@pytest.mark.parametrize("mode", ["auto", "move", "copy", "hardlink", "symlink"])
def test_what_is_possible_is_let_through_without_a_trace(top: Path, mode: str) -> None:
    before = tree(top)

    foresee(top, mode, "a", "b")

    assert tree(top) == before


def test_space_is_counted_for_all_of_a_plan(top: Path) -> None:
    found = os.statvfs(top)
    half = found.f_bavail * found.f_frsize * 2 // 3

    foresee(top, "copy", "a", size=half)
    with pytest.raises(BrokenError, match="are needed for all of it") as refused:
        foresee(top, "copy", "a", "b", size=half)
    with pytest.raises(BrokenError, match="must stay free"):
        foresee(top, "copy", "a", reserve=HUGE)

    assert refused.value.code == "no_space"


@pytest.mark.parametrize("mode", ["move", "hardlink", "symlink", "auto"])
def test_names_need_no_space(top: Path, mode: str) -> None:
    foresee(top, mode, "a", "b", size=HUGE, reserve=HUGE)


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="there is no second file system")  # noqa: S108  # to be another one
@pytest.mark.parametrize(
    ("mode", "words"), [("hardlink", "no hardlink"), ("reflink", "no reflink")]
)
def test_a_way_that_does_not_exist_is_named(top: Path, mode: str, words: str) -> None:
    disk = Disk()
    step, source, _ = wanted(top, mode, "a", 1)

    with pytest.raises(BrokenError, match=words) as refused:
        Files(disk, Copier(disk)).foresee([(step, source, b"/dev/shm/New/a")])

    assert refused.value.code == "not_possible"
    assert "auto" in refused.value.hint


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="there is no second file system")  # noqa: S108  # to be another one
def test_a_move_to_another_file_system_needs_the_space_of_a_copy(top: Path) -> None:
    disk = Disk()
    step, source, _ = wanted(top, "move", "a", HUGE)

    with pytest.raises(BrokenError, match="are needed"):
        Files(disk, Copier(disk)).foresee([(step, source, b"/dev/shm/New/a")])


def test_a_link_where_files_are_to_go_is_named(top: Path) -> None:
    (top / "library/New").symlink_to("/")

    with pytest.raises(BrokenError, match="symbolic links"):
        foresee(top, "copy", "a")
