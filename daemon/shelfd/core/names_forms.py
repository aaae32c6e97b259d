"""The ordered tables of forms in which names number episodes."""

import re
from collections.abc import Callable
from typing import NamedTuple

from shelfd.core.names_junk import JUNK
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
_SHORT = re.compile(r"(?i)(?:eps?|e)[ ._(]{0,2}\d")
NUMBERED: Table = (
    (
        re.compile(r"(?i)[\[(]S(?P<season>[1-9]\d?)-(?P<episode>\d{2,3})[\])]"),
        _within_season("(season-episode)", 0.9),
    ),
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
            rf"(?i){NOT_IN_WORD}(?<![^\d]\d\.)(?P<season>\d{{1,2}}|20[0-3]\d)(?: ?[x\xd7\u0445] ?)(?!26[45])(?P<episode>\d{{1,3}}|\d{{5}})(?:(?![^\W_])|(?=x\d|v\d|[a-d](?![^\W_])|[a-z]\d{{3,4}}p))(?!\.\d\d(?:$|[ .-]\D))",
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
        re.compile(
            r"第 ?(?P<season>\d{1,2}|[一二三四五六七八九十]{1,3}) ?[季期][ ._\[\]-]*第 ?(?P<episode>\d{1,4})(?=[话話集回]|-\d)"
        ),
        _within_season("season and episode in words", 0.9),
    ),
)
GLUED: Table = (
    (
        re.compile(r"(?<=[a-z])(?P<season>\d{1,2})x(?P<episode>\d\d)(?![^\W_])"),
        _within_season("season x episode without a gap before it", 0.7),
    ),
    (
        re.compile(r"(?i)(?<=[a-z])s(?P<season>\d\d)e(?P<episode>\d\d)(?!\d)"),
        _within_season("sxxeyy without a gap before it", 0.7),
    ),
)
_VERSION = r"(?:v\d|[a-c](?= ))?"
_ENDING = r"(?:[ _]*(?:END|FINAL|FIN))?"
_LAST = r"(?:[ _.]*(?:[-~\u2013,+&]|to|al?|bis)[ _.]*(?P<last>\d{2,4})){0,8}"
WORDED: Table = (
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}{EPISODE_WORD}(?!\d{{3,4}}[pi])(?P<episode>\d{{1,4}})(?!\d)(?![^\W_]{{3}})"
        ),
        _without_season,
    ),
    (
        re.compile(
            rf"(?i){NOT_IN_WORD}(?P<episode>\d{{1,4}})[ ._]{{0,2}}{EPISODE_AFTER}(?![^\W_])"
        ),
        _without_season,
    ),
)
LIKELY: Table = (
    (
        re.compile(
            r"(?<=[\w!?)\]])[ _]+(?P<episode>0{0,3}1) ?[-~] ?(?P<last>\d{2,4})(?=[ _.]*(?:$|[\[(]))"
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
            rf"(?i)(?:{NOT_IN_WORD}{EPISODE_WORD}|[ _.-]+[-\u2013][ _.]+|[\[(](?=\d{{1,2}}\.\d{{2,3}}[\])]))(?P<season>\d{{1,2}})\.(?P<episode>\d\d|\d{{3}}(?=[\])]))(?=[ ._]+-|[ ._]*$|[\])])"
        ),
        _within_season("season.episode", 0.75),
    ),
    *WORDED,
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
            r"(?i)(?:[\[【]|(?<=[^\s(])[ _.]*\()\.?第?(?P<episode>\d{2,4})\.?(?: ?[-~] ?(?P<last>\d{2,4}))?(?:v\d)?[话話集回]?(?:[ _]?(?:END|完|fin|\+[^\[\]()]{1,40}))?[\]】)]"
        ),
        _absolute(0.7),
    ),
    (re.compile(r"第 ?(?P<episode>\d{1,4})(?:-(?P<last>\d{1,4}))?[话話集回]"), _absolute(0.7)),
    (re.compile(r"(?<![^\W_])(?P<episode>\d{1,4}) ?[话話集回화회](?![^\W_])"), _absolute(0.7)),
    (re.compile(r"(?<=[ _.])#(?P<episode>\d{1,4})(?!\d)"), _absolute(0.6)),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?P<episode>\d{1,3})(?:-(?P<last>\d{1,3}))?[ ._]?(?:of|из|iz|de|van)[ ._]?\d{1,3}(?![^\W_])"
        ),
        _absolute(0.5),
    ),
    (
        re.compile(r"(?i)(?<=[\w)])[ ._-](?P<season>\d{1,2})_(?P<episode>\d\d)(?![^\W_])"),
        _within_season("season_episode", 0.6),
    ),
)
OF_GROUPS_AT_END: Table = (
    (
        re.compile(
            r"(?i)(?<=[\w!?)\]])[ _.:-]+(?<!\d\.)(?P<episode>\d{1,4}(?=v\d)|\d{2,4})(?:v\d)?(?: ?[-~] ?(?P<last>\d{2,4}))?(?=[ _.]*(?:$|[\[(]))"
        ),
        _absolute(0.7),
    ),
)
OF_GROUPS: Table = (
    (
        re.compile(
            r"(?<=[\w!?)])[ _.-]+(?:(?:NC)?(?:OP|ED|PV|CM|SP|OVA|OAD|Special|Menu)[ _.]?\d{0,2}(?:\.\d|v\d)?(?=[ _]*(?:$|[\[(]|Clean))|[Vv]ol\.? ?\d{1,2}(?!\d))"
        ),
        _special,
    ),
    *OF_GROUPS_AT_END,
    (
        re.compile(
            r"(?<=[\w!?)])[ _.]+(?:- )?(?<!\d\.)(?P<episode>\d{2,4})(?:v\d)?(?=[ _.]+(?:- )?['\"「(]?[^\W\d])"
        ),
        _absolute(0.6),
    ),
    (re.compile(r"(?i)(?<=[\w!?)])[ _.]+-?[ _.]*\d{1,3}\.\d(?!\d)"), _special),
)
BROADCAST_PARTS: Table = (
    (
        re.compile(
            r"(?i)[ ._-](?:part|pt)[ ._-]?(?P<part>\d{1,2}|[IVX]{1,4}|one|two|three|four|five|six)(?=[ ._-]*$)"
        ),
        _part,
    ),
)
RECORDED: Table = (
    (
        re.compile(
            r"(?i)(?<=[\w)])[ ._-](?P<season>\d)(?P<episode>\d\d)(?P<last>\d\d)(?=[ ._-]+$)"
        ),
        _hundreds(0.5),
    ),
    *BROADCAST_PARTS,
    (
        re.compile(r"(?<=[\w)])[ ._-]+(?P<episode>0[1-9]|[1-9]\d)(?=[ ._-]+$)"),
        _absolute(0.45),
    ),
)
LED: Table = (
    (re.compile(r"^(?P<episode>\d\d)(?P<last>(?!))?$"), _absolute(0.3)),
    (
        re.compile(r"^(?P<season>\d{1,2})-(?P<episode>\d\d)(?:\. |$)"),
        _within_season("season-episode", 0.4),
    ),
    (
        re.compile(r"^(?P<episode>\d{2,3})(?:-(?P<last>\d{2,3}))?(?: - |\. )(?=\S)"),
        _absolute(0.3),
    ),
)
POSSIBLE: Table = (
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
