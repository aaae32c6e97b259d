"""Words in titles that a player would take for something else, and how they are kept from it.

A `#` in front is enough: no player counts it as the beginning of a word, no search for a title minds it, and
the title stays readable. Where a player strips or needs brackets, titles have none.
"""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from shelfd.core.safe_names import STEM, Names, safe

Player = Literal["jellyfin", "plex", "kodi", "audiobookshelf"]


def directory(name: str, names: Names) -> str:
    """Return a directory's name that players neither pass over nor take for one of extras."""
    name = safe(name, names=names)
    return f"{name}_" if _PASSED_OVER.fullmatch(name) else name


def not_a_disc(name: str, names: Names) -> str:
    """Return an album's name so that it does not begin like the directory of one disc: `Vol #3`."""
    return _LIKE_A_DISC.sub(r"\1 #", safe(name, names=names), count=1)


def stem(text: str, names: Names, *, parts: bool = False) -> str:
    """Return a stem that does not end like that of an extra or a sample, nor, unless it may, like a part's."""
    text = safe(text, STEM, names)
    while (changed := _LIKE_AN_EXTRA.sub(r" \1", text)) != text:
        text = safe(changed, STEM, names)
    if not parts:
        text = safe(_LIKE_A_PART.sub(r"\1 #\2", text), names=names)
    return f"{text}_" if _EXTRA_BY_NAME.fullmatch(text) else text


class Reader(NamedTuple):
    """Who reads a title, and what stands behind it."""

    player: Player
    names: Names
    dated: bool = False
    """Its year follows."""
    known: bool = False
    """An id follows, so that nobody searches by the title."""
    daily: bool = False
    """Its episodes have dates instead of numbers."""


def movie(title: str, room: int, reader: Reader) -> str:
    """Return a movie's title in at most `room` bytes."""
    return _kept(title, room, reader, _of_movie)


def show(title: str, room: int, reader: Reader) -> str:
    """Return a show's title, as it stands in its directory and in front of each episode's number."""
    return _kept(title, room, reader, _of_show)


def episode(title: str, room: int, reader: Reader) -> str:
    """Return the title of an episode as it stands behind its number; empty where there is none."""
    return _kept(title, room, reader, _of_episode) if title and room > 0 else ""


def label(text: str, player: Player, names: Names) -> str:
    """Return what tells one version of a movie from another, and looks neither like a year nor like an extra."""
    name = f" {_plain(safe(_BRACKETS.sub(' ', text), 50, names), player)}"
    return safe(_EXTRA_AT_END.sub("#", _YEAR.sub("#", name)), 60, names)


def _kept(title: str, room: int, reader: Reader, keep: Callable[[str, Reader], str]) -> str:
    text = safe(_BRACKETS.sub(" ", title), max(1, room), reader.names)
    # what is put in may push the end out, which then may end otherwise
    while (changed := safe(keep(text, reader), max(1, room), reader.names)) != text:
        text = changed
    return text


def _of_movie(text: str, reader: Reader) -> str:
    text = _plain(text, reader.player)
    if not reader.dated:
        text = _YEAR.sub("#", text)
    return text if reader.known else _searched(text, reader.player)


def _of_show(text: str, reader: Reader) -> str:
    text = _SEASON_AND_EPISODE.sub(r"\1#", _plain(text, reader.player))
    text = _DATE.sub("#", _TIMES.sub("#", text))
    if not reader.dated:
        text = _COUNT.sub("#", _SEASON.sub(r"\1#", _YEAR.sub("#", text)))
        text = f"#{text}" if _cleaned(text) in _SEASON_WORD else text
    if reader.daily:
        text = _by_date(text, reader.player)
    return text if reader.known else _searched(text, reader.player)


def _of_episode(text: str, reader: Reader) -> str:
    text = _SEASON_AND_EPISODE.sub(r"\1#", _plain(text, reader.player))
    text = _SEVERAL_TIMES.sub("#", text)
    if reader.daily:
        text = _by_date(text, reader.player)
    return _SAMPLE.sub(r"\1_", text) if reader.player == "jellyfin" else text


def _plain(text: str, player: Player) -> str:
    text = _BRACKETED_YEAR.sub(r"\1", _BRACKETED_ID.sub("", text))
    if player == "kodi":
        text = _SAMPLE_FOR_KODI.sub(r"\1#", _TRAILER_FOR_KODI.sub(" ", text))
    return text.rstrip(" ,")  # a comma in front of the year hides it from Kodi


def _by_date(text: str, player: Player) -> str:
    """Keep a text from showing the number of an episode that has none: `Ep 5`."""
    return (_EPISODE_FOR_KODI if player == "kodi" else _EPISODE).sub("#", text)


def _searched(text: str, player: Player) -> str:
    """Keep the words that a player would strip off before it searches for the title."""
    if player not in _STRIPPED:
        return text
    text = _STRIPPED[player].sub("#", text)
    text = _RANGE.sub("E#", text)
    text = _LAST_WORD.sub(" ", text)
    return _LAST_NUMBER.sub(" ", text)


def _cleaned(text: str) -> str:
    return re.sub(r"[\s._-]+", "", text).lower()


_SEASON_WORD = frozenset(
    ["season"[start:end] for start in range(6) for end in range(start + 1, 7)]
    + [str(digit) for digit in range(10)],
)
"""What Jellyfin would take away from `Season 01` because the show is called so."""

