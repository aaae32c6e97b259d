"""What Plex takes a path for, by its published forms: a judge of the paths that shelfd makes for it."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple


class Movie(NamedTuple):
    title: str
    year: int | None
    ids: dict[str, str]
    edition: str
    part: int | None


class Episode(NamedTuple):
    show: str
    year: int | None
    ids: dict[str, str]
    season: int | None
    episodes: tuple[int, ...]
    day: date | None


def movie(path: Sequence[str]) -> Movie | None:
    """Read a movie by the name of its file; None when it is an extra."""
    stem = path[-1].rpartition(".")[0]
    if is_extra(path):
        return None
    part = re.search(r"(?i) - (?:cd|disc|disk|dvd|part|pt)(\d)$", stem)
    stem = stem[: part.start()] if part else stem
    edition = re.search(r"\{edition-([^{}]+)\}", stem)
    title, year = _titled(stem)
    return Movie(
        title, year, ids(stem), edition[1] if edition else "", int(part[1]) if part else None
    )


def episode(path: Sequence[str]) -> Episode | None:
    """Read an episode by the names of its show's directory and of its file; None when it is an extra."""
    if is_extra(path):
        return None
    show, year = _titled(path[0])
    name = path[-1]
    found = re.search(r"(?i)\bs(\d+)e(\d+)(?:-e(\d+)|((?:e\d+)*))(?![a-z0-9])", name)
    if found:
        first = int(found[2])
        run = tuple(range(first, int(found[3]) + 1)) if found[3] else (first,)
        more = tuple(int(number) for number in re.findall(r"\d+", found[4] or ""))
        return Episode(show, year, ids(path[0]), int(found[1]), run + more, None)
    if day := re.search(r" - (\d{4})-(\d\d)-(\d\d)", name):
        told = date(int(day[1]), int(day[2]), int(day[3]))
        return Episode(show, year, ids(path[0]), None, (), told)
    return None


def is_extra(path: Sequence[str]) -> bool:
    """Say whether a video is something beside the work."""
    words = "behindthescenes|deleted|featurette|interview|scene|short|trailer|other"
    folders = "behind the scenes,deleted scenes,featurettes,interviews,scenes,shorts,trailers,other"
    by_name = re.search(rf"(?i)-(?:{words})$", path[-1].rpartition(".")[0])
    return by_name is not None or path[-2].lower() in folders.split(",")


def ids(name: str) -> dict[str, str]:
    """Return the ids in a name."""
    return dict(re.findall(r"\{(tmdb|imdb|tvdb)-(\w+)\}", name))


def _titled(name: str) -> tuple[str, int | None]:
    bare = re.sub(r"\{[^{}]*\}", "", name).strip()
    found = re.fullmatch(r"(.+) \((\d{4})\)", bare)
    return (found[1], int(found[2])) if found else (bare, None)
