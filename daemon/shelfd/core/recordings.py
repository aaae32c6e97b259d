"""An audiobook is one recording: its parts are filed together or not at all, and never among those of another one."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from shelfd.core import paths, units
from shelfd.core.identity import Identity
from shelfd.core.media import AUDIO
from shelfd.core.names_words import key
from shelfd.core.paths import Place, RelPath, guessed, join, name, parent, printable, suffix
from shelfd.core.verdicts import Verdict, World, stays

PARTS_ARE_FILED = "it is the whole audiobook, of which the parts beside it are filed"


class Book(NamedTuple):
    """An audiobook that is to be filed."""

    directory: Place
    author: str
    title: str

    @property
    def is_alone(self) -> bool:
        """Say whether its directory is called after it, and so is for nothing else."""
        return f" {self.title} " in f" {key(guessed(name(self.directory.path)))} "


def books(planned: Iterable[Verdict]) -> dict[Book, list[Verdict]]:
    """Return the audiobooks of a drop that are to be filed, each with its files."""
    found: dict[Book, list[Verdict]] = defaultdict(list)
    for verdict in planned:
        identity = verdict.identity
        if identity is not None and identity.kind == "audiobook" and verdict.state == "file":
            directory = Place(verdict.root, parent(RelPath(verdict.target)))
            found[Book(directory, key(identity.author), key(identity.title))].append(verdict)
    return found


def wholes(files: Sequence[tuple[RelPath, Identity]]) -> frozenset[RelPath]:
    """Return the files that are a whole audiobook of which the same drop has the parts.

    Such a one is the only one of its format among several of another, and its number is none or that of another.
    """
    found: dict[tuple[str, str], list[tuple[RelPath, Identity]]] = defaultdict(list)
    for path, identity in files:
        found[key(identity.author), key(identity.album or identity.title)].append((path, identity))
    return frozenset(
        path for beside in found.values() for path, one in beside if _is_whole(path, one, beside)
    )


def _is_whole(
    path: RelPath, identity: Identity, beside: Collection[tuple[RelPath, Identity]]
) -> bool:
    formats = Counter(suffix(other) for other, _identity in beside)
    others = [one.part for other, one in beside if other != path]
    if formats[suffix(path)] > 1 or len(formats) != 2 or len(others) < 2:
        return False
    return None not in others and (identity.part is None or identity.part in others)


def together(
    planned: Sequence[Verdict], seen: Sequence[Verdict], world: World
) -> dict[bytes, Verdict]:
    """Return the verdicts by their paths, with all parts of an audiobook staying when one does.

    So they do when only some of those that are in the library would make room.
    """
    result = {verdict.path: verdict for verdict in seen}
    for book, parts in books(planned).items():
        files = [result[part.path] for part in parts]
        stayed = next((one for one in files if one.state not in units.GOING), None)
        reason = ""
        if stayed is not None:
            reason = f"an audiobook is filed as a whole, and {printable(stayed.path)} stays"
        elif left := _left(book, files, world):
            reason = f"it would take the place of only a part of the audiobook that is there: {left} would stay"
        for one in files if reason else ():
            if one.state == "file":
                result[one.path] = stays(one, reason)
    return result


def _left(book: Book, files: Sequence[Verdict], world: World) -> str:
    """Return a part of the recording in the library that would be left when these files take the place of others.

    That which could not be read any more belongs to no recording: it makes room by itself.
    """
    replacing = [one for one in files if one.replaces and not _is_mended(one, world)]
    if not replacing or not book.is_alone:
        return ""
    going = {RelPath(file.path) for one in replacing for file in one.replaces}
    gone = {paths.identity(path) for path in going}
    gone |= {paths.identity(one.target) for one in files if one.state == "filed"}
    there = [
        paths.identity(join(directory, b"")) + one
        for directory in sorted({parent(path) for path in going})
        for one in sorted(world.conflict.names.get(Place(book.directory.root, directory), ()))
        if _is_audio(one)
    ]
    return next((one for one in there if one not in gone), "")


def _is_mended(verdict: Verdict, world: World) -> bool:
    rivals = world.conflict.rivals.get(Place(verdict.root, RelPath(verdict.target)), ())
    return bool(rivals) and all(rival.copy.reading.error is not None for rival in rivals)


def _is_audio(file: str) -> bool:
    return suffix(file.encode("utf-8", "surrogateescape")) in AUDIO
