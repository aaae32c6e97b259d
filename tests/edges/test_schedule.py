"""The calendar, in the machine's own time zone."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shelfd.edges.schedule import Schedule, trigger

MONDAY_NOON = datetime(2026, 6, 1, 12, 0).astimezone()
DAILY = "30 4 * * *"


def times(line: str, count: int) -> list[str]:
    """Return the first times after a Monday noon in June."""
    when = trigger(line)
    found: list[datetime] = []
    now = MONDAY_NOON
    for _ in range(count):
        now = when.get_next_fire_time(now, now)
        found.append(now)
    return [f"{time:%a %d %b %H:%M}" for time in found]


@pytest.fixture
def schedule() -> Iterator[Schedule]:
    schedule = Schedule(lambda _name: None)
    yield schedule
    schedule.close()


@pytest.mark.parametrize("sunday", ["0", "7", "sun"])
def test_sunday_is_sunday(sunday: str) -> None:
    assert times(f"0 5 * * {sunday}", 2) == ["Sun 07 Jun 05:00", "Sun 14 Jun 05:00"]


def test_working_days_are_one_to_five() -> None:
    assert times("0 5 * * 1-5", 5) == [
        "Tue 02 Jun 05:00",
        "Wed 03 Jun 05:00",
        "Thu 04 Jun 05:00",
        "Fri 05 Jun 05:00",
        "Mon 08 Jun 05:00",
    ]


def test_steps_and_lists_are_kept() -> None:
    assert times("*/20 1,13 * * *", 4) == [
        "Mon 01 Jun 13:00",
        "Mon 01 Jun 13:20",
        "Mon 01 Jun 13:40",
        "Tue 02 Jun 01:00",
    ]


def test_either_day_is_enough_when_both_are_limited() -> None:
    assert times("0 5 3 * sun", 3) == ["Wed 03 Jun 05:00", "Sun 07 Jun 05:00", "Sun 14 Jun 05:00"]


def test_a_first_start_has_missed_nothing(schedule: Schedule) -> None:
    schedule.add("cleanup", DAILY, None)

    due = schedule.next_runs()["cleanup"].astimezone()

    assert (due.hour, due.minute) == (4, 30)


def test_what_was_missed_while_down_runs_soon(schedule: Schedule) -> None:
    now = datetime.now(UTC)
    schedule.add("cleanup", DAILY, now - timedelta(days=9))

    assert schedule.next_runs()["cleanup"] - now < timedelta(minutes=1)


def test_what_ran_this_minute_is_not_made_up_for(schedule: Schedule) -> None:
    now = datetime.now(UTC)
    schedule.add("yearly", f"0 0 1 {1 if now.month > 6 else 12} *", now)

    assert schedule.next_runs()["yearly"] - now > timedelta(days=1)


def test_a_last_run_in_the_future_does_not_put_anything_off(schedule: Schedule) -> None:
    now = datetime.now(UTC)
    schedule.add("cleanup", DAILY, now + timedelta(days=900))

    assert schedule.next_runs()["cleanup"] - now < timedelta(days=1, hours=2)


def test_a_line_replaces_the_line_of_that_name_and_an_empty_one_removes_it(
    schedule: Schedule,
) -> None:
    schedule.start()
    schedule.add("scan", DAILY, None)
    schedule.add("scan", "0 6 * * *", None)
    assert [time.astimezone().hour for time in schedule.next_runs().values()] == [6]

    schedule.add("scan", "", None)
    schedule.add("scan", "", None)
    assert schedule.next_runs() == {}


def test_a_clock_that_was_ahead_does_not_put_anything_off(schedule: Schedule) -> None:
    schedule.start()
    schedule.add("scan", DAILY, None)
    (job,) = schedule._scheduler.get_jobs()
    job.modify(next_run_time=datetime.now(UTC) + timedelta(days=3650))

    schedule.clock_was_set()

    assert schedule.next_runs()["scan"] - datetime.now(UTC) < timedelta(days=1, hours=2)


def test_what_fails_to_enqueue_stops_neither_itself_nor_others() -> None:
    called: list[str] = []
    second = threading.Event()

    def enqueue(name: str) -> None:
        called.append(name)
        if len(called) == 2:
            second.set()
        raise RuntimeError("the database is locked")

    schedule = Schedule(enqueue, catch_up_delay=timedelta())
    long_ago = datetime.now(UTC) - timedelta(days=9)
    schedule.start()
    schedule.add("scan", DAILY, long_ago)
    schedule.add("cleanup", DAILY, long_ago)

    assert second.wait(20)
    due = schedule.next_runs()
    schedule.close()

    assert sorted(called) == ["cleanup", "scan"]
    assert sorted(due) == ["cleanup", "scan"], "and each has its next time"


def test_a_schedule_can_be_closed_before_it_starts() -> None:
    Schedule(lambda _name: None).close()
