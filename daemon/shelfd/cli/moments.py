"""Times and spans of time as people write them: `18:00`, `2026-11-21T18:00`, `2h`."""

import re
from datetime import datetime, timedelta

from shelfd.cli import text
from shelfd.core.errors import UsageError

SPAN = re.compile(r"(\d{1,6})\s*(s|m|min|h|d)")
SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
HOUR = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def parse(written: str, now: datetime | None = None) -> str:
    """Return a time in the past as RFC 3339, in local time unless it names its zone.

    A time of day is the last one that has been: at 9 o'clock `18:00` is yesterday's.
    """
    now = now or text.now()
    try:
        return _past(written.strip(), now).astimezone().isoformat()
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"--since: {written!r} is no time",
            code="usage",
            hint="for example 18:00, 2026-11-21, 2026-11-21T18:00, or 2h for two hours ago",
        ) from error


def span_s(option: str, written: str) -> int:
    """Return how many seconds a span of time has that is not empty; `option` names whose it is."""
    from shelfd.core.operations import LONGEST_DEADLINE_S  # noqa: PLC0415  # it loads what few commands need

    seconds = _seconds(written.strip())
    if not seconds:
        raise UsageError(
            f"{option}: {written!r} is no span of time",
            code="usage",
            hint="for example 90s, 30m, 2h, or 1d",
        )
    if seconds > LONGEST_DEADLINE_S:
        longest = f"{LONGEST_DEADLINE_S // SECONDS['d']}d is the longest there is"
        raise UsageError(f"{option}: {written!r} is too long", code="usage", hint=longest)
    return seconds


def _seconds(written: str) -> int | None:
    span = SPAN.fullmatch(written)
    return None if span is None else int(span[1]) * SECONDS[span[2]]


def _past(written: str, now: datetime) -> datetime:
    if (seconds := _seconds(written)) is not None:
        return now - timedelta(seconds=seconds)
    if HOUR.fullmatch(written):
        today = datetime.fromisoformat(f"{now.date()}T{written:0>5}").replace(tzinfo=now.tzinfo)
        return today if today <= now else today - timedelta(days=1)
    return datetime.fromisoformat(written)
