"""What is due by the calendar; the only file that imports apscheduler.

Jobs do nothing but name themselves to a queue. They live in memory: which exist is written in the
settings, and when each ran last is known to the catalog, so there is nothing to keep.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from shelfd.core import cron
from shelfd.edges.clock_steps import clock_steps

CATCH_UP_DELAY = timedelta(seconds=10)
"""What was missed while the daemon was down waits until the start is over."""

JOB_DEFAULTS = {
    # However late a job is, it runs, once: by default one that is a second late is dropped.
    "misfire_grace_time": None,
    "coalesce": True,
    "max_instances": 1,
}


class Schedule:
    """Calls `enqueue` with the name of each line of the calendar when it is due."""

    def __init__(
        self,
        enqueue: Callable[[str], None],
        catch_up_delay: timedelta = CATCH_UP_DELAY,
    ) -> None:
        """`enqueue` is called in a thread of the schedule; what it raises is logged and ends there."""
        self._enqueue = enqueue
        self._catch_up_delay = catch_up_delay
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults=JOB_DEFAULTS,
        )
        self._clock_steps = clock_steps(self.clock_was_set)

    def add(self, name: str, line: str, last_run: datetime | None) -> None:
        """Run `name` by this crontab line in local time, in place of an earlier line; an empty one removes it.

        `last_run`, with its time zone, says what was missed: that is made up for soon, and once.
        """
        if not line:
            self._remove(name)
            return
        when = trigger(line)
        self._scheduler.add_job(
            self._enqueue,
            when,
            (name,),
            id=name,
            next_run_time=self._first_run(when, last_run),
            replace_existing=True,
        )

    def next_runs(self) -> dict[str, datetime]:
        """Return when each line is due next, by name."""
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()
        self._clock_steps.start()

    def close(self) -> None:
        """End, after the job that runs."""
        self._clock_steps.close()
        if self._scheduler.running:
            self._scheduler.shutdown()

    def clock_was_set(self) -> None:
        """Count anew: a clock that was ahead must not put everything off until it is there again."""
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            fresh = job.trigger.get_next_fire_time(None, now)
            if fresh < job.next_run_time:
                job.modify(next_run_time=fresh)
        self._scheduler.wakeup()

    def _first_run(self, when: BaseTrigger, last_run: datetime | None) -> datetime:
        now = datetime.now(UTC)
        if last_run is not None and when.get_next_fire_time(last_run, last_run) <= now:
            return now + self._catch_up_delay
        next_run: datetime = when.get_next_fire_time(None, now)
        return next_run

    def _remove(self, name: str) -> None:
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            return


def trigger(line: str) -> BaseTrigger:
    """Return what fires by a crontab line in local time; apscheduler's own reading has Monday for 0."""
    parsed = cron.parse(line)
    time = {
        "minute": _listed(parsed.minutes),
        "hour": _listed(parsed.hours),
        "month": _listed(parsed.months),
    }
    days = {"day": _listed(parsed.days)}
    weekdays = {"day_of_week": _listed(frozenset((day - 1) % 7 for day in parsed.weekdays))}
    if parsed.either_day:
        return OrTrigger([CronTrigger(**time, **days), CronTrigger(**time, **weekdays)])
    return CronTrigger(**time, **days, **weekdays)


def _listed(numbers: frozenset[int]) -> str:
    return ",".join(str(number) for number in sorted(numbers))
