from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core.media import (
    AUDIO,
    BOOK,
    PICTURE,
    SIDECAR,
    VIDEO,
    Chapter,
    Reading,
    Sort,
    Stream,
    is_media,
    sort,
)

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"Film (2020)/Film (2020).mkv", Sort.VIDEO),
        (b"FILM.MKV", Sort.VIDEO),
        (b"recording.dvr-ms", Sort.VIDEO),
        (b"01 Song.flac", Sort.AUDIO),
        (b"Book.m4b", Sort.AUDIO),
        (b"Book.epub", Sort.BOOK),
        (b"Comic.cbz", Sort.BOOK),
        (b"Film.en.forced.srt", Sort.SIDECAR),
        (b"Film.nfo", Sort.SIDECAR),
        (b"01 Song.lrc", Sort.SIDECAR),
        (b"Album.cue", Sort.SIDECAR),
        (b"cover.jpg", Sort.COVER),
        (b"Album/Folder.JPEG", Sort.COVER),
        (b"poster.webp", Sort.COVER),
        (b"Film-poster.jpg", Sort.SIDECAR),
        (b"holiday.png", Sort.SIDECAR),
        (b"cover.gif", Sort.OTHER),
        (b"setup.exe", Sort.OTHER),
        (b"archive.rar", Sort.OTHER),
        (b"x.mkv.part", Sort.OTHER),
        (b"mkv", Sort.OTHER),
        (b".mkv", Sort.OTHER),
        (b"Show.mkv/readme", Sort.OTHER),
        (b"\xff\xfe.mp3", Sort.AUDIO),
        (b"", Sort.OTHER),
    ],
)
def test_what_a_file_is_for_shows_in_its_name(path: bytes, expected: Sort) -> None:
    assert sort(path) is expected


def test_no_extension_means_two_things() -> None:
    for one, other in combinations((VIDEO, AUDIO, BOOK, SIDECAR, PICTURE), 2):
        assert not one & other


def test_extensions_are_written_as_they_are_compared() -> None:
    for extension in VIDEO | AUDIO | BOOK | SIDECAR | PICTURE:
        assert extension.startswith(".")
        assert extension == extension.lower()


@given(
    st.binary(max_size=12),
    st.sampled_from(sorted(VIDEO | AUDIO | BOOK | SIDECAR | PICTURE | {"", ".exe", ".MKV"})),
)
@unhurried
def test_only_what_can_be_played_or_read_is_media(stem: bytes, extension: str) -> None:
    path = stem + extension.encode()

    assert is_media(path) == (sort(path) in (Sort.VIDEO, Sort.AUDIO, Sort.BOOK))


def test_readings_of_the_same_file_are_equal() -> None:
    def reading() -> Reading:
        return Reading(
            format="matroska",
            duration_ms=1000,
            tags={"title": "Film"},
            streams=(Stream(type="video", codec="h264", width=1920, height=1080),),
            chapters=(Chapter(start_ms=0, title="One"),),
        )

    assert reading() == reading()
    assert reading() != Reading(error="it is empty")
