"""Which reader gets which file."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import covers
import media
from shelfd.core.media import Reading
from shelfd.edges import fingerprint, probe_worker, tags

decode = msgspec.msgpack.Decoder(Reading).decode


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


def test_chapters_that_only_ffmpeg_finds(tmp_path: Path) -> None:
    path = media.m4b(tmp_path / "a.m4b", chapters=((0, "One"), (400, "Two")), title="T")
    path.write_bytes(path.read_bytes().replace(b"chpl", b"free"))  # Nero's; QuickTime's stay

    assert tags.read(bytes(path)).chapters == ()
    reading = probe_worker.read(bytes(path))
    assert [chapter.title for chapter in reading.chapters] == ["One", "Two"]
    assert (reading.tags, len(reading.streams)) == ({"title": "T"}, 1)


def test_a_length_that_only_ffmpeg_finds(tmp_path: Path) -> None:
    path = media.flac(tmp_path / "a.flac", title="T")
    content = bytearray(path.read_bytes())
    content[8 + 13 : 8 + 18] = bytes([content[8 + 13] & 0xF0]) + bytes(4)  # the number of samples
    path.write_bytes(content)

    assert tags.read(bytes(path)).duration_ms is None
    reading = probe_worker.read(bytes(path))
    assert (reading.tags, reading.error) == ({"title": "T"}, None)


def test_one_channel_of_a_wavpack_is_a_number(tmp_path: Path) -> None:
    path = covers.wavpack(tmp_path / "a.wv", media.jpeg())
    content = bytearray(path.read_bytes())
    content[24] |= 4  # mono, as the flags of the first block say
    path.write_bytes(content)

    assert [stream.channels for stream in tags.read(bytes(path)).streams] == [1]
    assert type(tags.read(bytes(path)).streams[0].channels) is int


@pytest.mark.parametrize(
    "reading", [Reading(duration_ms=1 << 70), Reading(tags={"title": "\ud83d"})]
)
def test_what_cannot_be_sent_is_an_error_of_its_file(reading: Reading) -> None:
    fine = Reading(format="mp3", fingerprint=-5, tags={"title": "T"})

    arrived = [decode(probe_worker._sendable(one)) for one in (fine, reading)]
    assert arrived == [fine, Reading(error="it is damaged (what it says is impossible)")]


@pytest.mark.parametrize("name", ["a.mp3", "a.mkv", "a.epub"])
def test_what_cannot_be_read_has_a_fingerprint_all_the_same(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("This is a text.")

    reading = probe_worker.read(bytes(tmp_path / name))
    assert reading.error
    assert reading.fingerprint == fingerprint.of(bytes(tmp_path / name)) is not None


def test_what_is_no_audio_for_both_readers_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_text("This is a text.\n" * 1000)

    assert probe_worker.read(bytes(tmp_path / "a.mp3")).error == "no MP3 audio in it"


def test_other_files_are_not_opened(tmp_path: Path) -> None:
    assert probe_worker.read(bytes(tmp_path / "a.nfo")).error == "it is no media file by its name"
