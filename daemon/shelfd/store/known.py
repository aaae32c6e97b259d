"""What the libraries have that a new file may belong to: items by their names, and what was filed from a place."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from shelfd.core import extras
from shelfd.core.paths import Place, RelPath
from shelfd.core.works import Known
from shelfd.store import queries, searching
from shelfd.store.database import Tx
from shelfd.store.queries import Item

MOST = 64
"""So many items of one name are looked at."""

EPISODES = 10_000
"""So many episodes of a show are looked at."""

FILED = """
SELECT source, target_root, target FROM journal
WHERE source_root = :root AND source >= :first AND source < :last
  AND action IN ('place', 'move') AND trash = 0 AND state = 'done' AND reverses IS NULL
ORDER BY id
"""


class Filed(NamedTuple):
    """A file that an import has put into a library, and that was not put back since."""

    source: RelPath
    target: Place


def called(tx: Tx, words: Sequence[str], kind: str, libraries: Collection[str]) -> list[Known]:
    """Return the items of a kind in these libraries that have all of these folded words in their names."""
    if not words:
        return []
    hits = searching.search(tx, words, kind=kind, after=0, limit=MOST)
    return [
        _known(tx, hit.item)
        for hit in hits
        if hit.item.root in libraries and hit.item.state == "present"
    ]


def episodes(
    tx: Tx, words: Sequence[str], numbers: Collection[int], libraries: Collection[str]
) -> list[Known]:
    """Return the episodes with all of these numbers of the shows that have these folded words in their names."""
    hits = searching.search(tx, words, kind="show", after=0, limit=MOST) if words else []
    found = [
        part
        for hit in hits
        if hit.item.root in libraries
        for part in queries.children(tx, parent=hit.item.id, after=0, limit=EPISODES)
        if part.state == "present" and set(numbers) <= set(part.episodes)
    ]
    return [_known(tx, part) for part in found]


def filed_from(tx: Tx, inbox: str, first: bytes, last: bytes) -> list[Filed]:
    """Return what was filed from the paths of an inbox from `first` to before `last`, in that order."""
    rows = tx.execute(FILED, {"root": inbox, "first": first, "last": last})
    return [
        Filed(RelPath(row["source"]), Place(row["target_root"], RelPath(row["target"])))
        for row in rows
    ]


def _known(tx: Tx, item: Item) -> Known:
    show = queries.item(tx, item.parent) if item.kind == "episode" and item.parent else None
    files = [file.path for file in queries.files_of(tx, item.id) if file.missing_since is None]
    return Known(
        kind=item.kind,
        root=item.root,
        path=RelPath(item.path),
        title=show.title if show else item.title,
        year=show.year if show else item.year,
        artist=item.artist or item.author or "",
        season=item.season,
        episodes=item.episodes,
        files=tuple(path for path in files if extras.home_of(path) is None),
    )
