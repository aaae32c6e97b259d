"""Which movie the names of a video and of its directories mean."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from shelfd.core.names_junk import EDITION, JUNK, LANGUAGE
from shelfd.core.names_words import (
    YEAR,
    component,
    edition,
    edition_by_form,
    flags_then_junk,
    gibberish,
    key,
    title,
    title_before_year,
)
from shelfd.core.parsed import Parsed


class Film(NamedTuple):
    """What one component says of a movie."""

    title: str
    year: int | None
    confidence: float
    rule: str
    rest: str = ""
    """What follows the year."""


def dated(directories: Sequence[str], stem: str) -> Parsed | None:
    """Read a movie whose file or directory names its year; None when none does."""
    own, above = _film(stem), _above(directories)
    if own.year is None and (above is None or above.year is None):
        return None
    return _parsed(directories, stem, _agreed(own, above, stem))


def undated(directories: Sequence[str], stem: str) -> Parsed:
    """Read what may be the title of a movie, without a year to confirm it."""
    own, above = _film(stem), _above(directories)
    if above and above.title and (not own.title or gibberish(stem) or _is_release(directories[-1])):
        own = above._replace(rule=f"{above.rule} in the directory name")
    return _parsed(directories, stem, own)


def _agreed(own: Film, above: Film | None, stem: str) -> Film:
    """Choose between what the file and what its directory says."""
    if above is None or above.year is None:
        return own._replace(rule=f"{own.rule} in the file name")
    same = key(own.title) == key(above.title)
    if own.year and key(f"{own.title} {own.year}") == key(above.title):
        own = own._replace(title=above.title, year=None)
    if own.year is None:
        return above._replace(
            confidence=_covered(own, above, stem), rule=f"{above.rule} in the directory name"
        )
    if own.year == above.year:
        shortened = key(own.title).endswith(key(above.title)) or (
            own.title.islower() and not above.title.islower()
        )
        shortened = shortened or key(_IN_BRACKETS.sub("", own.title)) == key(above.title)
        best = above if shortened else own
        sure = max(own.confidence, above.confidence) + (0.02 if same else 0.0)
        return best._replace(
            confidence=sure,
            rule=f"{best.rule} in the file name and in the directory name",
            rest=own.rest,
        )
    if same:
        rule = f"the directory says {above.year}, the file {own.year}"
        return own._replace(confidence=0.6, rule=rule)
    return own._replace(rule=f"{own.rule} in the file name")


def _covered(own: Film, above: Film, stem: str) -> float:
    """Return how sure it is that a file without a year is the movie that its directory names."""
    mine, theirs = set(key(own.title).split()), set(key(above.title).split())
    if not mine or not re.search(r"[^\W\d_]", stem):
        return min(above.confidence, 0.85 if gibberish(stem) else 0.6)
    if mine <= theirs or theirs <= mine:
        return above.confidence
    one_word = re.search(r"[\s._]", stem) is None
    return min(above.confidence, 0.85 if one_word or gibberish(stem) else 0.6)


def _above(directories: Sequence[str]) -> Film | None:
    """Read the nearest directory that is not one part of a movie."""
    for raw in reversed(directories[-2:]):
        if not _PART.fullmatch(raw.strip()):
            return None if _COLLECTION.search(raw) else _film(raw)
    return None


def _is_release(raw: str) -> bool:
    return JUNK.search(raw) is not None


def _film(raw: str) -> Film:
    inner = component(raw)
    text = inner.text
    if numbered := _IN_SERIES.match(text):
        text = text[numbered.end() :]
    for pattern, confidence, rule in _FORMS:
        for found in reversed(list(pattern.finditer(text))):
            head = text[: found.start()]
            head = _BONUS_NUMBER.split(head)[0]
            rest = text[found.end() :]
            if _SPOKEN.match(rest) and not _LANGUAGE.search(rest):
                head = _LANGUAGE_AT_END.sub("", head)
            before = title_before_year(_DIRECTOR.sub("", head) if found[0][:1] == "[" else head)
            if before:
                film = Film(before, int(found["year"]), confidence, rule, text[found.end() :])
                return _weighed(film)
    if led := _led_by_year(text, inner.group):
        return led
    part = _PART_ANYWHERE.search(text)
    name = title(text[: part.start()] if part else text)
    version = _VERSION_AT_END.search(name)
    name = _COLLECTED.sub("", name[: version.start()] if version else name)
    return Film(name, None, 0.5 if name else 0.0, "a title without a year", text)


def _led_by_year(text: str, group: str) -> Film | None:
    """Read `(2005) Title`, `2005 - Title`, and of a release `2005.Title.DVD9`."""
    alone = _YEAR_ALONE.fullmatch(group)
    found = (
        alone or _LEADING.match(text) or (_LEADING_BARE.match(text) if JUNK.search(text) else None)
    )
    after = title(text if alone else text[found.end() :]) if found else ""
    return Film(after, int(found["year"]), 0.7, "Year Title") if found and after else None


def _weighed(film: Film) -> Film:
    """Be surer of a year that only words about the file follow, and less sure beside an episode's number."""
    if _NUMBER_INSIDE.search(film.title) or _NUMBER_AFTER.match(film.rest):
        return film._replace(confidence=0.6, rule=f"{film.rule} with what may be an episode number")
    if film.confidence < 0.9 and flags_then_junk(film.rest):
        return film._replace(confidence=0.9, rule="Title.Year.junk")
    return film


