"""How one name numbers an episode: the ordered tables of forms, and where in the name they stand."""

import re
from collections.abc import Callable
from typing import NamedTuple

from shelfd.core.names_words import JUNK

Found = re.Match[str]

MOST_IN_A_FILE = 8
"""More episodes than this in one file are rather a number misread than a film of eight hours."""


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


class Season(NamedTuple):
    """The part of a name that numbers a season."""

    start: int
    end: int
    number: int


def certain(text: str) -> Mark | None:
    """Find the first form that can hardly mean anything but an episode."""
    return _first(_CERTAIN, text)


def likely(text: str) -> Mark | None:
    """Find a form that means an episode where nothing says that it is a movie."""
    return _first(_LIKELY, text)


def possible(text: str) -> Mark | None:
    """Find a number that may mean an episode and may as well be part of a title."""
    return _first(_POSSIBLE, text)


def in_season(text: str, number: int) -> Mark | None:
    """Find the episode number of a file that lies in the directory of season `number`."""
    found = _LEADING.match(text)
    if found:
        episodes = _span(int(found[1]), int(found[2] or found[1]))
        rule = "the number before the title"
        if number and episodes[0] // 100 == number:
            episodes = tuple(episode % 100 for episode in episodes)
            return Mark(0, found.end(), rule, 0.7, number, episodes)
        return Mark(0, found.end(), rule, 0.9, number, episodes)
    mark = likely(text) or possible(text)
    if not mark or mark.season not in (None, number):
        return None
    episodes = mark.episodes or mark.absolute
    sure = 0.9 if mark.confidence >= 0.7 and len(episodes) <= MOST_IN_A_FILE else 0.7
    return mark._replace(season=number, episodes=episodes, absolute=(), confidence=sure)


def season(text: str) -> Season | None:
    """Find the number of a season in a name."""
    if _SPECIALS.fullmatch(text):
        return Season(0, len(text), 0)
    for pattern in _SEASONS:
        if found := pattern.search(text):
            return Season(found.start(), found.end(), int(found[1]))
    return None


Read = Callable[[Found], "Mark | None"]


def _first(table: tuple[tuple[re.Pattern[str], Read], ...], text: str) -> Mark | None:
    for pattern, read in table:
        for found in pattern.finditer(text):
            if mark := read(found):
                return mark
    return None


def _within_season(rule: str, sure: float) -> Read:
    def read(found: Found) -> Mark:
        number = int(found["season"])
        episodes, end = _run(found.string, found.end(), number, int(found["episode"]))
        confidence = sure if len(episodes) <= MOST_IN_A_FILE else 0.5
        return Mark(found.start(), end, rule, confidence, number, episodes)

    return read


def _without_season(found: Found) -> Mark:
    episodes, end = _run(found.string, found.end(), None, int(found["episode"]))
    return Mark(found.start(), end, "an episode number without a season", 0.7, None, episodes)


def _absolute(sure: float) -> Read:
    def read(found: Found) -> Mark | None:
        first, last = int(found["episode"]), int(found["last"] or found["episode"])
        if _YEARLIKE.fullmatch(found["episode"]) or last < first:
            return None
        rule = "a number after the title, counted from the first episode"
        confidence = sure if last - first < MOST_IN_A_FILE else 0.4
        return Mark(found.start(), found.end(), rule, confidence, absolute=_span(first, last))

    return read


def _hundreds(found: Found) -> Mark | None:
    if _YEARLIKE.fullmatch(found["season"] + found["episode"]):
        return None
    rule = "season and episode as one number"
    return Mark(
        found.start(), found.end(), rule, 0.4, int(found["season"]), (int(found["episode"]),)
    )


def _cap(found: Found) -> Mark:
    rule = "season and episode as one number in [Cap.]"
    episodes = _span(int(found["episode"]), int(found["last"] or found["episode"]))
    return Mark(found.start(), found.end(), rule, 0.9, int(found["season"]), episodes)


def _date(sure: float) -> Read:
    def read(found: Found) -> Mark | None:
        year, month, day = int(found["year"]), found["month"], int(found["day"])
        number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1
        confidence = sure if sure > 0.8 or day > 12 or number > 12 or number == day else 0.6
        if number > 12:
            number, day = day, number
        if not (1 <= number <= 12 and 1 <= day <= 31):
            return None
        iso = f"{year:04}-{number:02}-{day:02}"
        return Mark(found.start(), found.end(), "the date of broadcast", confidence, date=iso)

    return read


