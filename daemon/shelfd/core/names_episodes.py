"""Which episode of which show the names of a video and of its directories mean."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from shelfd.core import names_marks, names_seasons
from shelfd.core.names_junk import JUNK, LANGUAGE
from shelfd.core.names_readers import Mark
from shelfd.core.names_script import bracketed
from shelfd.core.names_words import (
    CATEGORIES,
    YEAR,
    Component,
    before_junk,
    component,
    gibberish,
    key,
    title,
)
from shelfd.core.parsed import Parsed


class Show(NamedTuple):
    """What is said of a show, before the number of its episode or by the directories above it."""

    title: str
    year: int | None
    season: int | None
    ids: dict[str, str]


NOBODY = Show("", None, None, {})


def numbered(directories: Sequence[str], stem: str) -> Parsed | None:
    """Read the forms that can hardly mean anything but an episode; None when there is none."""
    own, above = component(stem), _above(directories)
    if gibberish(stem):
        return _by_directory(directories, stem)
    mark = names_marks.certain(own.text, group=own.group != "")
    if mark:
        own, mark = _in_other_script(own, mark)
        return _in_full(_told(mark, own, above), _by_directory(directories, stem))
    if above.season is not None and (mark := names_marks.in_season(own.text, above.season)):
        return _told(mark, own, above, where="in a season's directory")
    return _by_directory(directories, stem)


def _in_other_script(own: Component, mark: Mark) -> tuple[Component, Mark]:
    """Go on to what follows a slash where the same numbers stand again: `Огни (S2E1) / Lights (S2E1)`."""
    _, slash, rest = own.text[mark.end :].rpartition(" / ")
    again = names_marks.certain(rest) if slash else None
    if not again or (again.season, again.episodes) != (mark.season, mark.episodes):
        return own, mark
    return own._replace(text=rest), again


def counted(directories: Sequence[str], stem: str, *, surely: bool = False) -> Parsed | None:
    """Read an episode number without a season, as most anime have it.

    `surely`: only where that is likelier than a movie or a season, since something else speaks for it.
    """
    own = component(stem)
    mark = names_marks.likely(own.text, group=own.group != "")
    if not mark:
        return None
    told = _told(mark, own, _above(directories))
    return told if not surely or _is_sure(mark, own, told) else None


def _is_sure(mark: Mark, own: Component, told: Parsed) -> bool:
    if mark.start == 0 and told.title and _SPELT.match(own.text):
        return True
    if not told.title or mark.confidence < (0.4 if own.group else 0.7):
        return False
    known = told.year is not None or told.season is not None or own.group != ""
    return (
        known
        or _SHORT.match(own.text, mark.start) is not None
        or _COUNTED_IN_BRACKETS.match(own.text, mark.start - 1) is not None
        or _BRACKET.match(own.text, mark.end) is not None
    )


def guessed(directories: Sequence[str], stem: str) -> Parsed | None:
    """Read a number that may as well be part of a title."""
    own = component(stem)
    mark = names_marks.led(own.text) or names_marks.possible(own.text, group=own.group != "")
    return _told(mark, own, _above(directories)) if mark else None


def in_parts(directories: Sequence[str], stem: str) -> Parsed | None:
    """Read a part of a miniseries that was recorded: `Title.2014.Part.2.HDTV`."""
    own = component(stem)
    mark = names_marks.broadcast_part(own.text)
    return _told(mark, own, _above(directories)) if mark else None


def whole(directories: Sequence[str], stem: str) -> Parsed | None:
    """Read a whole show: `Show.Complete.Series`, `Show.INTEGRALE`."""
    own = component(stem)
    found = _WHOLE.search(own.text) or (
        None if _YEAR_ANYWHERE.search(own.text) else _COMPLETE_RELEASE.search(own.text)
    )
    if not found or not title(own.text[: found.start()]):
        return None
    return _told(Mark(found.start(), found.end(), "a whole show", 0.3), own, _above(directories))


def unnumbered(directories: Sequence[str], stem: str) -> Parsed:
    """Read the show alone, where nothing says which episode it is."""
    show, _sure = _agreed(_show(component(stem).text), _above(directories))
    rule = "no episode number in the names"
    return Parsed(kind="episode", title=show.title or None, year=show.year, rule=rule)


def pack(directories: Sequence[str], stem: str) -> Parsed | None:
    """Read a season without an episode, which is not enough to file anything."""
    own, above = component(stem), _above(directories)
    said = names_seasons.season(own.text)
    if not said and above.season is None:
        return None
    rule = "a season without an episode"
    if said:
        told = _told(Mark(said.start, said.end, rule, 0.3, said.number), own, above)
        several = said.numbers if said.number is None else ()
        return msgspec.structs.replace(told, confidence=0.3, seasons=several)
    told = _told(Mark(0, 0, rule, 0.3, above.season), own, above)
    return msgspec.structs.replace(told, confidence=0.3)


class Numbers(NamedTuple):
    """Which episode it is, in the season and from the first one on."""

    season: int | None
    episodes: tuple[int, ...]
    absolute: tuple[int, ...]


def _told(mark: Mark, own: Component, above: Show, *, where: str = "in the file name") -> Parsed:
    before = _show(_DATED.sub("", _EPISODE_AT_END.sub("", own.text[: mark.start])))
    show, sure = _agreed(before, above)
    show = _begun(show if show.title else _beside(mark, own), mark, own.text)
    numbers = _numbers(mark, own, before)
    if numbers.season is not None and mark.absolute and not mark.episodes:
        sure += 0.1
    if None not in (above.season, numbers.season) and above.season != numbers.season:
        sure -= 0.15
    return Parsed(
        kind="episode",
        title=show.title or None,
        year=show.year,
        season=numbers.season,
        episodes=numbers.episodes,
        absolute=numbers.absolute,
        date=mark.date,
        episode_title=_episode_title(own.text[mark.end :]),
        ids=above.ids,
        confidence=round(max(0.0, min(0.95, mark.confidence + sure)), 2) if show.title else 0.3,
        rule=f"{mark.rule} {where}" if show.title else f"{mark.rule}, but no show",
    )


def _begun(show: Show, mark: Mark, text: str) -> Show:
    """Add the year that stands behind the number, which is the show's own in its first season only."""
    if show.year is not None or mark.season not in (None, 1):
        return show
    dated = _YEAR_AFTER.search(text, mark.end) or _YEAR_BEHIND.match(text, mark.end)
    dated = dated or _YEAR_AFTER_LANGUAGE.search(text, mark.end)
    return show._replace(year=int(dated[1])) if dated and dated[1] != show.title else show


