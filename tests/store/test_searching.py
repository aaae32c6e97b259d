"""Search finds every part of every word, takes nothing for syntax, and pages without gaps."""

import os
import sqlite3
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core.catalog import Described, Item
from shelfd.core.listing import Facts, Signature
from shelfd.core.media import Reading
from shelfd.core.paths import TOP, searchable
from shelfd.store import queries, searching
from shelfd.store.catalog import Found, Shelf
from shelfd.store.database import Database, Tx
from shelfd.store.schema import SCHEMA, SEARCH

ROOT = "INSERT INTO roots (name, role, kind, path) VALUES ('music', 'library', 'music', x'2f6d')"
WHOLE = "INSERT INTO items_search (items_search, rank) VALUES ('integrity-check', 1)"
LETTERS = "abcABC éßÅ\"*^:+-(){}%_\\'&東京ラ\u0301\U0001f3b5\n\0.,"
TITLES = st.text(LETTERS, max_size=12)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(os.fsencode(tmp_path / "shelfd.db"))
    with db.transaction() as tx:
        tx.execute(ROOT)
    yield db
    db.close()


def put(tx: Tx, name: str, title: str, artist: str | None = None, kind: str = "track") -> None:
    item = Item(kind=kind, key=name, path=name.encode(), title=title, artist=artist)
    shelf = Shelf(tx, "music", 1.0)
    found = Found(
        name=name.encode(),
        facts=Facts(1, 1, 1, 1),
        reading=Reading(),
        described=Described(item=item),
    )
    shelf.put(shelf.directory(TOP, Signature(1, 1, 1, 1, 1)), [found])
    shelf.settle()


def fill(db: Database, *titles: str) -> None:
    with db.transaction() as tx:
        for number, title in enumerate(titles):
            put(tx, str(number), title)


def hits(db: Database, said: str, kind: str | None = None, limit: int = 100) -> list[searching.Hit]:
    """Return all hits, read in pages of this length."""
    words = searchable(said).split()
    found: list[searching.Hit] = []
    while True:
        after = found[-1].cursor if found else 0
        page = searching.search(db.read(), words, kind=kind, after=after, limit=limit)
        found += page
        if len(page) < limit:
            return found


def titles(db: Database, said: str, kind: str | None = None, limit: int = 100) -> list[str]:
    return [hit.item.title for hit in hits(db, said, kind, limit)]


def test_the_nearest_comes_first(db: Database) -> None:
    with db.transaction() as tx:
        put(tx, "1", "One", artist="Dark")
        put(tx, "2", "The Dark Knight")
        put(tx, "3", "Dark Knight, The")
        put(tx, "4", "Darkness")
        put(tx, "5", "Dark")
        put(tx, "6", "Light")

    expected = ["Dark", "Dark Knight, The", "Darkness", "The Dark Knight", "One"]
    for length in (100, 2, 1):
        assert titles(db, "dark", limit=length) == expected
    assert titles(db, "knight dark") == ["The Dark Knight", "Dark Knight, The"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("bahn", ["Die Eisenbahn"]),
        ("京", ["東京物語"]),
        ("京物", ["東京物語"]),
        ("語", ["東京物語"]),
        ("m", ["M", "Amélie", '12" Mix']),
        ("up", ["Up"]),
        ("p", ["Up"]),
        ("amelie", ["Amélie"]),
        ("AMÉLIE", ["Amélie"]),
        ("100%", ["100%"]),
        ("%", ["100%"]),
        ("🎵", ["🎵 Tunes"]),
        ("_", []),
        ("*", []),
        ('"', ['12" Mix']),
        ('12" mix', ['12" Mix']),
        ("die OR up", []),
        ("up NOT die", []),
        ("NEAR(die eisenbahn)", []),
        ("name:up", []),
        ("^up", []),
        ("eisen*", []),
        ("-up", []),
        ("{name} : up", []),
        ("'; DROP TABLE items", []),
        ("x" * 5000, []),
        (" ".join("abcdefghijklmnopqrstuvwxyz" * 10), []),
        (" ".join(f"word{number}" for number in range(400)), []),
    ],
)
def test_every_part_of_a_word_is_found_and_nothing_is_syntax(
    db: Database, said: str, found: list[str]
) -> None:
    fill(
        db, "Die Eisenbahn", "東京物語", "M", "Up", "Amélie", "100%", "🎵 Tunes", '12" Mix', "Song"
    )

    assert titles(db, said) == found