def _run(text: str, at: int, number: int | None, first: int) -> tuple[tuple[int, ...], int]:
    """Read the episodes that follow the first of several; return all, and where they end."""
    episodes, joints = [first], []
    while more := _MORE.match(text, at) or _BARE.match(text, at):
        said = more.groupdict()
        following, joint = int(more["episode"]), more["joint"].strip(" ._")
        other = said.get("season") or said.get("crossed")
        if other and int(other) != number:
            break
        bare = "season" not in said
        if not other and not _continues(episodes[-1], following, more["joint"], bare=bare):
            break
        episodes.append(following)
        joints.append(joint)
        at = more.end()
    if len(episodes) == 2 and joints[0] in _RANGE:
        return _span(*episodes), at
    return tuple(dict.fromkeys(episodes)), at


def _continues(previous: int, following: int, joint: str, *, bare: bool) -> bool:
    """Say whether a further number belongs to the first: `E01-E03` and `E01-03`, but not `E53 - Ep.129`."""
    if bare:
        return following == previous + 1 or (following > previous and joint in _RANGE)
    return joint.strip() == joint or abs(following - previous) <= MOST_IN_A_FILE


def _span(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1)) if first <= last < first + 2000 else (first,)


_RANGE = ("-", "\u2013", "~", "to", "a", "al")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()

_NOT_IN_WORD = r"(?<![^\W_])"
_GAP = r"[ ._\-\u2013]*"
_SEASON_ABROAD = r"(?:saison|staffel|stagione|temporada|seizoen|sæson|säsong|sezon(?:ul)?|sez[oó]na|se[zs]|сезон)"
_SEASON_WORD = rf"(?:seasons?|series|{_SEASON_ABROAD}|temp|sn|se|livre)"
_EPISODE_WORD = r"(?:(?:episodes?|episodio|épisode|épisodio|eps?|folge|aflevering|afl|avsnitt|capitulo|capítulo|cap|b[öo]l[üu]m|seri[jy]a|ser|серии|серия|эпизод)[ ._#:\-(]*|e)"
_YEARLIKE = re.compile(r"19\d\d|20[0-3]\d")

_SEASONS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i){_NOT_IN_WORD}(?:{_SEASON_WORD}[ ._:\-]{{0,2}}|S)(\d{{1,2}}|(?:19|20)\d\d)(?![^\W_])",
        rf"(?i){_NOT_IN_WORD}(\d{{1,2}})(?:st|nd|rd|th)[ ._-]*{_SEASON_WORD}(?![^\W_])",
        rf"(?i){_NOT_IN_WORD}(\d{{1,2}})[ªºa.й-]{{0,3}}[ ._-]*{_SEASON_ABROAD}(?![^\W_])",
        r"第(\d{1,2})[季期]",
    )
)
_SPECIALS = re.compile(r"(?i)\s*(?:specials?|spéciaux|especiales)\s*")
_LEADING = re.compile(
    rf"(?i)\s*{_EPISODE_WORD}?(\d{{1,3}})(?:v\d)?(?:[ ._]?-[ ._]?(?:E|Ep)?(\d{{2,3}}))?(?=[ ._\-\u2013\[(]|$)(?![ ._]?-?\d{{3,4}}[pi])",
)
_MORE = re.compile(
    r"(?i)(?P<joint>[ ._]*(?:[-\u2013~&+,_]|to|en|and)?[ ._]*)(?!x[ .]?26[45])(?:S(?P<season>\d{1,4})[ ._]?)?(?:E[ ._]?|Ep[ ._]?|(?P<crossed>\d{1,4})?x)(?P<episode>\d{1,5})(?!\d)",
)
_BARE = re.compile(r"(?P<joint>[-\u2013~+_&]| ~ )(?P<episode>\d{1,5})(?![^\W_])(?!\.\d(?!\d))")

