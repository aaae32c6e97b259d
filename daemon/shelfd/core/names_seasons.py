"""Which seasons one name speaks of: `S02`, `Season 2`, `2nd Season`, `S01-S07`, `第二季`."""

import re
from typing import NamedTuple

from shelfd.core.names_junk import BROADCAST
from shelfd.core.names_numbers import (
    COUNT,
    NOT_IN_WORD,
    ORDINALS,
    RANGE,
    SEASON_ABROAD,
    SEASON_WORD,
    WORDS,
    count,
    span,
)

MOST = 60
"""No show has more seasons, unless it counts them by years."""


class Season(NamedTuple):
    """The part of a name that numbers a season, or several."""

    start: int
    end: int
    numbers: tuple[int, ...]

    @property
    def number(self) -> int | None:
        """The season, None when there are several."""
        return self.numbers[0] if len(self.numbers) == 1 else None


def season(text: str) -> Season | None:
    """Find the numbers of the seasons that a name speaks of."""
    if _SPECIALS.fullmatch(text):
        return Season(0, len(text), (0,))
    for pattern in _SEASONS:
        for found in pattern.finditer(text):
            number = count(found["number"])
            if number < 0 or MOST < number < 1900 or _is_of_a_title(text, found):
                continue
            return _with_more(text, found, number)
    return None


def _is_of_a_title(text: str, found: re.Match[str]) -> bool:
    """Say whether a year stands behind a title that ends in the word: `Open Season (2006)`, but not `Season 2006`."""
    year = found["number"].isdecimal() and int(found["number"]) >= 1900
    worded = year and found.start() > 0 and _WORDED.match(text, found.start()) is not None
    return worded and not BROADCAST.search(text)


def _with_more(text: str, found: re.Match[str], first: int) -> Season:
    """Read what follows the first: `S01-S07`, `Season 1,2,3 & 5`, `Seasons 1 to 5`."""
    numbers, at = [first], found.end()
    worded = not found[0][:1].isdigit() and found[0][:2].isalpha()
    if last := found.groupdict().get("last"):
        return Season(found.start(), at, span(first, count(last)))
    while more := _MORE.match(text, at):
        joint, following = more["joint"].strip(" ._").lower(), int(more["number"])
        if not numbers[-1] < following <= MOST:
            break
        if not joint and not more["again"] and not (worded and following <= numbers[-1] + 2):
            break
        numbers += span(numbers[-1] + 1, following) if joint in _RANGES else (following,)
        at = more.end()
    return Season(found.start(), at, tuple(numbers))


_WORDED = re.compile(rf"(?i){SEASON_WORD}[ ._:#\-\[(]")
_RANGES = RANGE | {"--", "/"}
_MORE = re.compile(
    rf"(?i)(?P<joint>[ ._]*(?:[-\u2013~&+,/]{{1,2}}|to|al?|à|bis|till|thru|through|по|en|et|und|and|y)?[ ._]*(?:&[ ._]*)?)"
    rf"(?P<again>(?:{SEASON_WORD}[ ._]?|S)?)(?P<number>\d{{1,2}})(?![^\W_])",
)
_SEASONS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i){NOT_IN_WORD}(?P<number>\d{{1,2}})(?:st|nd|rd|th|[ªºa°])?[ ._]*(?:-|al?|à|to)[ ._]*(?P<last>\d{{1,2}})[ªºa°]?[ ._]*{SEASON_ABROAD}(?![^\W_])",
        rf"(?i){NOT_IN_WORD}(?P<number>\d{{1,2}})(?:[ .]?(?:st|nd|rd|th))[ ._-]*{SEASON_WORD}(?![^\W_])",
        rf"(?i){NOT_IN_WORD}(?:{SEASON_WORD}(?<!eries)[ ._:#\-]{{0,3}}(?:SO?(?=\d))?|(?:all[ ._])?seasons?[ ._]?[\[(]|S|(?-i:T)(?=0[1-9]))(?P<number>\d{{1,2}}|(?:19|20)\d\d)(?:(?![^\W_])|(?=of\d|D(?:is[ck])?\d|[VPS]\d|Extras|Complete))",
        rf"(?i){NOT_IN_WORD}series[ ._]?(?P<number>[1-9]\d?|0[1-9])(?:(?![^\W_])|(?=of\d))",
        rf"(?i){NOT_IN_WORD}(?P<number>\d{{1,2}})(?:[ªºa.°йÂ-]|ème|eme|ma|da|ra){{0,2}}[ ._-]*{SEASON_ABROAD}(?![^\W_])",
        rf"{NOT_IN_WORD}(?i:{SEASON_WORD}(?<!eries))[ ._:-]{{1,2}}(?P<number>{COUNT}|(?i:{WORDS}))(?![^\W_])",
        rf"(?i){NOT_IN_WORD}(?:the[ ._])?(?P<number>{ORDINALS})[ ._-]{SEASON_WORD}(?![^\W_])",
        r"\((?:\u0422\u0412|TV)-?(?P<number>\d{1,2})\)",
        rf"第 ?(?P<number>{COUNT}|\d{{1,2}}) ?[季期]",
        rf"{NOT_IN_WORD}(?P<number>\d{{1,2}}) ?期(?![^\W_])",
        rf"(?i){NOT_IN_WORD}(?P<number>\d{{1,2}})xAll(?![^\W_])",
        rf"{NOT_IN_WORD}[ST] (?P<number>0\d|[1-3]\d)(?![^\W_])",
    )
)
_SPECIALS = re.compile(r"(?i)\s*(?:specials?|spéciaux|especiales)\s*")
