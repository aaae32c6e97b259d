"""What Jellyfin takes a path for, by its own rules: a judge of the paths that shelfd makes.

It states the rules of Jellyfin 10.10 to 12 in words of its own; `tests/core/test_jellyfin.py` holds it against paths of
which it is known what Jellyfin makes of them. A path is a list of components below the root of a library.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from jellyfin_numbers import READINGS, number


class Movie(NamedTuple):
    title: str
    year: int | None
    ids: dict[str, str]
    part: int | None


class Episode(NamedTuple):
    show: str
    year: int | None
    ids: dict[str, str]
    season: int | None
    episode: int | None
    last: int | None
    day: date | None


def movie(path: Sequence[str]) -> Movie | None:
    """Read a file that is alone in its directory; None when it is passed over or an extra."""
    if ignored(path) or is_extra(path):
        return None
    folder, stem = path[-2], path[-1].rpartition(".")[0]
    title, year = dated(folder)
    title = cleaned(title) or title
    stack = stacked(path[-1])
    return Movie(title, year or dated(stem)[1], ids(folder), stack[1] if stack else None)


def is_version(folder: str, stem: str) -> bool:
    """Say whether a file can be one version of the movie of its directory."""
    if not stem.lower().startswith(folder.lower()):
        return False
    rest = stem[len(folder) :].strip()
    rest = cleaned(rest) or rest
    return not rest or rest[0] in "-_." or re.match(r"\[[^\]]*\]", rest) is not None


def episode(path: Sequence[str]) -> Episode | None:
    """Read a file in the directory of a season of a show; None when it is passed over or an extra."""
    name = path[-1]
    # where there are others it is passed over; before the number, they would all be alike
    behind = re.split(r"S\d+E\d+|\d{4}-\d\d-\d\d", name, maxsplit=1)[-1]
    lost_among_others = re.search(r"(?i)\bsample\b", behind)
    if ignored(path) or is_extra(path) or lost_among_others or stacked(name):
        return None
    show, year = series(path[:1])
    said = number(path)
    in_folder = season(path[-2], path[0])
    return Episode(
        show,
        year,
        ids(path[0]),
        said.season if said.season is not None else in_folder,
        None if said.by_date else said.episode,
        None if said.by_date else said.last,
        said.day,
    )


def dated(name: str) -> tuple[str, int | None]:
    """Return the title and the year of a name; the last year counts, one in brackets before any other."""
    years = [
        found
        for found in re.finditer(r"(?=((?:19|20)\d\d)(?!\d))", name)
        if not re.match(r"\W\d\d\W\d\d", name[found.start() + 4 :])
    ]
    for joints in ("_.()[]-", " _.()[]-"):
        for found in reversed(years):
            at = found.start()
            if at == 0 or name[at - 1] not in joints:
                continue
            # a blank in front of the bracket is part of the title, and is then cut off
            title = name[: at - 1] if " " not in joints else name[:at].rstrip(joints)
            if len(title) > 1 and title[-1] not in "_,.()[]-":
                return title.rstrip(), int(found[1])
    return name, None


def cleaned(name: str) -> str:
    """Return what is left of a title without what releases add; empty when there is nothing of that."""
    rest = name.strip()
    if word := re.search(rf"(?i)(?<=.)[ _,.()\[\]-](?:{_OF_RELEASES})(?![^ _,.()\[\]-])", rest):
        rest = rest[: word.start()].strip()
    if brackets := re.search(r"(?<=.)(?:\s*\[[^\]]+\]\s*)+(?:\.\S+)?$", rest):
        rest = rest[: brackets.start()].strip()
    if run := re.search(r"(?i)(?<=.)\We\d+[-~]e?\d+(?!\w)", rest):
        rest = rest[: run.start()].strip()
    if group := re.match(r"\[[^\]]+\](?!\.\w+$)\s*(?=.)", rest):
        rest = rest[group.end() :].strip()
    rest = re.sub(r"(?<=.)\s+-\s+\d+$", "", rest)
    rest = re.sub(rf"(?i)(?<=.)(?:[-._ ](?:trailer|sample)|-(?:{_EXTRA_WORDS}))$", "", rest)
    return "" if rest == name else rest


def ids(name: str) -> dict[str, str]:
    """Return the ids in a name by their providers, in the syntax that all versions read."""
    found: dict[str, str] = {}
    for provider, value in re.findall(r"\[(\w+?)id[-=]([^\]\s]+)\]", name):
        found.setdefault(provider.lower(), value)
    if bare := re.search(r"tt\d{7,8}", name):
        found.setdefault("imdb", bare[0])
    return found


def is_extra(path: Sequence[str]) -> bool:
    """Say whether a video is a trailer, a sample or something else beside the work."""
    stem = path[-1].rpartition(".")[0].lower()
    if stem in ("trailer", "sample"):
        return True
    if len(path) > 1 and path[-2].lower() in _EXTRA_FOLDERS:
        return True
    return (
        re.search(rf"(?:(?:[-._]|- )(?:trailer|sample)|-(?:{_EXTRA_WORDS}))\d*$", stem) is not None
    )


def ignored(path: Sequence[str]) -> bool:
    """Say whether it is not even looked at."""
    names = [name.lower() for name in path]
    hidden = any(name in _IGNORED or name.endswith(".trickplay") for name in names)
    hidden = hidden or (len(names) > 1 and names[-2] in ("sample", "minta"))
    hidden = hidden or names[-1].startswith(".") or names[-1].endswith((".bts", ".sync"))
    return hidden or re.search(r"(?:^|\.)(?:sample|minta)\.[^.]{1,5}$", names[-1]) is not None


def stacked(name: str) -> tuple[str, int] | None:
    """Return the name of the whole and the number of the part, when the file is one part of several."""
    part = r"[(\[]?(?:cd|dvd|part|pt|dis[ck])[ _.-]*(\d+|[a-d])[)\]]?(?:\.[^.]+)?$"
    found = re.search(rf"(?i)^(.*?)(?:(?<=[\])}}])|[ _.-]+){part}", name)
    if not found:
        return None
    return found[1], int(found[2]) if found[2].isdecimal() else ord(found[2].lower()) - ord("a") + 1


def series(path: Sequence[str]) -> tuple[str, int | None]:
    """Return the name and the year of a show by its directory."""
    found = re.search(r"(.+?)\s*\((\d{4})\)", path[-1])
    if found:
        return found[1].strip(), int(found[2])
    for read in READINGS:
        said = read(["library", *path])
        if said and said.series and said.season is not None:
            return _undotted(said.series), None
    *before, last = re.split(r"(?:^|[._ -]+)[sS](?:eason)?[._ -]*(?=\d)", path[-1]) or [""]
    if before and not before[0]:
        return (path[-2] if len(path) > 1 else "library"), None
    return _undotted(before[0].strip(" _.-") if before else last), None


def season(name: str, parent: str) -> int | None:
    """Return the number of a season by its directory."""
    for word in re.split(r"[._\s\[\]-]", name):
        if found := re.search(r"[sS](\d{1,4})$", word):
            return int(found[1])
    text, above = (re.sub(r"[ ._\[\]-]", "", one).lower() for one in (name, parent))
    text = text.replace(above, "") if above else text
    if text in ("specials", "extras"):
        return 0
    if text.isdecimal():
        return int(text)
    before = re.match(rf"(\d+)(?:st|nd|rd|th|\.)*(?:{_SEASON})", text)
    after = re.match(rf"(?:{_SEASON})(\d+?)(?=\d{{3,4}}p|\D|$)(?!e\d)", text)
    found = before or after
    return int(found[1]) if found else None


def is_disc(name: str) -> bool:
    """Say whether a directory of music is one disc of the album that it is in."""
    text = re.sub(r"[-.()\s]+", " ", name).lstrip().lower()
    for word in ("cd", "digital media", "disc", "disk", "vol", "volume", "part", "act"):
        rest = text.removeprefix(word).strip().partition(" ")[0]
        if text.startswith(word) and re.fullmatch(r"[+-]?\d+", rest):
            return True
    return False


def _undotted(name: str) -> str:
    """Return a name with blanks for dots and underscores, but for those of initials."""
    return re.sub(r"(?<=[^._][^._])[._]+|[._]+(?=[^._]{2})", " ", name).strip()


_SEASON = (
    "시즌|シーズン|сезон|season|sæson|saison|staffel|series|stagione|säsong|seizoen|seasong|sezonul|sezona|sezóna|sezon"
    "|série|séria|serie|seria|temporada|kausi"
)
_EXTRA_WORDS = (
    "scene|clip|interview|behindthescenes|deleted|deletedscene|featurette|short|other|extra"
)
_EXTRA_FOLDERS = frozenset(
    "behind the scenes,deleted scenes,interviews,scenes,samples,shorts,featurettes,clips,other,extra,extras,trailers"
    ",backdrops,theme-music".split(",")
)
_IGNORED = frozenset(
    "metadata,ps3_update,ps3_vprm,extrafanart,extrathumbs,.actors,.wd_tv,lost+found,subs,.snapshots,.snapshot,temprec"
    ",tempsbe,eadir,@eadir,#recycle,@recycle,.@__thumb,$recycle.bin,system volume information,.grab,.zfs,thumbs.db"
    ",small.jpg,albumart.jpg".split(",")
)
_OF_RELEASES = (
    "3d|sbs|tab|hsbs|htab|mvc|hdr|hdc|uhd|ultrahd|4k|ac3|dts|custom|dc|divx|divx5|dsr|dsrip|dutch|dvd|dvdrip|dvdscr"
    "|dvdscreener|screener|dvdivx|cam|fragment|fs|hdtv|hdrip|hdtvrip|internal|limited|multi|subs|ntsc|ogg|ogm|pal|pdtv"
    "|proper|repack|rerip|retail|cd[1-9]|r5|bd5|bd|se|svcd|swedish|german|read.nfo|nfofix|unrated|ws|web-dl|telesync|ts"
    "|telecine|tc|brrip|bdrip|480p|480i|576p|576i|720p|720i|1080p|1080i|2160p|hrhd|hrhdtv|hddvd|bluray|blu-ray|x264"
    "|x265|h264|h265|xvid|xvidvd|xxx|www.www|aac"
)
