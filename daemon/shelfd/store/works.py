"""What the libraries have that a late file may belong to: items with their files, and what was filed from a place."""

from collections.abc import Collection
from typing import NamedTuple

from shelfd.core import extras
from shelfd.core.known import loose
from shelfd.core.paths import Place, RelPath
from shelfd.core.works import Known
from shelfd.store import queries
from shelfd.store.database import Tx
from shelfd.store.queries import SHOWN, Item, item_of

MOST = 64
"""So many items of one name are looked at."""

EPISODES = 10_000
"""So many episodes of a show are looked at."""

CALLED = f"""
SELECT * FROM items WHERE title_key = :title AND kind = :kind AND state = 'present' AND {SHOWN} ORDER BY id LIMIT {MOST}
"""  # noqa: S608  # built from constants

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


def called(tx: Tx, title: str, kind: str, libraries: Collection[str]) -> list[Known]:
    """Return the items of a kind in these libraries whose title may be meant by this one."""
    return [_known(tx, item) for item in _called(tx, title, kind, libraries)]


def episodes(
    tx: Tx, title: str, numbers: Collection[int], libraries: Collection[str]
) -> list[Known]:
    """Return the episodes with all of these numbers of the shows whose title may be meant by this one."""
    return [
        _known(tx, part)
        for show in _called(tx, title, "show", libraries)
        for part in queries.children(tx, parent=show.id, after=0, limit=EPISODES)
        if part.state == "present" and set(numbers) <= set(part.episodes)
    ]


def filed_from(tx: Tx, inbox: str, first: bytes, last: bytes) -> list[Filed]:
    """Return what was filed from the paths of an inbox from `first` to before `last`, in that order."""
    rows = tx.execute(FILED, {"root": inbox, "first": first, "last": last})
    return [
        Filed(RelPath(row["source"]), Place(row["target_root"], RelPath(row["target"])))
        for row in rows
    ]


def _called(tx: Tx, title: str, kind: str, libraries: Collection[str]) -> list[Item]:
    rows = tx.execute(CALLED, {"title": loose(title), "kind": kind})
    return [item for row in rows if (item := item_of(row)).root in libraries]


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
