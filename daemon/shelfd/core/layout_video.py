"""Where movies and episodes belong, as Jellyfin, Plex and Kodi read the names of directories and files."""

import re
from typing import NamedTuple

from shelfd.core import layout_words as words
from shelfd.core.identity import Identity
from shelfd.core.layout_words import Player, Reader
from shelfd.core.safe_names import STEM, Names


class Spot(NamedTuple):
    """Directories and file name before they are made safe."""

    directories: tuple[str, ...]
    stem: str
    part: str = ""
    """What says on purpose that the file is one part of several."""


def movie(identity: Identity, player: Player, names: Names) -> Spot:
    """Return a directory for the movie, and a file whose name begins exactly as the directory's."""
    year, id_ = _year(identity), _id(identity, player, MOVIE_IDS)
    label = _label(identity, player, names)
    room = STEM - len(f"{label}{year}{id_}".encode()) - 8
    reader = Reader(player, names, dated=bool(year), known=bool(id_))
    name = words.movie(identity.title, room, reader) + year + id_
    if (
        not year + id_
    ):  # then the title ends the name, and what is put in there may part a word in two
        name = words.movie(words.stem(name, names), room, reader)
        name = words.directory(name, names)
    return Spot((name,), name + label, _part(identity, player))


def episode(identity: Identity, player: Player, names: Names) -> Spot:
    """Return the directories of the show and of the season, and a file that names show, number and title."""
    year, id_ = _year(identity), _id(identity, player, SHOW_IDS)
    reader = Reader(player, names, bool(year), known=bool(id_), daily=bool(identity.date))
    title = words.show(identity.show, 120 - len(year) - len(id_), reader)
    between = " - " if player == "plex" else " "
    head = between.join(part for part in (title + year, _number(identity, player)) if part)
    other = words.episode(identity.title, STEM - len(f"{head}{between}".encode()), reader)
    stem = between.join(part for part in (head, other) if part)
    return Spot((title + year + id_, f"Season {_season(identity)}"), stem)


MOVIE_IDS = ("tmdb", "imdb", "tvdb")
SHOW_IDS = ("tvdb", "tmdb", "imdb", "tvmaze", "anidb", "anilist", "anisearch")
READ_BY_PLEX = ("tmdb", "imdb", "tvdb")


def _year(identity: Identity) -> str:
    return f" ({identity.year})" if identity.year else ""


def _id(identity: Identity, player: Player, wanted: tuple[str, ...]) -> str:
    """Return the id by which the player need not search; empty when there is none, or none that it reads."""
    for provider in wanted:
        found = identity.ids.get(provider, "")
        if not _ID.fullmatch(found) or (player == "plex" and provider not in READ_BY_PLEX):
            continue
        if player == "plex":
            return f" {{{provider}-{found}}}"
        # behind a dash it may be taken for the year
        like_a_year = _LIKE_A_YEAR.match(found) and (player == "kodi" or len(found) == 4)
        return f" [{provider}id{'=' if like_a_year else '-'}{found}]"
    return ""


def _label(identity: Identity, player: Player, names: Names) -> str:
    if not identity.edition:
        return ""
    edition = words.label(identity.edition, player, names)
    return f" {{edition-{edition}}}" if player == "plex" else f" - {edition}"


def _part(identity: Identity, player: Player) -> str:
    if identity.part is None:
        return ""
    return f" - pt{identity.part}" if player == "plex" else f"-part{identity.part}"


def _season(identity: Identity) -> str:
    return identity.date[:4] if identity.date else f"{identity.season or 0:02}"


def _number(identity: Identity, player: Player) -> str:
    if identity.date:
        return identity.date
    if not identity.episodes:
        return ""
    number = f"S{_season(identity)}{_episodes(identity.episodes, player)}"
    return number.lower() if player == "plex" else number


def _episodes(episodes: tuple[int, ...], player: Player) -> str:
    """Return `E01`, `E01-E03` for a run, `E01E07` for any other; Kodi knows no runs, and gets every number."""
    first, last = episodes[0], episodes[-1]
    run = len(episodes) > 1 and episodes == tuple(range(first, last + 1))
    if run and (player != "kodi" or len(episodes) > MOST_NUMBERS):
        return f"E{first:02}-E{last:02}"
    return "".join(f"E{number:02}" for number in episodes[:MOST_NUMBERS])


MOST_NUMBERS = 16
_ID = re.compile(r"[A-Za-z0-9]{1,20}")
_LIKE_A_YEAR = re.compile(r"(?:19|20)\d\d")
