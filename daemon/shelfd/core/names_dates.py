"""Which day a name says: `2020.01.31`, `31-01-2020`, `20200131`, `31st Jan 2020`, `20-01-31`."""

import re
from typing import NamedTuple


class Day(NamedTuple):
    """A date and where in the name it stands."""

    start: int
    end: int
    iso: str
    """`yyyy-mm-dd`"""
    sure: float
    """0..1: that it is a date, and this one."""


def day(text: str) -> Day | None:
    """Find the first date of the surest form."""
    for pattern, sure in _FORMS:
        for found in pattern.finditer(text):
            if told := _read(found, sure):
                return told
    return None


def full(text: str) -> str | None:
    """Return the date that is written from its year on or with the month's name, None when there is none."""
    for pattern, sure in (_FORMS[0], _COMPACT, *_NAMED):
        for found in pattern.finditer(text):
            if told := _read(found, sure):
                return told.iso
    return None


def _read(found: re.Match[str], sure: float) -> Day | None:
    year, month, number_of_day = int(found["year"]), found["month"], int(found["day"])
    number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1
    if sure <= 0.8 and number_of_day <= 12 and number <= 12 and number != number_of_day:
        sure = min(sure, 0.65)
    if number > 12:
        number, number_of_day = number_of_day, number
    if not (1 <= number <= 12 and 1 <= number_of_day <= 31):
        return None
    year += 2000 if year < 100 else 0
    return Day(found.start(), found.end(), f"{year:04}-{number:02}-{number_of_day:02}", sure)


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = rf"(?P<month>(?:{'|'.join(_MONTHS)})[a-z]{{0,6}})"
_YEAR = r"(?P<year>19\d\d|20[0-3]\d)"
_WEEKDAY = r"(?:(?<![^\W_])(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[ ._,-]+)?"
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_COMPACT = (
    re.compile(r"(?<!\d)(?P<year>20[0-3]\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)(?![^\W_])"),
    0.81,
)
_NAMED = (
    (re.compile(rf"(?i){_WEEKDAY}(?<!\d){_ORDINAL}[ ._-]+{_MONTH}[ ._,-]+{_YEAR}(?!\d)"), 0.81),
    (
        re.compile(rf"(?i){_WEEKDAY}(?<![^\W_]){_MONTH}[ ._-]+{_ORDINAL}[ ._,-]+{_YEAR}(?!\d)"),
        0.81,
    ),
    (re.compile(rf"(?i)(?<!\d){_YEAR}[ ._-]*{_MONTH}[ ._-]*{_ORDINAL}(?!\d)"), 0.81),
)
"""Dates with the name of a month."""
_FORMS = (
    (re.compile(rf"(?<!\d){_YEAR}([ ._-])(?P<month>\d\d?)\2(?P<day>\d\d)(?![^\W_])"), 0.85),
    # of a single digit each, which is not the number of a film's channels
    (
        re.compile(
            rf"(?<=[^\W_][ .-]){_YEAR}([.-])(?![257]\.[01](?!\d))(?P<month>\d\d?)\2(?P<day>\d)(?![^\W_])"
        ),
        0.81,
    ),
    (re.compile(rf"(?<!\d){_YEAR}x(?P<month>\d\d)[ ._-](?P<day>\d\d)(?!\d)"), 0.81),
    (
        re.compile(
            rf"(?<!\d)(?P<day>\d\d|\d(?=[.-]))([ ._-]| ?/ ?)(?P<month>\d\d|\d(?=[.-]))\2{_YEAR}(?!\d)"
        ),
        0.8,
    ),
    _COMPACT,
    *_NAMED,
    (
        re.compile(
            r"(?<!\d)(?P<year>[0-3]\d)\.(?P<month>0[1-9]|1[0-2])\.(?P<day>0[1-9]|[12]\d|3[01])(?!\d|\.\d)"
        ),
        0.7,
    ),
    (
        re.compile(
            r"(?<=[^\W\d] )(?P<year>[12]\d) (?P<month>0[1-9]|1[0-2]) (?P<day>0[1-9]|[12]\d|3[01])(?= [^\W\d])"
        ),
        0.7,
    ),
    (
        re.compile(
            r"(?<!\d)(?<!\d\.)(?P<day>[0-3]\d)\.(?P<month>0[1-9]|1[0-2])\.(?P<year>[0-3]\d)(?!\d|\.\d\d?(?!\d))"
        ),
        0.7,
    ),
    (re.compile(r"(?<!\d)(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>[0-3]\d)$"), 0.6),
    (
        re.compile(
            r"(?<=[ ._-])(?P<year>[0-3]\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?=[ ._-])"
        ),
        0.6,
    ),
)
