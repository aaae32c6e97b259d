"""How far a scan reaches: where it begins, and how many directories it will meet."""

from collections.abc import Sequence

from shelfd.core.operations import Operation
from shelfd.core.paths import Place, RelPath
from shelfd.steps.ports import Base
from shelfd.steps.visits import Eyes
from shelfd.store import catalog as shelf

COUNTING_S = 2.0  # for the number of directories below; a walk that knows its total can say how long it takes


def spelled(base: Base, eyes: Eyes, place: Place) -> RelPath:
    """Return the directory to begin with: the nearest above what is called otherwise by now.

    Where case is folded, the old name of a directory still leads to it, and must not become a second one;
    in the directory above it is missed under the old name and met under the new one.
    """
    parts = place.path.split(b"/") if place.path else []
    for number in range(1, len(parts) + 1):
        path = RelPath(b"/".join(parts[:number]))
        if eyes.trees.misspelled(base.current.roots.absolute(Place(place.root, path))):
            return RelPath(b"/".join(parts[: number - 1]))
    return place.path


def known(base: Base, operation: Operation) -> int:
    """Return how many directories are known where a scan looks that takes all of them."""
    if not any(operation.options.get(option) is True for option in ("quick", "recursive")):
        return 0
    reader, roots = base.db.read(), base.current.roots
    names = [operation.root] if operation.root else [root.name for root in roots]
    return sum(shelf.directories_below(reader, name, operation.place.path) for name in names)


def counted(base: Base, eyes: Eyes, places: Sequence[tuple[str, RelPath]]) -> int:
    """Return how many directories there are at and below these, as far as they can be counted quickly."""
    absolute = base.current.roots.absolute
    paths = [absolute(Place(*place)) for place in places]
    return sum(eyes.trees.count(path, COUNTING_S / len(paths)) for path in paths)
