"""Times as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shelfd.cli import moments
from shelfd.core.errors import UsageError

NINE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def parsed(written: str, now: datetime = NINE) -> datetime:
    return datetime.fromisoformat(moments.parse(written, now)).astimezone(UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2h", NINE - timedelta(hours=2)),
        ("90s", NINE - timedelta(seconds=90)),
        ("30m", NINE - timedelta(minutes=30)),
        ("30 min", NINE - timedelta(minutes=30)),
        ("3d", NINE - timedelta(days=3)),
        (" 2h ", NINE - timedelta(hours=2)),
        ("08:15", datetime(2026, 11, 21, 8, 15, tzinfo=UTC)),
        ("8:15", datetime(2026, 11, 21, 8, 15, tzinfo=UTC)),
        ("08:15:30", datetime(2026, 11, 21, 8, 15, 30, tzinfo=UTC)),
        ("18:00", datetime(2026, 11, 20, 18, 0, tzinfo=UTC)),
        ("2026-11-20T18:00Z", datetime(2026, 11, 20, 18, 0, tzinfo=UTC)),
        ("2026-11-20T18:00+01:00", datetime(2026, 11, 20, 17, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_it_is_meant(written: str, moment: datetime) -> None:
    assert parsed(written) == moment


@pytest.mark.parametrize("written", ["2026-11-20", "2026-11-20T00:00", "2026-11-20 00:00"])
def test_a_day_begins_at_midnight_of_this_machine(written: str) -> None:
    here = datetime(2026, 11, 20).astimezone()

    assert parsed(written) == here


def test_a_time_of_day_is_the_one_of_where_the_person_is() -> None:
    there = timezone(timedelta(hours=5))
    nine_there = datetime(2026, 11, 21, 9, 0, tzinfo=there)

    assert parsed("08:00", nine_there) == datetime(2026, 11, 21, 8, 0, tzinfo=there)


@pytest.mark.parametrize("written", ["", "tomorrow", "25:00", "2", "h", "2w", "-2h", "2026-13-01"])
def test_what_is_no_time_is_refused_with_examples(written: str) -> None:
    with pytest.raises(UsageError) as raised:
        moments.parse(written, NINE)

    assert raised.value.message == f"--since: {written!r} is no time"
    assert "2h for two hours ago" in raised.value.hint


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("30m", 1_800), ("30 min", 1_800), (" 2h ", 7_200), ("1d", 86_400)],
)
def test_a_span_of_time_is_as_many_seconds(written: str, seconds: int) -> None:
    assert moments.span_s("--deadline", written) == seconds


def test_a_span_longer_than_time_itself_is_refused() -> None:
    with pytest.raises(UsageError):
        moments.parse("999999d", NINE)


def test_a_deadline_may_be_a_month_away_and_no_more() -> None:
    assert moments.span_s("--deadline", "31d") == 31 * 86_400

    with pytest.raises(UsageError, match="--deadline: '32d' is too long") as refused:
        moments.span_s("--deadline", "32d")
    assert refused.value.hint == "31d is the longest there is"
