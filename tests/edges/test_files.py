"""Each file step is whole or did not happen, and never replaces anything."""

import errno
import os
import stat
import struct
from pathlib import Path

import pytest

from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.journal import Action, Expected, FileStep
from shelfd.edges.copier import Copier, StoppedError
from shelfd.edges.disk import Disk
from shelfd.edges.files import Files, NothingToDoError
from shelfd.edges.reach import Reach
from trees import plant, tree

NOBODY = 0xFFFFFFFF
"""The number that stands in entries of an access list that name nobody."""
MODES = ["auto", "copy", "hardlink", "symlink"]


@pytest.fixture
def files() -> Files:
    disk = Disk()
    return Files(disk, Copier(disk))


def raw(path: Path) -> bytes:
    return os.fsencode(path)


def expected(path: Path) -> Expected:
    found = Files(Disk(), Copier(Disk())).seen(raw(path))
    assert found is not None
    return found


def place(files: Files, top: Path, mode: str) -> None:
    source = top / "source"
    step = FileStep(action=Action.PLACE, mode=mode, expected=expected(source))
    files.perform(step, raw(source), raw(top / "target"), raw(top / ".shelfd-1-1.tmp"))


@pytest.mark.parametrize("mode", MODES)
def test_a_file_is_placed_with_its_content(files: Files, tmp_path: Path, mode: str) -> None:
    plant(tmp_path, {"source": b"content"})

    place(files, tmp_path, mode)

    assert (tmp_path / "target").read_bytes() == b"content"
    assert (tmp_path / "source").exists()


@pytest.mark.parametrize("mode", MODES)
def test_what_is_there_is_never_replaced(files: Files, tmp_path: Path, mode: str) -> None:
    plant(tmp_path, {"source": b"content", "target": b"mine"})
    before = tree(tmp_path)

    with pytest.raises(BrokenError, match="something is there already"):
        place(files, tmp_path, mode)

    assert tree(tmp_path) == before


def test_a_move_never_replaces_either(files: Files, tmp_path: Path) -> None:
    plant(tmp_path, {"source": b"content", "target": b"mine"})
    step = FileStep(action=Action.MOVE, expected=expected(tmp_path / "source"))

    with pytest.raises(BrokenError, match="something is there already"):
        files.perform(step, raw(tmp_path / "source"), raw(tmp_path / "target"), b"")

    assert (tmp_path / "target").read_bytes() == b"mine"
    assert (tmp_path / "source").read_bytes() == b"content"


def test_a_copy_has_the_time_and_the_mode_of_its_source(files: Files, tmp_path: Path) -> None:
    plant(tmp_path, {"source": b"content"})
    (tmp_path / "source").chmod(0o604)
    os.utime(tmp_path / "source", ns=(1, 987_654_321))

    place(files, tmp_path, "copy")

    facts = (tmp_path / "target").stat()
    assert (stat.S_IMODE(facts.st_mode), facts.st_mtime_ns) == (0o604, 987_654_321)


def test_a_copy_has_the_attributes_and_the_access_list_of_its_source(
    files: Files, tmp_path: Path
) -> None:
    plant(tmp_path, {"source": b"content"})
    source, target = tmp_path / "source", tmp_path / "target"
    # owner rw, user 1234 r, group r, mask r, others nothing; see acl(5) and linux/posix_acl_xattr.h
    entries = [(1, 6, NOBODY), (2, 4, 1234), (4, 4, NOBODY), (16, 4, NOBODY), (32, 0, NOBODY)]
    access = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(source, "user.comment", b"mine")
        os.setxattr(source, "system.posix_acl_access", access)
    except OSError as error:
        pytest.skip(f"this file system keeps no attributes: {error}")

    place(files, tmp_path, "copy")

    assert os.getxattr(target, "user.comment") == b"mine"
    assert os.getxattr(target, "system.posix_acl_access") == access
    assert target.stat().st_mtime_ns == source.stat().st_mtime_ns


def test_a_file_that_changed_since_it_was_looked_at_is_not_touched(
    files: Files, tmp_path: Path
) -> None:
    plant(tmp_path, {"source": b"content"})
    step = FileStep(action=Action.PLACE, mode="copy", expected=expected(tmp_path / "source"))
    plant(tmp_path, {"source": b"other content"})

    with pytest.raises(RefusedError, match="it has changed"):
        files.perform(step, raw(tmp_path / "source"), raw(tmp_path / "target"), raw(tmp_path / "t"))

    assert sorted(tree(tmp_path)) == ["source"]


