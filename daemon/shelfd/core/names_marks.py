"""How one name numbers an episode: the ordered tables of forms, and where in the name they stand."""

import re
from collections.abc import Callable
from typing import NamedTuple

from shelfd.core import names_dates
from shelfd.core.names_numbers import (
    EPISODE_AFTER,
    EPISODE_WORD,
    MOST_IN_A_FILE,
    NOT_IN_WORD,
    SEASON_ABROAD,
    SEASON_WORD,
    count,
    run,
    span,
)
from shelfd.core.names_junk import BROADCAST, JUNK
from shelfd.core.names_words import before_junk

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


def certain(text: str, *, group: bool = False) -> Mark | None:
    """Find the first form that can hardly mean anything but an episode; `group`: a release group stood before it."""
    mark = _first(_NUMBERED, text)
    if mark:
        return _also(text, mark, group=group)
    day = names_dates.day(text)
    if day and day.sure >= 0.7:
        if mark := _first(_WORDED, text[: day.start]):
            return mark._replace(date=day.iso)
        return Mark(day.start, day.end, "the date of broadcast", day.sure, date=day.iso)
    return _first(_GLUED, text)


def likely(text: str, *, group: bool = False) -> Mark | None:
    """Find a form that means an episode where nothing says that it is a movie."""
    mark = _first(_LIKELY, text)
    return mark or (_first(_OF_GROUPS[1:2], before_junk(text)) if group else None)


def possible(text: str, *, group: bool = False) -> Mark | None:
    """Find a number that may mean an episode and may as well be part of a title."""
    head = before_junk(text)
    mark = _first(_OF_GROUPS, head) if group else None
    if not mark and BROADCAST.search(text) and head != text:
        mark = _first(_BROADCAST, head)
    if mark or (mark := _first(_POSSIBLE, head)):
        return mark
    day = names_dates.day(text)
    return Mark(day.start, day.end, "the date of broadcast", day.sure, date=day.iso) if day else None


def broadcast_part(text: str) -> Mark | None:
    """Find which part of something that was broadcast in parts a recording is."""
    return _first(_BROADCAST[1:2], before_junk(text)) if BROADCAST.search(text) else None


def led(text: str) -> Mark | None:
    """Find a number at the beginning, which may be that of an episode, a place in a list or part of a title."""
    return _first(_LED, text)


def in_season(text: str, number: int) -> Mark | None:
    """Find the episode number of a file that lies in the directory of season `number`."""
    found = _LEADING.match(text)
    if found:
        return _led(found, number)
    if found := _HUNDREDS_IN_BRACKETS.search(text):
        if int(found["season"]) == number:
            rule = "season and episode as one number"
            return Mark(found.start(), found.end(), rule, 0.8, number, (int(found["episode"]),))
    mark = likely(text) or possible(text)
    if not mark or mark.season not in (None, number):
        return None
    episodes = mark.episodes or mark.absolute
    if not episodes:
        return None
    if number and len(episodes) == 1 and episodes[0] // 100 == number:
        return mark._replace(season=number, episodes=(episodes[0] % 100,), absolute=(), confidence=0.7)
    sure = 0.9 if mark.confidence >= 0.7 and len(episodes) <= MOST_IN_A_FILE else 0.7
    return mark._replace(season=number, episodes=episodes, absolute=(), confidence=sure)


def _led(found: Found, number: int) -> Mark:
    episodes = span(int(found[1]), int(found[2] or found[1]))
    rule = "the number before the title"
    if number and episodes[0] // 100 == number:
        episodes = tuple(episode % 100 for episode in episodes)
        return Mark(0, found.end(), rule, 0.7, number, episodes)
    return Mark(0, found.end(), rule, 0.9, number, episodes)


Read = Callable[[Found], "Mark | None"]
Table = tuple[tuple[re.Pattern[str], Read], ...]


def _first(table: Table, text: str) -> Mark | None:
    for pattern, read in table:
        for found in pattern.finditer(text):
            if mark := read(found):
                return mark
    return None


