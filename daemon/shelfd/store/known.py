"""Works of the catalog that a dropped file could belong to, found by title and ids."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shelfd.core.known import Item, Sought
from shelfd.core.paths import RelPath
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
