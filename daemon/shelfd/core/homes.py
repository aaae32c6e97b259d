"""Where a work of the catalog lies, when it has a directory to itself, and what of it lies there already.

A directory is a work's own when it is called after it: a flat directory of loose files, or one of a genre or an
artist, is nobody's. What the layout would put elsewhere goes there, by the names of the layout.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from shelfd.core import extras, layout, same_works, units
from shelfd.core import layout_words as words
from shelfd.core.identity import Identity, identify
from shelfd.core.known import SEEN, WHOLES, Item, loose
from shelfd.core.media import AUDIO, VIDEO, Kind, Reading
from shelfd.core.names_music import disc_of
from shelfd.core.names_words import key
from shelfd.core.paths import Place, RelPath, guessed, name, parent, suffix
from shelfd.core.review import Judged
from shelfd.core.safe_names import Names

ONE_EPISODE = re.compile(r"(?i)s\d{1,4}[ ._-]?e\d|\b\d{1,2}x\d{2}\b|\d{4}[.-]\d\d[.-]\d\d")
"""What stands in the name of a directory that a release of one episode has for itself."""
LONGEST = 255
"""Bytes of a name."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a work that the catalog has, with what the catalog says of it."""

    path: RelPath
    title: str = ""
    season: int | None = None
    episodes: tuple[int, ...] = ()
    disc: int | None = None
    track: int | None = None


class Home(NamedTuple):
    """Where a file goes that is of a known work."""

    place: Place | None = None
    """The directory of the work; None: it has none to itself, or is in several."""
    inner: RelPath | None = None
    """The directory in it in which the rest of the season or of the disc lies; None: the layout says which."""
    versions: tuple[Place, ...] = ()
    """Files of the libraries that are the same item, perhaps in another form."""
    wider: tuple[Place, ...] = ()
    """Those of them that hold more than this file does."""


def directory(item: Item, parts: Sequence[Part]) -> RelPath | None:
    """Return the directory of a work with these files; None when none is called after it, or its name is no text."""
    match item.kind:
        case "album":
            above = {_album(part.path) for part in parts}
            found = above.pop() if len(above) == 1 else RelPath(b"")
        case "book":
            found = parent(item.path)
        case _:
            found = item.path
    if not found or suffix(found) in VIDEO | AUDIO or not _is_text(found):
        return None
    return found if item.kind == "show" or _is_called(found, item) else None


def inner(identity: Identity, parts: Iterable[Part]) -> RelPath | None:
    """Return the directory in which files of the same season or disc lie; None when there is none for all of them."""
    if identity.kind == "episode" and identity.season is not None:
        seasons = (parent(part.path) for part in parts if part.season == identity.season)
        return next((found for found in seasons if found and is_of_season(found)), None)
    if identity.kind == "track":
        discs = {parent(part.path) for part in parts if _disc(part) == (identity.disc or 1)}
        return discs.pop() if len(discs) == 1 else None
    return None


def is_of_season(directory: RelPath) -> bool:
    """Say whether a directory in which an episode lies is for others as well, and not for this one alone."""
    return ONE_EPISODE.search(name(directory).decode("utf-8", "replace")) is None


def versions(identity: Identity, parts: Iterable[Part]) -> tuple[RelPath, ...]:
    """Return those files of a work that are the same item as a file: other versions of it, or other forms of it."""
    match identity.kind:
        case "movie":
            return _of_movie(identity, [part.path for part in parts])
        case "episode":
            return tuple(part.path for part in parts if _is_episode(identity, part))
        case "track":
            wanted = identity.track, identity.disc or 1, key(identity.title)
            return tuple(
                part.path for part in parts if (part.track, _disc(part), key(part.title)) == wanted
            )
        case "audiobook":
            return _of_book(identity, [part.path for part in parts])
        case _:
            return ()


def wider(identity: Identity, parts: Iterable[Part]) -> tuple[RelPath, ...]:
    """Return those files of the same show that hold episodes of a file and others that it has not."""
    own = set(identity.episodes)
    return tuple(
        part.path
        for part in parts
        if own and _is_episode(identity, part) and set(part.episodes) - own
    )


