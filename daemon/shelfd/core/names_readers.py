"""What each form of an episode's number says: its readers."""

import re
from collections.abc import Callable
from typing import NamedTuple

from shelfd.core.names_numbers import MOST_IN_A_FILE, count, run, span

Found = re.Match[str]


class Mark(NamedTuple):
    """The part of a name that numbers an episode."""

    start: int
    end: int
    rule: str
    confidence: float
    season: int | None = None
    episodes: tuple[int, ...] = ()
    absolute: tuple[int, ...] = ()
    date: str | None = None
    only: bool = False
    """It is written as where there is one season only."""


Read = Callable[[Found], "Mark | None"]
Table = tuple[tuple[re.Pattern[str], Read], ...]


def first(table: Table, text: str) -> Mark | None:
    """Return what the first form of a table that fits makes of `text`."""
    for pattern, read in table:
        for found in pattern.finditer(text):
            if mark := read(found):
                return mark
    return None


def within_season(rule: str, sure: float) -> Read:
    """Return how to read a number in a season, and those that follow it."""

    def read(found: Found) -> Mark | None:
        number = count(found["season"] or found["led"])
        if number < 0:
            return None
        first, last = int(found["episode"]), found.groupdict().get("last")
        episodes, end = run(found.string, found.end(), number, first)
        episodes = span(first, int(last)) if last else episodes
        whole = _OF_ALL.match(found.string, end) if first == 1 < len(episodes) else None
        if whole and int(whole[1]) == episodes[-1]:
            return Mark(found.start(), whole.end(), "a season without an episode", 0.3, number)
        confidence = sure if len(episodes) <= MOST_IN_A_FILE else 0.5
        return Mark(found.start(), end, rule, confidence, number, episodes)

    return read


def in_words(found: Found) -> Mark | None:
    """Read `Series 2 Part 11`, `Season 2 1of4`."""
    number = count(found["episode"] or found["counted"])
    rule = "season and episode in words"
    mark = Mark(found.start(), found.end(), rule, 0.9, int(found["season"]), (number,))
    return mark if number > 0 else None


def without_season(found: Found) -> Mark | None:
    """Read `Episode 7`, and `E07`, which is written where there is one season only."""
    if _YEARLIKE.fullmatch(found["episode"]) and found.string[found.start("episode") - 1] in "([":
        return None
    episodes, end = run(found.string, found.end(), None, int(found["episode"]))
    only = _SHORT.match(found[0]) is not None and found.start() > 0 and len(found["episode"]) < 4
    only = only and len(episodes) <= MOST_IN_A_FILE
    rule = "an episode number without a season"
    return Mark(found.start(), end, rule, 0.7, None, episodes, only=only)


def absolute(sure: float) -> Read:
    """Return how to read a number that is counted from the first episode on."""

    def read(found: Found) -> Mark | None:
        said = found.groupdict()
        first, last = int(found["episode"]), int(said.get("last") or found["episode"])
        if _YEARLIKE.fullmatch(found["episode"]) or last < first:
            return None
        if first in _HEIGHTS and found[0][0] in "[(【" and not _HEIGHT.search(found.string):
            return None
        rule = "a number after the title, counted from the first episode"
        confidence = sure if last - first < MOST_IN_A_FILE else 0.4
        several = _several(found[0]) if "&" in found[0] else ()
        return Mark(
            found.start(), found.end(), rule, confidence, absolute=several or span(first, last)
        )

    return read


def _several(text: str) -> tuple[int, ...]:
    """Return the numbers of `01-03 & 05-07`, nothing where they do not rise."""
    pieces = [re.findall(r"\d+", re.sub(r"v\d", "", piece)) for piece in text.split("&")]
    if not all(pieces):
        return ()
    numbers = [number for piece in pieces for number in span(int(piece[0]), int(piece[-1]))]
    return tuple(numbers) if numbers == sorted(set(numbers)) else ()


def all_so_far(found: Found) -> Mark | None:
    """Read `[12 из 24]`, the episodes of a season that are there so far."""
    mark = absolute(0.7)(found)
    return mark and mark._replace(episodes=span(1, mark.absolute[0]), absolute=())


def beside_years(found: Found) -> Mark | None:
    """Read `- 002 (100)`, the number in the season and that from the first episode on."""
    mark = absolute(0.75)(found)
    if not mark:
        return None
    # who counts on from the first season has come at least as far
    inner, outer = sorted((mark.absolute[0], int(found["counted"])))
    return mark._replace(episodes=(inner,), absolute=(outer,), rule="two episode numbers")


def hundreds(sure: float) -> Read:
    """Return how to read season and episode that are written as one number."""

    def read(found: Found) -> Mark | None:
        if _YEARLIKE.fullmatch(found["season"] + found["episode"]):
            return None
        episodes = (int(found["episode"]), int(found.groupdict().get("last") or found["episode"]))
        if episodes[1] not in (episodes[0], episodes[0] + 1):
            return None
        rule, season = "season and episode as one number", int(found["season"])
        return Mark(found.start(), found.end(), rule, sure, season, tuple(dict.fromkeys(episodes)))

    return read


def hundreds_again(found: Found) -> Mark | None:
    """Read `103.104`, `101 102 103`: several of one season, each as one number, one after the other."""
    first, last = int(found["episode"]), int(found["last"])
    episodes = span(first, last)
    said = [int(number[-2:]) for number in re.findall(r"\d{3,4}", found[0])]
    if tuple(said) != episodes or _YEARLIKE.fullmatch(found["season"] + found["episode"]):
        return None
    rule = "season and episode as one number, several times"
    return Mark(found.start(), found.end(), rule, 0.6, int(found["season"]), episodes)


def cap(found: Found) -> Mark:
    """Read `Cap.205`, `Cap.205_206`."""
    rule = "season and episode as one number in [Cap.]"
    episodes = span(int(found["episode"]), int(found["last"] or found["episode"]))
    return Mark(found.start(), found.end(), rule, 0.9, int(found["season"]), episodes)


def part(found: Found) -> Mark | None:
    """Read the part of what was broadcast in parts."""
    number = count(found["part"])
    if number <= 0:
        return None
    episodes = span(number, int(found.groupdict().get("last") or number))
    rule = "a part of what was broadcast in parts"
    return Mark(found.start(), found.end(), rule, 0.5, None, episodes)


def season_and_episode(found: Found) -> Mark | None:
    """Read `03-20`, which is too far for a range in one file."""
    season, episode = int(found["season"]), int(found["episode"])
    if episode - season <= MOST_IN_A_FILE:
        return None
    return Mark(found.start(), found.end(), "season-episode", 0.4, season, (episode,))


def special(found: Found) -> Mark:
    """Read what belongs to a show and is none of its episodes."""
    return Mark(found.start(), found.end(), "a special, and which one is not said", 0.3)


_YEARLIKE = re.compile(r"18[89]\d|19\d\d|20[0-3]\d")
_OF_ALL = re.compile(r"(?i)[ ._]of[ ._](\d{1,3})(?!\d)")
"""What says that a range is a whole season: `S01E01-08 of 8`."""
_HEIGHTS = (480, 576, 720, 1080, 2160)
_HEIGHT = re.compile(r"(?i)\d{3,4}(?:[pi](?![^\W_])| ?[x\xd7] ?\d{3})")
"""A picture's height, which is a number in brackets only where nothing else says it: `[01][1080]`."""
_SHORT = re.compile(r"(?i)(?:eps?|e)[ ._(]{0,2}\d")
