"""How a scan finds, among the directories that are known, those that must be read: by comparing, a page at a time."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec

from shelfd.core import pressure
from shelfd.core.paths import RelPath, within
from shelfd.core.roots import Root
from shelfd.core.walk import Sweep, Walk
from shelfd.steps.ports import Base
from shelfd.steps.visits import Eyes, Visits
from shelfd.store import signatures
from shelfd.store.signatures import Row, Sifted

PAGE = 1024  # directories that are held
PART = 256  # and that are compared in one go
ALIKE_S = 0.1  # without a difference, until others are asked whether they wait
FILES_PAGE = 64  # and with all their files: on a disk that must be woken, each takes its time

AnyRow = TypeVar("AnyRow", Row, Sifted)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What some known directories of a sweep came to, one behind the other."""

    first: RelPath | None
    """None: there are none."""
    last: RelPath | None
    """None: no other one follows."""
    number: int
    differ: list[RelPath]


def sweep(base: Base, eyes: Eyes, walk: Walk, visits: Visits) -> None:
    """Compare the next known directories of a walk with the disk, and let it read those that differ."""
    this = walk.sweeps[-1]
    root = base.current.roots.get(this.root)
    if root is None:
        return walk.leave(this.root, "it has left the settings")
    if not visits.reachable(root):
        return None
    if this.files:
        found = _with_files(base, eyes, root, this, visits)
    else:
        found = _by_signatures(base, eyes, root, this)
    same, differ, below = found.number - len(found.differ), found.differ, RelPath(this.below)
    if this.last is None and found.first != below:
        differ = [below, *differ]  # it was never read, whatever was below it
    walk.swept(found.last, same)
    # asked now: by the time it is taken, it may be written that it has vanished
    walk.descend(
        this.root, [path for path in differ if not visits.unwritten.knows(this.root, path)]
    )
    return None


def _by_signatures(base: Base, eyes: Eyes, root: Root, this: Sweep) -> Compared:
    """Compare part after part, until one has a directory in it that differs, or others are to be asked whether they wait."""
    until = base.clock.monotonic() + ALIKE_S
    number, first, last = 0, None, None
    differ: list[RelPath] = []
    for part, more in _parts(base, this, pressure.part(PAGE, eyes.share())):
        number += len(part)
        first = part[0][0] if first is None else first
        last = part[-1][0] if more else None
        differ = eyes.trees.differing(root.path, _readable(this, part))
        if differ or base.clock.monotonic() > until:
            break
    else:
        last = None
    return Compared(first=first, last=last, number=number, differ=differ)


def _parts(base: Base, this: Sweep, size: int) -> Iterator[tuple[Sequence[Row], bool]]:
    """Go through the directories that are still to be compared; beside each part whether another one may follow.

    Nothing is being read from the database meanwhile: a disk that does not answer must not keep its log from being emptied.
    """
    after = this.last
    while page := signatures.page(base.db.read(), this.root, RelPath(this.below), after, size):
        after = page[-1][0] if len(page) == size else None
        for at in range(0, len(page), PART):
            yield page[at : at + PART], after is not None or at + PART < len(page)
        if after is None:
            return


def _with_files(base: Base, eyes: Eyes, root: Root, this: Sweep, visits: Visits) -> Compared:
    """Compare one page, and every known file in its directories."""
    size = pressure.part(FILES_PAGE, eyes.share())
    page = signatures.sifted(base.db.read(), this.root, RelPath(this.below), this.last, size)
    read = _readable(this, page)
    if not read or eyes.blind(root):
        differ = [row[0] for row in read]
    else:
        differ = _differing_with_files(base, eyes, read, (root, this, visits.sieve.mark(root)))
    return Compared(
        first=page[0][0] if page else None,
        last=page[-1][0] if len(page) == size else None,
        number=len(page),
        differ=differ,
    )


def _readable(this: Sweep, page: Sequence[AnyRow]) -> Sequence[AnyRow]:
    """Return what of a page does not lie below a directory that could not be read."""
    if this.closed is None:
        return page
    closed = RelPath(this.closed)
    return [row for row in page if not within(row[0], closed)]


def _differing_with_files(
    base: Base, eyes: Eyes, page: Sequence[Sifted], of: tuple[Root, Sweep, int]
) -> list[RelPath]:
    """Return which directories of a page differ, or have a known file that does, or whose files are to be chosen anew.

    While neither its signature nor what its files were chosen by has changed, no other file can have come to count.
    """
    root, this, mark = of
    prefix = root.path.rstrip(b"/") + b"/"
    for row in page:
        # before it is looked at, so that nothing falls in between
        eyes.ensure(prefix + row[0] if row[0] else root.path)
    differ = set(eyes.trees.differing(root.path, [row[:6] for row in page]))
    differ.update(row[0] for row in page if row[6] != mark)
    files = signatures.files(base.db.read(), this.root, RelPath(this.below), page)
    differ |= eyes.trees.touched(root.path, files, differ)
    return [row[0] for row in page if row[0] in differ]
