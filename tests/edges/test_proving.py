"""Nothing is taken away, and nothing is taken for shelfd's own, only since its size and time are right."""

import errno
import os
from pathlib import Path

import pytest

from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.journal import WRITE, Action, Expected, FileStep
from shelfd.edges.copier import Copier, StoppedError
from shelfd.edges.disk import Disk
from shelfd.edges.files import Files
from shelfd.edges.writer import NotNeededError
from trees import Tree, plant

TIME_NS = 1_700_000_000_000_000_000


@pytest.fixture
def files() -> Files:
    disk = Disk()
    return Files(disk, Copier(disk))


def raw(path: Path) -> bytes:
    return os.fsencode(path)


def planted(top: Path, entries: Tree) -> None:
    """Plant files that all have the same time."""
    plant(top, entries)
    for name in entries:
        os.utime(top / name, ns=(TIME_NS, TIME_NS))


def seen(files: Files, path: Path) -> Expected:
    found = files.seen(raw(path))
    assert found is not None
    return found


def discard(files: Files, top: Path, mode: str = "copy") -> None:
    placed, source = seen(files, top / "placed"), seen(files, top / "source")
    expected = Expected(
        size=placed.size, mtime_ns=placed.mtime_ns, origin=(source.size, source.mtime_ns)
    )
    step = FileStep(action=Action.DISCARD, mode=mode, expected=expected)
    files.perform(step, raw(top / "placed"), raw(top / "source"), b"")


def test_a_copy_that_was_edited_at_the_same_size_and_time_stays(
    files: Files, tmp_path: Path
) -> None:
    planted(tmp_path, {"source": b"content", "placed": b"EDITED!"})

    with pytest.raises(RefusedError, match="holds something else"):
        discard(files, tmp_path)

    assert (tmp_path / "placed").read_bytes() == b"EDITED!"


def test_a_copy_that_holds_the_same_goes(files: Files, tmp_path: Path) -> None:
    planted(tmp_path, {"source": b"content", "placed": b"content"})

    discard(files, tmp_path)

    assert not (tmp_path / "placed").exists()


class HoldingDisk(Disk):
    def unlink(self, path: bytes) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)


def test_a_copy_that_cannot_be_removed_is_named(tmp_path: Path) -> None:
    planted(tmp_path, {"source": b"content", "placed": b"content"})
    disk = HoldingDisk()

    with pytest.raises(BrokenError, match="placed: discard failed"):
        discard(Files(disk, Copier(disk)), tmp_path)


def test_a_stop_while_a_copy_is_compared_leaves_it(tmp_path: Path) -> None:
    planted(tmp_path, {"source": b"content", "placed": b"content"})
    disk = Disk()

    with pytest.raises(StoppedError):
        discard(Files(disk, Copier(disk, stopping=lambda: True)), tmp_path)

    assert (tmp_path / "placed").exists()


def test_a_link_that_leads_elsewhere_by_now_stays(files: Files, tmp_path: Path) -> None:
    planted(tmp_path, {"source": b"content", "other": b"content"})
    (tmp_path / "placed").symlink_to(tmp_path / "other")

    with pytest.raises(RefusedError, match="no link to"):
        discard(files, tmp_path, "symlink")

    assert (tmp_path / "placed").is_symlink()


def test_what_was_written_and_edited_at_the_same_size_and_time_stays(
    files: Files, tmp_path: Path
) -> None:
    planted(tmp_path, {"movie.nfo": b"<edited>"})
    found = seen(files, tmp_path / "movie.nfo")
    expected = Expected(size=found.size, mtime_ns=found.mtime_ns, content=b"<movie/>")
    step = FileStep(action=Action.DISCARD, mode=WRITE, expected=expected)

    with pytest.raises(NotNeededError, match="has been changed"):
        files.perform(step, raw(tmp_path / "movie.nfo"), b"", b"")

    assert (tmp_path / "movie.nfo").read_bytes() == b"<edited>"


@pytest.mark.parametrize(
    ("mode", "there", "is_made"),
    [
        ("copy", b"content", True),
        ("copy", b"strange", False),
        ("auto", b"strange", False),
        (WRITE, b"content", True),
        (WRITE, b"strange", False),
    ],
)
def test_after_a_crash_content_tells_what_is_ours(
    files: Files, tmp_path: Path, mode: str, there: bytes, *, is_made: bool
) -> None:
    planted(tmp_path, {"source": b"content", "target": there})
    step = FileStep(action=Action.PLACE, mode=mode, expected=Expected(content=b"content"))

    made = files.is_made(step, raw(tmp_path / "source"), raw(tmp_path / "target"))

    assert made == is_made


@pytest.mark.parametrize("leads_to", ["source", "other"])
def test_after_a_crash_a_link_is_ours_when_it_leads_to_the_source(
    files: Files, tmp_path: Path, leads_to: str
) -> None:
    planted(tmp_path, {"source": b"content", "other": b"content"})
    (tmp_path / "target").symlink_to(tmp_path / leads_to)
    step = FileStep(action=Action.PLACE, mode="symlink")

    made = files.is_made(step, raw(tmp_path / "source"), raw(tmp_path / "target"))

    assert made == (leads_to == "source")


def test_another_file_of_the_same_size_and_time_does_not_go_to_the_trash(
    files: Files, tmp_path: Path
) -> None:
    planted(tmp_path, {"old": b"content"})
    step = FileStep(action=Action.MOVE, trash=True, expected=seen(files, tmp_path / "old"))
    planted(tmp_path, {"new": b"another"})
    (tmp_path / "new").replace(tmp_path / "old")

    with pytest.raises(RefusedError, match="another file"):
        files.perform(step, raw(tmp_path / "old"), raw(tmp_path / "trash"), b"")

    assert (tmp_path / "old").read_bytes() == b"another"
