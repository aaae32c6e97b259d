"""A media file that is shorter than its container says is known for one that is cut off."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import media
from shelfd.edges.lengths import missing

MAKERS = {"a.mkv": media.mkv, "a.mp4": media.mp4, "a.m4b": media.m4b, "a.wav": media.wav}


@pytest.mark.parametrize(("name", "make"), MAKERS.items())
def test_a_whole_file_lacks_nothing(
    name: str, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    assert missing(os.fsencode(make(tmp_path / name))) == 0


@pytest.mark.parametrize(("name", "make"), MAKERS.items())
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_what_is_cut_off_lacks_the_rest(
    name: str, make: Callable[[Path], Path], share: float, tmp_path: Path
) -> None:
    path = make(tmp_path / name)
    size = path.stat().st_size
    os.truncate(path, int(size * share))

    assert missing(os.fsencode(path)) > 0


def test_a_recording_of_unknown_length_lacks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "live.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"clusters")

    assert missing(os.fsencode(path)) == 0


@pytest.mark.parametrize("content", [b"", b"\x1a\x45\xdf\xa3", b"\0\0\0\0ftypqt  ", b"RIFF"])
def test_what_makes_no_sense_says_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(content)

    assert missing(os.fsencode(tmp_path / "a.mkv")) == 0
    assert missing(os.fsencode(tmp_path / "nothing.mkv")) == 0
