"""What Audiobookshelf takes the directory of a book for: a judge of the paths that shelfd makes for it."""

import re
from collections.abc import Sequence
from typing import NamedTuple


class Book(NamedTuple):
    author: str | None
    series: str | None
    sequence: str | None
    year: str | None
    title: str
    subtitle: str | None
    narrator: str | None
    asin: str | None


def book(directories: Sequence[str], *, subtitles: bool = False) -> Book:
    """Read a book by its own directory and the two above it."""
    *above, folder = directories
    series = above[-1] if len(above) > 1 else None
    author = above[-2] if len(above) > 1 else above[-1] if above else None
    asin = re.search(r"(?: |^)\[([A-Z0-9]{10})\](?= |$)", folder)
    folder = folder.replace(asin[0], "", 1).strip() if asin else folder.strip()
    narrator = re.fullmatch(r"(.*) \{(.*)\}", folder)
    folder = narrator[1] if narrator else folder
    folder, sequence = _sequence(folder) if series else (folder, None)
    year = re.match(r" *\(?([0-9]{4})\)? * - *(.+)", folder)
    folder = year[2] if year else folder
    title, _, subtitle = folder.partition(" - ") if subtitles else (folder, "", "")
    return Book(
        author,
        series,
        sequence,
        year[1] if year else None,
        title,
        subtitle or None,
        narrator[2] if narrator else None,
        asin[1] if asin else None,
    )


def books(paths: Sequence[Sequence[str]]) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """Return which files are one book: those of one directory, and what lies below it."""
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for path in sorted(map(tuple, paths), key=len):
        above = [path[:depth] for depth in range(1, len(path))]
        home = next((place for place in above if place in found), path[:-1])
        if re.fullmatch(r"(?i)(?:cd|dis[ck])\s*\d{1,3}", home[-1]) and len(home) > 1:
            home = home[:-1]
        found.setdefault(home, []).append(path)
    return found


def _sequence(folder: str) -> tuple[str, str | None]:
    parts = folder.split(" - ")
    for place, part in enumerate(parts):
        found = re.fullmatch(
            r"(?i)(vol\.? |volume |book )?(\d{0,3}(?:\.\d{1,2})?)(\.?)(?: (.*))?", part
        )
        if found and not (found[4] and not (found[1] or found[3])):
            rest = [found[4]] if found[4] else []
            number = f"{float(found[2]):g}" if found[2] else "0"
            return " - ".join([*parts[:place], *rest, *parts[place + 1 :]]), number
    return folder, None
