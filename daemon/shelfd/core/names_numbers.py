"""How names count: the words for a season and an episode, and the numbers behind them, one, several or a range."""

import re
from typing import NamedTuple

from shelfd.core.names_junk import JUNK

MOST_IN_A_FILE = 8
"""More episodes than this in one file are rather a whole season, or a number misread, than a film of eight hours."""
MOST_IN_A_SEASON = 60
RANGE = frozenset(
    ["-", "\u2013", "~", "to", "a", "à", "al", "bis", "till", "thru", "through", "по"]
)
"""What stands between the first and the last of a range."""

NOT_IN_WORD = r"(?<![^\W_])"
SEASON_ABROAD = r"(?:saisons?|staffeln?|stagion[ei]|temporadas?|seizoen(?:en)?|sæson|säsong|sezon(?:ul)?|sez[oó]na|se[zs]|сезоны?|[eé]vad)"
SEASON_WORD = rf"(?:seasons?|series|{SEASON_ABROAD}|temp|sn|se|livre)"
EPISODE_WORD = (
    r"(?:(?:episodes?|episodi(?:os?)?|épisodes?|épisodio|eps?|folgen?|aflevering(?:en)?|afl|avsnitt|capitulos?|capítulos?|cap"
    r"|b[öo]l[üu]m|seri[jy]a|ser|serii|серии|серия|эпизод|odc(?:inek)?)[ ._#:\-(\[]*|e)"
)
EPISODE_AFTER = r"(?:b[öo]l[üu]m|blm|folge|серии|серия|эпизод|avsnitt|aflevering|epis[oó]dio|capítulo|odcinek|\u0441\u0435\u0440|seri[jy]a|serii|r[eé]sz)"
"""Words that stand behind the number: `12. Bölüm`."""
COUNT = r"(?:\d{1,2}|[IVX]{1,5}|[一二三四五六七八九十]{1,3})"
"""The number of a season as people write it."""


class Run(NamedTuple):
    """The numbers that one place of a name counts up, and where they end."""

    numbers: tuple[int, ...]
    end: int


def count(text: str) -> int:
    """Return the number that digits, a Roman or a Chinese numeral, or an English, French or Spanish word mean; -1 for none."""
    if text.isdecimal():
        return int(text)
    if text in _ROMAN:
        return _ROMAN.index(text) + 1
    if text.casefold() in _WORDS:
        return _WORDS[text.casefold()]
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _CHINESE.find(text) if len(text) == 1 else -1
    return max(_CHINESE.find(tens), 1) * 10 + max(_CHINESE.find(ones), 0)


def span(first: int, last: int) -> tuple[int, ...]:
    """Return the numbers from `first` to `last`; only the first when they do not rise, or rise absurdly far."""
    return tuple(range(first, last + 1)) if first <= last < first + 2000 else (first,)


def run(text: str, at: int, season: int | None, first: int) -> Run:
    """Read the episodes that follow the first of several, which ends at `at`."""
    episodes, joints = [first], []
    while more := _MORE.match(text, at) or _BARE.match(text, at):
        said = more.groupdict()
        following, joint = int(more["episode"]), more["joint"].strip(" ._").lower()
        joint = joint.strip("-") or joint
        other = said.get("season") or said.get("crossed")
        if other and int(other) != season:
            break
        bare = "season" not in said
        if said.get("apart") and following != episodes[-1] + 1:
            break
        closed = text[more.end() : more.end() + 1] in (")", "]")
        gap = joint if closed else more["joint"]
        if not other and not _continues(episodes[-1], following, gap, bare=bare):
            break
        episodes.append(following)
        joints.append(joint)
        at = more.end()
    if len(episodes) == 1 and _OUT.match(text, at):
        return Run(span(1, first), at)
    if len(episodes) == 2 and joints[0] in RANGE:
        return Run(span(*episodes), at)
    return Run(tuple(dict.fromkeys(episodes)), at)


def _continues(previous: int, following: int, joint: str, *, bare: bool) -> bool:
    """Say whether a further number belongs to the first: `E01-E03` and `E01-03`, but not `E53 - Ep.129`."""
    if bare:
        near = following - previous <= MOST_IN_A_SEASON or joint.strip() == joint
        ranges = near and joint.strip(" ._").lower().replace("-to-", "to") in RANGE
        return following == previous + 1 or (following > previous and ranges)
    farthest = MOST_IN_A_SEASON if previous == 1 else MOST_IN_A_FILE
    return joint.strip() == joint or abs(following - previous) <= farthest


_ROMAN = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV".split()
_CHINESE = "〇一二三四五六七八九"
_CARDINALS = (
    "one two three four five six seven eight nine ten",
    "un deux trois quatre cinq six sept huit neuf dix",
    "uno dos tres cuatro cinco seis siete ocho nueve diez",
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "premiere deuxieme troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme",
    "première deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième",
    "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte",
    "primera segunda tercera cuarta quinta sexta séptima octava novena décima",
)
_WORDS = {
    word: number
    for words in (*_CARDINALS, *_ORDINALS)
    for number, word in enumerate(words.split(), 1)
}
WORDS = "|".join(" ".join(_CARDINALS).split())
"""What stands behind the word: `Saison sept`; as an expression has it."""
ORDINALS = "|".join(" ".join(_ORDINALS).split())
"""What stands before it: `Second Season`."""
_MORE = re.compile(
    r"(?i)(?:v\d)?(?P<joint>[ ._]*(?:[-\u2013~&+,_]|-?to-?|al?|à|bis|till|en|et|und|and|y)?[ ._]*)(?!x[ .]?26[45])(?:S(?P<season>\d{1,4})[ ._]?)?"
    r"(?:E[ ._]?|Ep[ ._]?|(?P<crossed>\d{1,4})?x)(?P<episode>\d{1,5})(?!\d)",
)
_OUT = re.compile(r"(?<=\d)[ ._]*из[ ._]*\d{1,4}(?!\d)")
"""Of a season that is still being broadcast, how many there are of how many: `5 из 20`."""
_BARE = re.compile(
    r"(?i)(?:v\d(?=-))?(?P<joint>[-\u2013~+_&]| ~ |, ?|-to-|[ ._](?:to|al?|à|bis|till|thru|through|по|en|et|und|and|y|&)[ ._]"
    r"|[ ._]-[ ._](?=\d+[ ._]*(?:$|[\[(\])])|(?P<apart>\d\d)[ ._]-[ ._])"
    rf"|[. ](?=\d\d(?:$|[. ](?:- |{JUNK.pattern}))))"
    r"(?P<episode>\d{1,5})(?![^\W_])(?!\.\d(?!\d))",
)