def _numbers(mark: Mark, own: Component, before: Show) -> Numbers:
    season = mark.season
    if season is None and not mark.date:
        later = names_seasons.season(own.text[mark.end :])
        alone = 1 if mark.only and not own.group else None
        season = before.season if before.season is not None else later.number if later else alone
    if season is not None and not mark.episodes:
        return Numbers(season, mark.absolute, ())
    return Numbers(season, mark.episodes or mark.absolute, mark.absolute)


def _beside(mark: Mark, own: Component) -> Show:
    """Read a show that stands elsewhere than before its number: `[Show][07]`, `07 - Show - Title`, `Episode 7 Show`."""
    behind = _AFTER_DASH.match(own.text, mark.end) if own.group and not mark.start else None
    if own.group:
        return _show(behind[1] if behind else bracketed(own.group))
    rest, dash, _ = _BRACKETS.sub("", own.text[mark.end :]).partition(" - ")
    worded = mark.season is None and own.text[:1].isalpha()
    if mark.start or mark.date or mark.confidence > 0.8 or not (dash or worded):
        return NOBODY
    return Show(_show(rest).title, None, None, {})


def _in_full(told: Parsed, release: Parsed | None) -> Parsed:
    """Take the show from the directory of a release whose file shortens it: `Show.Name.S01E02-GRP/grp-sn.s01e02`."""
    if not release or not release.title or not told.title or told.title == release.title:
        return told
    same = (told.season, told.episodes, told.date) == (
        release.season,
        release.episodes,
        release.date,
    )
    shorter = told.title.islower() or " " not in told.title
    if not same or not (shorter or told.title.endswith(f" - {release.title}")):
        return told
    return msgspec.structs.replace(told, title=release.title, year=release.year or told.year)


