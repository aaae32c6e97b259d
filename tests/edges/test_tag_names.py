"""Whatever names and values a file uses, shelfd sees its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfd.edges.tag_names import NAMES, clean, date, named, number


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2001", "2001"),
        ("1987-03-31T07:00:00Z", "1987-03-31"),
        ("2005/06/05", "2005-06-05"),
        ("20050605", "2005-06-05"),
        ("2005-13-01", "2005"),
        ("2005-00-00", "2005"),
        ("Oct 3, 1995", ""),
        ("0000", ""),
        ("20051", ""),
        ("", ""),
    ],
)
def test_a_date_is_as_exact_as_the_file_says(written: str, meant: str) -> None:
    assert date(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"), [("01", "1"), ("1.0", "1"), ("1.5", "1.5"), ("A1", "A1"), ("0", "0")]
)
def test_a_number_has_no_padding(written: str, meant: str) -> None:
    assert number(written) == meant


def test_names_count_without_case_and_punctuation() -> None:
    foreign = [("Album Artist", "X"), ("SERIES-PART", "2.0"), ("MusicBrainz/Album Id", "m")]

    assert named(foreign) == {"albumartist": "X", "sequence": "2", "musicbrainz_albumid": "m"}


def test_a_place_can_hold_the_total() -> None:
    assert named([("TRACKNUMBER", "02/12"), ("disc", "1 / 2")]) == {
        "track": "2",
        "tracktotal": "12",
        "disc": "1",
        "disctotal": "2",
    }


def test_a_total_of_its_own_wins_over_the_one_in_the_place() -> None:
    assert named([("tracktotal", "11"), ("track", "2/12")])["tracktotal"] == "12"


def test_a_total_of_nothing_is_no_total() -> None:
    assert named([("track", "2/0")]) == {"track": "2"}


def test_the_exact_date_wins_over_the_year_wherever_it_stands() -> None:
    assert named([("year", "2001"), ("date", "2001-02-03")]) == {"date": "2001-02-03"}


def test_several_artists_are_joined_once_each_and_several_titles_are_not() -> None:
    foreign = [("artist", "A"), ("artist", "B"), ("artist", "A"), ("title", "T"), ("title", "U")]

    assert named(foreign) == {"artist": "A; B", "title": "T"}


def test_only_a_true_compilation_is_one() -> None:
    assert named([("compilation", "True")]) == {"compilation": "1"}
    assert named([("compilation", "0")]) == {}


def test_a_language_has_one_code() -> None:
    assert named([("language", "ger"), ("language", "de-AT"), ("language", "English")]) == {
        "language": "deu; English"
    }


@pytest.mark.parametrize(
    ("name", "written", "meant"),
    [
        ("replaygain_track_gain", "-6.52 dB", "-6.52"),
        ("REPLAYGAIN_ALBUM_GAIN", "+1,5", "1.5"),
        ("replaygain_track_peak", "0.988553", "0.988553"),
        ("replaygain_track_gain", "loud", None),
        ("R128_TRACK_GAIN", "0", "5.00"),
        ("R128_TRACK_GAIN", "0.5", None),
    ],
)
def test_loudness_is_a_plain_number(name: str, written: str, meant: str | None) -> None:
    assert list(named([(name, written)]).values()) == ([meant] if meant else [])


def test_replaygain_wins_over_the_way_of_opus() -> None:
    pairs = [("r128_track_gain", "0"), ("replaygain_track_gain", "-1")]

    assert named(pairs) == {"replaygain_track_gain": "-1"}


def test_padding_and_halves_of_characters_do_not_survive() -> None:
    assert clean(" \ufeffTitle\0\0") == "Title"
    assert clean("half \ud83d") == "half ?"


@given(st.lists(st.tuples(st.sampled_from(sorted(NAMES)), st.text(st.characters()))))
def test_any_values_give_tags_that_can_be_written_down(pairs: list[tuple[str, str]]) -> None:
    for name, value in named(pairs).items():
        assert name in NAMES.values() or name in ("tracktotal", "disctotal")
        assert value.encode() != b""
