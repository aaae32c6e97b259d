"""The films, episodes, tracks and books of a drop that are filed, as what lies beside them finds them."""

from collections.abc import Iterable, Sequence

import msgspec

from shelfd.core.identity import Identity
from shelfd.core.layout import above_discs
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath, guessed, name, parent, within

SEEN = frozenset(("movie", "episode"))
"""Kinds of items that have subtitles and extras."""
HEARD = frozenset(("track", "audiobook"))
READ = frozenset(("book",))
ALL = SEEN | HEARD | READ


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A media file of an item, with the place in a library that it has or will have."""

    path: RelPath
    """Below the inbox: where it lies, or where it lay or could lie when it is in the library already."""
    root: str
    target: RelPath
    kind: str
    """As in Identity."""
    title: str = ""
    """Of the movie, the show, the album or the book."""
    season: int | None = None
    episodes: tuple[int, ...] = ()
    year: int | None = None
    owner: bytes = b""
    """The file of the drop that what belongs to it travels with; empty: it is in the library already."""

    @property
    def stays(self) -> bool:
        """Say whether it is not filed, and what is called as it stays with it."""
        return not self.root

    @property
    def directories(self) -> tuple[str, ...]:
        """Return the directories that it lies in, below the library."""
        return tuple(part.decode() for part in self.target.split(b"/")[:-1])

    @property
    def names(self) -> tuple[str, ...]:
        """Return the target as a layout has it."""
        return tuple(part.decode() for part in self.target.split(b"/"))


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the catalog."""

    kind: str
    """`movie`, `show`, `episode`, `album` or `audiobook`."""
    root: str
    path: RelPath
    """Its directory, or its file when it is one."""
    title: str
    """Of an episode that of its show."""
    year: int | None = None
    artist: str = ""
    """Of an album; of a book its author."""
    season: int | None = None
    episodes: tuple[int, ...] = ()
    files: tuple[RelPath, ...] = ()
    """Those that are to be played, without its extras."""


def work(path: RelPath, identity: Identity, root: str, target: RelPath) -> Work:
    """Return a file of a drop that is filed as its identity says."""
    return Work(
        path=path,
        root=root,
        target=target,
        kind=identity.kind,
        title=identity.show or identity.album or identity.title,
        season=identity.season,
        episodes=identity.episodes,
        year=identity.year,
        owner=path,
    )


def names_itself(path: RelPath, title: str, year: int | None) -> bool:
    """Say whether a file carries title or year of its work in its own name, and not only in that of its directory."""
    words = f" {key(guessed(stem(path)))} "
    return f" {key(title)} " in words or (year is not None and f" {year} " in words)


class Works:
    """All works that what lies beside them can belong to, found by where they lie."""

    def __init__(self, works: Iterable[Work]) -> None:
        """Take works in any order."""
        self._by_directory: dict[RelPath, list[Work]] = {}
        for one in works:
            self._by_directory.setdefault(parent(one.path), []).append(one)
        self._below: dict[RelPath, list[Work]] = {}
        self._by_name: dict[RelPath, dict[bytes, Work]] = {}

    def near(self, directory: RelPath, kinds: frozenset[str]) -> list[Work]:
        """Return the works of these kinds in a directory, or where there are none those below it.

        Those that stay are among them.
        """
        here = [one for one in self._by_directory.get(directory, ()) if one.kind in kinds]
        if here:
            return here
        if directory not in self._below:
            self._below[directory] = [
                one
                for above, works in self._by_directory.items()
                if within(above, directory)
                for one in works
            ]
        return [one for one in self._below[directory] if one.kind in kinds]

    def called(self, path: RelPath) -> Work | None:
        """Return the work beside a file that it is called as: the one with the longest name that its name begins with."""
        here = parent(path)
        if here not in self._by_name:
            works = sorted(self._by_directory.get(here, ()), key=lambda one: one.path, reverse=True)
            self._by_name[here] = {
                text.lower(): one for one in works for text in (name(one.path), stem(one.path))
            }
        names, own = self._by_name[here], name(path).lower()
        ends = [at for at, byte in enumerate(own) if byte in b".-"]
        return next((names[own[:end]] for end in reversed(ends) if own[:end] in names), None)


def filed(works: Iterable[Work]) -> list[Work]:
    """Return those of these works that have a place in a library."""
    return [one for one in works if not one.stays]


def home(works: Sequence[Work]) -> tuple[str, ...]:
    """Return the directory of the library that all of these have in common, empty when they have none."""
    if len({one.root for one in works}) != 1:
        return ()
    common: list[str] = []
    for column in zip(*(one.directories for one in works), strict=False):
        if len(set(column)) > 1:
            break
        common.append(column[0])
    return tuple(common)


def is_one_item(works: Sequence[Work]) -> bool:
    """Say whether these are the files of one movie, one show, one album or one book."""
    if len({(one.root, one.kind) for one in works}) != 1:
        return False
    if works[0].kind == "episode":
        return bool(home(works))
    # the discs of an album are one album
    return len({above_discs(one.directories) for one in works}) == 1


def stem(path: RelPath) -> bytes:
    """Return a work's file name without its extension."""
    return name(path).rpartition(b".")[0] or name(path)