def _by_directory(directories: Sequence[str], stem: str) -> Parsed | None:
    """Read a release whose file name tells nothing from the directory it came in."""
    if not directories:
        return None
    inner = component(directories[-1])
    mark = names_marks.certain(inner.text)
    if not mark:
        return None
    told = _told(mark, inner, _above(directories[:-1]), where="in the directory name")
    plain = gibberish(stem) or " " not in stem.strip()
    return msgspec.structs.replace(told, confidence=min(told.confidence, 0.9 if plain else 0.6))


def _agreed(before: Show, above: Show) -> tuple[Show, float]:
    """Choose between the show a file names and the one its directories name; and how much surer that makes."""
    if not before.title:
        return above, -0.05 if above.season is not None else -0.1
    if above.title and key(before.title) == key(above.title):
        return above._replace(year=above.year or before.year), 0.0
    if above.title and _repeats(before.title, above):
        return above, 0.0
    if above.season is not None and " " not in before.title and before.title.islower():
        return (above, -0.05) if above.title else (before, 0.0)
    shared = set(key(before.title).split()) & set(key(above.title).split())
    strange = above.title and above.season is not None and not shared
    return before, -0.1 if strange else 0.0


def _repeats(before: str, above: Show) -> bool:
    """Say whether what a file names is the show above it, but written together, or beside a title of its own."""
    mine, theirs = key(before).replace(" ", ""), key(above.title).replace(" ", "")
    together = " " not in before and mine.startswith(theirs) and len(theirs) > 5
    led = above.season is not None and key(before.partition(" - ")[0]) == key(above.title)
    return together or led or key(before.rpartition(" - ")[2]) == key(above.title)


def _above(directories: Sequence[str]) -> Show:
    """Read the show and the season from the nearest directories that name them."""
    season: int | None = None
    for raw in reversed(directories[-3:]):
        inner = component(raw)
        found = names_seasons.season(inner.text)
        if found and season is None:
            season = found.number
        show = _show(inner.text[: found.start] if found else inner.text)
        if show.title and key(show.title) not in CATEGORIES:
            return show._replace(season=season, ids=inner.ids)
    return NOBODY._replace(season=season)


def _show(text: str) -> Show:
    """Read `Show`, `Show (2010)`, `Show 2010`, `Show S2`, `Show 2nd Season`."""
    found = names_seasons.season(text)
    text = text[: found.end] + before_junk(text[found.end :]) if found else text
    season = found.number if found and found.start and not title(text[found.end :]) else None
    if found and season is not None:
        text = text[: found.start] + _NO_BRACKET.sub("", text[found.end :])
    elif found and found.start and _stands_within(text, found):
        text, season = f"{text[: found.start]} {text[found.end :]}", found.number
    text = _COUNTRY.sub(r"\1", _COMPLETE.sub("", text))
    dated = _YEAR_AT_END.search(text)
    if dated and (name := _name(_COMPLETE.sub("", text[: dated.start()]))):
        return Show(name, int(dated[1]), season, {})
    return Show(_name(text), None, season, {})


def _stands_within(text: str, season: names_seasons.Season) -> bool:
    """Say whether the season stands in the middle of a title, where one in two scripts or in brackets has it."""
    if text[season.start] in "第(" or _ALTERNATIVE.match(text, season.end):
        return True
    return _YEAR_ONLY.match(text, season.end) is not None


def _name(text: str) -> str:
    return _TELEVISION.sub("", title(text))


def _episode_title(text: str) -> str | None:
    if re.fullmatch(r"-[^\W_]+(?:\[\w+\])?", text):
        return None
    rest = re.sub(r"^[\])\s._-]+", "", _BRACKETS.sub(" ", text))
    return None if _NO_TITLE.match(rest) else title(_YEAR_ALONE.sub("", rest)) or None