_SEP = r"[ _,.()\[\]-]"
_YEAR = re.compile(r"(?<=[ _.()\[\]-])(?=(?:19|20)\d\d)")
_BRACKETS = re.compile(r"[\[\]{}]")
_BRACKETED_YEAR = re.compile(r"\(\s*(\d{4})\s*\)")
_BRACKETED_ID = re.compile(
    r"(?i)\((?=\s*(?:imdb|tmdb|tvdb|tvmaze|anidb|anilist|anisearch)(?:id)?[-=])"
)
_SEASON_AND_EPISODE = re.compile(r"(?i)(s\d+[\]\[ ._x-]*)(?=e\d)")
_TIMES = re.compile(r"(?i)(?<=\dx)(?=e?\d)")
_SEVERAL_TIMES = re.compile(r"(?i)(?<=\dx)(?=\d+(?:(?:-| - )?[xe]\d|-\d|(?:-| - )\d+[xe]\d))")
_DATE = re.compile(r"(?<=\d{4}[._ -])(?=\d\d(?:[._ -]|$))|(?<=\d\d[._ -])(?=\d\d[._ -]\d{4})")
_SEASON = re.compile(r"(?i)((?:^|[. _-])s(?:eason)?[. _-]*)(?=\d)")
_COUNT = re.compile(r"(?<![^._ -])(?=\d{3,}(?:[a-i]|\.[1-9])?[._ -])")
_EPISODE = re.compile(r"(?i)(?<![^._ -]ep)(?<=ep)(?=_?\d)|(?<=e)(?=\d+(?:\.|$))")
_EPISODE_FOR_KODI = re.compile(r"(?i)(?<=e)(?=\d)|(?<=ep)(?=[ ._-]?\d|$)")
_SAMPLE = re.compile(r"(?i)\b(sample)\b")
_SAMPLE_FOR_KODI = re.compile(r"(?i)(?<![^\W_])(sample)(?=[-._ ]|$)")
_TRAILER_FOR_KODI = re.compile(r"(?i)-(?=trailer)")
_OF_RELEASES = (
    r"3d|aac|ac3|bd5|bdrip|blu-?ray|brrip|cam|cd[1-9]|custom|dc|divx5?|dsr|dsrip|dts|dvd|dvdivx|dvdrip|dvdscr(?:eener)?"
    r"|fragment|fs|[hx]26[45]|hddvd|hdr|hdrip|hdtv(?:rip)?|hrhd(?:tv)?|internal|limited|nfofix|ntsc|og[gm]|pal|pdtv|proper|r5"
    r"|read.nfo|repack|rerip|retail|screener|se|svcd|tc|telecine|telesync|ts|uhd|unrated|web-dl|ws|www.www|xvid(?:vd)?|xxx"
    r"|(?:480|576|720|1080)[pi]|2160p"
)
_OF_JELLYFIN = r"4k|bd|dutch|german|h?sbs|h?tab|hdc|multi|mvc|subs|swedish|ultrahd|trailer$|sample$"
_OF_KODI = (
    r"10bit|aka|atmos|avi|bdremux|ddp|dolbydigital|dolbyvision|dts-(?:hdma|hra|x)|dv|dvd[59]|extended|hdr10|hevc|multisubs"
    r"|r3|remastered|remux|truehd|webrip"
)
_STRIPPED = {
    player: re.compile(rf"(?i)(?<={_SEP})(?=(?:{_OF_RELEASES}|{more})(?={_SEP}|$))")
    for player, more in (("jellyfin", _OF_JELLYFIN), ("kodi", _OF_KODI))
}
"""What a player takes for the beginning of what a release adds to a title."""
_RANGE = re.compile(r"(?i)(?<=\W)e(?=\d+[-~]e?\d)")
_LAST_WORD = re.compile(
    r"(?i)-(?=(?:scene|clip|behindthescenes|deleted(?:scene)?|featurette|short|interview|other|extra)$)"
)
_LAST_NUMBER = re.compile(r"\s+-\s+(?=\d+$)")
_LIKE_A_DISC = re.compile(r"(?i)^(cd|digital media|dis[ck]|vol(?:ume)?|part|act)[-.()\s]*(?=\d)")
_EXTRA = r"(?:trailer|sample|minta|scene|clip|interview|behindthescenes|deleted(?:scene)?|featurette|short|other|extra)\d*$"
_EXTRA_AT_END = re.compile(rf"(?i)(?<=[\s._-])(?={_EXTRA})")
_LIKE_AN_EXTRA = re.compile(rf"(?i)[\s.-]*(?:[._-]|- )({_EXTRA})")
_LIKE_A_PART = re.compile(
    r"(?i)(?<![^\W_])([(\[]?(?:cd|dvd|part|pt|dis[ck]))[ _.-]*(\d+|[a-d])(?=[)\]]?$)"
)
_EXTRA_BY_NAME = re.compile(r"(?i)trailer|sample|minta|theme")
_PASSED_OVER = re.compile(
    r"(?i)behind the scenes|deleted scenes|interviews?|scenes?|samples?|shorts?|featurettes?|clips?|others?|extras?"
    r"|trailers?|theme-music|backdrops|minta|proof|subs|metadata|extrafanart|extrathumbs|plex versions|video_ts|audio_ts|bdmv"
    r"|lost\+found|@?eadir|[#@]recycle|\$recycle\.bin|system volume information|ps3_update|ps3_vprm|temprec|tempsbe"
    r"|.*\.(?:trickplay|bts|sync)",
)
