"""How one name numbers an episode, and where in the name that stands."""

import re

from shelfd.core import names_dates
from shelfd.core.names_forms import (
    GLUED,
    LIKELY,
    NUMBERED,
    OF_GROUPS,
    OF_GROUPS_AT_END,
    WORDED,
)
from shelfd.core.names_guesses import (
    BROADCAST_PARTS,
    LED,
    POSSIBLE,
    RECORDED,
    SPECIALS_OF_A_YEAR,
)
from shelfd.core.names_junk import BROADCAST, ON_DISC
from shelfd.core.names_numbers import EPISODE_WORD, MOST_IN_A_FILE, span
from shelfd.core.names_readers import Found, Mark, first
from shelfd.core.names_words import before_junk


def certain(text: str, *, group: bool = False) -> Mark | None:
    """Find the first form that can hardly mean anything but an episode; `group`: a release group stood before it."""
    mark = first(NUMBERED, text)
    if mark:
        return _also(text, mark, group=group)
    day = names_dates.day(text)
    if day and day.sure >= 0.65:
        if mark := first(WORDED, text[: day.start]):
            return mark._replace(date=day.iso)
        return _dated(day)
    return first(GLUED, text)


def likely(text: str, *, group: bool = False) -> Mark | None:
    """Find a form that means an episode where nothing says that it is a movie."""
    mark = first(LIKELY, text)
    return mark or (first(OF_GROUPS_AT_END, before_junk(text)) if group else None)


def possible(text: str, *, group: bool = False) -> Mark | None:
    """Find a number that may mean an episode and may as well be part of a title."""
    head = before_junk(text)
    mark = first(OF_GROUPS, head) if group else None
    if not mark and BROADCAST.search(text) and head != text:
        mark = first(RECORDED, head)
    if not mark and (group or not ON_DISC.search(text)):
        mark = first(POSSIBLE, head)
    day = None if mark else names_dates.day(text)
    return _dated(day) if day else mark


def broadcast_part(text: str) -> Mark | None:
    """Find which part of something that was broadcast in parts a recording is, or that it is a show's special."""
    mark = first(BROADCAST_PARTS, before_junk(text)) if BROADCAST.search(text) else None
    return mark or first(SPECIALS_OF_A_YEAR, text)


def led(text: str) -> Mark | None:
    """Find a number at the beginning, which may be that of an episode, a place in a list or part of a title."""
    return first(LED, text)


def in_season(text: str, number: int) -> Mark | None:
    """Find the episode number of a file that lies in the directory of season `number`."""
    if found := _LEADING.match(text):
        return _led(found, number)
    for pattern, where in ((_HUNDREDS_IN_BRACKETS, text), (_HUNDREDS_GLUED, before_junk(text))):
        found = pattern.search(where)
        if found and int(found["season"]) == number:
            rule = "season and episode as one number"
            return Mark(found.start(), found.end(), rule, 0.8, number, (int(found["episode"]),))
    mark = _undivided(likely(text) or possible(text), number)
    episodes = (mark.episodes or mark.absolute) if mark else ()
    if not mark or not episodes or mark.season not in (None, number):
        return None
    if number and len(episodes) == 1 and episodes[0] // 100 == number:
        return mark._replace(
            season=number, episodes=(episodes[0] % 100,), absolute=(), confidence=0.7
        )
    sure = 0.9 if mark.confidence >= 0.7 and len(episodes) <= MOST_IN_A_FILE else 0.7
    return mark._replace(season=number, episodes=episodes, absolute=(), confidence=sure)


def _undivided(mark: Mark | None, number: int) -> Mark | None:
    """Take `1001` for one number after all where the directory says another season than the tenth."""
    if not mark or mark.rule != "season and episode as one number" or mark.season == number:
        return mark
    return mark._replace(season=None, episodes=((mark.season or 0) * 100 + mark.episodes[0],))


