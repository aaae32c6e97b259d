"""A large catalog, written as rows: what it takes to ask it does not depend on how it came to be."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

from shelfd.core.paths import searchable
from shelfd.store.database import Database

SYLLABLES = (
    "ka ro mi shin al ber mar den ou vo na hal qu en dra fel gra win dow lin pa ris ya za ki "
    "black red moon star night song love fire rain"
).split()
COMMON = "the of a and in to you me my on for it is la de no one live remix feat".split()
SEARCHES = ("the", "love", "night rain", "kamoon", "the a it", "a", "京", "京都", "zzzz")
"""What is in nearly all, in many, in few and in none; parts of words; one and two characters."""

PUT = """
INSERT INTO items (kind, root, key, parent, path, title, artist, album, track, search, added_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1.0)
"""
# one of twenty is an import, and few are undone, fail or are cancelled
ENDED = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :number)
INSERT INTO operations (kind, step, root, path, display, state, priority, asked_by, result,
                        created_at, started_at, finished_at, changed_at)
SELECT CASE WHEN i % 5000 = 0 THEN 'undo' WHEN i % 20 = 0 THEN 'import' ELSE 'scan' END, 'scan', :root,
       CAST('Artist ' || i % 7000 || '/Album ' || i AS BLOB), '/srv/media/Artist ' || i % 7000 || '/Album ' || i,
       CASE WHEN i % 3000 = 1 THEN 'failed' WHEN i % 9000 = 2 THEN 'cancelled' ELSE 'completed' END, 5, 'watch',
       '{"directories": 1, "files": 12, "new": 0, "changed": 1, "missing": 0}',
       unixepoch() - :number + i, unixepoch() - :number + i, unixepoch() - :number + i, unixepoch() - :number + i
FROM n
"""
REPORTED = """
INSERT INTO events (at, event, operation, data)
SELECT changed_at, 'progress', id,
       json_object('id', id, 'phase', 'reading', 'done', 1, 'total', 1, 'unit', 'directories', 'current', display)
FROM operations
"""
Row = tuple[str, str, str, int | None, bytes, str, str | None, str | None, int | None, str]


def fill(path: Path, root: str, number: int) -> None:
    """Put so many items into the database of a daemon that does not run."""
    db = Database(os.fsencode(path))
    with db.transaction() as tx:
        first = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM items").fetchone()[0]
        rows = _rows(random.Random(5), root, first)  # noqa: S311  # for names, not for secrets
        tx.executemany(PUT, (next(rows) for _ in range(number)))
    db.close()


def remember(path: Path, root: str, number: int) -> None:
    """Put so many operations that have ended, each with its events, into the database of a daemon that does not run."""
    db = Database(os.fsencode(path))
    with db.transaction() as tx:
        tx.execute(ENDED, {"number": number, "root": root})
        # as many again of their progress
        tx.execute(REPORTED)
    db.close()


def _rows(chance: random.Random, root: str, first: int) -> Iterator[Row]:
    """Return albums with their tracks, and films, without end."""
    vocabulary = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(30_000)]
    artists = [_name(chance, vocabulary, 3) for _ in range(6_000)]
    number = first
    while True:
        album, artist, whole = _name(chance, vocabulary, 5), chance.choice(artists), number
        found = searchable(f"{album}\n{artist}\n{album}")
        key = f"{artist}/{album} {number}"
        yield "album", root, key, None, key.encode(), album, artist, album, None, found
        for track in range(1, 13):
            title = _name(chance, vocabulary, 6)
            inside = f"{key}/{track:02} {title}.flac"
            text = searchable(f"{title}\n{artist}\n{album}\n{found}")
            yield "track", root, inside, whole, inside.encode(), title, artist, album, track, text
        film = _name(chance, vocabulary, 5)
        key = f"{film} {number}"
        yield "movie", root, key, None, key.encode(), film, None, None, None, searchable(film)
        number += 14


def _name(chance: random.Random, vocabulary: list[str], most: int) -> str:
    if chance.random() < 0.04:
        return "".join(chr(chance.randint(0x4E00, 0x57FF)) for _ in range(chance.randint(2, 8)))
    words = (
        chance.choice(COMMON)
        if chance.random() < 0.4
        else vocabulary[min(int(chance.paretovariate(0.6)), len(vocabulary) - 1)]
        for _ in range(chance.randint(1, most))
    )
    return " ".join(words).capitalize()
