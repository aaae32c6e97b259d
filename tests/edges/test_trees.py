"""Directories are compared with what they are known by, each by one look, wherever their root lies."""

import os
from pathlib import Path

import pytest

from shelfd.core.paths import RelPath
from shelfd.edges import trees

PATHS = (b"", b"Ann", b"Ann/Some", b"Bob", b"\xff odd")
STAT_NS = ("st_mtime_ns", "st_ctime_ns", "st_atime_ns")


def known(top: bytes, path: bytes) -> trees.Directory:
    """Return a directory as its row has it."""
    now = os.stat(os.path.join(top, path))
    signed = now.st_ino - (1 << 64) if now.st_ino >> 63 else now.st_ino
    return RelPath(path), signed, now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_nlink


@pytest.fixture
def top(tmp_path: Path) -> bytes:
    """Return a root with a few directories, behind a link."""
    real = os.fsencode(tmp_path / "real")
    for path in PATHS:
        os.makedirs(os.path.join(real, path), exist_ok=True)
    (tmp_path / "link").symlink_to("real")
    return os.fsencode(tmp_path / "link")


@pytest.fixture
def rows(top: bytes) -> list[trees.Directory]:
    return [known(top, path) for path in PATHS]


@pytest.mark.parametrize("end", [b"", b"/"])
def test_what_is_as_it_was_does_not_differ(
    top: bytes, rows: list[trees.Directory], end: bytes
) -> None:
    assert trees.differing(top + end, rows) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_directory_in_which_a_name_came_differs(
    top: bytes, rows: list[trees.Directory], path: bytes
) -> None:
    before = os.stat(os.path.join(top, path))
    Path(os.fsdecode(os.path.join(top, path)), "new").mkdir()
    os.utime(os.path.join(top, path), ns=(before.st_atime_ns, before.st_mtime_ns + 1))

    assert trees.differing(top, rows) == [path]


@pytest.mark.parametrize("column", range(5))
def test_each_number_of_the_signature_counts(
    top: bytes, rows: list[trees.Directory], column: int
) -> None:
    path, inode, mtime_ns, ctime_ns, size, links = rows[1]
    a, b, c, d, e = (int(number == column) for number in range(5))
    rows[1] = (path, inode + a, mtime_ns + b, ctime_ns + c, size + d, links + e)

    assert trees.differing(top, rows) == [b"Ann"]


def test_an_inode_is_the_same_with_or_without_its_sign(
    top: bytes, rows: list[trees.Directory], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.stat

    def stat(path: bytes, *, dir_fd: int | None = None) -> os.stat_result:
        now = [*real(path, dir_fd=dir_fd).__reduce__()[1][0]]
        now[1] = (1 << 64) - 7
        times = {name: getattr(real(path, dir_fd=dir_fd), name) for name in STAT_NS}
        return os.stat_result(now, times)

    monkeypatch.setattr(os, "stat", stat)

    assert trees.differing(top, [(row[0], -7, *row[2:]) for row in rows]) == []
    assert trees.differing(top, [(row[0], -8, *row[2:]) for row in rows]) == [*PATHS]


def test_one_whose_signature_cannot_be_trusted_differs(
    top: bytes, rows: list[trees.Directory]
) -> None:
    os.utime(os.path.join(top, b"Bob"), ns=(0, 0))
    epoch = known(top, b"Bob")

    assert epoch[2] == 0
    assert trees.differing(top, [epoch]) == [b"Bob"]


def test_what_is_gone_differs(top: bytes, rows: list[trees.Directory]) -> None:
    rows = [*rows[:3], rows[4]]
    os.rmdir(os.path.join(top, b"\xff odd"))
    rows[0] = known(top, b"")

    assert trees.differing(top, rows) == [b"\xff odd"]


@pytest.mark.parametrize("instead", ["nothing", "file"])
def test_where_the_root_is_gone_all_differ(
    tmp_path: Path, rows: list[trees.Directory], instead: str
) -> None:
    top = tmp_path / "gone"
    if instead == "file":
        top.touch()

    assert trees.differing(os.fsencode(top), rows) == [*PATHS]
    assert trees.differing(os.fsencode(top), []) == []


def test_nothing_stays_open(top: bytes, rows: list[trees.Directory]) -> None:
    before = os.listdir("/proc/self/fd")

    trees.differing(top, rows)

    assert os.listdir("/proc/self/fd") == before