@functools.lru_cache(maxsize=4096)  # asked of each part of a book for each new one
def part_of(path: RelPath) -> int | None:
    """Return which part of its movie or audiobook a file of a library is by its name; None: it is all of it."""
    kind = Kind.AUDIOBOOKS if suffix(path) in AUDIO else Kind.MOVIES
    return identify(tuple(guessed(part) for part in path.split(b"/")), Reading(), kind).part


def is_later_part(judged: Judged) -> bool:
    """Say whether a lone file of an audiobook is a part of one that the library has, and not one that is there whole."""
    part = judged.identity.part
    return judged.home is not None and part is not None and (part > 1 or not judged.versions)


def placed(
    kind: str,
    parts: Sequence[str],
    home: RelPath,
    inner: RelPath | None,
    names: Names = "portable",
) -> bytes:
    """Return where a file goes that the layout would put at `parts`, when its work lies in `home` already.

    `inner` is the directory in which the rest of its season or disc lies; None: there is none yet. A file of a movie
    is called as the directory, since players take for versions of one movie what begins so.
    """
    match kind:
        case "episode":
            own = tuple(parts[-2:] if len(parts) > 2 else parts[-1:])
        case "track":
            own = tuple(parts)[len(layout.above_discs(tuple(parts[:-1]))) :]
        case "movie":
            own = (_called(parts, guessed(name(home)), names),)
        case _:
            own = (parts[-1],)
    if inner is not None:
        return inner + b"/" + parts[-1].encode()
    return b"/".join((home, *(part.encode() for part in own)))


def said(kind: str) -> str:
    """Return what is added to the rule of what goes where its work lies; of a movie or a show the rule says it already."""
    whole = WHOLES.get(kind, "")
    return "" if kind in SEEN else f"; it goes where the library has its {whole}"


def _called(parts: Sequence[str], folder: str, names: Names) -> str:
    """Return the name that a layout gives a movie's file, with the name of this directory in the place of its own."""
    own = parts[-2] if len(parts) > 1 else ""
    stem, dot, ending = parts[-1].rpartition(".")
    if not own or not stem.startswith(own):
        return parts[-1]
    tail = stem[len(own) :]
    found = (folder + tail if tail else words.stem(folder, names)) + dot + ending
    return found if len(found.encode()) <= LONGEST else parts[-1]


def _is_episode(identity: Identity, part: Part) -> bool:
    """Say whether a file of the same show has an episode in common with another one, or is of the same day."""
    if identity.episodes:
        both = not set(identity.episodes).isdisjoint(part.episodes)
        same = both and part.season == identity.season
    else:
        same = same_works.same_date(identity, part.path)
    return same and not same_works.other_piece(identity.title, part.title)


def _of_movie(identity: Identity, files: Iterable[RelPath]) -> tuple[RelPath, ...]:
    found: list[RelPath] = []
    discs: set[RelPath] = set()
    for path in files:
        disc = units.home_of(path)
        if disc is not None:
            found += () if disc in discs else (path,)
            discs.add(disc)
        elif extras.home_of(path) is None:
            names = tuple(guessed(part) for part in path.split(b"/"))
            read = identify(names, Reading(), Kind.MOVIES)
            same_part = None in (read.part, identity.part) or read.part == identity.part
            if same_part and key(read.edition) == key(identity.edition):
                found.append(path)
    return tuple(found)


def _of_book(identity: Identity, files: Sequence[RelPath]) -> tuple[RelPath, ...]:
    """Return the part of an audiobook that a file is; of one that is no part any file, which stands for all of it."""
    if len(files) == 1 or identity.part is None:
        same = part_of(files[0]) in (None, identity.part) if files else False
        return tuple(files[:1]) if same or identity.part is None else ()
    return tuple(path for path in files if part_of(path) == identity.part)


def _is_called(directory: RelPath, item: Item) -> bool:
    """Say whether a directory has the name of a work, perhaps with more around it."""
    own = guessed(name(directory))
    if item.kind != "movie":
        return f" {loose(item.title)} " in f" {key(own)} "
    read = identify((own, f"{own}.mkv"), Reading(), Kind.MOVIES)
    return loose(read.title) == loose(item.title) and read.year in (None, item.year)


def _album(path: RelPath) -> RelPath:
    above = parent(path)
    return parent(above) if disc_of(guessed(name(above))) is not None else above


def _disc(part: Part) -> int:
    return part.disc or disc_of(guessed(name(parent(part.path)))) or 1


def _is_text(path: RelPath) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True