def _also(text: str, mark: Mark, *, group: bool) -> Mark:
    """Add the number from the first episode on, or the date, that stands beside season and episode."""
    others = [int(found[2]) for found in _SXXEYY.finditer(text, mark.end) if int(found[1]) == mark.season]
    episodes = (*mark.episodes, *(other for other in others if other > mark.episodes[-1]))
    mark = mark._replace(date=names_dates.full(text), episodes=episodes)
    before, after = _BESIDE_BEFORE.search(text[: mark.start]), _BESIDE_AFTER.match(text, mark.end)
    for found in (before, after):
        if not found:
            continue
        first, last = int(found["first"]), int(found["last"] or found["first"])
        ranged = found["last"] is not None and last - first + 1 == len(mark.episodes)
        padded = found["first"].startswith("0") or len(found["first"]) == 3
        if ranged or (found["last"] is None and padded and (group or found["dash"])):
            start = found.start() if found is before else mark.start
            end = found.end() if found is after else mark.end
            return mark._replace(start=start, end=end, absolute=span(first, last))
    if named := _ABSOLUTE_NAMED.search(text, mark.end):
        return mark._replace(absolute=(int(named[1]),))
    special = _SPECIAL_BEFORE.search(text[: mark.start])
    return mark._replace(start=special.start()) if special else mark


def _within_season(rule: str, sure: float) -> Read:
    def read(found: Found) -> Mark | None:
        number = count(found["season"] or found["led"])
        if number < 0:
            return None
        first, last = int(found["episode"]), found.groupdict().get("last")
        episodes, end = run(found.string, found.end(), number, first)
        episodes = span(first, int(last)) if last else episodes
        confidence = sure if len(episodes) <= MOST_IN_A_FILE else 0.5
        return Mark(found.start(), end, rule, confidence, number, episodes)

    return read


def _without_season(found: Found) -> Mark:
    """Read `Episode 7`, and `E07`, which is written where there is one season only."""
    episodes, end = run(found.string, found.end(), None, int(found["episode"]))
    only = _SHORT.match(found[0]) is not None and found.start() > 0 and len(found["episode"]) < 4
    rule = "an episode number without a season"
    return Mark(found.start(), end, rule, 0.7, None, episodes, only=only)


def _absolute(sure: float) -> Read:
    def read(found: Found) -> Mark | None:
        said = found.groupdict()
        first, last = int(found["episode"]), int(said.get("last") or found["episode"])
        if _YEARLIKE.fullmatch(found["episode"]) or last < first:
            return None
        rule = "a number after the title, counted from the first episode"
        confidence = sure if last - first < MOST_IN_A_FILE else 0.4
        return Mark(found.start(), found.end(), rule, confidence, absolute=span(first, last))

    return read


def _beside_years(found: Found) -> Mark | None:
    """Read `- 002 (100)`, the number in the season and that from the first episode on."""
    mark = _absolute(0.75)(found)
    return mark and mark._replace(
        episodes=mark.absolute, absolute=(int(found["counted"]),), rule="two episode numbers"
    )


def _hundreds(sure: float) -> Read:
    def read(found: Found) -> Mark | None:
        if _YEARLIKE.fullmatch(found["season"] + found["episode"]):
            return None
        episodes = (int(found["episode"]), int(found.groupdict().get("last") or found["episode"]))
        if episodes[1] not in (episodes[0], episodes[0] + 1):
            return None
        rule, season = "season and episode as one number", int(found["season"])
        return Mark(found.start(), found.end(), rule, sure, season, tuple(dict.fromkeys(episodes)))

    return read


def _cap(found: Found) -> Mark:
    rule = "season and episode as one number in [Cap.]"
    episodes = span(int(found["episode"]), int(found["last"] or found["episode"]))
    return Mark(found.start(), found.end(), rule, 0.9, int(found["season"]), episodes)


def _part(found: Found) -> Mark | None:
    number = count(found["part"])
    rule = "a part of what was broadcast in parts"
    return Mark(found.start(), found.end(), rule, 0.5, None, (number,)) if number > 0 else None


def _special(found: Found) -> Mark:
    return Mark(found.start(), found.end(), "a special, and which one is not said", 0.3)


