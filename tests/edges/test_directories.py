"""A look at the disk tells what is there, and follows nothing."""

import os
import socket
from pathlib import Path

import pytest

from shelfd.core.errors import NotFoundError
from shelfd.edges import directories
from trees import plant


def raw(path: Path) -> bytes:
    return os.fsencode(path)


def test_a_listing_tells_files_directories_and_what_is_neither(tmp_path: Path) -> None:
    plant(tmp_path, {"file": b"12345", "below/deep": b"x"})
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")

    found = directories.listing(raw(tmp_path))

    assert {name: facts.size for name, facts in found.files.items()} == {b"file": 5}
    assert found.directories == (b"below",)
    assert found.others == {b"link": "symbolic link", b"pipe": "pipe"}
    assert found.inode == tmp_path.stat().st_ino


def test_a_tree_names_everything_from_its_top(tmp_path: Path) -> None:
    plant(tmp_path, {"a/b/c.mp3": b"x", "a/d.mp3": b"x"})
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a", target_is_directory=True)

    found = directories.tree(raw(tmp_path / "a"))

    assert sorted(found.files) == [b"b/c.mp3", b"d.mp3"]
    assert found.directories == (b"b",)
    assert found.others == {b"loop": "symbolic link"}


def test_a_directory_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="it is not there"):
        directories.listing(raw(tmp_path / "nowhere"))


def test_names_that_are_no_text_are_bytes(tmp_path: Path) -> None:
    Path(os.fsdecode(raw(tmp_path) + b"/\xff.mp3")).write_bytes(b"x")

    assert list(directories.listing(raw(tmp_path)).files) == [b"\xff.mp3"]


def test_a_writer_is_seen_while_it_writes(tmp_path: Path) -> None:
    plant(tmp_path, {"file": b"x"})
    path = tmp_path / "file"
    with path.open("ab"):
        assert directories.has_writer(raw(path))
    with path.open("rb"):
        assert not directories.has_writer(raw(path))
    assert not directories.has_writer(raw(path))


def test_what_cannot_be_asked_for_writers_has_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert not directories.has_writer(raw(tmp_path / "s"))
    assert not directories.has_writer(raw(tmp_path / "nowhere"))


def test_bytes_that_were_never_written_are_counted(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.write(b"x" * 65_536)
        file.truncate(1_000_000)
    plant(tmp_path, {"whole": b"x" * 1_000_000})
    facts = directories.listing(raw(tmp_path)).files

    assert directories.holes(raw(tmp_path / "sparse"), facts[b"sparse"]) == 1_000_000 - 65_536
    assert directories.holes(raw(tmp_path / "whole"), facts[b"whole"]) == 0


def test_what_exists_in_another_spelling_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"The Beatles/Help!": {}, "Cafe\u0301": {}})

    spelled = directories.spelled(raw(tmp_path), (b"the beatles", b"HELP!", b"01.mp3"))
    composed = directories.spelled(raw(tmp_path), ("Café".encode(),))

    assert spelled == (b"The Beatles", b"Help!", b"01.mp3")
    assert composed == ("Cafe\u0301".encode(),)
