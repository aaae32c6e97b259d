"""Which works of one drop are the same item as another one of it, and which of these is filed before the rest."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

import msgspec

from shelfd.core import quality, same_works
from shelfd.core.identity import Identity
from shelfd.core.names_words import key
from shelfd.core.quality import Copy
from shelfd.core.verdicts import Verdict


class _Item(msgspec.Struct):
    """The files that are one item, the best of them first."""

    best: Verdict
    others: list[Verdict]


def doubles(works: Sequence[Verdict], copy: Callable[[bytes], Copy]) -> dict[bytes, bytes]:
    """Return the works for which another one of the drop is filed, with that, both by their paths.

    `copy` tells what is in each, and so which is the best. Of two episodes in one file, neither is filed beside it by itself.
    """
    groups: dict[Hashable, list[Verdict]] = defaultdict(list)
    for verdict in works:
        group = None if verdict.identity is None else _group(verdict.identity)
        if group is not None:
            groups[verdict.root, group].append(verdict)
    found: dict[bytes, bytes] = {}
    for files in groups.values():
        for item in _items(files, copy) if len(files) > 1 else ():
            found |= {other.path: item.best.path for other in item.others}
    return found


def _group(identity: Identity) -> Hashable | None:
    """Return what two files have in common that can be one item; None: they need more than a name for that."""
    match identity.kind:
        case "movie":
            cut = key(identity.edition), identity.part
            return "movie", key(identity.title), identity.year, *cut
        case "episode" if identity.episodes or identity.date:
            date = None if identity.episodes else identity.date
            return "episode", key(identity.show), identity.year, identity.season, date
        case "track" if identity.album and identity.title:
            by = key(identity.album_artist or identity.artist)
            number = identity.disc or 1, identity.track
            return "track", by, key(identity.album), *number, key(identity.title)
        case _:
            return None


def _items(group: Sequence[Verdict], copy: Callable[[bytes], Copy]) -> list[_Item]:
    items: list[_Item] = []
    for verdict in sorted(group, key=lambda one: (-len(_episodes(one)), one.path)):
        item = next((item for item in items if _same(verdict, item.best)), None)
        if item is None:
            items.append(_Item(verdict, []))
            continue
        both = copy(verdict.path), copy(item.best.path)
        if _episodes(verdict) == _episodes(item.best) and quality.compare(*both).better:
            item.others.append(item.best)
            item.best = verdict
        else:
            item.others.append(verdict)
    return items


def _same(one: Verdict, other: Verdict) -> bool:
    """Say whether two files of a group are one item: only of episodes that is not clear yet."""
    mine, theirs = one.identity, other.identity
    if mine is None or theirs is None or mine.kind != "episode":
        return True
    both = not mine.episodes or not set(mine.episodes).isdisjoint(theirs.episodes)
    return both and not same_works.other_piece(mine.title, theirs.title)


def _episodes(verdict: Verdict) -> frozenset[int]:
    return frozenset(verdict.identity.episodes if verdict.identity is not None else ())