_GAP = r"[ ._\-\u2013]*"
_YEARLIKE = re.compile(r"19\d\d|20[0-3]\d")
_LEADING = re.compile(
    rf"(?i)\s*{EPISODE_WORD}?(\d{{1,3}})(?:v\d)?(?:[ ._]?-[ ._]?(?:E|Ep)?(\d{{2,3}}))?(?=[ ._\-\u2013\[(]|$)(?![ ._]?-?\d{{3,4}}[pi])(?!\.\d\d(?!\d))",
)
_HUNDREDS_IN_BRACKETS = re.compile(r"[\[(](?P<season>\d{1,2})(?P<episode>\d\d)[\])]")
_BESIDE = r"(?P<first>\d{2,4})(?:[-~](?P<last>\d{2,4}))?"
_BESIDE_BEFORE = re.compile(rf"[ ._]+(?P<dash>-[ ._]*)?[\[(]?{_BESIDE}[\])]?[ ._-]*$")
_BESIDE_AFTER = re.compile(
    rf"[ ._]*(?P<dash>-[ ._]*|[\[(])?(?<=[ ._\-\[(]){_BESIDE}(?=[\])]|$|[ ._]-|[ ._]\D)(?!\)?[ ._]?(?:kbps|mb|p\b))[\])]?",
)
_ABSOLUTE_NAMED = re.compile(r"(?i)\[(?:episode|ep)[ .]?(\d{1,4})\]")
_SHORT = re.compile(r"(?i)ep?[ ._]{0,2}\d")
_SXXEYY = re.compile(r"(?i)(?<![^\W_])S(\d{1,2})E(\d{1,3})(?!\d)")
_SPECIAL_BEFORE = re.compile(r" - \d{1,4}\.5[ ._-]*$")

