"""Rows that a file which is new at its place could be: by inode, by content, by the work it is."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from shelfd.core.listing import Facts
from shelfd.core.media import Reading
from shelfd.core.moves import Row
from shelfd.core.paths import Place, RelPath, join
from shelfd.store.database import Tx

MOST = 16
"""Rows with one and the same key: what more files share is no sign of a move."""

SAME = {
    "inode": "SELECT id FROM files AS same WHERE same.inode = wanted.value",
    "fingerprint": "SELECT id FROM files AS same WHERE same.fingerprint = wanted.value AND same.id <= :newest",
    "likeness": "SELECT same.id FROM items AS work JOIN files AS same ON same.item = work.id"
    " WHERE work.likeness = wanted.value AND same.id <= :newest",
}
"""Each stops at the index, however many files there are."""

ROWS = """
SELECT wanted.value, files.id, directories.root, directories.path, name, files.size, files.mtime_ns, files.ctime_ns,
       files.inode, fingerprint, likeness, missing_since IS NOT NULL
FROM json_each(:wanted) AS wanted CROSS JOIN files ON files.id IN ({same} LIMIT {limit})
JOIN directories ON directories.id = files.directory LEFT JOIN items ON items.id = files.item
"""


def newest(tx: Tx) -> int:
    """Return the highest id of a file; 0 when there is none."""
    return int(tx.execute("SELECT coalesce(max(id), 0) FROM files").fetchone()[0])


def alike(
    tx: Tx,
    inodes: Collection[int],
    fingerprints: Collection[int] = (),
    likenesses: Collection[int] = (),
    newest: int = 0,
) -> list[Row]:
    """Return the rows of files with one of these; `gone` is what the rows say so far.

    By content and by work only those up to the id `newest`.
    """
    if not newest:
        fingerprints = likenesses = ()
    found: dict[int, Row] = {}
    for same, values in zip(SAME.values(), (inodes, fingerprints, likenesses), strict=True):
        if not values:
            continue
        groups: dict[int, list[Row]] = defaultdict(list)
        query = ROWS.format(same=same, limit=MOST + 1)
        wanted = {"wanted": msgspec.json.encode(list(values)).decode(), "newest": newest}
        for value, row in _rows(tx, query, wanted):
            groups[value].append(row)
        found.update((row.id, row) for rows in groups.values() if len(rows) <= MOST for row in rows)
    return list(found.values())


def reading(tx: Tx, file: int) -> Reading:
    """Return what is known of the inside of a file."""
    row = tx.execute("SELECT reading FROM files WHERE id = ?", (file,)).fetchone()
    return msgspec.json.decode(row["reading"], type=Reading)


def homes(tx: Tx, files: Iterable[int]) -> dict[int, Place | None]:
    """Return the places of the items that these files belong to, and of their wholes, by the id of the item.

    None for an album without a directory of its own: it is wherever its tracks are.
    """
    wanted = msgspec.json.encode(list(files)).decode()
    rows = tx.execute(
        "WITH own (id) AS (SELECT item FROM files WHERE id IN (SELECT value FROM json_each(?)))"
        " SELECT id, root, path, kind = 'album' AND substr(key, 1, 1) = char(10) AS anywhere FROM items"
        " WHERE id IN own OR id IN (SELECT parent FROM items WHERE id IN own)",
        (wanted,),
    )
    return {
        row["id"]: None if row["anywhere"] else Place(row["root"], RelPath(row["path"]))
        for row in rows
    }


def has_others(tx: Tx, item: int, files: Iterable[int]) -> bool:
    """Say whether an item has files that are there, or parts that are, beside these files."""
    mine = msgspec.json.encode(list(files)).decode()
    row = tx.execute(
        "SELECT 1 FROM files LEFT JOIN items ON items.id = files.item"
        " WHERE (files.item = ?1 OR items.parent = ?1) AND missing_since IS NULL AND unseen IS NULL"
        " AND files.id NOT IN (SELECT value FROM json_each(?2)) LIMIT 1",
        (item, mine),
    ).fetchone()
    return row is not None


def _rows(tx: Tx, query: str, wanted: Mapping[str, object]) -> Iterator[tuple[int, Row]]:
    for value, number, root, above, name, *facts, mark, like, gone in tx.execute(query, wanted):
        yield (
            value,
            Row(
                id=number,
                place=Place(root, join(RelPath(above), name)),
                facts=Facts(*facts),
                fingerprint=mark,
                likeness=like,
                gone=bool(gone),
            ),
        )
