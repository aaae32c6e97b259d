"""Sizes, times and tables for people."""

from functools import partial

import click
import pytest
from hypothesis import given, settings
from hypothesis.strategies import characters, integers, lists, tuples
from hypothesis.strategies import text as texts

from shelfd.cli import text

text_of = partial(texts, characters(exclude_categories=["C", "Z"]), max_size=80)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (5_000_000, "4.8 MiB"),
        (3 << 30, "3.0 GiB"),
        (5 << 40, "5.0 TiB"),
        (5000 << 40, "5000.0 TiB"),
    ],
)
def test_a_size_is_short(value: int, shown: str) -> None:
    assert text.size(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (99, "99 s"),
        (100, "2 min"),
        (5_600, "93 min"),
        (5_700, "2 h"),
        (172_799, "48 h"),
        (172_800, "2 days"),
    ],
)
def test_a_time_span_is_rough(seconds: float, shown: str) -> None:
    assert text.duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(2, "0:02"), (61.4, "1:01"), (6_127, "1:42:07"), (3599.6, "1:00:00")]
)
def test_a_playing_time_looks_like_that_of_a_player(seconds: float, shown: str) -> None:
    assert text.playing_time(seconds) == shown


@pytest.mark.parametrize(
    ("value", "thing", "shown"),
    [
        (0, "file", "0 files"),
        (1, "file", "1 file"),
        (1_234_567, "file", "1 234 567 files"),
        (2, "directory", "2 directories"),
        (1, "directory", "1 directory"),
    ],
)
def test_things_are_counted_in_words(value: int, thing: str, shown: str) -> None:
    assert text.count(value, thing) == shown


def test_columns_are_as_wide_as_what_is_seen_of_them() -> None:
    rows = [[click.style("ab", fg="red"), "c"], ["abcd", "e"]]

    assert [click.unstyle(line) for line in text.table(rows)] == ["  ab    c", "  abcd  e"]


def test_a_column_of_nothing_takes_no_room() -> None:
    assert text.table([["a", "", "b"], ["c", "", "d"]], indent="") == ["a  b", "c  d"]


def test_columns_are_as_wide_as_a_terminal_shows_them() -> None:
    lines = text.table([["千と千尋", "a"], ["e\u0301", "b"]], indent="")

    assert lines == ["千と千尋  a", "e\u0301         b"]


def test_of_a_path_that_is_too_long_the_end_is_kept_and_of_all_else_the_beginning() -> None:
    row = ["12", "/srv/media/Movies/Dune (2021)", "it cannot be read at all, alas"]

    assert text.table([row], indent="", cut=(1, 2), most=44) == [
        "12  …Movies/Dune (2021)  it cannot be read …"
    ]


@given(
    rows=lists(tuples(text_of(), text_of(), text_of()), min_size=1, max_size=5),
    most=integers(50, 200),
)
@settings(deadline=None)
def test_a_table_fits_into_the_terminal_and_cuts_only_what_may_be_cut(
    rows: list[tuple[str, str, str]], most: int
) -> None:
    ids = [(str(number), *row) for number, row in enumerate(rows)]
    lines = text.table(ids, cut=(1, 2, 3), most=most)

    assert all(text.seen(line) <= most for line in lines)
    assert [line.split()[0] for line in lines] == [row[0] for row in ids]


def test_a_table_of_nothing_is_nothing() -> None:
    assert text.table([]) == []


def test_a_line_has_no_blanks_at_its_end() -> None:
    assert text.table([["a", ""], ["b", "c"]], indent="") == ["a", "b  c"]


def test_what_never_was_has_no_time() -> None:
    assert text.clock(None) == "never"


def test_another_day_is_named() -> None:
    assert text.clock("2019-11-21T12:00:00.000Z").startswith("2019-11-2")