_NUMBERED: Table = (
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}[ST]O?(?P<season>\d{{1,4}})(?:[\])]?{_GAP}[\[(]?E(?:ps?|pisode)?[ ._-]*[\[(]?|(?!x26)xE?|[ ._]?[\[(]Ep?[ ._]?)(?P<episode>\d{{1,5}})(?!\d)",
        ),
        _within_season("SxxEyy", 0.95),
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}(?P<season>\d{{1,2}})(?:-?\w{{1,2}})?[ ._]*{SEASON_ABROAD}[ ._,:-]*(?P<episode>\d{{1,4}})(?:-(?P<last>\d{{1,4}})|-?\w{{1,2}})?[ ._]*{EPISODE_WORD}(?<![eE])(?![^\W_])",
        ),
        _within_season("season and episode in words", 0.95),
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}(?:{SEASON_WORD}|t(?=\d))[ ._:\-]*(?P<season>\d{{1,4}}|(?-i:[IVX]{{1,5}}))[ ._,/\-\u2013()\[\]]+{EPISODE_WORD}(?P<episode>\d{{1,5}})(?!\d)",
        ),
        _within_season("season and episode in words", 0.95),
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}(?<![^\d]\d\.)(?P<season>\d{{1,2}}|20[0-3]\d)(?: ?[x\xd7х] ?)(?!26[45])(?P<episode>\d{{1,3}}|\d{{5}})(?:(?![^\W_])|(?=x\d|v\d|[a-d](?![^\W_])|[a-z]\d{{3,4}}p))(?!\.\d\d(?:$|[ .-]\D))",
        ),
        _within_season("season x episode", 0.95),
    ),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?:(?P<season>\d{1,2})E|S(?!19|20[0-3])(?P<led>\d\d|\d(?=[ .]))[ .]?(?=\d\d(?![^\W_])(?!\.\d(?!\d))))(?P<episode>\d\d)(?!\d)"
        ),
        _within_season("season and episode", 0.8),
    ),
    (
        re.compile(r" - (?P<season>\d{1,2})(?P<episode>\d\d) \((?P=episode)\)"),
        _within_season("season and episode as one number, and the episode again", 0.9),
    ),
    (
        re.compile(
            r"(?i)\bcap[. ]*(?P<season>\d{1,2})(?P<episode>\d\d)(?:[_-]\d{1,2}(?P<last>\d\d))?(?!\d)"
        ),
        _cap,
    ),
    (
        re.compile(r"第 ?(?P<season>\d{1,2}|[一二三四五六七八九十]{1,3}) ?[季期][ ._\[\]-]*第 ?(?P<episode>\d{1,4})(?=[话話集回]|-\d)"),
        _within_season("season and episode in words", 0.9),
    ),
)
_GLUED: Table = (
    (
        re.compile(r"(?i)(?<=[a-z])s(?P<season>\d\d)e(?P<episode>\d\d)(?!\d)"),
        _within_season("sxxeyy without a gap before it", 0.7),
    ),
)
_VERSION = r"(?:v\d|[a-c](?= ))?"
_ENDING = r"(?:[ _]*(?:END|FINAL|FIN))?"
_LAST = r"(?:[ _.]*[-~\u2013,+&][ _.]*(?P<last>\d{2,4})){0,8}"
_WORDED: Table = (
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}{EPISODE_WORD}(?P<episode>\d{{1,4}})(?!\d)(?![^\W_]{{3}})"
        ),
        _without_season,
    ),
    (
        re.compile(rf"(?i){NOT_IN_WORD}(?P<episode>\d{{1,4}})[ ._]{{0,2}}{EPISODE_AFTER}(?![^\W_])"),
        _without_season,
    ),
)
_LIKELY: Table = (
    (
        re.compile(
            r"(?<=[\w!?)\]])[ _]+(?P<episode>0\d{0,3}|1) ?[-~] ?(?P<last>\d{2,4})(?=[ _.]*(?:$|[\[(]))"
        ),
        _absolute(0.7),
    ),
    (
        re.compile(
            r"(?<=[ ._-](?:19|20)\d\d)[ ._-](?P<season>\d)(?!20|80)(?P<episode>\d\d)[ ._](?=[^\W\d])"
        ),
        _hundreds(0.7),
    ),
    (
        re.compile(
            rf"(?i)(?:{NOT_IN_WORD}{EPISODE_WORD}|[ _.-]+[-\u2013][ _.]+|[\[(](?=\d{{1,2}}\.\d\d[\])]))(?P<season>\d{{1,2}})\.(?P<episode>\d\d)(?=[ ._]+-|[ ._]*$|[\])])"
        ),
        _within_season("season.episode", 0.75),
    ),
    *_WORDED,
    (
        re.compile(
            r"(?i)(?<=\S)[ _.]+[-\u2013][ _.]+(?P<episode>\d{2,4})[ _.]*\((?P<counted>\d{2,4})\)(?!\d)(?![ ._]*\(?(?:19|20)\d\d\)?$)"
        ),
        _beside_years,
    ),
    (
        re.compile(
            rf"(?i)(?<=\S)[ _.]+[-\u2013][ _.]+\(?(?P<episode>\d{{2,4}}|\d(?=v\d|[ _.]*[\[(])){_VERSION}{_LAST}(?:v\d)?\)?{_ENDING}"
            rf"(?=[_ .~]*(?:$|[\[{{(]|[-\u2013.]\D|{JUNK.pattern}))(?![ ._]*\(?(?:19|20)\d\d\)?$)",
        ),
        _absolute(0.75),
    ),
    (
        re.compile(
            r"(?i)[\[【(]\.?第?(?P<episode>\d{2,4})\.?(?: ?[-~] ?(?P<last>\d{2,4}))?(?:v\d)?[话話集回]?(?:[ _]?(?:END|完|fin|\+[^\[\]()]{1,40}))?[\]】)]"
        ),
        _absolute(0.7),
    ),
    (re.compile(r"第 ?(?P<episode>\d{1,4})(?:-(?P<last>\d{1,4}))?[话話集回]"), _absolute(0.7)),
    (re.compile(r"(?<![^\W_])(?P<episode>\d{1,4}) ?[话話集回화회](?![^\W_])"), _absolute(0.7)),
    (re.compile(r"(?<=[ _.])#(?P<episode>\d{1,4})(?!\d)"), _absolute(0.6)),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?P<episode>\d{1,3})[ ._]?(?:of|из|iz|de|van)[ ._]?\d{1,3}(?![^\W_])"
        ),
        _absolute(0.5),
    ),
    (re.compile(r"(?i)(?<=[\w)])[ ._-](?P<season>\d{1,2})_(?P<episode>\d\d)(?![^\W_])"), _within_season("season_episode", 0.6)),
)
_OF_GROUPS: Table = (
    (
        re.compile(
            r"(?<=[\w!?)])[ _.-]+(?:(?:NC)?(?:OP|ED|PV|CM|SP|OVA|OAD|Special|Menu)[ _.]?\d{0,2}(?:\.\d|v\d)?(?=[ _]*(?:$|[\[(]|Clean))|[Vv]ol\.? ?\d{1,2}(?!\d))"
        ),
        _special,
    ),
    (
        re.compile(
            r"(?i)(?<=[\w!?)\]])[ _.:-]+(?<!\d\.)(?P<episode>\d{1,4}(?=v\d)|\d{2,4})(?:v\d)?(?: ?[-~] ?(?P<last>\d{2,4}))?(?=[ _.]*(?:$|[\[(]))"
        ),
        _absolute(0.7),
    ),
    (
        re.compile(r"(?<=[\w!?)])[ _.]+(?:- )?(?<!\d\.)(?P<episode>\d{2,4})(?:v\d)?(?=[ _.]+(?:- )?['\"「(]?[^\W\d])"),
        _absolute(0.6),
    ),
    (re.compile(r"(?i)(?<=[\w!?)])[ _.]+-?[ _.]*\d{1,3}\.\d(?!\d)"), _special),
)
_BROADCAST: Table = (
    (
        re.compile(
            r"(?i)(?<=[\w)])[ ._-](?P<season>\d)(?P<episode>\d\d)(?P<last>\d\d)(?=[ ._-]+$)"
        ),
        _hundreds(0.5),
    ),
    (
        re.compile(r"(?i)[ ._-](?:part|pt)[ ._-]?(?P<part>\d{1,2}|[IVX]{1,4}|one|two|three|four|five|six)(?=[ ._-]*$)"),
        _part,
    ),
    (
        re.compile(r"(?<=[\w)])[ ._-]+(?P<episode>0[1-9]|[1-9]\d)(?=[ ._-]+$)"),
        _absolute(0.45),
    ),
)
_LED: Table = (
    (re.compile(r"^(?P<episode>\d\d)(?P<last>(?!))?$"), _absolute(0.3)),
    (re.compile(r"^(?P<season>\d{1,2})-(?P<episode>\d\d)(?:\. |$)"), _within_season("season-episode", 0.4)),
    (
        re.compile(r"^(?P<episode>\d{2,3})(?:-(?P<last>\d{2,3}))?(?: - |\. )(?=\S)"),
        _absolute(0.3),
    ),
)
_POSSIBLE: Table = (
    (
        re.compile(r"(?<=[\w)])[ ._-](?P<season>[01]\d)[ ._](?P<episode>\d\d)$"),
        _within_season("season and episode", 0.5),
    ),
    (
        re.compile(
            r"(?<=[\w!?)])[ _.]+(?P<episode>\d{1,4}) ?[-~] ?(?P<last>\d{2,4})(?=[ _.]*(?:$|[\[(]))"
        ),
        _absolute(0.5),
    ),
    (
        re.compile(
            r"(?<=[\w!?)])[ _.](?P<episode>0\d{1,3}|\d\d|\d{3,4}(?=[ _.]*[\[(]))(?:v\d)?(?=[ _.]*(?:$|[\[(]))"
        ),
        _absolute(0.5),
    ),
    (
        re.compile(
            r"(?<=[\w)])[ ._-](?P<season>\d{1,2})(?P<episode>\d\d)(?=[ ._-]|$)(?![ ._]?(?:kbps|mb|bit|PPV))"
        ),
        _hundreds(0.4),
    ),
    (re.compile(r"(?i)(?<=\S) - \d{1,3}[. ]5(?!\d)"), _special),
    (re.compile(r"(?i)(?<=[a-z])-x\d\d-(?=[a-z])"), _special),
)
