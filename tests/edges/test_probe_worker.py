"""Which reader gets which file."""

from collections.abc import Callable
from pathlib import Path

import pytest

import media
from shelfd.edges import probe_worker


@pytest.mark.parametrize(
    ("name", "make", "found"),
    [
        ("a.mp3", media.mp3, "mp3"),
        ("a.M4B", media.m4b, "mp4"),
        ("a.mka", media.mka, "matroska"),
        ("a.mkv", media.mkv, "matroska"),
        ("a.m4v", media.mp4, "mp4"),
        ("a.epub", lambda path: media.epub(path, "A Title", "An Author"), "epub"),
    ],
)
def test_the_name_decides_which_reader_is_asked(
    name: str, make: Callable[[Path], Path], found: str, tmp_path: Path
) -> None:
    reading = probe_worker.read(bytes(make(tmp_path / name)))

    assert (reading.format, reading.error) == (found, None)


def test_text_that_only_ffmpeg_finds_in_a_wav(tmp_path: Path) -> None:
    reading = probe_worker.read(bytes(media.wav(tmp_path / "a.wav", title="T", artist="A")))

    assert (reading.format, reading.tags) == ("wav", {"title": "T", "artist": "A"})


def test_sound_that_only_ffmpeg_finds_under_a_wrong_name(tmp_path: Path) -> None:
    path = media.mka(tmp_path / "a.mka", title="T").rename(tmp_path / "a.mp3")

    reading = probe_worker.read(bytes(path))
    assert (reading.format, reading.tags, reading.error) == ("matroska", {"title": "T"}, None)


def test_what_is_no_audio_for_both_readers_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_text("This is a text.\n" * 1000)

    assert probe_worker.read(bytes(tmp_path / "a.mp3")).error == "no MP3 audio in it"


def test_other_files_are_not_opened(tmp_path: Path) -> None:
    assert probe_worker.read(bytes(tmp_path / "a.nfo")).error == "it is no media file by its name"