class ChangingDisk(Disk):
    """A disk on which somebody writes to the source in the middle of a copy."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        super().write(descriptor, data)
        with self.path.open("ab") as file:
            file.write(b"more")


class LyingDisk(Disk):
    """A disk that returns other bytes than were written."""

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        super().write(descriptor, bytes(byte ^ 1 for byte in data))


def test_a_source_that_changes_while_it_is_copied_gives_no_copy(tmp_path: Path) -> None:
    plant(tmp_path, {"source": b"content"})
    disk = ChangingDisk(tmp_path / "source")

    with pytest.raises(RefusedError, match="changed while it was copied"):
        place(Files(disk, Copier(disk)), tmp_path, "copy")

    assert sorted(tree(tmp_path)) == ["source"]


def test_a_copy_that_reads_back_differently_is_thrown_away(tmp_path: Path) -> None:
    plant(tmp_path, {"source": b"content"})
    disk = LyingDisk()

    with pytest.raises(BrokenError, match="reads back differently"):
        place(Files(disk, Copier(disk)), tmp_path, "copy")

    assert sorted(tree(tmp_path)) == ["source"]


def test_a_stop_in_the_middle_of_a_copy_leaves_no_trace(tmp_path: Path) -> None:
    plant(tmp_path, {"source": b"content"})
    disk = Disk()

    with pytest.raises(StoppedError):
        place(Files(disk, Copier(disk, stopping=lambda: True)), tmp_path, "copy")

    assert sorted(tree(tmp_path)) == ["source"]


def test_space_that_must_stay_free_stays_free(tmp_path: Path) -> None:
    plant(tmp_path, {"source": b"content"})
    disk = Disk()

    with pytest.raises(BrokenError, match="must stay free") as refused:
        place(Files(disk, Copier(disk, min_free_bytes=lambda: 1 << 60)), tmp_path, "copy")

    assert refused.value.code == "no_space"
    assert sorted(tree(tmp_path)) == ["source"]


def test_a_placed_file_is_discarded_only_while_its_source_is_there(
    files: Files, tmp_path: Path
) -> None:
    plant(tmp_path, {"source": b"content"})
    place(files, tmp_path, "copy")
    (tmp_path / "source").unlink()
    step = FileStep(action=Action.DISCARD, expected=expected(tmp_path / "target"))

    with pytest.raises(RefusedError, match="from which it was made, is gone"):
        files.perform(step, raw(tmp_path / "target"), raw(tmp_path / "source"), b"")

    assert (tmp_path / "target").exists()


def test_a_directory_that_is_not_empty_stays(files: Files, tmp_path: Path) -> None:
    plant(tmp_path, {"directory/late": b"x"})
    step = FileStep(action=Action.RMDIR)

    with pytest.raises(NothingToDoError):
        files.perform(step, raw(tmp_path / "directory"), b"", b"")

    assert (tmp_path / "directory" / "late").exists()


def test_a_disk_without_exclusive_renames_replaces_nothing_either(tmp_path: Path) -> None:
    from shelfd.edges.disk import _rename_by_link  # noqa: PLC0415  # the second way, by itself

    plant(tmp_path, {"source": b"content", "taken": b"mine"})

    reach = Reach()
    with reach.spot(raw(tmp_path / "source")) as source:
        with reach.spot(raw(tmp_path / "taken")) as taken, pytest.raises(FileExistsError):
            _rename_by_link(source, taken)
        with reach.spot(raw(tmp_path / "target")) as target:
            _rename_by_link(source, target)

    assert (tmp_path / "taken").read_bytes() == b"mine"
    assert (tmp_path / "target").read_bytes() == b"content"
    assert not (tmp_path / "source").exists()


class DeadDisk(Disk):
    """A disk of which nothing can be read."""

    def __init__(self) -> None:
        super().__init__()
        self.reach = DeadReach()

    def unlink(self, path: bytes) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)


class DeadReach(Reach):
    def lstat(self, path: bytes) -> os.stat_result:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)


class DeadCopier(Copier):
    def digest(self, path: bytes) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)


def test_a_disk_that_fails_is_told_in_words(tmp_path: Path) -> None:
    disk = DeadDisk()
    dead = Files(disk, DeadCopier(disk))
    plant(tmp_path, {"one": b"1", "two": b"2"})
    one, two = raw(tmp_path / "one"), raw(tmp_path / "two")

    with pytest.raises(BrokenError, match="one: it cannot be looked at: Input/output error"):
        dead.seen(one)
    with pytest.raises(BrokenError, match="one: it cannot be removed: Input/output error"):
        dead.clear(one)
    with pytest.raises(BrokenError, match="two: it cannot be compared: Input/output error"):
        dead.same_content(one, two)
