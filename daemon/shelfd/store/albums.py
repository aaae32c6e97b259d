"""Albums as all their tracks together tell of them, where the tags of one track alone do not say."""

from collections.abc import Iterator

import msgspec

from shelfd.core.catalog import Described, Item, agreed, describe
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import RelPath, join
from shelfd.store.database import Tx

KNOWN = "SELECT title, year, artist, path FROM items WHERE root = ? AND kind = 'album' AND key = ?"

TRACKS = """
SELECT directories.path, files.name, files.reading
FROM items JOIN files ON files.item = items.id JOIN directories ON directories.id = files.directory
WHERE items.parent = ? AND files.missing_since IS NULL
LIMIT ?
"""
MOST = 100
"""Tracks of which the row of an album may be made: each new one has all of them looked at."""

# between '/' and '0' are the keys that such ones have meanwhile
BACK = """
UPDATE OR IGNORE items SET key = :key
WHERE id = (SELECT id FROM items AS lost
            WHERE root = :root AND kind = 'album' AND key > '/' AND key < '0' AND title = :title AND artist IS :artist
              AND NOT EXISTS (SELECT 1 FROM items WHERE parent = lost.id) LIMIT 1)
"""


def comes_home(tx: Tx, known: int, album: Item) -> bool:
    """Say whether an album whose tracks lie here and there is the one that has a directory from now on."""
    row = tx.execute("SELECT key, title, artist FROM items WHERE id = ?", (known,)).fetchone()
    nowhere = row is not None and row["key"].startswith(("\n", "/"))
    if album.kind != "album":
        return False
    said = (album.title, album.artist)
    return nowhere and not album.key.startswith("\n") and (row["title"], row["artist"]) == said


def come_back(tx: Tx, root: str, album: Item) -> None:
    """Let an album whose tracks went to others of its name be itself again, where nothing else is it by now."""
    tx.execute(BACK, {"root": root, "key": album.key, "title": album.title, "artist": album.artist})


class Albums:
    """Notices, while tracks are written, which albums they do not agree about."""

    def __init__(self, tx: Tx, root: str) -> None:
        """Look within one transaction at one library."""
        self._tx = tx
        self._root = root
        self._first: dict[str, Item] = {}
        self._doubtful: dict[str, Item] = {}

    def meet(self, track: Described) -> None:
        """Note what a track says of its album; call it before this is written."""
        album = track.whole
        if album is None or album.kind != "album":
            return
        if album.key not in self._first:
            self._first[album.key] = album
            row = self._tx.execute(KNOWN, (self._root, album.key)).fetchone()
            if row is not None and _told(album.key, *row) != _of(album):
                self._doubtful[album.key] = album
        elif _of(self._first[album.key]) != _of(album):
            self._doubtful[album.key] = album

    def agreed(self, id_of: dict[str, int]) -> Iterator[Item]:
        """Yield the albums about which there is doubt as they are; `id_of` are all that were written, by key."""
        for key, album in self._doubtful.items():
            rows = self._tx.execute(TRACKS, (id_of[key], MOST + 1)).fetchall()
            if len(rows) <= MOST:
                yield agreed(album, [_described(*row) for row in rows])
        self._doubtful.clear()


def _of(album: Item) -> tuple[object, ...]:
    return _told(album.key, album.title, album.year, album.artist, album.path)


def _told(
    key: str, title: str, year: int | None, artist: str | None, path: bytes
) -> tuple[object, ...]:
    """Return what must be the same for all tracks to tell the same; without a directory of its own, an album is anywhere."""
    return title, year, artist, b"" if key.startswith("\n") else path


def _described(directory: bytes, name: bytes, reading: str) -> Described:
    path = join(RelPath(directory), name)
    return describe(Kind.MUSIC, path, msgspec.json.decode(reading, type=Reading))