_CERTAIN: tuple[tuple[re.Pattern[str], Read], ...] = (
    (
        re.compile(
            rf"(?i){_NOT_IN_WORD}S(?P<season>\d{{1,4}})(?:[\])]?{_GAP}[\[(]?E(?:ps?|pisode)?[ ._-]*|(?!x26)xE?)(?P<episode>\d{{1,5}})(?!\d)",
        ),
        _within_season("SxxEyy", 0.95),
    ),
    (
        re.compile(
            rf"(?i){_NOT_IN_WORD}(?P<season>\d{{1,2}})(?:-?\w{{1,2}})?[ ._]*{_SEASON_ABROAD}[ ._,-]*(?P<episode>\d{{1,4}})(?:-?\w{{1,2}})?[ ._]*{_EPISODE_WORD}(?<![eE])(?![^\W_])",
        ),
        _within_season("season and episode in words", 0.95),
    ),
    (
        re.compile(
            rf"(?i){_NOT_IN_WORD}{_SEASON_WORD}[ ._:\-]*(?P<season>\d{{1,4}})[ ._,/\-\u2013(]+{_EPISODE_WORD}(?P<episode>\d{{1,5}})(?!\d)",
        ),
        _within_season("season and episode in words", 0.95),
    ),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?<![^\d]\d\.)(?P<season>\d{1,2}|20[0-3]\d)(?: ?[x\xd7] ?)(?!26[45])(?P<episode>\d{1,3})(?:(?![^\W_])|(?=x\d))",
        ),
        _within_season("season x episode", 0.95),
    ),
    (
        re.compile(
            r"(?i)\bcap[. ]*(?P<season>\d{1,2})(?P<episode>\d\d)(?:[_-]\d{1,2}(?P<last>\d\d))?(?!\d)"
        ),
        _cap,
    ),
    (
        re.compile(
            r"(?<!\d)(?P<year>19\d\d|20[0-3]\d)([ ._-])(?P<month>\d\d)\2(?P<day>\d\d)(?!\d)"
        ),
        _date(0.85),
    ),
    (
        re.compile(
            r"(?<!\d)(?P<day>\d\d)([ ._-])(?P<month>\d\d)\2(?P<year>19\d\d|20[0-3]\d)(?!\d)"
        ),
        _date(0.8),
    ),
    (
        re.compile(r"(?<!\d)(?P<year>20[0-3]\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)(?![^\W_])"),
        _date(0.7),
    ),
    (
        re.compile(
            rf"(?i)(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ ._-](?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}[ ._-](?P<year>19\d\d|20[0-3]\d)(?!\d)",
        ),
        _date(0.8),
    ),
    (
        re.compile(r"(?i)(?<=[a-z])s(?P<season>\d\d)e(?P<episode>\d\d)(?!\d)"),
        _within_season("sxxeyy without a gap before it", 0.7),
    ),
)
_LIKELY: tuple[tuple[re.Pattern[str], Read], ...] = (
    (
        re.compile(
            rf"(?i){_NOT_IN_WORD}{_EPISODE_WORD}(?P<episode>\d{{1,4}})(?!\d)(?![^\W_]{{3}})"
        ),
        _without_season,
    ),
    (
        re.compile(
            r"(?i)(?<=\S)[ _.]+[-\u2013][ _.]+\(?(?P<episode>\d{2,4}|\d(?=v\d|[ _.]*[\[(]))(?:v\d|[a-c](?= ))?(?:[ _.]*[-~\u2013,][ _.]*(?P<last>\d{2,4}))?(?:v\d)?\)?(?:[ _]*(?:END|FINAL|FIN))?"
            rf"(?=[_ .]*(?:$|[\[{{(]|[-\u2013.]\D|{JUNK.pattern}))(?![ ._]*\(?(?:19|20)\d\d\)?$)",
        ),
        _absolute(0.75),
    ),
    (
        re.compile(
            r"(?i)\[(?:第)?(?P<episode>\d{2,4})(?:-(?P<last>\d{2,4}))?(?:v\d)?[话話集回]?(?:[ _]?(?:END|完))?\]"
        ),
        _absolute(0.7),
    ),
    (re.compile(r"第(?P<episode>\d{1,4})(?:-(?P<last>\d{1,4}))?[话話集回]"), _absolute(0.7)),
    (re.compile(r"(?<=[ _.])#(?P<episode>\d{1,4})(?P<last>(?!))?(?!\d)"), _absolute(0.6)),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?P<episode>\d{1,3})(?P<last>(?!))?[ ._]?(?:of|из|de|van)[ ._]?\d{1,3}(?![^\W_])"
        ),
        _absolute(0.5),
    ),
)
_POSSIBLE: tuple[tuple[re.Pattern[str], Read], ...] = (
    (
        re.compile(
            r"(?<=[\w!?)])[ _.](?P<episode>0\d{1,3}|\d\d|\d{3,4}(?=[ _.]*[\[(]))(?:v\d)?(?:[ _]?[-~][ _]?(?P<last>\d{2,4}))?(?=[ _.]*(?:$|[\[(]))"
        ),
        _absolute(0.5),
    ),
    (
        re.compile(
            r"(?<=[\w)])[ ._-](?P<season>\d{1,2})(?P<episode>\d\d)(?=[ ._-]|$)(?![ ._]?(?:kbps|mb|bit))"
        ),
        _hundreds,
    ),
)