def test_many_words_are_all_demanded(db: Database) -> None:
    words = [f"w{number}" for number in range(40)]
    fill(db, " ".join(words), " ".join(words[:-1]), " ".join(reversed(words)))

    assert len(hits(db, " ".join(words))) == 2


def test_a_character_of_very_many_trigrams_is_found_as_well(db: Database) -> None:
    fill(db, *(f"x{chr(0x4E00 + number)}y" for number in range(searching.FEW + 10)), "none")

    assert len(hits(db, "x")) == searching.FEW + 10
    assert len(hits(db, "y x", kind="track", limit=7)) == searching.FEW + 10


@pytest.mark.parametrize(
    "kind", ["movie", "show", "episode", "album", "track", "audiobook", "book"]
)
def test_items_of_every_kind_are_found_by_it_and_without(db: Database, kind: str) -> None:
    with db.transaction() as tx:
        put(tx, "1", "x" + "".join(map(chr, range(0x4E00, 0x4E10))), kind=kind)
        for number in range(searching.FEW + 1):  # so that x is looked up no longer
            put(tx, f"more{number}", f"x{chr(0x5E00 + number)}", kind="track")

    assert "1" in {bytes(hit.item.path).decode() for hit in hits(db, "x", kind)}
    assert len(hits(db, "x")) == searching.FEW + 2
    other = "book" if kind == "movie" else "movie"
    assert titles(db, "x", kind=other) == []


def test_what_is_found_is_what_has_every_word(db: Database) -> None:
    @settings(deadline=None, max_examples=150)
    @given(
        names=st.lists(st.tuples(TITLES, TITLES), max_size=12),
        said=st.text(LETTERS, min_size=1, max_size=6),
        limit=st.integers(1, 5),
    )
    def check(names: list[tuple[str, str]], said: str, limit: int) -> None:
        with db.transaction() as tx:
            tx.execute("DELETE FROM files")
            tx.execute("DELETE FROM items")
            for number, (title, artist) in enumerate(names):
                put(tx, str(number), title, artist)
        words = searchable(said).split()

        if words:
            found = [hit.item.id for hit in hits(db, said, limit=limit)]
            rows = db.read().execute("SELECT id, search FROM items")
            wanted = [row["id"] for row in rows if all(word in row["search"] for word in words)]
            assert sorted(found) == wanted
        with db.transaction() as tx:
            tx.execute(WHOLE)

    check()


def test_a_page_neither_skips_nor_repeats_what_stays_while_all_else_changes(db: Database) -> None:
    fill(
        db,
        *(f"song {number}" for number in range(40)),
        *(f"a song {number}" for number in range(40)),
    )
    reader = db.read()
    first = searching.search(reader, ["song"], kind=None, after=0, limit=50)

    with db.transaction() as tx:
        for number in range(0, 80, 3):
            put(tx, str(number), "gone", artist=None)
        for number in range(30):
            put(tx, f"late{number}", f"song late {number}" if number % 2 else "song")
    rest = searching.search(reader, ["song"], kind=None, after=first[-1].cursor, limit=500)

    seen = [bytes(hit.item.path).decode() for hit in (*first, *rest)]
    stayed = [str(number) for number in range(80) if number % 3]
    assert len(seen) == len(set(seen))
    assert set(stayed) <= set(seen)


