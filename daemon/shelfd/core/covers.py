"""Where to look for the cover of an item: inside its files, and beside them under the names that players know."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from shelfd.core.paths import RelPath, guessed, name, parent

OF_A_DIRECTORY = {
    "movie": ("poster", "folder", "cover", "default", "movie"),
    "show": ("poster", "folder", "cover", "default", "show"),
    "album": ("cover", "folder", "front", "albumart", "poster", "default", "thumb"),
    "track": ("cover", "folder", "front", "albumart", "poster", "default", "thumb"),
    "audiobook": ("cover", "folder", "poster", "default"),
    "book": ("cover", "folder", "poster", "default"),
}
"""By kind of item; the picture of an episode's directory is that of its season."""

OF_A_FILE = ("", "-poster", "-cover", "-thumb")
"""What can follow the name of the file itself."""

OF_FILES = frozenset(("movie", "episode", "track", "book"))
"""Kinds that can be called as a file of theirs is."""

MOST_INSIDE = 3
"""Different pictures inside files that are worth a look."""

WHOLE = frozenset(("movie", "show", "album", "audiobook"))
"""Kinds that have a directory to themselves, so that a picture in it is theirs before any inside a file."""

DISC = re.compile(rb"(?:cd|dis[ck])[ _.-]*[0-9]{1,3}", re.IGNORECASE)
"""A directory for one disc of an album, whose cover lies above it."""


class Embedded(NamedTuple):
    """A picture inside a file, as the catalog knows it."""

    file: RelPath
    hash: str


class Source(NamedTuple):
    """A place where the cover may be."""

    path: RelPath
    """A file, if there is a hash, else a directory."""
    hash: str = ""
    stems: tuple[str, ...] = ()
    """What it can be called in the directory, see media.Sought."""


def sources(
    kind: str, path: RelPath, files: Sequence[RelPath], inside: Sequence[Embedded]
) -> list[Source]:
    """Return where to look, the best first, for the item of this kind at `path`.

    `files` are those of the item, `inside` the pictures in them, or in those of its parts.
    """
    named = _named(files) if kind in OF_FILES else []
    home = [Source(place, stems=OF_A_DIRECTORY[kind]) for place in _homes(kind, path, files)]
    # the files of an audiobook have the same one, all of them
    different = {one.hash: Source(*one) for one in reversed(inside)}
    embedded = [*reversed(different.values())][:MOST_INSIDE]
    return [*named, *home, *embedded] if kind in WHOLE else [*named, *embedded, *home]


def _named(files: Sequence[RelPath]) -> list[Source]:
    called: dict[RelPath, list[str]] = {}
    for file in files:
        stem = guessed(name(file).rpartition(b".")[0]).lower()
        called.setdefault(parent(file), []).extend(stem + end for end in OF_A_FILE)
    return [Source(place, stems=tuple(stems)) for place, stems in called.items()]


def _homes(kind: str, path: RelPath, files: Sequence[RelPath]) -> list[RelPath]:
    """Return the directories whose picture is that of the item; none where others lie there as well."""
    if kind not in OF_A_DIRECTORY:
        return []
    home = parent(path) if path in files else path
    if not home:
        return []  # the library itself
    return [home, parent(home)] if DISC.fullmatch(name(home)) and parent(home) else [home]
