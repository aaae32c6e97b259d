"""How a scan finds, among the directories that are known, those that must be read: by comparing, a page at a time."""

from collections.abc import Sequence

from shelfd.core.paths import RelPath, within
from shelfd.core.pressure import part
from shelfd.core.roots import Root
from shelfd.core.walk import Sweep, Walk
from shelfd.steps.ports import Base
from shelfd.steps.visits import Eyes, Visits
from shelfd.store import signatures
from shelfd.store.signatures import Row

PAGE = 512  # directories that are compared in one go
FILES_PAGE = 64  # and with all their files: on a disk that must be woken, each takes its time


def sweep(base: Base, eyes: Eyes, walk: Walk, visits: Visits) -> None:
    """Compare the next known directories of a walk with the disk, and let it read those that differ."""
    this = walk.sweeps[-1]
    root = base.current.roots.get(this.root)
    if root is None:
        return walk.leave(this.root, "it has left the settings")
    if not visits.reachable(root):
        return None
    below = RelPath(this.below)
    size = part(min(PAGE, FILES_PAGE) if this.files else PAGE, eyes.share())
    page = signatures.page(base.db.read(), this.root, below, this.last, size)
    read = _readable(this, page)
    if not this.files or not read:
        differ = eyes.trees.differing(root.path, read)
    elif eyes.blind(root):
        differ = [row[0] for row in read]
    else:
        differ = _differing_with_files(base, eyes, read, (root, this, visits.sieve.mark(root)))
    same = len(page) - len(differ)
    if this.last is None and (not page or page[0][0] != below):
        differ = [below, *differ]  # it was never read, whatever was below it
    walk.swept(page[-1][0] if len(page) == size else None, same)
    # asked now: by the time it is taken, it may be written that it has vanished
    walk.descend(
        this.root, [path for path in differ if not visits.unwritten.knows(this.root, path)]
    )
    return None


def _readable(this: Sweep, page: Sequence[Row]) -> Sequence[Row]:
    """Return what of a page does not lie below a directory that could not be read."""
    if this.closed is None:
        return page
    closed = RelPath(this.closed)
    return [row for row in page if not within(row[0], closed)]


def _differing_with_files(
    base: Base, eyes: Eyes, page: Sequence[Row], of: tuple[Root, Sweep, int]
) -> list[RelPath]:
    """Return which directories of a page differ, or have a known file that does, or whose files are to be chosen anew.

    While neither its signature nor what its files were chosen by has changed, no other file can have come to count.
    """
    root, this, mark = of
    prefix = root.path.rstrip(b"/") + b"/"
    for row in page:
        # before it is looked at, so that nothing falls in between
        eyes.ensure(prefix + row[0] if row[0] else root.path)
    differ = set(eyes.trees.differing(root.path, page))
    differ.update(row[0] for row in page if row[1] != mark)
    files = signatures.files(base.db.read(), this.root, RelPath(this.below), page)
    differ |= eyes.trees.touched(root.path, files, differ)
    return [row[0] for row in page if row[0] in differ]