def _parsed(directories: Sequence[str], stem: str, film: Film) -> Parsed:
    inner = component(stem)
    outer = component(directories[-1]) if directories else component("")
    part = _PART_ANYWHERE.search(film.rest) or (film.year and _PART_AT_END.search(film.rest))
    folder = _PART.fullmatch(directories[-1].strip()) if directories else None
    number = part or folder
    # without a year, what follows the title is not told from the title
    named = edition_by_form(film.rest) if film.year else None
    return Parsed(
        kind="movie",
        title=film.title or None,
        year=film.year,
        edition=inner.edition or outer.edition or edition(film.rest) or named,
        part=int(number[1]) if number else None,
        ids={**outer.ids, **inner.ids},
        confidence=film.confidence if film.title and not gibberish(film.title) else 0.0,
        rule=film.rule if film.title else "no title in the name",
    )


# of a single word nobody knows: `Bigger, Longer & Uncut` is a title
_VERSION_AT_END = re.compile(
    rf"(?i)(?<=\w)(?<!^the)(?<!^a)(?<!^an)[ -]+(?=\S+ )(?:{EDITION.pattern})$"
)
_COLLECTED = re.compile(r"(?i)(?<=\w)[ :-]+(?:the )?complete collection$")
_BONUS_NUMBER = re.compile(r"(?i)(?<=[a-z])-x\d\d-(?=[a-z])")
_LANGUAGE_AT_END = re.compile(r"(?<=[^\W_])[ .](?:German|French)[ .]*$")
_LANGUAGE = re.compile(rf"{LANGUAGE}(?![^\W_])")
_SPOKEN = re.compile(r"[ .]?(?:DL|ML|LD|MD|Dubbed|DUBBED|STV)(?![^\W_])")
"""Which follows the year where the language stands before it: `Title.German.2014.DL`, but `The.Good.German.2006`."""
_IN_SERIES = re.compile(r"[^\W\d][\w. ]*-f\d{1,2}-(?=[^\W\d])")
"""What names the films that one belongs to, and its number among them: `Captain_Orr-f03-The_Reef`."""
_FORMS = (
    (re.compile(rf"[\[({{]\s*(?P<year>{YEAR})\s*[\])}}]"), 0.95, "Title (Year)"),
    (
        re.compile(rf"[\[(](?:[^\[\]()]*[ .,/-])(?<!\d[-\u2013])(?P<year>{YEAR})\s*[\])]"),
        0.8,
        "Title (..., Year)",
    ),
    (re.compile(rf"[\[(](?P<year>{YEAR})(?:,| [-/,])[^\[\]()]*[\])]"), 0.8, "Title (Year, ...)"),
    (
        re.compile(rf"(?<=[ ._-])(?<!\d[-\u2013])(?P<year>{YEAR})(?=$|[ ._\-\[(])"),
        0.75,
        "Title Year",
    ),
)
_DIRECTOR = re.compile(r"\s*\([^()]*(?:\([^()]*\)[^()]*)?\)\s*$")
"""As trackers write it: `Title (Director) [2018, country, ...]`."""
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_NUMBER_INSIDE = re.compile(r" - \d{2,4}(?: - |$)|\b\d{1,3} ?of ?\d|\bE\d{2,4}\b")
_NUMBER_AFTER = re.compile(r"[ ._\-]*[\[({]?\d{2,3}(?![^\W_])(?! ?[x\xd7])")
_LEADING = re.compile(rf"[\[(]?(?P<year>{YEAR})(?:[\])][ ._-]*| - )")
_YEAR_ALONE = re.compile(rf"\[(?P<year>{YEAR})\][ ._-]*")
_LEADING_BARE = re.compile(rf"(?P<year>{YEAR})[ ._](?=[^\W\d])")
_PART = re.compile(r"(?i)(?:cd|dis[ck]|dvd|part|pt)[ ._-]?(\d{1,2})")
_PART_AT_END = re.compile(r"(?i)[ ._(\[-]+(?:cd|dis[ck]|dvd|part|pt)[ ._-]?(\d{1,2})[\])]?$")
_PART_ANYWHERE = re.compile(r"(?i)(?<![^\W_])(?:cd|dis[ck])[ ._-]?(\d{1,2})(?![^\W_])(?:of\d)?")
_COLLECTION = re.compile(
    r"(?i)\b(?:collection|trilogy|quadrilogy|anthology|saga|box ?set|movies|films)\b"
)
