"""Which album the name of a directory, or of a release, means: as people write it, and as the scene does."""

import re
from typing import NamedTuple

from shelfd.core.names_words import YEAR, component, spaced


class Album(NamedTuple):
    """What the directories say."""

    album: str | None = None
    artist: str | None = None
    year: int | None = None
    disc: int | None = None
    sure: bool = False
    """Artist and album are certain to be these two and not the other way round."""


def read_album(raw: str) -> Album:
    """Read `Artist - Album (Year) [format]` and `Artist-Album-(catalogue)-format-year-group`."""
    text = _text(raw)
    return _of_scene(text) or _of_people(text)


def _text(raw: str) -> str:
    """Return one component; underscores stay within the words of scene names, which dashes part."""
    if " " not in raw.strip():
        raw = raw.replace("+", " ") if raw.count("+-+") else raw.replace("_", ".")
    return component(raw).text


def _of_scene(text: str) -> Album | None:
    """Read a release whose parts dashes divide: all between its title and its group says how it was made."""
    bare = text.replace(" - ", "-")
    parts = [part.strip(" .") for part in _DASH.split(bare)]
    if (" - " in text and " " in bare) or len(parts) < 3 or not _GROUP.fullmatch(parts[-1]):
        return None
    if len(parts) == 4 and re.fullmatch(YEAR, parts[1]) and not _says_format(parts[2]):
        return Album(spaced(parts[2]), spaced(parts[0]), int(parts[1]), sure=True)
    year = _YEAR_PART.fullmatch(parts[-2])
    if not year and not any(map(_says_format, parts[2:-1])):
        return None
    head = _named(parts[: -2 if year else -1])
    if len(head) < 2 or not all(_LETTER.search(part) for part in head):
        return None
    released = int(year["year"]) if year and year["year"] else None
    return Album(spaced("-".join(head[1:])), spaced(head[0]), released, sure=True)


def _named(parts: list[str]) -> list[str]:
    """Return the parts that name artist and title, a dash within the artist's name undivided."""
    head = list(parts)
    while len(head) > 2 and (_says_format(head[-1]) or _DAY_OR_MONTH.fullmatch(head[-1])):
        head.pop()
    if len(head) > 2 and (_ONE_LETTER.search(head[0]) or len(head[1]) == 1):
        head[:2] = [f"{head[0]}-{head[1]}"]
    return head


def _says_format(part: str) -> bool:
    """Say whether a part of a scene's name is about the release: `(CAT 001)`, `2CD`, `Limited Edition`, `DE`."""
    if part.startswith("("):
        return True
    return all(_FORMAT_WORD.fullmatch(word) for word in re.split(r"[ ._]+", part) if word)


def _of_people(text: str) -> Album:
    dated = _YEAR_IN_BRACKETS.search(text)
    year = int(dated[1]) if dated else None
    parts = _divided(_without_format(text))
    years = [part for part in parts if _YEAR_AND_GENRE.fullmatch(part)]
    if years and parts[1:] and (parts[2:] or parts[0] == years[0]):
        year = year or int(years[0][:4])
        parts.remove(years[0])
    if len(parts) < 2 and (works := _ALL_WORKS.match(text)):
        return Album(works[2], works[1], sure=True)
    if len(parts) < 2:
        return Album(parts[0] if parts else None, year=year)
    if year is None and (led := _LED_BY_YEAR.match(parts[1])):
        year, parts[1] = int(led[1]), parts[1][led.end() :]
    all_works = _WORKS.search(parts[1])
    named = all_works[0] if all_works else " - ".join(parts[1:])
    return Album(named, parts[0], year, sure=year is not None)


def _without_format(text: str) -> str:
    """Return artist and title; behind the first brackets after the title nothing but the release follows."""
    dash = _DIVIDED.search(text)
    for found in _FORMAT.finditer(text, dash.end()) if dash else ():
        if dash and _LETTER.search(text[dash.end() : found.start()]):
            text = text[: found.start()]
            break
    text = spaced(_FORMAT.sub(" ", text)).strip(" -")
    text = re.sub(r"\s+-\w+(?:\s*\[\w+)?$", "", text) if dash else text
    while (shorter := _TAIL.sub("", text)) != text and _LETTER.search(shorter):
        text = shorter
    return text