# right behind the number: most often nothing but the release follows, its source first
_NO_TITLE = re.compile(rf"(?:{JUNK.pattern}|(?:WEB|Web|web)(?=$|-[^\W_]+$|[\s._-]+{JUNK.pattern}))")
_YEAR_ALONE = re.compile(rf"[ ._]*[\[(]{YEAR}[\])](?=[ ._]*(?:$|[\[(]|{JUNK.pattern}))")
_YEAR_AT_END = re.compile(
    rf"(?<!\d)[\[(]?({YEAR})(?:[-\u2013]{YEAR})?[\])]?(?:(?<=\])(?:\[[^\[\]]*\])*|(?<=\))[ .]?\[\w+\])?[ ._\-\[(]*$"
)
_YEAR_AFTER = re.compile(rf"[\[(](?:[^\[\]()]*[ ,])?({YEAR})(?:,[^\[\]()]*)?[\])]")
_YEAR_BEHIND = re.compile(
    rf"(?i:[ ._]+complet[aeo]?)?[ ._]+({YEAR})(?=[ ._]*$|[ ._]+[\[(]|[ ._]+(?:{JUNK.pattern}|{LANGUAGE}))"
)
_YEAR_ONLY = re.compile(rf"[ ._]*[\[(]{YEAR}[\])][ ._-]*$")
_YEAR_AFTER_LANGUAGE = re.compile(
    rf"(?i)[ .]{LANGUAGE}(?:[ .](?:subbed|dubbed|dl|ml))?[ .]({YEAR})(?=[ .])"
)
_COMPLETE = re.compile(
    r"(?i)[ .:_-]*(?:(?:the[ ._])?complete(?:[ ._](?:series|seasons?))?|all[ ._]seasons|\(?mini-?series?\)?|tv[ ._]series)[ ._([-]*$"
)
_WHOLE = re.compile(
    r"(?i)(?<![^\W_])(?:(?:the[ ._])?complete[ ._](?:mini-?)?series|complete[ ._](?:tv[ ._])?show|all[ ._]seasons|mini-?series|(?:coffret[ ._])?l?'?int[ée]grale|serie completa|batch)(?![^\W_])|全\d{0,4}[话話集回]|合集|[总總]集篇"
)
_COMPLETE_RELEASE = re.compile(
    rf"(?i)[ .]complete(?=[ .]+{JUNK.pattern})(?![ .]+(?:uhd[ .])?blu-?ray)"
)
"""Which of a film would stand behind its year."""
_YEAR_ANYWHERE = re.compile(rf"(?<!\d){YEAR}(?!\d)")
_DATED = re.compile(
    r"^(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d(?: |- )(?=[^\W\d])|[ ._-]+(?:19|20)\d\d([ ._-])\d\d\1\d\d[ ._([-]*$"
)
"""The day of broadcast beside the number of an episode."""
_EPISODE_AT_END = re.compile(
    r"(?i)(?<=\S)(?:[ ._-]+(?:ep|episode)[ ._]*(?:\d{1,4}[ ._(\[-]+)?|[ ._]-[ ._]specials?[ ._-]*)$"
)
_COUNTRY = re.compile(r"(\((?:US|UK|AU|NZ|CA)\)) - .*$")
_TELEVISION = re.compile(r"(?i) \((?:tv|ova|ona)\)$")
_SHORT = re.compile(r"(?i)Ep?[ ._]?\d{2}")
_COUNTED_IN_BRACKETS = re.compile(r"[\[(]\d{1,3}[ ._]?[^\W\d_]{3,}[\])]")
_SPELT = re.compile(r"(?i)(?:episode|folge)[ ._]\d")
_ALTERNATIVE = re.compile(r"[\]】]| *(?:\([^()]*\) *)?/ ")
_NO_BRACKET = re.compile(r"[^\]】]")
_AFTER_DASH = re.compile(r"(?<![\])])[ ._]*(?:- |(?<=- ))([^\[\]]*)")
_BRACKET = re.compile(r"[ ._]*[\[(]")
_BRACKETS = re.compile(r"[\[【]([^\[\]【】]*)[\]】]")
