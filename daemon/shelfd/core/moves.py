"""Which files that are new somewhere are files that the catalog knows from elsewhere, moved there.

Certain evidence comes before likely one: the same inode with the same size and time; then the same content; then the
same work, as when a track was replaced by a better one. What could be either of two stays missing (Navidrome's scanner
does the same; audiobookshelf goes by the inode alone and is fooled by every other file system).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from shelfd.core.listing import Facts
from shelfd.core.paths import Place, identity, name


# gc=False: thousands are alive at once, and none can be part of a cycle
class Newcomer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file that has no row at its place."""

    place: Place
    facts: Facts
    fingerprint: int | None = None
    likeness: int | None = None
    replaced: bool = False
    """A row is at its place, but of another file."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file that the catalog knows, and that could be one of the newcomers."""

    id: int
    place: Place
    facts: Facts
    fingerprint: int | None
    likeness: int | None
    gone: bool
    """It is no longer at its place, though its root is in sight."""


def pair(newcomers: Sequence[Newcomer], rows: Iterable[Row]) -> dict[Place, Row]:
    """Return which newcomers are known, by their new place; each row is used once. The others are really new."""
    found: dict[Place, Row] = {}
    known = list(rows)
    for key, ambiguous in ((_same_file, True), (_same_content, False), (_same_work, False)):
        left = [new for new in newcomers if new.place not in found]
        used = {row.id for row in found.values()}
        free = [row for row in known if row.gone and row.id not in used]
        if free:
            found.update(_matched(left, free, key, ambiguous=ambiguous))
    _leave_what_stays(found, newcomers, known)
    return found


def _leave_what_stays(
    moved: dict[Place, Row], newcomers: Sequence[Newcomer], rows: Sequence[Row]
) -> None:
    """Take a file for moved onto the name of another only when that one has moved as well, as when two swap their names.

    Else it was written over, and what was at its name goes on with its new content.
    """
    at = {row.place: row.id for row in rows}
    onto = [new.place for new in newcomers if new.replaced and new.place in moved]
    while onto:
        used = {row.id for row in moved.values()}
        stay = [place for place in onto if at.get(place) not in used]
        if not stay:
            return
        for place in stay:
            del moved[place]
        onto = [place for place in onto if place in moved]


Either = Newcomer | Row


def _same_file(one: Either) -> Hashable:
    return one.facts.inode, one.facts.size, one.facts.mtime_ns


def _same_content(one: Either) -> Hashable:
    return None if one.fingerprint is None else (one.fingerprint, one.facts.size)


def _same_work(one: Either) -> Hashable:
    return one.likeness


def _matched(
    newcomers: Sequence[Newcomer],
    rows: Sequence[Row],
    key: Callable[[Either], Hashable],
    *,
    ambiguous: bool,
) -> dict[Place, Row]:
    """Pair those with equal keys: same names first, then what is left when it can only be that.

    With `ambiguous` any of several rows will do, since they are names of one and the same file.
    """
    groups: dict[Hashable, tuple[list[Newcomer], list[Row]]] = defaultdict(lambda: ([], []))
    for new in newcomers:
        groups[key(new)][0].append(new)
    for row in rows:
        groups[key(row)][1].append(row)
    groups.pop(None, None)
    found: dict[Place, Row] = {}
    for news, olds in groups.values():
        if news and olds:
            found.update(_within(news, olds, ambiguous=ambiguous))
    return found


def _within(news: list[Newcomer], olds: list[Row], *, ambiguous: bool) -> dict[Place, Row]:
    """Pair newcomers and rows that could all be one another."""
    found: dict[Place, Row] = {}
    rivals = Counter(map(_spelling, news))
    spelled: dict[str, list[Row]] = defaultdict(list)
    for row in olds:
        spelled[_spelling(row)].append(row)
    for new in news:
        same = spelled.get(_spelling(new), [])
        if len(same) == rivals[_spelling(new)] == 1:
            found[new.place] = same[0]
    left = sorted(
        (new for new in news if new.place not in found),
        key=lambda new: (new.place.path, new.place.root),
    )
    used = {row.id for row in found.values()}
    rest = sorted((row for row in olds if row.id not in used), key=lambda row: row.id)
    if left and rest and (ambiguous or len(left) == 1):
        found.update(zip((new.place for new in left), rest, strict=False))
    return found


def _spelling(one: Either) -> str:
    return identity(name(one.place.path))
