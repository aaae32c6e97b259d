"""Works of the catalog that a dropped file could belong to, found by title and ids."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shelfd.core.known import Item, Sought, is_of_season
from shelfd.core.paths import Place, RelPath, parent
from shelfd.store.database import Tx
from shelfd.store.queries import SHOWN

MOST = 20  # works of one title; more than these nobody can tell apart

WORKS = f"SELECT id, kind, root, path, title, year, author, artist, ids FROM items WHERE {SHOWN} AND state = 'present'"  # noqa: S608  # built from constants
BY_TITLE = f"{WORKS} AND title_key = :title AND kind = :kind ORDER BY id LIMIT {MOST}"
BY_ID: Mapping[str, str] = {
    provider: f"{WORKS} AND ids <> '{{}}' AND json_extract(ids, '$.{provider}') = :id AND kind = :kind"
    f" ORDER BY id LIMIT {MOST}"
    for provider in ("tmdb", "imdb", "tvdb")
}
"""By those providers that have an index."""
OF_A_SEASON = """
SELECT path FROM items WHERE parent = ? AND season = ? AND kind = 'episode' AND state = 'present' ORDER BY id LIMIT 1
"""

SHOWS_AT = """
SELECT count(*) FROM items WHERE root = ? AND kind = 'show' AND key >= ? AND key < ? AND state = 'present'
"""
"""By the key of a show, which begins with its directory and a line break."""


def works(tx: Tx, sought: Sought) -> list[Item]:
    """Return the works that could be meant, those with the same id first."""
    found: dict[int, Item] = {}
    for provider, value in sought.ids:
        if provider in BY_ID:
            for row in tx.execute(BY_ID[provider], {"id": value, "kind": sought.kind}):
                found.setdefault(row["id"], _item(row))
    if sought.title:
        for row in tx.execute(BY_TITLE, {"title": sought.title, "kind": sought.kind}):
            found.setdefault(row["id"], _item(row))
    return list(found.values())


def season_of(tx: Tx, show: int, season: int | None) -> RelPath | None:
    """Return the directory in which episodes of a season lie; None when there is none for all of them."""
    row = tx.execute(OF_A_SEASON, (show, season)).fetchone()
    found = None if row is None else parent(RelPath(row["path"])) or None
    return found if found is not None and is_of_season(found) else None


def is_shared(tx: Tx, home: Place) -> bool:
    """Say whether a directory is that of several shows, so that none of them has it for itself."""
    first = home.path.decode()
    values = (home.root, f"{first}\n", f"{first}\x0b")
    return int(tx.execute(SHOWS_AT, values).fetchone()[0]) > 1


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        id=row["id"],
        kind=row["kind"],
        root=row["root"],
        path=RelPath(row["path"]),
        title=row["title"],
        year=row["year"],
        by=row["author"] or row["artist"] or "",
        ids=msgspec.json.decode(row["ids"], type=dict[str, str]),
    )
