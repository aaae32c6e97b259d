"""The rows of the catalog, written: directories, files and the items they make up."""

from collections.abc import Container, Iterable
from typing import NamedTuple

import msgspec

from shelfd.core.catalog import Described, Item
from shelfd.core.known import loose
from shelfd.core.listing import Facts, Known, Signature
from shelfd.core.media import Reading
from shelfd.core.paths import RelPath, parent
from shelfd.store import albums
from shelfd.store.database import Tx

PUT_DIRECTORY = """
INSERT INTO directories (root, path, above, scanned_at, sieve, inode, mtime_ns, ctime_ns, size, links)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (root, path) DO UPDATE SET
  scanned_at = excluded.scanned_at, sieve = excluded.sieve, inode = excluded.inode,
  mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, size = excluded.size, links = excluded.links
RETURNING id
"""

PUT_ITEM = """
INSERT INTO items (kind, root, key, parent, path, title, year, season, episodes, artist, album, disc, track,
                   author, series, sequence, narrator, ids, search, likeness, title_key, added_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (root, kind, key) DO UPDATE SET
  parent = excluded.parent, path = excluded.path, state = 'present', title = excluded.title, year = excluded.year,
  season = excluded.season, episodes = excluded.episodes, artist = excluded.artist, album = excluded.album,
  disc = excluded.disc, track = excluded.track, author = excluded.author, series = excluded.series,
  sequence = excluded.sequence, narrator = excluded.narrator, ids = excluded.ids, search = excluded.search,
  likeness = excluded.likeness, title_key = excluded.title_key
RETURNING id
"""

PUT_FILE = """
INSERT INTO files (directory, name, item, size, mtime_ns, ctime_ns, inode, hash, reading, fingerprint)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (directory, name) DO UPDATE SET
  item = excluded.item, size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
  inode = excluded.inode, reading = excluded.reading, fingerprint = excluded.fingerprint,
  missing_since = NULL, unseen = NULL,
  hash = CASE WHEN excluded.hash IS NOT NULL THEN excluded.hash
              WHEN (size, mtime_ns) = (excluded.size, excluded.mtime_ns)
                AND (inode = excluded.inode OR fingerprint = excluded.fingerprint OR damaged_at IS NOT NULL) THEN hash END,
  verified_at = CASE WHEN excluded.hash IS NULL AND (size, mtime_ns, inode) = (excluded.size, excluded.mtime_ns, excluded.inode)
                THEN verified_at ELSE 0 END,
  damaged_at = CASE WHEN excluded.hash IS NULL AND (size, mtime_ns, inode) = (excluded.size, excluded.mtime_ns, excluded.inode)
               THEN damaged_at END
"""

SETTLE_ITEMS = """
UPDATE items SET state = CASE
    WHEN EXISTS (SELECT 1 FROM files WHERE item = items.id AND missing_since IS NULL)
      OR EXISTS (SELECT 1 FROM items AS child WHERE child.parent = items.id AND child.state = 'present')
    THEN 'present' ELSE 'missing' END
WHERE id = ?
"""

RENAME_ITEM = """
UPDATE OR IGNORE items SET root = ?, kind = ?, key = ? WHERE id = ?
"""

FORGET_ITEM = """
DELETE FROM items
WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM files WHERE item = ?1)
  AND NOT EXISTS (SELECT 1 FROM items AS child WHERE child.parent = ?1)
RETURNING parent
"""


class Directory(NamedTuple):
    """What the rows say of a directory itself."""

    id: int
    own: Signature
    sieve: int
    """By what its files were chosen, see steps.sieve; 0: they must be chosen anew each time."""


