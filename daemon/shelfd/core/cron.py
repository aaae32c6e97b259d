"""What a crontab line means.

The rules are those of crontab(5): five fields; lists, ranges and steps; names for months and weekdays;
0 and 7 are Sunday; and when both days are limited, either of them is enough.
"""

import msgspec

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()
LONGEST = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
"""The last day that a month can have."""


class Cron(msgspec.Struct, frozen=True, kw_only=True):
    """The values at which a line is due, each set complete."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 is Sunday, 6 is Saturday."""
    either_day: bool
    """Both days are limited, so a day that satisfies one of them is due."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the five may hold."""

    title: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    """The names of the values from `least` on."""


FIELDS = (
    Field(title="minute", least=0, most=59),
    Field(title="hour", least=0, most=23),
    Field(title="day of month", least=1, most=31),
    Field(title="month", least=1, most=12, names=tuple(MONTHS)),
    Field(title="day of week", least=0, most=7, names=tuple(WEEKDAYS)),
)


def parse(line: str) -> Cron:
    """Return what `line` means; ValueError says in half a sentence why it means nothing."""
    texts = line.split()
    if len(texts) != len(FIELDS):
        raise ValueError(
            "it takes five fields: minute, hour, day of month, month, day of week"
            f" (`0 4 * * sun`), not {len(texts)}",
        )
    minutes, hours, days, months, weekdays = (
        _values(text, field) for text, field in zip(texts, FIELDS, strict=True)
    )
    limited_day, limited_weekday = (not texts[place].startswith("*") for place in (2, 4))
    if not limited_weekday and min(days) > max(LONGEST[month] for month in months):
        raise ValueError("it names a day that no such month has")
    return Cron(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(weekday % 7 for weekday in weekdays),
        either_day=limited_day and limited_weekday,
    )


def _values(text: str, field: Field) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        span, slash, step = part.partition("/")
        least, most = _span(span, field, stepped=bool(slash))
        every = _number(step, field) if slash else 1
        if every < 1:
            raise ValueError(f"{field.title} with a step of 0 never moves on")
        found.update(range(least, most + 1, every))
    return frozenset(found)


def _span(text: str, field: Field, *, stepped: bool) -> tuple[int, int]:
    """Return the first and the last value of `*`, `3`, `3-5` or, before a step, `3` and up."""
    if text == "*":
        return field.least, field.most
    first, dash, last = text.partition("-")
    least = _value(first, field)
    if not dash:
        return least, field.most if stepped else least
    most = 7 if last == "sun" else _value(last, field)
    if most < least:
        raise ValueError(f"{field.title} `{text}` runs backwards")
    return least, most


def _value(text: str, field: Field) -> int:
    if text in field.names:
        return field.least + field.names.index(text)
    value = _number(text, field)
    if not field.least <= value <= field.most:
        raise ValueError(
            f"{field.title} {value} is not between {field.least} and {field.most}",
        )
    return value


def _number(text: str, field: Field) -> int:
    if not (text.isascii() and text.isdigit()):
        names = f" or a name such as `{field.names[0]}`" if field.names else ""
        raise ValueError(f"{field.title} `{text}` is not a number{names}")
    return int(text)
