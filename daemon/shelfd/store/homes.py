"""What the catalog says of the directory of a work: which files it has, and whether it has the directory to itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shelfd.core.homes import Part
from shelfd.core.identity import Identity
from shelfd.core.known import Item
from shelfd.core.paths import Place, RelPath, join
from shelfd.store.database import Tx

MOST = 10_000
"""So many files of a work are looked at."""

CHILDREN = f"""
SELECT path, title, season, episodes, disc, track FROM items
WHERE parent = :item AND state = 'present' AND (:season IS NULL OR season IS :season) ORDER BY id LIMIT {MOST}
"""  # noqa: S608  # built from constants

FILES = f"""
SELECT path, name FROM files JOIN directories ON directories.id = files.directory
WHERE item = ? AND missing_since IS NULL ORDER BY path, name LIMIT {MOST}
"""  # noqa: S608  # built from constants

SHOWS_AT = """
SELECT count(*) FROM items WHERE root = ? AND kind = 'show' AND key >= ? AND key < ? AND state = 'present'
"""
"""By the key of a show, which begins with its directory and a line break."""

OTHERS = """
SELECT EXISTS (
  SELECT 1 FROM items
  WHERE root = :root AND kind = :kind AND state = 'present' AND key >= :first AND key < :last
    AND CASE kind WHEN 'track' THEN parent IS NOT :item
                  WHEN 'book' THEN title_key IS NOT (SELECT title_key FROM items WHERE id = :item)
                  ELSE id <> :item END)
"""
"""By the beginning of the key, which is a directory or a file; two formats of one book are two items."""


def parts(tx: Tx, item: Item, identity: Identity) -> list[Part]:
    """Return the files of a work; of a show those of the season that the identity is of."""
    if item.kind in ("show", "album"):
        season = identity.season if item.kind == "show" else None
        rows = tx.execute(CHILDREN, {"item": item.id, "season": season})
        return [_part(row) for row in rows]
    return [
        Part(path=join(RelPath(row["path"]), row["name"])) for row in tx.execute(FILES, (item.id,))
    ]


def is_shared(tx: Tx, item: Item, home: Place) -> bool:
    """Say whether other works lie in a directory too, so that none of them has it for itself."""
    first = home.path.decode()
    if item.kind == "show":
        values = (home.root, f"{first}\n", f"{first}\x0b")
        return int(tx.execute(SHOWS_AT, values).fetchone()[0]) > 1
    kind = "track" if item.kind == "album" else item.kind
    inside: Sequence[tuple[str, str]] = ((f"{first}\n", f"{first}\x0b"), (f"{first}/", f"{first}0"))
    wanted = {"root": home.root, "kind": kind, "item": item.id}
    return any(
        tx.execute(OTHERS, {**wanted, "first": begin, "last": end}).fetchone()[0]
        for begin, end in inside
    )


def _part(row: Mapping[str, Any]) -> Part:
    return Part(
        path=RelPath(row["path"]),
        title=row["title"],
        season=row["season"],
        episodes=msgspec.json.decode(row["episodes"], type=tuple[int, ...]),
        disc=row["disc"],
        track=row["track"],
    )
