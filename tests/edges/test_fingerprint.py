"""Files are told apart by their size and their beginning."""

import os
from pathlib import Path

from shelfd.edges import fingerprint

HEAD = bytes(range(256)) * 256


def of(path: Path, content: bytes) -> int | None:
    path.write_bytes(content)
    return fingerprint.of(bytes(path))


def test_a_copy_has_the_same_and_it_fits_a_signed_column(tmp_path: Path) -> None:
    found = [of(tmp_path / "a", HEAD + bytes([n])) for n in range(3)]
    many = [of(tmp_path / "b", bytes([n])) or 0 for n in range(32)]

    assert found[0] == of(tmp_path / "copy", HEAD + b"\0")
    assert all(-(1 << 63) <= number < 1 << 63 for number in many)
    assert min(many) < 0 < max(many)


def test_size_and_beginning_count_and_the_rest_does_not(tmp_path: Path) -> None:
    one = of(tmp_path / "a", HEAD + b"x")

    assert of(tmp_path / "a", HEAD + b"y") == one
    assert of(tmp_path / "a", HEAD + b"xx") != one
    assert of(tmp_path / "a", b"x" + HEAD) != one


def test_an_empty_file_has_one(tmp_path: Path) -> None:
    assert of(tmp_path / "a", b"") is not None


def test_what_is_no_regular_file_or_not_there_has_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert fingerprint.of(bytes(tmp_path / "pipe")) is None
    assert fingerprint.of(bytes(tmp_path)) is None
    assert fingerprint.of(bytes(tmp_path / "nothing")) is None
