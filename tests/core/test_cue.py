"""What a cue sheet says, in whatever letters it is written, and what is none."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core import cue
from shelfd.core.cue import Cue

SHEET = """\
REM GENRE Rock
REM DATE 1993
REM DISCNUMBER 2
PERFORMER "{by}"
TITLE "{title}"
FILE "{file}" WAVE
  TRACK 01 AUDIO
    TITLE "First"
    PERFORMER "Guest"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Second"
"""


def sheet(by: str = "Björk", title: str = "Début", file: str = "disc.flac") -> str:
    return SHEET.format(by=by, title=title, file=file)


WHOLE = Cue(performer="Björk", title="Début", year=1993, disc=2, files=("disc.flac",), tracks=2)


@pytest.mark.parametrize(
    "data",
    [
        sheet().encode(),
        codecs.BOM_UTF8 + sheet().encode(),
        sheet().encode("cp1252"),
        sheet().encode("utf-16"),
        sheet().replace("\n", "\r\n").encode(),
        sheet().replace("PERFORMER", "performer").replace("REM DATE", "rem  date").encode(),
    ],
)
def test_a_sheet_says_whose_disc_it_is_in_any_letters(data: bytes) -> None:
    assert cue.read(data) == WHOLE


@pytest.mark.parametrize("title", ["椎名林檎", "ベスト", "ありがとう 2"])
def test_japanese_is_known_by_its_signs(title: str) -> None:
    found = cue.read(sheet(by="A", title=title).encode("cp932"))

    assert found is not None
    assert found.title == title


@pytest.mark.parametrize("title", ["Für Élise", "Mañana", "Ágætis byrjun", "Kéroutré", "Ænima"])
def test_accents_are_not_taken_for_japanese(title: str) -> None:
    found = cue.read(sheet(by="A", title=title).encode("cp1252"))

    assert found is not None
    assert found.title == title


@pytest.mark.parametrize(
    ("said", "file"),
    [
        ('"a b.flac" WAVE', "a b.flac"),
        ("a.flac WAVE", "a.flac"),
        ("a b.flac WAVE", "a b.flac"),
        ('"C:\\\\Rips\\\\a.wav" WAVE', "a.wav"),
        ('"../../etc/a.flac" WAVE', "a.flac"),
        ('"a\u202eb.flac" WAVE', "a b.flac"),
    ],
)
def test_of_a_file_only_the_name_counts(said: str, file: str) -> None:
    found = cue.read(f"FILE {said}\n".encode())

    assert found is not None
    assert found.files == (file,)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"TITLE only\n",
        b"\x00" * 5000,
        b"RIFF....WAVE",
        (sheet() + " " * cue.LONGEST).encode(),
    ],
)
def test_what_is_no_sheet_says_nothing(data: bytes) -> None:
    assert cue.read(data) is None


def test_fillers_are_no_names() -> None:
    found = cue.read(sheet(by="Unknown Artist", title="Untitled").encode())

    assert found is not None
    assert (found.performer, found.title) == ("", "")


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b'FILE "a.flac" WAVE\n', b'TITLE "']))
def test_whatever_the_bytes_are_nothing_is_raised_and_names_are_names(
    data: bytes, before: bytes
) -> None:
    found = cue.read(before + data)

    if found is not None:
        assert all("/" not in file and "\0" not in file for file in found.files)
        assert len(found.title) <= 200
        assert found.title.isprintable()
