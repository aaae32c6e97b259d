"""The films, episodes, tracks and books of a drop that are filed, as what lies beside them finds them."""

from collections.abc import Iterable, Sequence

import msgspec

from shelfd.core.identity import Identity
from shelfd.core.paths import RelPath, name, parent, within

SEEN = frozenset(("movie", "episode"))
"""Kinds of items that have subtitles and extras."""
HEARD = frozenset(("track", "audiobook"))


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


def near(works: Iterable[Work], directory: RelPath, kinds: frozenset[str]) -> list[Work]:
    """Return the works of these kinds in a directory of the drop, or where there are none those below it."""
    below = [one for one in works if one.kind in kinds and within(one.path, directory)]
    return [one for one in below if parent(one.path) == directory] or below


def home(works: Sequence[Work]) -> tuple[str, ...]:
    """Return the directory of the library that all of these have in common, empty when they have none."""
    if not works or len({one.root for one in works}) > 1:
        return ()
    columns = zip(*(one.directories for one in works), strict=False)
    common: list[str] = []
    for column in columns:
        if len(set(column)) > 1:
            break
        common.append(column[0])
    return tuple(common)


def is_one_item(works: Sequence[Work]) -> bool:
    """Say whether these are the files of one movie, one show, one album or one book."""
    if not works or len({(one.root, one.kind) for one in works}) > 1:
        return False
    common = home(works)
    # tracks of two albums have their artist in common, which is no item
    depth = {"episode": 1, "movie": len(works[0].directories)}.get(works[0].kind)
    if depth is None:
        return bool(common) and len({one.title.casefold() for one in works}) == 1
    return len(common) >= max(depth, 1)


def stem(path: RelPath) -> bytes:
    """Return a work's file name without its extension."""
    return name(path).rpartition(b".")[0] or name(path)
