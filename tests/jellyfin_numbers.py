"""How Jellyfin numbers an episode by its path: the ways that are known, each as a function, in their order."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple


class Number(NamedTuple):
    """What one way to read a path gives."""

    series: str = ""
    season: int | None = None
    episode: int | None = None
    last: int | None = None
    day: date | None = None
    by_date: bool = False


Reading = Callable[[Sequence[str]], Number | None]


def number(path: Sequence[str]) -> Number:
    """Return season, episode and date of an episode, as far as its path tells them."""
    said = next((said for read in READINGS if (said := read(path))), Number())
    if said.episode is None:
        return said
    more = [] if said.series else [other for read in NAMED if (other := read(path))]
    last = next((other.last for other in [said, *more] if other.last is not None), None)
    series = next((other.series for other in [said, *more] if other.series), "")
    return said._replace(series=series, last=_last(path[-1]) if last is None else last)


def _told(series: str, season: str | None, episode: str, last: str | None = None) -> Number | None:
    """Return a number unless its season can be none: those from 200 to 1927, and those after 2500."""
    of = int(season) if season else None
    if of is not None and (200 <= of < 1928 or of > 2500):
        return None
    return Number(series.strip(" _.-"), of, int(episode), int(last) if last else None)


def _marked(path: Sequence[str]) -> Number | None:
    """Read `S01E02`, `s1 - e2`: the first of the name."""
    name = path[-1]
    for season in re.finditer(r"[sS](\d+)", name):
        rest = name[season.end() :].lstrip("[] ._-")
        if found := re.match(r"[eE](\d+)", rest):
            return _told(name[: season.start()], season[1], found[1])
    return None


def _abbreviated(path: Sequence[str]) -> Number | None:
    """Read `ep 5` without the blank, and `e5` in front of a dot."""
    found = re.search(r"(?i)[ ._-]ep_?(\d+)", path[-1]) or re.search(r"(?i)e(\d+)\.", path[-1])
    return _told("", None, found[1]) if found else None


def _day(path: Sequence[str]) -> Number | None:
    """Read a date of any part of the path, the year first or last; one that is none hides what follows."""
    text = "/".join(path).replace("_", "-")
    for widths in ((4, 2, 2), (2, 2, 4)):
        found = re.search("([ .-])".join(rf"(\d{{{width}}})" for width in widths), text)
        if found:
            one, first, month, second, other = found.groups()
            year, day = (one, other) if len(one) == 4 else (other, one)
            try:
                told = date(int(year), int(month), int(day))
            except ValueError:
                return Number(by_date=True)
            return Number(day=told if first == second else None, by_date=True)
    return None


def _spelled_out(path: Sequence[str]) -> Number | None:
    """Read `Season 3 Episode 9` and `S3 E9`."""
    words = r"(?:^|\s)[Ss](?:eason)?\s*(\d+)\s+[Ee](?:pisode)?\s*(\d+)"
    found = re.search(words, path[-1])
    return _told(path[-1][: found.start()], found[1], found[2]) if found else None


def _behind_words(path: Sequence[str]) -> Number | None:
    """Read `Harbour 889`: nothing but words in front of the first number, and no `x` behind it."""
    name = path[-1]
    if re.match(r"[Ee]pisode", name) or _marked(path):
        return None
    for found in re.finditer(r"\s(\d{1,4})", name):
        words = name[: found.start()]
        if not words or not re.fullmatch(r"[\w\s]+", words):
            return None
        run = re.match(r"(?:-\d{2,4})*", name[found.end() :])
        rest = name[found.end() + (run.end() if run else 0) :]
        if "x" not in rest:
            until = run[0].rpartition("-")[2] if run else ""
            open_end = until and not rest[:1].lower().startswith((*"0123456789ip",))
            return _told(words, None, found[1], until if open_end else None)
    return None


def _times(path: Sequence[str]) -> Number | None:
    """Read `3x04` behind a separator."""
    for found in re.finditer(r"(\d+)x(\d+)", path[-1]):
        before, after = path[-1][: found.start()], path[-1][found.end() :]
        if not before or before[-1] in "._ [(-":
            half = re.match(r"(?:[a-i]|\.[1-9])(?!\d)", after)
            return None if half else _told("", found[1], found[2])
    return None


def _behind_group(path: Sequence[str]) -> Number | None:
    """Read `[group] Harbour - 12 [x]`."""
    _, bracket, rest = path[-1].partition("]")
    found = re.search(r"([\w\s-]*[\w\s])-[\s_]*(\d+)", rest)
    opened = bracket and "[" in path[-1].partition("]")[0]
    return _told(found[1], None, found[2]) if opened and found else None


def _at_the_end(path: Sequence[str]) -> Number | None:
    """Read `Harbour - 101 [x].mkv`."""
    stem = re.sub(r"[\s_]*(?:\[[^\]]*\]|\([^)]*\))*[\s_]*(?:\.\w+)?$", "", path[-1])
    found = re.fullmatch(r"(.+?)[\s_]+-[\s_]+(\d+)", stem)
    return _told(found[1], None, found[2]) if found else None


def _run_together(path: Sequence[str]) -> Number | None:
    """Read `harbour_102` as season 1, episode 2; the last such number of the name."""
    above = f"/{path[-2]}/" if len(path) > 1 else "/"
    for found in reversed(list(re.finditer(r"(?<![^/._ -])(\d+)(\d\d)(?=[._ -])", f"/{path[-1]}"))):
        before = (
            f"/{path[-1]}"[: found.start()].rpartition("_")[0] or f"/{path[-1]}"[: found.start()]
        )
        series = before.strip("/") or above.strip("/")
        if not re.match(r"\d{3}", series):
            return _told(series, found[1], found[2])
    return None


def _part(path: Sequence[str]) -> Number | None:
    found = re.search(r"(?:^|[._ -])p(?:ar)?t[_. -](\d+)[._ -]", path[-1])
    return _told("", None, found[1]) if found else None


def _word(path: Sequence[str]) -> Number | None:
    """Read `Episode 16`, `Episode 16-17`."""
    found = re.search(r"[Ee]pisode (\d+)(?:-(\d+))?", path[-1])
    return _told("", None, found[1], found[2]) if found else None


def _other_marks(path: Sequence[str]) -> Number | None:
    """Read `S01x02`, `S01xE02`, `S01,E02`, first in front of all and then behind a series."""
    name = path[-1]
    begins = re.match(r"[sS]?(\d+)[xX](\d+)", name) or re.match(r"[sS](\d+)[xX,]?[eE](\d+)", name)
    if begins and (told := _told("", begins[1], begins[2])):
        return told
    within = re.search(r"[sS]?(\d{1,4})[xX](\d+)", name)
    within = within or re.search(r"[sS](\d{1,4})[xX.]?[eE](\d+)", name)
    return _told(name[: within.start()], within[1], within[2]) if within else None


def _nothing_else(path: Sequence[str]) -> Number | None:
    found = re.fullmatch(r"(\d+)((?:-\d+)*)\.\w+", path[-1])
    return _told("", None, found[1], found[2].rpartition("-")[2]) if found else None


def _pair(path: Sequence[str]) -> Number | None:
    """Read `1-12` anywhere as season and episode."""
    found = re.search(r"(\d+)-(\d+)", "/".join(path))
    return _told("", found[1], found[2]) if found else None


def _in_front(path: Sequence[str]) -> Number | None:
    """Read `02 - Low Tide`, `02-03 - Low Tide`, `02.Low Tide`."""
    found = re.match(r"(\d{1,3})((?:-\d{2,3})*)(?:\s?-|\.)", path[-1])
    return _told("", None, found[1], found[2].rpartition("-")[2]) if found else None


def _behind_dash(path: Sequence[str]) -> Number | None:
    """Read `Harbour - 02 Low Tide`."""
    for rest in reversed(path[-1].split(" - ")[1:]):
        if found := re.match(r"(\d{1,3})((?:-\d{2,3})*)", rest):
            return _told("", None, found[1], found[2].rpartition("-")[2])
    return None


def _in_season(path: Sequence[str]) -> Number | None:
    """Read `Season 1/02 Low Tide`."""
    above = re.search(r"[Ss]eason[._ ](\d+)$", path[-2]) if len(path) > 1 else None
    found = re.match(r"\d{1,3}", path[-1])
    return _told("", above[1], found[0]) if above and found else None


def _last(name: str) -> int | None:
    """Return the last of several episodes: of `S01E02-E04`, `02x03 - 02x04`, `S01E02E04`."""
    times = re.search(r"[sS]?\d{1,4}[xX]\d{1,3}", name)
    starts = [times] if times else []
    starts += reversed(list(re.finditer(r"[sS]\d{1,4}[xX.]?[eE]\d{1,3}", name)))
    for start in starts:
        for piece in _pieces(short="x" in start[0].lower()):
            tail = re.match(rf"(?:{piece}(\d{{1,3}}))+", name[start.end() :])
            after = name[start.end() + tail.end() :][:1].lower() if tail else "0"
            if tail and after not in (*"0123456789ip",):
                return int(tail[1])
    return None


def _pieces(*, short: bool) -> Iterator[str]:
    """Yield what stands in front of each further episode; a season again only in the form with `x`."""
    if short:
        yield r"(?:-| - )\d{1,4}[xXeE][eE]?"
    yield r"(?:-| - )?[xXeE]"
    yield r"-[xX]?[eE]?"


NAMED: tuple[Reading, ...] = (
    *(_marked, _spelled_out, _behind_words, _behind_group, _at_the_end, _run_together, _word),
    *(_other_marks, _nothing_else, _in_front, _behind_dash, _in_season),
)
"""Those that can tell a series as well, or the last of several episodes."""
READINGS: tuple[Reading, ...] = (
    *(_marked, _abbreviated, _day, _spelled_out, _behind_words, _times, _behind_group),
    *(_at_the_end, _run_together, _part, _word, _other_marks, _nothing_else, _pair, _in_front),
    *(_behind_dash, _in_season),
)
