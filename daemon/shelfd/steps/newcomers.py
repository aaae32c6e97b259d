"""Which files of a batch are known from elsewhere: they were moved to where they are new."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from shelfd.core.errors import BrokenError
from shelfd.core.moves import Newcomer, Row, pair
from shelfd.core.paths import Place, parent
from shelfd.steps.ports import Base, Directories
from shelfd.steps.visits import Eyes
from shelfd.store import moved
from shelfd.store.catalog import Found


# gc=False: thousands are alive at once, and none can be part of a cycle
class New(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file that has no row at its place, or not its own."""

    place: Place
    found: Found
    replaced: bool
    """A row is at its place, but of another file; then only the inode tells that it is known from elsewhere."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a batch that are no new ones."""

    moved: Mapping[Place, Row]
    """By their new place."""
    free: frozenset[int]
    """Items that may go along to the new place, since nothing of theirs is left at the old one."""


def known(
    base: Base,
    eyes: Eyes,
    batch: Sequence[New],
    in_sight: Callable[[Place], bool],
    newest: int,
) -> Known:
    """Return which files, new at these places, are known from elsewhere.

    `in_sight` says whether a file that is not at a place is really not there. `newest` is the highest id of those
    that can be told by what is in them: what came in a moment ago is most of the time a copy, and not worth a look.
    """
    news = [
        Newcomer(
            place=new.place,
            facts=new.found.facts,
            fingerprint=None if new.replaced else new.found.reading.fingerprint,
            likeness=None if new.replaced else new.found.described.likeness,
            replaced=new.replaced,
        )
        for new in batch
    ]
    reader = base.db.read()
    rows = moved.alike(
        reader,
        {new.facts.inode for new in news},
        {new.fingerprint for new in news if new.fingerprint is not None},
        {new.likeness for new in news if new.likeness is not None},
        newest,
    )
    if not rows:
        return Known(moved={}, free=frozenset())
    places = _Places(base, eyes, in_sight)
    seen = [msgspec.structs.replace(row, gone=places.gone(row)) for row in rows]
    found = pair(news, seen)
    return Known(moved=found, free=free(base, eyes.disk, [row.id for row in found.values()]))


class _Places:
    """Looks whether known files are still at their places, and at each directory on the way only once."""

    def __init__(self, base: Base, eyes: Eyes, in_sight: Callable[[Place], bool]) -> None:
        self._base = base
        self._eyes = eyes
        self._in_sight = in_sight
        self._right: dict[Place, bool] = {}

    def gone(self, row: Row) -> bool:
        """Say whether a file is not at its place, whether a scan has noticed or not; one that was missing may be back."""
        if not self._in_sight(row.place):
            return row.gone
        path = self._base.current.roots.absolute(row.place)
        try:
            facts = self._eyes.disk.facts(path)
        except BrokenError:
            return row.gone
        if facts is None:
            same = self._eyes.disk.exists(path)  # it may be a link that counts for a file
        else:
            # where it was restored from a backup, or its file system counts inodes anew, it is the same
            same = facts.inode == row.facts.inode or facts[:2] == row.facts[:2]
        above = Place(row.place.root, parent(row.place.path))
        # where case is folded, the old name still leads to what is called otherwise now
        return not same or not self._is_right(above) or self._eyes.trees.misspelled(path)

    def _is_right(self, place: Place) -> bool:
        """Say whether a directory, with those above it, is called so, and is not only a link that does not count."""
        if not place.path:
            return True
        if place not in self._right:
            path = self._base.current.roots.absolute(place)
            links = self._base.current.settings.scan.symlinks == "all"
            self._right[place] = (
                (links or self._eyes.disk.inode(path) is not None)
                and not self._eyes.trees.misspelled(path)
                and self._is_right(Place(place.root, parent(place.path)))
            )
        return self._right[place]


def free(base: Base, disk: Directories, files: Sequence[int]) -> frozenset[int]:
    """Return the items that may go along with these files, by their ids, since nothing of theirs is left at the old place."""
    reader = base.db.read()
    if not files:
        return frozenset()
    return frozenset(
        item
        for item, place in moved.homes(reader, files).items()
        if (
            place is not None
            and base.current.roots.get(place.root) is not None
            and not disk.exists(base.current.roots.absolute(place))
        )
        or not moved.has_others(reader, item, files)
    )
