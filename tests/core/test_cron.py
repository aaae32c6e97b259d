"""Crontab lines as crontab(5) reads them."""

import re

import pytest

from shelfd.core.cron import parse

EVERY_WEEKDAY = frozenset(range(7))


def test_a_nightly_line_names_one_minute_of_every_day() -> None:
    line = parse("30 4 * * *")

    assert line.minutes == {30}
    assert line.hours == {4}
    assert line.days == set(range(1, 32))
    assert line.months == set(range(1, 13))
    assert line.weekdays == EVERY_WEEKDAY


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN"])
def test_sunday_has_three_names(sunday: str) -> None:
    assert parse(f"0 5 * * {sunday}").weekdays == {0}


@pytest.mark.parametrize(
    ("text", "weekdays"),
    [
        ("mon-fri", {1, 2, 3, 4, 5}),
        ("fri-sun", {5, 6, 0}),
        ("5-7", {5, 6, 0}),
        ("*/2", {0, 2, 4, 6}),
        ("1,3,wed", {1, 3}),
    ],
)
def test_weekdays_come_as_lists_ranges_and_steps(text: str, weekdays: set[int]) -> None:
    assert parse(f"0 5 * * {text}").weekdays == weekdays


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("*/15", {0, 15, 30, 45}),
        ("5-20/5", {5, 10, 15, 20}),
        ("50/4", {50, 54, 58}),
        ("0,1,58-59", {0, 1, 58, 59}),
    ],
)
def test_minutes_come_as_lists_ranges_and_steps(text: str, minutes: set[int]) -> None:
    assert parse(f"{text} * * * *").minutes == minutes


def test_either_day_is_enough_when_both_are_limited() -> None:
    assert parse("0 5 1 * mon").either_day
    assert not parse("0 5 1 * *").either_day
    assert not parse("0 5 * * mon").either_day
    assert not parse("0 5 */2 * mon").either_day


def test_a_leap_day_comes_one_day() -> None:
    assert parse("0 5 29 feb *").days == {29}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("@daily", "it takes five fields"),
        ("0 5 * *", "not 4"),
        ("60 5 * * *", "minute 60 is not between 0 and 59"),
        ("0 5 0 * *", "day of month 0 is not between 1 and 31"),
        ("0 5 * jab *", "month `jab` is not a number or a name such as `jan`"),
        ("0 5 * * 8", "day of week 8 is not between 0 and 7"),
        ("0 17-5 * * *", "hour `17-5` runs backwards"),
        ("*/0 5 * * *", "minute with a step of 0 never moves on"),
        ("-5 5 * * *", "minute `` is not a number"),
        ("0 5 L * *", "day of month `l` is not a number"),
        ("0 5 ² * *", "day of month `²` is not a number"),
        ("0 5 31 feb,apr *", "it names a day that no such month has"),
    ],
)
def test_a_line_that_means_nothing_says_why(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse(line)