def _dated(day: names_dates.Day) -> Mark:
    return Mark(day.start, day.end, "the date of broadcast", day.sure, date=day.iso)


def _led(found: Found, number: int) -> Mark:
    last = found["tight"] or found["said"] or found["wide"] or found[1]
    episodes = span(int(found[1]), int(last))
    rule = "the number before the title"
    if number and episodes[0] // 100 == number:
        episodes = tuple(episode % 100 for episode in episodes)
        return Mark(0, found.end(), rule, 0.7, number, episodes)
    return Mark(0, found.end(), rule, 0.9, number, episodes)


def _also(text: str, mark: Mark, *, group: bool) -> Mark:
    """Add the number from the first episode on, or the date, that stands beside season and episode."""
    others = [
        int(found[2]) for found in _SXXEYY.finditer(text, mark.end) if int(found[1]) == mark.season
    ]
    episodes = (*mark.episodes, *(other for other in others if other > mark.episodes[-1]))
    mark = mark._replace(date=names_dates.full(text), episodes=episodes)
    before, after = _BESIDE_BEFORE.search(text[: mark.start]), _BESIDE_AFTER.match(text, mark.end)
    for found in (before, after):
        if not found:
            continue
        first, last = int(found["first"]), int(found["last"] or found["first"])
        ranged = found["last"] is not None and last - first + 1 == len(mark.episodes)
        padded = (
            found["first"].startswith("0") or len(found["first"]) == 3 or text[mark.start] in "[("
        )
        if ranged or (found["last"] is None and padded and (group or found["dash"])):
            start = found.start() if found is before else mark.start
            end = found.end() if found is after else mark.end
            return mark._replace(start=start, end=end, absolute=span(first, last))
    if named := _ABSOLUTE_NAMED.search(text, mark.end):
        return mark._replace(absolute=(int(named[1]),))
    special = _SPECIAL_BEFORE.search(text[: mark.start])
    return mark._replace(start=special.start()) if special else mark


_LEADING = re.compile(
    rf"(?i)\s*{EPISODE_WORD}?(\d{{1,3}})(?:v\d)?(?:(?:-\d{{2,3}})*(?:-|[ ._]?[&+][ ._]?)(?P<tight>\d{{2,3}})|[ ._]?-[ ._]?Ep?(?P<said>\d{{2,3}})|[ ._]-[ ._](?P<wide>\d{{2,3}})(?=[ ._]-))?(?=[ ._\-\u2013\[(]|$)(?![ ._]?-?\d{{3,4}}[pi])(?!\.\d\d(?!\d))",
)
_HUNDREDS_IN_BRACKETS = re.compile(r"[\[(](?P<season>\d{1,2})(?P<episode>\d\d)[\])]")
_HUNDREDS_GLUED = re.compile(r"(?<=-)[a-z]{2,12}(?P<season>\d{1,2})(?P<episode>\d\d)(?=[ ._-]*$)")
"""`grp-show203`"""
_BESIDE = r"(?P<first>\d{2,4})(?:[-~](?P<last>\d{2,4}))?"
_BESIDE_BEFORE = re.compile(rf"[ ._]+(?P<dash>-[ ._]*)?[\[(]?{_BESIDE}[\])]?[ ._-]*$")
_BESIDE_AFTER = re.compile(
    rf"[ ._]*(?P<dash>-[ ._]*|[\[(])?(?<=[ ._\-\[(]){_BESIDE}(?=[\])]|$|[ ._]-|[ ._]\D)(?!\)?[ ._]?(?:kbps|mb|p\b))[\])]?",
)
_ABSOLUTE_NAMED = re.compile(r"(?i)\[(?:episode|ep)[ .]?(\d{1,4})\]")
_SXXEYY = re.compile(r"(?i)(?<![^\W_])S(\d{1,2})E(\d{1,3})(?!\d)")
_SPECIAL_BEFORE = re.compile(r" - \d{1,4}\.5[ ._\-(\[]*$")
