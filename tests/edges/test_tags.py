"""Tags as mutagen's formats hold them, in real files."""

import importlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import media
from shelfd.core.media import Chapter, Stream
from shelfd.edges import tags

MAKERS: dict[str, Callable[..., Path]] = {
    "song.mp3": media.mp3,
    "song.flac": media.flac,
    "song.opus": media.opus,
    "song.m4a": media.m4b,
}
SAID = {
    "title": "Sjón",
    "artist": "An Artist",
    "albumartist": "Various",
    "album": "An Album",
    "track": "3",
    "disc": "1",
    "date": "2001-02-03",
    "genre": "Jazz",
    "composer": "A Composer",
    "series": "A Series",
    "asin": "B0123",
    "isbn": "9780000000002",
    "musicbrainz_albumid": "0af1",
}


@pytest.fixture(params=MAKERS)
def song(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of each format with all the tags."""
    return MAKERS[request.param](
        tmp_path / request.param, **{**SAID, "track": "03/12", "disc": "1/2"}
    )


def test_every_format_says_the_same(song: Path) -> None:
    assert tags.read(bytes(song)).tags == {**SAID, "tracktotal": "12", "disctotal": "2"}


@pytest.mark.parametrize(
    ("name", "container", "sound"),
    [
        ("song.mp3", "mp3", Stream(type="audio", codec="mp3", sample_rate=44_100)),
        ("song.flac", "flac", Stream(type="audio", codec="flac", bit_depth=16, sample_rate=44_100)),
        ("song.opus", "ogg", Stream(type="audio", codec="opus", sample_rate=48_000)),
        ("song.m4a", "mp4", Stream(type="audio", codec="aac", sample_rate=44_100)),
    ],
)
def test_the_sound_is_described(name: str, container: str, sound: Stream, tmp_path: Path) -> None:
    reading = tags.read(bytes(MAKERS[name](tmp_path / name)))

    assert reading.format == container
    (found,) = reading.streams
    assert found == msgspec.structs.replace(sound, channels=2, bit_rate=found.bit_rate)
    assert found.bit_rate
    assert reading.duration_ms is not None
    assert 990 <= reading.duration_ms <= 1060


def test_a_file_without_tags_is_not_at_fault(tmp_path: Path) -> None:
    reading = tags.read(bytes(media.mp3(tmp_path / "a.mp3")))

    assert (reading.tags, reading.error) == ({}, None)


def test_the_composer_of_an_audiobook_is_its_narrator(tmp_path: Path) -> None:
    book = tags.read(bytes(media.m4b(tmp_path / "a.m4b", composer="A Voice")))
    song = tags.read(bytes(media.m4b(tmp_path / "a.m4a", composer="A Composer")))

    assert book.tags == {"composer": "A Voice", "narrator": "A Voice"}
    assert song.tags == {"composer": "A Composer"}


def test_a_narrator_of_its_own_wins_over_the_composer(tmp_path: Path) -> None:
    path = media.m4b(tmp_path / "a.m4b", composer="A Composer", narrator="A Voice")

    assert tags.read(bytes(path)).tags["narrator"] == "A Voice"


def test_movement_frames_are_no_series_of_their_own(tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    with_frames(path, ("MVNM", "Discworld"), ("MVIN", "4/41"))

    assert tags.read(bytes(path)).tags == {
        "title": "T",
        "movement_name": "Discworld",
        "movement": "4",
    }


def test_movement_atoms_are_no_series_of_their_own(tmp_path: Path) -> None:
    path = media.m4b(tmp_path / "a.m4a")
    with_atoms(path, {"\xa9mvn": ["Discworld"], "\xa9mvi": [4]})

    assert tags.read(bytes(path)).tags == {"movement_name": "Discworld", "movement": "4"}


def test_television_atoms_are_show_season_and_episode(tmp_path: Path) -> None:
    path = media.m4b(tmp_path / "a.m4a", show="A Show", season="2", episode="13", media_type="10")

    assert tags.read(bytes(path)).tags == {
        "show": "A Show",
        "season": "2",
        "episode": "13",
        "media_type": "10",
    }


def test_the_recording_is_named_by_a_frame_that_only_musicbrainz_uses(tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3(str(path))
    frames.add(id3.UFID(owner="http://musicbrainz.org", data=b"8b88"))
    frames.add(id3.TXXX(desc="MusicBrainz Artist Id", text=["a1", "a2"]))
    frames.save()

    found = tags.read(bytes(path)).tags
    assert found["musicbrainz_trackid"] == "8b88"
    assert found["musicbrainz_artistid"] == "a1; a2"


def test_a_genre_that_is_a_number_is_looked_up(tmp_path: Path) -> None:
    assert tags.read(bytes(media.mp3(tmp_path / "a.mp3", genre="(17)"))).tags == {"genre": "Rock"}


def test_the_day_stands_beside_the_year_in_older_tags(tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3(str(path))
    frames.add(id3.TDRC(encoding=3, text=["2001-02-03"]))
    frames.update_to_v23()
    frames.save(v2_version=3)

    assert tags.read(bytes(path)).tags == {"title": "T", "date": "2001-02-03"}


def test_gain_is_said_in_one_way(tmp_path: Path) -> None:
    song = media.opus(tmp_path / "a.opus", r128_track_gain="-2560", r128_album_gain="256")
    other = media.flac(tmp_path / "a.flac", replaygain_track_gain="-6,50 dB", comment="No")
    third = media.mp3(tmp_path / "a.mp3", title="T")
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3(str(third))
    frames.add(id3.RVA2(desc="album", channel=1, gain=-3.5, peak=0.5))
    frames.save()

    assert tags.read(bytes(song)).tags == {
        "replaygain_track_gain": "-5.00",
        "replaygain_album_gain": "6.00",
    }
    assert tags.read(bytes(other)).tags == {"replaygain_track_gain": "-6.50", "comment": "No"}
    assert tags.read(bytes(third)).tags == {
        "title": "T",
        "replaygain_album_gain": "-3.50",
        "replaygain_album_peak": "0.500000",
    }


def test_an_old_tag_at_the_end_is_read_without_any_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(bytes(5000) + b"TAG" + b"Title".ljust(30, b"\0") + bytes(94) + b"\x11")

    reading = tags.read(bytes(path))
    assert reading.tags == {"title": "Title", "genre": "Rock"}
    assert reading.error == "no MP3 audio in it"


def test_chapters_of_an_audiobook(tmp_path: Path) -> None:
    path = media.m4b(tmp_path / "a.m4b", chapters=((0, "One"), (400, "Two")))

    assert tags.read(bytes(path)).chapters == (
        Chapter(start_ms=0, title="One"),
        Chapter(start_ms=400, title="Two"),
    )


def test_chapters_of_an_mp3(tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3(str(path))
    for name, start in (("b", 500), ("a", 0)):
        title = id3.TIT2(encoding=3, text=[f"Part {name}"])
        frames.add(id3.CHAP(element_id=name, start_time=start, end_time=900, sub_frames=[title]))
    frames.save()

    assert tags.read(bytes(path)).chapters == (
        Chapter(start_ms=0, title="Part a"),
        Chapter(start_ms=500, title="Part b"),
    )


def test_a_picture_does_no_harm(tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3(str(path))
    frames.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, data=media.jpeg()))
    frames.save()

    assert tags.read(bytes(path)).tags == {"title": "T"}


def test_the_content_counts_where_the_extension_is_wrong(tmp_path: Path) -> None:
    path = media.flac(tmp_path / "a.flac", title="T").rename(tmp_path / "a.m4a")

    reading = tags.read(bytes(path))
    assert (reading.format, reading.tags) == ("flac", {"title": "T"})


def test_tags_without_sound_are_told_together_with_the_error(tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    path.write_bytes(path.read_bytes()[:300] + bytes(5000))

    reading = tags.read(bytes(path))
    assert (reading.tags, reading.error) == ({"title": "T"}, "no MP3 audio in it")


def test_tags_before_a_picture_that_was_cut_off_are_told(tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3(str(path))
    frames.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, data=bytes(100_000)))
    frames.save()
    os.truncate(path, 50_000)

    reading = tags.read(bytes(path))
    assert (reading.tags, reading.error) == ({"title": "T"}, "no MP3 audio in it")


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.mp3", b"", "it is empty"),
        ("a.mp3", b"This is a text.\n" * 100, "no MP3 audio in it"),
        ("a.mp3", b"ID3", "no MP3 audio in it"),
        ("a.m4b", bytes(10_000), "no M4B audio in it"),
        ("a.flac", b"fLaC", "no FLAC audio in it"),
        ("a.ogg", b"OggS" + bytes(100), "no OGG audio in it"),
        ("a.wma", b"\x30\x26\xb2\x75" * 10, "no WMA audio in it"),
    ],
)
def test_what_is_no_audio_is_an_error(
    name: str, content: bytes, error: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    assert tags.read(bytes(tmp_path / name)).error == error


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "directory.mp3").mkdir()

    assert tags.read(bytes(tmp_path / "pipe.mp3")).error == "it is not a regular file"
    assert tags.read(bytes(tmp_path / "directory.mp3")).error == "it is not a regular file"
    assert tags.read(bytes(tmp_path / "nothing.mp3")).error == "no such file or directory"


def test_a_name_that_is_no_text_is_no_fault(tmp_path: Path) -> None:
    path = os.path.join(bytes(tmp_path), b"caf\xe9.flac")
    media.flac(tmp_path / "a.flac", title="T").rename(os.fsdecode(path))

    assert tags.read(path).tags == {"title": "T"}


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(MAKERS)),
    damage=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=8)), max_size=8),
    kept=st.floats(0, 1),
)
def test_no_damage_gets_out_of_the_reader(
    name: str, damage: list[tuple[float, bytes]], kept: float
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = MAKERS[name](Path(directory, name), title="T", artist="A")
        content = bytearray(path.read_bytes())
        for place, garbage in damage:
            start = int(place * len(content))
            content[start : start + len(garbage)] = garbage
        path.write_bytes(content[: int(kept * len(content))])

        reading = tags.read(bytes(path))
        assert reading.error or reading.streams


def with_frames(path: Path, *texts: tuple[str, str]) -> None:
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3(str(path))
    for name, text in texts:
        frames.add(id3.Frames[name](encoding=3, text=[text]))
    frames.save()


def with_atoms(path: Path, atoms: dict[str, list[object]]) -> None:
    file: Any = importlib.import_module("mutagen.mp4").MP4(str(path))
    file.update(atoms)
    file.save()
