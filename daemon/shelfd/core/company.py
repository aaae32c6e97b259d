"""What lies beside the items of a library and belongs to none by its name: it goes where all else in its directory goes."""

from collections.abc import Collection, Iterable, Sequence

from shelfd.core.holdings import is_below
from shelfd.core.housing import Item
from shelfd.core.paths import TOP, RelPath, ancestors, join, name, parent, within


class Homes:
    """Where the directories of a library go as a whole, as far as they do."""

    def __init__(
        self, items: Sequence[Item], stay: Iterable[RelPath], units: Collection[RelPath]
    ) -> None:
        """Take the items that may move, what is played or read and `stay`s, and the paths of the units."""
        self._units = units
        self._last: dict[RelPath, int] = {}
        """The last item with something at or below a directory."""
        self._went: dict[RelPath, set[RelPath | None]] = {}
        for number, item in enumerate(items):
            for work in item.works:
                self._note(parent(work), parent(item.moves[work]), number)
        for path in stay:
            self._note(parent(path), None, -1)
        self._homes: dict[RelPath, RelPath | None] = {TOP: None}
        self._below: dict[RelPath, list[RelPath]] = {}
        for directory in self._last:
            if directory:
                self._below.setdefault(parent(directory), []).append(directory)

    def of(self, directory: RelPath) -> RelPath | None:
        """Return where all that is played or read in a directory and below goes; None when it goes nowhere, or apart."""
        if directory not in self._homes:
            self._homes[directory] = (
                self._of_works(directory)
                if directory in self._last
                else self._like_above(directory)
            )
        return self._homes[directory]

    def item(self, directory: RelPath) -> int:
        """Return the item, by its number, with which the rest of a directory goes that goes anywhere."""
        return next(
            self._last[above] for above in (directory, *ancestors(directory)) if above in self._last
        )

    def _note(self, directory: RelPath, home: RelPath | None, number: int) -> None:
        self._went.setdefault(directory, set()).add(home)
        for above in (directory, *ancestors(directory)):
            self._last[above] = max(self._last.get(above, -1), number)

    def _like_above(self, directory: RelPath) -> RelPath | None:
        above = self.of(parent(directory))
        return None if above is None else join(above, name(directory))

    def _of_works(self, directory: RelPath) -> RelPath | None:
        below = [self.of(one) for one in self._below.get(directory, ())]
        if None in below:
            return None
        own = self._went.get(directory)
        found = own or {parent(home) for home in below if home is not None}
        home = next(iter(found))
        # what goes further down within a directory leaves the directory itself where it is
        if len(found) > 1 or not home or (home != directory and within(home, directory)):
            return None
        # above the items themselves, the place of a directory says what it is: an artist, an author
        deep = directory.count(b"/") == home.count(b"/") or is_below(directory, self._units)
        return home if deep else None


def together(item: Item, homes: Homes) -> dict[RelPath, RelPath]:
    """Return where the files of an item go: what is about a directory, where that goes."""
    around = {
        path: join(home, name(path))
        for path in item.around
        if (home := homes.of(parent(path))) is not None
    }
    return {**item.moves, **around}


def along(
    files: Iterable[RelPath], items: Sequence[Item], homes: Homes
) -> dict[int, dict[RelPath, RelPath]]:
    """Return which of these files go along with which item, by its number, and where to."""
    found: dict[int, dict[RelPath, RelPath]] = {}
    taken: set[RelPath] = {path for item in items for path in item.moves}
    for path in files:
        home = homes.of(parent(path)) if path not in taken else None
        if home is not None:
            found.setdefault(homes.item(parent(path)), {})[path] = join(home, name(path))
    return found
