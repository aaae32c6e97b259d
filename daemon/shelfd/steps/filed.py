"""What was filed, as the catalog is to have it."""

from collections.abc import Sequence

from shelfd.core import catalog
from shelfd.core.journal import Entry
from shelfd.core.listing import NEVER
from shelfd.core.media import HOLDS
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import Place, ancestors, name, parent, suffix
from shelfd.steps.beside import Beside
from shelfd.steps.ports import Base, Directories
from shelfd.store import catalog as shelf


class Filed:
    """Looks at files that an import has put into libraries."""

    def __init__(self, base: Base, disk: Directories) -> None:
        """Look with `disk`."""
        self._base = base
        self._disk = disk

    def described(self, entry: Entry, beside: Beside) -> tuple[Place, shelf.Found] | None:
        """Return the directory and the catalog's view of a file that was filed; None for what is no item."""
        target, reading = entry.step.target, entry.step.expected.reading
        if target is None or reading is None:
            return None
        root = self._base.current.roots.get(target.root)
        facts = self._disk.facts(self._absolute(target))
        if root is None or root.kind is None or facts is None or self.changed(entry):
            return None
        if suffix(target.path) not in HOLDS[root.kind]:
            return None  # no scan would find it: the booklet of an audiobook
        return Place(target.root, parent(target.path)), shelf.Found(
            name=name(target.path),
            facts=facts,
            reading=reading,
            described=catalog.describe(
                root.kind, target.path, reading, beside.of(root, target.path)
            ),
            hash=entry.outcome.hash if entry.outcome else None,
        )

    def changed(self, entry: Entry) -> bool:
        """Say whether somebody has changed a file since it was filed: what was read in it no longer holds."""
        facts = self._disk.facts(self._absolute(entry.step.target)) if entry.step.target else None
        left = entry.outcome
        if facts is None or left is None:
            return False
        return (facts.size, facts.mtime_ns) != (left.size, left.mtime_ns)

    def scans(self, filed: Sequence[Entry]) -> list[Wish]:
        """Return a scan of each directory that these files were put into."""
        targets = [entry.step.target for entry in filed if entry.step.target]
        roots = self._base.current.roots
        return [
            Wish(
                kind=Kind.SCAN,
                step=Step.SCAN,
                place=place,
                display=roots.display(place),
                asker=Asker.SHELFD,
            )
            for place in sorted({Place(target.root, parent(target.path)) for target in targets})
        ]

    def shelve(
        self,
        rows_of_root: shelf.Shelf,
        root: str,
        made: Sequence[Place | None],
        found: Sequence[tuple[Place, shelf.Found]],
    ) -> None:
        """Put files into the catalog, with the directories that were made for them."""
        places = {place for place, _file in found if place.root == root}
        new = {Place(root, above) for place in places for above in ancestors(place.path)}
        for place in sorted(places | (new & set(made))):
            if self._disk.inode(self._absolute(place)) is not None:
                # it was not read, so its signature is not known: the scan that the change brings reads it
                directory = rows_of_root.directory(place.path, NEVER)
                rows_of_root.put(directory, [file for at, file in found if at == place])
        rows_of_root.settle()

    def _absolute(self, place: Place) -> bytes:
        return self._base.current.roots.absolute(place)