def test_the_index_follows_every_change(db: Database) -> None:
    fill(db, "Alpha", "Beta", "Gamma")

    with db.transaction() as tx:
        put(tx, "0", "Interim")
        put(tx, "0", "Delta")
        tx.execute("UPDATE items SET kind = 'album' WHERE title = 'Beta'")
        tx.execute("UPDATE items SET state = 'missing' WHERE title = 'Beta'")
        tx.execute("UPDATE files SET item = NULL")
        tx.execute("DELETE FROM items WHERE title = 'Gamma'")
        put(tx, "9", "Passing")
        tx.execute("UPDATE files SET item = NULL")
        tx.execute("DELETE FROM items WHERE title = 'Passing'")

    for gone in ("alpha", "interim", "gamma", "passing"):
        assert titles(db, gone) == []
    assert titles(db, "delta") == ["Delta"]
    assert (titles(db, "beta", "track"), titles(db, "beta", "album")) == ([], ["Beta"])
    with db.transaction() as tx:
        tx.execute(WHOLE)
        assert tx.execute("SELECT count(*) FROM items_outdated").fetchone()[0] == 0


def test_what_is_rolled_back_is_not_found(db: Database) -> None:
    fill(db, "Alpha")

    with suppress(ZeroDivisionError), db.transaction() as tx:
        put(tx, "0", "Beta")
        raise ZeroDivisionError

    assert (titles(db, "alpha"), titles(db, "beta")) == (["Alpha"], [])


def test_the_index_outlasts_a_vacuum(db: Database) -> None:
    fill(db, *(f"song {number}" for number in range(50)))
    with db.transaction() as tx:
        tx.execute("UPDATE files SET item = NULL")
        tx.execute("DELETE FROM items WHERE id % 3 = 0")
    before = titles(db, "song")

    with closing(sqlite3.connect(db.path)) as other:
        other.execute("VACUUM")

    assert titles(db, "song") == before
    with db.transaction() as tx:
        tx.execute(WHOLE)


def test_a_catalog_of_before_the_search_is_indexed(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "shelfd.db")
    older = {name: SCHEMA[name] for name in SCHEMA if name < SEARCH}
    db = Database(path, older)
    with db.transaction() as tx:
        tx.execute(ROOT)
        for number, title in enumerate(("Alpha", "Beta", "Alphabet")):
            tx.execute(
                "INSERT INTO items (kind, root, key, path, title, search, added_at)"
                " VALUES ('track', 'music', ?, x'', ?, ?, 1.0)",
                (str(number), title, searchable(title)),
            )
    db.close()

    db = Database(path)

    assert titles(db, "alpha") == ["Alpha", "Alphabet"]
    fill(db, "Gamma")
    assert titles(db, "alpha") == ["Alphabet"]
    with db.transaction() as tx:
        tx.execute(WHOLE)
    db.close()


def plan(db: Database, query: str, values: dict[str, object]) -> str:
    rows = db.read().execute(f"EXPLAIN QUERY PLAN {query}", values)
    return "\n".join(str(row["detail"]) for row in rows)


@pytest.mark.parametrize(
    ("query", "by"),
    [
        (queries.ITEMS, "SEARCH items USING INTEGER PRIMARY KEY"),
        (queries.ITEMS_OF_A_KIND, "SEARCH items USING INDEX items_by_kind"),
        (queries.CHILDREN, "SEARCH items USING INDEX children_of_an_item"),
        (searching.PAGE, "SCAN items_search VIRTUAL TABLE"),
    ],
)
def test_no_list_reads_or_sorts_all_items(db: Database, query: str, by: str) -> None:
    values = {"kind": "movie", "parent": 1, "after": 0, "limit": 9, "said": '"abc"', "loose": "[]"}

    said = plan(db, query, values)

    assert said.startswith(by)
    assert "SCAN items\n" not in f"{said}\n"
    assert "TEMP B-TREE" not in said


def test_a_private_character_is_found(db: Database) -> None:
    last = chr(sys.maxunicode - 2)
    assert unicodedata.category(last) == "Co"
    fill(db, f"a{last}", f"{last}b")

    assert len(hits(db, last)) == 2
