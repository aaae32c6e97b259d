"""What Kodi takes a path for, as far as that is known: a judge of the paths that shelfd makes for it."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple


class Movie(NamedTuple):
    title: str
    year: int | None


class Episode(NamedTuple):
    show: str
    season: int | None
    episodes: tuple[int, ...]
    day: date | None


def movie(path: Sequence[str]) -> Movie | None:
    """Read a movie by the name of its directory; None when it is excluded."""
    text = "/" + "/".join(path)
    if re.search(rf"(?i)-trailer|{_EXCLUDED}|/(?:proof|subs)/", text):
        return None
    return Movie(*titled(path[-2]))


def episode(path: Sequence[str]) -> Episode | None:
    """Read an episode by its name; None when it is excluded."""
    text = "/" + "/".join(path)
    if re.search(rf"(?i){_EXCLUDED}", text):
        return None
    show = titled(path[0])[0]
    name = path[-1]
    found = re.search(r"(?i)s(\d+)[ ._x-]*e(\d+)(?!\d*[a-i](?!\d))(.*)$", name)
    if found:
        return Episode(show, int(found[1]), (int(found[2]), *_more(found[3])), None)
    if lone := re.search(r"(?i)e(?:p[ ._-]?)?(\d+)", name):
        return Episode(show, 1, (int(lone[1]),), None)
    if day := re.search(r"(\d{4})[.-]([01]\d)[.-]([0-3]\d)", text):
        return Episode(show, None, (), date(int(day[1]), int(day[2]), int(day[3])))
    return None


def _more(rest: str) -> tuple[int, ...]:
    """Return the other episodes of a file: those at once, and any full number later."""
    more: list[int] = []
    while found := re.match(r"(?i)[-_ex]+(\d+)", rest):
        more.append(int(found[1]))
        rest = rest[found.end() :]
    more += [int(number) for number in re.findall(r"(?i)s\d+[ ._x-]*e(\d+)", rest)]
    return tuple(more)


def titled(name: str) -> tuple[str, int | None]:
    """Return the title and the year in a name, the last one, without what releases add."""
    title, year = name, None
    for found in re.finditer(r"(?<=[ _.()\[\]-])(?:19|20)\d\d", name):
        before = name[: found.start()].rstrip(" _.()[]-")
        if before and not before.endswith(","):
            title, year = before, int(found[0])
    if word := re.search(rf"(?i)[ _,.()\[\]-](?:{_OF_RELEASES})(?![^ _,.()\[\]-])", title):
        title = title[: word.start()]
    return re.sub(r"\[.*\].*", "", title).strip(), year


_EXCLUDED = r"[!-._ /\\]sample[-._ /\\]"
_OF_RELEASES = (
    "10bit|480p|480i|576p|576i|720p|720i|1080p|1080i|2160p|3d|aac|ac3|aka|atmos|avi|bd5|bdrip|bdremux|bluray|brrip|cam"
    "|cd[1-9]|custom|dc|ddp|divx|divx5|dolbydigital|dolbyvision|dsr|dsrip|dts|dts-hdma|dts-hra|dts-x|dv|dvd|dvd5|dvd9"
    "|dvdivx|dvdrip|dvdscr|dvdscreener|extended|fragment|fs|h264|h265|hdr|hdr10|hevc|hddvd|hdrip|hdtv|hdtvrip|hrhd"
    "|hrhdtv|internal|limited|multisubs|nfofix|ntsc|ogg|ogm|pal|pdtv|proper|r3|r5|read.nfo|remastered|remux|repack|rerip"
    "|retail|screener|se|svcd|tc|telecine|telesync|truehd|ts|uhd|unrated|ws|x264|x265|xvid|xvidvd|xxx|web-dl|webrip"
    "|www.www"
)
