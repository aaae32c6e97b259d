"""The marker of a root is there whole or not at all, and is nobody else's file."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from shelfd.core import ignored
from shelfd.core.errors import BrokenError
from shelfd.edges import marker

ID = "0123456789abcdef" * 2


def test_what_is_written_is_read(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)
    assert marker.read(root) is None

    marker.write(root, ID)

    assert marker.read(root) == ID
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o644
    assert "shelfd" in file.read_text()


def test_it_is_passed_over() -> None:
    assert ignored.reason(marker.NAME) is not None
    assert ignored.reason(marker.UNFINISHED) is not None


def test_what_a_crash_has_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(marker.UNFINISHED)).write_bytes(b"01234")

    marker.write(os.fsencode(tmp_path), ID)

    assert os.listdir(os.fsencode(tmp_path)) == [marker.NAME]


def test_one_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)
    marker.write(root, ID)

    with pytest.raises(BrokenError, match="File exists"):
        marker.write(root, "f" * 32)

    assert marker.read(root) == ID
    assert os.listdir(root) == [marker.NAME]


@pytest.mark.parametrize("content", [b"", b"0123\n", b"hello\n", b"\xff" * 5000, ID.encode()])
def test_what_is_no_marker_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / os.fsdecode(marker.NAME)).write_bytes(content)

    with pytest.raises(BrokenError, match="no marker of shelfd") as caught:
        marker.read(os.fsencode(tmp_path))

    assert caught.value.hint


def put_pipe(place: Path) -> None:
    os.mkfifo(place)


def put_directory(place: Path) -> None:
    place.mkdir()


def put_link(place: Path) -> None:
    place.with_name("elsewhere").write_text(f"{ID}\n")
    place.symlink_to("elsewhere")


def put_socket(place: Path) -> None:
    os.mknod(place, stat.S_IFSOCK | 0o644)


@pytest.mark.parametrize("put", [put_pipe, put_directory, put_link, put_socket])
def test_what_is_no_file_is_no_marker(tmp_path: Path, put: Callable[[Path], None]) -> None:
    put(tmp_path / os.fsdecode(marker.NAME))

    with pytest.raises(BrokenError) as caught:
        marker.read(os.fsencode(tmp_path))

    assert caught.value.code == "marker_damaged"


def test_where_it_cannot_be_written_the_reason_is_said() -> None:
    with pytest.raises(BrokenError, match="cannot be written"):
        marker.write(b"/proc/self", ID)


def test_what_shelfd_passes_over_does_not_make_a_directory_full(tmp_path: Path) -> None:
    root = os.fsencode(tmp_path)
    (tmp_path / "lost+found").mkdir()
    (tmp_path / ".DS_Store").touch()
    marker.write(root, ID)
    assert marker.is_empty(root)

    (tmp_path / "Film (2000)").mkdir()

    assert not marker.is_empty(root)


def test_a_directory_that_is_gone_cannot_be_looked_into(tmp_path: Path) -> None:
    gone = os.fsencode(tmp_path / "gone")

    assert not marker.is_directory(gone)
    with pytest.raises(BrokenError, match="cannot be read"):
        marker.is_empty(gone)


def test_a_file_is_there_with_its_size(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(b"12345")
    path = os.fsencode(tmp_path / "a.mkv")

    assert marker.has(path, 5)
    assert not marker.has(path, 6)
    assert not marker.has(path + b".gone", 5)
    assert not marker.has(os.fsencode(tmp_path), os.stat(tmp_path).st_size)