def _divided(text: str) -> list[str]:
    pattern = _DIVIDED if _DIVIDED.search(text) else _DIVIDED_ON_ONE_SIDE
    return [part.strip(_ENDS) for part in pattern.split(text) if part.strip(_ENDS)]


_DASH = re.compile(r"-+(?![^()]*\))")
"""Which in brackets divides nothing."""
_GROUP = re.compile(r"[A-Za-z0-9][\w.]*|[A-Za-z0-9]\w*(?: i?INT)?", re.IGNORECASE)
_YEAR_PART = re.compile(rf"(?i)(?:\d?[a-z]{{2,6}}\d?)??(?:(?P<year>{YEAR})|(?:19|20)(?:\dx|xx))")
"""`2007`, `WEB2009`, `197x`"""
_ONE_LETTER = re.compile(r"(?:^|[ .])\w$")
"""A name that has a dash itself: `T-Pain`."""
_FORMAT_WORD = re.compile(
    r"(?i)\d{0,2}x?(?:cd(?:s|m|r|ep|p|a|rip)?\d?|dvd[a-z]?|lp|ep|vl|vls|m?cd|sacd|vinyl|tape|k7|mc)|web|sat|cable|line|fm|dab|stream|ost|flac|mp3|aac|ogg|m4a"
    r"|proper|repack|rerip|reissue|retail|promo|adv(?:ance)?|single|maxi|album|bootleg|deluxe|limited|special|expanded|remaster(?:ed)?|edition|version"
    r"|bonus|tracks?|mixtape|split|demo|digipak|enhanced|read|nfo|nfofix|ltd|ed|box(?:set)?|audiobook|hoerbuch|ddc|dsd|svcd|[xh]26[45]|xvid|\d{3,4}[pi]|\d{2,3}(?:kbps|bit|khz)|(?:\d{1,2})?inch"
    r"|(?-i:[A-Z]{2})"
)
_YEAR_IN_BRACKETS = re.compile(rf"[\[({{](?:[^\[\](){{}}]*[^\w])?({YEAR})[\])}}]")
_FORMAT = re.compile(
    rf"(?i)\[[^\[\]]*\]|\{{[^{{}}]*\}}|\((?:[^()]*\b)?(?:{YEAR}|flac|mp3|aac|m4a|alac|ogg|opus|wav|\d{{3}} ?kbps|320|256|v0|v2|web|\d?cd|vinyl|lossless|24[ -]?bit)\b[^()]*\)"
    rf"|(?<=[)\],.]) {YEAR}(?: .*)?$|[, ]+(?:flac|mp3|\d{{3}} ?kbps)\b.*$",
)
_TAIL = re.compile(
    r"(?i)[ ,]+(?:\d{1,2} ?cd|v[02]|web|vinyl|hi-?res|lossless|[\[(]?(?:cd|dis[ck]) ?\d{1,2}[\])]?|(?:- )?(?:deluxe|special|expanded|limited) edition)$"
)
_DIVIDED = re.compile(r" [-\u2013\u2014] ")
_DIVIDED_ON_ONE_SIDE = re.compile(r"(?<=[^\W_])- | -(?=[^\W_])|\u2014")
_YEAR_AND_GENRE = re.compile(rf"{YEAR}(?: \([^()]*\))?")
_LED_BY_YEAR = re.compile(rf"({YEAR}) +(?=\S)")
_WORKS = re.compile(r"(?<![^\W_])(?i:dis[ck]ogra(?:ph|f)\w{1,3}|дискография)(?![^\W_])")
_ALL_WORKS = re.compile(rf"(.+?) ({_WORKS.pattern})")
_DAY_OR_MONTH = re.compile(r"[0-3]\d")
_LETTER = re.compile(r"[^\W_]")
_ENDS = " -,/|"