# gc=False: thousands are alive at once, and none can be part of a cycle
class Found(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A media file as it is to stand in the catalog."""

    name: bytes
    facts: Facts
    reading: Reading
    described: Described
    hash: bytes | None = None


class Shelf:
    """Writes into one library within one transaction, and knows the items it has already put there."""

    def __init__(self, tx: Tx, root: str, now: float) -> None:
        """Write for the root of this name, at this Unix time."""
        self._tx = tx
        self._root = root
        self._now = now
        self._wholes: dict[tuple[str, str], tuple[int, str]] = {}  # id, and what a search finds
        self._albums = albums.Albums(tx, root)
        self._touched: set[int] = set()
        self._renamed: set[int] = set()  # wholes that have followed their first file
        self._parts_of: set[int] = set()  # what these were part of, which may have nothing left

    def directory(self, path: RelPath, own: Signature, sieve: int = 0) -> int:
        """Put a directory, and return its id; `sieve` says by what its files were chosen, see steps.sieve."""
        values = (self._root, path, parent(path), self._now, sieve, *own)
        return int(self._tx.execute(PUT_DIRECTORY, values).fetchone()[0])

    def put(self, directory: int, found: Iterable[Found]) -> None:
        """Put media files, new or changed, with their items."""
        found = list(found)
        self._forget_items(directory, [file.name for file in found])
        rows = []
        for file in found:
            item = self._item(file.described)
            facts = file.facts
            rows.append(
                (
                    directory,
                    file.name,
                    item,
                    facts.size,
                    facts.mtime_ns,
                    facts.ctime_ns,
                    facts.inode,
                    file.hash,
                    encoded(file.reading),
                    file.reading.fingerprint,
                ),
            )
        if rows:
            self._tx.executemany(PUT_FILE, rows)

    def back(self, directory: int, names: Iterable[bytes]) -> None:
        """Note that files which were missing are there again, unchanged."""
        for name in names:
            row = self._tx.execute(
                "UPDATE files SET missing_since = NULL, unseen = NULL"
                " WHERE directory = ? AND name = ? RETURNING item",
                (directory, name),
            ).fetchone()
            if row is not None and row["item"] is not None:
                self._touched.add(row["item"])

    def move(self, directory: int, file: int, found: Found, *, free: Container[int]) -> None:
        """Let a known file, by its id, which was lifted, be at another place with all that is known of it.

        Its item comes along unless the new place has one; so do those wholes and items of several files that are
        `free` to, since nothing else is left at their old place.
        """
        row = self._tx.execute(
            "UPDATE files SET directory = ?, name = ? WHERE id = ? RETURNING item",
            (directory, found.name, file),
        ).fetchone()
        item = row["item"]
        if item is not None:
            part_of = self._touch(item)
            whole = found.described.whole
            known = None if whole is None else part_of
            if (
                whole is not None
                and known is not None
                and known not in self._renamed
                and (known in free or albums.comes_home(self._tx, known, whole))
            ):
                self._rename(known, whole)
                self._renamed.add(known)
            if item in free:
                self._rename(item, found.described.item)
        self.put(directory, [found])

    def forget(self, directory: int, name: bytes) -> None:
        """Forget a file that shelfd itself took back, and the items that had nothing but this file."""
        row = self._tx.execute(
            "DELETE FROM files WHERE directory = ? AND name = ? RETURNING item", (directory, name)
        ).fetchone()
        item = None if row is None else row["item"]
        while item is not None:
            above = self._tx.execute(FORGET_ITEM, (item,)).fetchone()
            self._touched.add(item)
            item = None if above is None else above["parent"]

    def settle(self) -> None:
        """Bring the state of the items whose files have come or gone up to date; call it last."""
        for album in self._albums.agreed(
            {key: known[0] for (_, key), known in self._wholes.items()}
        ):
            self._put_item(album, (None, album.search, None))
        parents: set[int | None] = set(self._parts_of)
        for item in self._touched:
            self._tx.execute(SETTLE_ITEMS, (item,))
            row = self._tx.execute("SELECT parent FROM items WHERE id = ?", (item,)).fetchone()
            parents.add(row["parent"] if row is not None else None)
        for whole in parents - {None}:
            self._tx.execute(SETTLE_ITEMS, (whole,))

    def _item(self, described: Described) -> int:
        item, whole = described.item, described.whole
        if whole is None:
            return self._put_item(item, (None, item.search, described.likeness))
        self._albums.meet(described)
        key = (whole.kind, whole.key)
        known = self._wholes.get(key)
        if known is None:
            search = whole.search
            known = self._wholes[key] = self._put_item(whole, (None, search, None)), search
        part_of, search = known
        # an episode is also found by the name of its show
        return self._put_item(item, (part_of, f"{item.search}\n{search}", described.likeness))

    def _put_item(self, item: Item, joined: tuple[int | None, str, int | None]) -> int:
        part_of, search, likeness = joined
        if item.kind == "album":
            albums.come_back(self._tx, self._root, item)
        values = (
            item.kind,
            self._root,
            item.key,
            part_of,
            *told(item),
            search,
            likeness,
            None if item.kind in ("episode", "track") else loose(item.title),
            self._now,
        )
        return int(self._tx.execute(PUT_ITEM, values).fetchone()[0])

    def _forget_items(self, directory: int, names: list[bytes]) -> None:
        """Remember the items that these files had so far, since a retagged file may leave one empty."""
        had = {
            row["name"]: row["item"]
            for row in self._tx.execute(
                "SELECT name, item FROM files WHERE directory = ?", (directory,)
            )
        }
        for name in names:
            if (item := had.get(name)) is not None:
                self._touch(item)

    def _touch(self, item: int) -> int | None:
        """Remember an item whose files change, with what it is part of, and return that."""
        self._touched.add(item)
        row = self._tx.execute("SELECT parent FROM items WHERE id = ?", (item,)).fetchone()
        parent = None if row is None else row["parent"]
        if parent is not None:
            self._parts_of.add(parent)
        return parent

    def _rename(self, number: int, item: Item) -> None:
        """Give an item the key of another place, unless that has an item of its own."""
        self._tx.execute(RENAME_ITEM, (self._root, item.kind, item.key, number))


def told(item: Item) -> tuple[object, ...]:
    """Return what the row of an item says of it, in the order of its columns from `path` to `ids`."""
    return (
        *(item.path, item.title, item.year, item.season),
        encoded(item.episodes) if item.episodes else "[]",
        *(item.artist, item.album, item.disc, item.track, item.author, item.series),
        item.date if item.kind == "episode" else item.sequence,
        item.narrator,
        encoded(item.ids) if item.ids else "{}",
    )


def lift(tx: Tx, moves: Iterable[tuple[int, Found]], free: Container[int]) -> None:
    """Take files, by their ids, from their names, and `free` items from their keys, so that others can have these.

    Each is moved to what is `Found` then.
    """
    for file, found in moves:
        row = tx.execute(
            "UPDATE files SET name = CAST('/' || id AS BLOB) WHERE id = ?"
            " RETURNING item, (SELECT parent FROM items WHERE id = item)",
            (file,),
        ).fetchone()
        whole = row[1] if found.described.whole is not None else None
        for item in (row[0], whole):
            if item is not None and item in free:
                tx.execute("UPDATE items SET key = '/' || id WHERE id = ?", (item,))


def files_in(tx: Tx, directory: int) -> dict[bytes, Known]:
    """Return what the rows say of the files in a directory."""
    cursor = tx.cursor()
    cursor.row_factory = None  # plain tuples: this is asked for each directory of a scan
    rows = cursor.execute(
        "SELECT name, size, mtime_ns, ctime_ns, inode, missing_since, unseen FROM files"
        " WHERE directory = ?",
        (directory,),
    )
    make = Known._make
    return {row[0]: make(row[1:]) for row in rows}


def directory_at(tx: Tx, root: str, path: RelPath) -> Directory | None:
    """Return what is known of a directory."""
    row = tx.execute(
        "SELECT id, sieve, inode, mtime_ns, ctime_ns, size, links FROM directories"
        " WHERE root = ? AND path = ?",
        (root, path),
    ).fetchone()
    return None if row is None else Directory(row[0], Signature(*row[2:]), row[1])


def directories_in(tx: Tx, root: str, path: RelPath) -> list[RelPath]:
    """Return the known directories directly in a directory, those that were there at the last scan."""
    rows = tx.execute(
        "SELECT path FROM directories WHERE root = ? AND above = ? AND path <> x'' AND inode <> -1",
        (root, path),
    )
    return [RelPath(row["path"]) for row in rows]


def directories_below(tx: Tx, root: str, path: RelPath) -> int:
    """Return how many directories are known at and below a directory."""
    row = tx.execute(
        "SELECT count(*) FROM directories WHERE root = ? AND inode <> -1"
        " AND (path = ? OR path >= ? AND path < ?)",
        (root, path, *below(path)),
    ).fetchone()
    return int(row[0])


def below(path: RelPath) -> tuple[bytes, bytes]:
    """Return the bounds between which the paths below a directory lie in their order."""
    return (path + b"/", path + b"0") if path else (b"", b"\xff")


def present_below(tx: Tx, root: str, path: RelPath) -> int:
    """Return how many files in a directory and below it are taken to be there."""
    row = tx.execute(
        "SELECT count(*) FROM files JOIN directories ON directories.id = files.directory"
        " WHERE root = ? AND (path = ? OR path >= ? AND path < ?) AND missing_since IS NULL",
        (root, path, *below(path)),
    ).fetchone()
    return int(row[0])


def encoded(value: object) -> str:
    """Return a value as columns of JSON hold it."""
    return msgspec.json.encode(value).decode()
