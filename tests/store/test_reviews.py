"""Rows of reviews, pins and known works in a real database, also in one that has just learnt of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfd.core import catalog
from shelfd.core.identity import Candidate, Decision
from shelfd.core.known import Sought
from shelfd.core.listing import Facts, Signature
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import Place, RelPath, name, parent
from shelfd.core.pinned import Pin
from shelfd.core.review import File, Question
from shelfd.core.settled import Memory
from shelfd.store import catalog as shelf
from shelfd.store import drops, known, pins, reviews
from shelfd.store.database import Database
from shelfd.store.schema import SCHEMA

ROOTS = """
INSERT INTO roots (name, role, kind, path) VALUES
  ('inbox', 'inbox', 'auto', x'2f69'), ('shows', 'library', 'shows', x'2f73'), ('movies', 'library', 'movies', x'2f6d')
"""
DROP = Place("inbox", RelPath(b"caf\xe9"))
DUNE = Decision(kind="movie", title="Dune", year=1984)
ASKED = Question(
    files=(File(path=b"caf\xe9/x.mkv", fingerprint=-5, offers=(0,)),),
    candidates=(Candidate(source="names", title="Dune", score=0.5, accepts=DUNE),),
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(os.fsencode(tmp_path / "shelfd.db"))
    with db.transaction() as tx:
        tx.execute(ROOTS)
    yield db
    db.close()


def memory(snapshot: bytes = b"0123456789abcdef") -> Memory:
    return Memory(snapshot=snapshot, bytes=1, changed_at=1.0, looked_at=2.0)


def ask(db: Database, now: float = 3.0) -> int:
    with db.transaction() as tx:
        drops.looked(tx, DROP, "review", "not sure", memory())
        return reviews.put(tx, DROP, ASKED, now)


def put(db: Database, root: str, kind: Kind, path: bytes) -> None:
    place = RelPath(path)
    found = shelf.Found(
        name=name(place),
        facts=Facts(1, 1, 1, 1),
        reading=Reading(),
        described=catalog.describe(kind, place, Reading()),
    )
    with db.transaction() as tx:
        shelved = shelf.Shelf(tx, root, 1.0)
        shelved.put(shelved.directory(parent(place), Signature(1, 1, 1, 1, 1)), [found])
        shelved.settle()


def works(db: Database, kind: str, title: str, **ids: str) -> list[str]:
    sought = Sought(kind=kind, title=title, ids=tuple(ids.items()))
    return [work.title for work in known.works(db.read(), sought)]


def test_a_question_comes_back_as_it_was_asked(db: Database) -> None:
    number = ask(db)

    found = reviews.one(db.read(), number)

    assert found is not None
    assert (found.question, found.opened_at, found.drop.path) == (ASKED, 3.0, DROP.path)
    assert reviews.count(db.read()) == 1
    assert reviews.of_drop(db.read(), DROP) == number


def test_a_question_about_the_same_drop_is_one_question(db: Database) -> None:
    assert ask(db, 3.0) == ask(db, 9.0)

    assert reviews.count(db.read()) == 1


@pytest.mark.parametrize(
    ("state", "snapshot", "stays"),
    [
        ("queued", b"0123456789abcdef", True),
        ("settling", b"0123456789abcdef", True),
        ("settling", b"another-drop-now", False),
        ("imported", b"0123456789abcdef", False),
        ("refused", b"0123456789abcdef", False),
        ("held", b"0123456789abcdef", False),
    ],
)
def test_a_question_lasts_until_its_drop_changes_or_its_waiting_ends(
    db: Database, state: str, snapshot: bytes, *, stays: bool
) -> None:
    number = ask(db)
    with db.transaction() as tx:
        drops.looked(tx, DROP, state, "", memory(snapshot))

    assert reviews.one(db.read(), number) is None
    assert (ask(db) == number) is stays


def test_a_question_goes_with_its_drop(db: Database) -> None:
    ask(db)
    with db.transaction() as tx:
        drops.forget(tx, "inbox", (), None)

    events = db.read().execute("SELECT data FROM events WHERE event = 'review'").fetchall()
    assert reviews.count(db.read()) == 0
    assert ['"closed"' in row["data"] for row in events] == [False, True]


def pin(fingerprint: int, inside: bytes, decision: Decision, at: float = 1.0) -> Pin:
    return Pin(fingerprint=fingerprint, inside=inside, name="x", decision=decision, decided_at=at)


def test_a_decision_is_found_by_content_under_any_name(db: Database) -> None:
    with db.transaction() as tx:
        pins.put(tx, [pin(-1, b"", DUNE), pin(2, b"a", DUNE), pin(2, b"b", Decision(skip=True))])

    assert pins.of(db.read(), -1, b"") == DUNE
    assert pins.of(db.read(), -1, b"other") == DUNE
    assert pins.of(db.read(), 2, b"b") == Decision(skip=True)
    assert pins.of(db.read(), 2, b"c") is None
    assert pins.of(db.read(), 3, b"") is None
    assert pins.of(db.read(), None, b"") is None


def test_a_later_decision_replaces_the_one_before(db: Database) -> None:
    with db.transaction() as tx:
        pins.put(tx, [pin(1, b"", DUNE, 1.0)])
        pins.put(tx, [pin(1, b"", Decision(skip=True), 2.0)])

    assert [one.decision for one in pins.of_all(db.read())] == [Decision(skip=True)]
    assert pins.newest(db.read()) == 2.0


def test_works_are_found_by_what_titles_have_in_common_and_by_ids(db: Database) -> None:
    put(db, "shows", Kind.SHOWS, b"The Office (2005)/Season 01/The Office (2005) S01E01.mkv")
    put(db, "movies", Kind.MOVIES, b"Heat (1995) [tmdbid-949]/Heat (1995) [tmdbid-949].mkv")
    put(db, "movies", Kind.MOVIES, b"Office (2015)/Office (2015).mkv")

    assert works(db, "show", "office") == ["The Office"]
    assert works(db, "movie", "office") == ["Office"]
    assert works(db, "movie", "nothing", tmdb="949") == ["Heat"]
    assert works(db, "movie", "", tvmaze="1") == []


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (known.BY_TITLE, "items_by_title"),
        *((known.BY_ID[one], f"items_by_{one}") for one in known.BY_ID),
    ],
)
def test_works_are_found_by_an_index(db: Database, query: str, index: str) -> None:
    values = {"title": "x", "kind": "show", "id": "x"}
    rows = db.read().execute(f"EXPLAIN QUERY PLAN {query}", values)

    assert f"SEARCH items USING INDEX {index}" in " ".join(row["detail"] for row in rows)


def test_a_catalog_of_before_the_reviews_keeps_its_drops_and_learns_its_titles(
    tmp_path: Path,
) -> None:
    path = os.fsencode(tmp_path / "shelfd.db")
    older = {name: SCHEMA[name] for name in SCHEMA if name < "0007_review"}
    db = Database(path, older)
    with db.transaction() as tx:
        tx.execute(ROOTS)
        drops.looked(tx, DROP, "refused", "not sure", memory())
        for kind, title in (("show", "The Office (US)"), ("episode", "Pilot")):
            tx.execute(
                "INSERT INTO items (kind, root, key, path, title, search, added_at)"
                " VALUES (?, 'shows', ?, x'', ?, ?, 1.0)",
                (kind, title, title, title),
            )
    db.close()

    db = Database(path)

    [drop] = drops.of(db.read(), "inbox").values()
    assert (drop.state, drop.memory) == ("refused", memory())
    assert works(db, "show", "office") == ["The Office (US)"]
    keys = db.read().execute("SELECT title_key FROM items ORDER BY id").fetchall()
    assert [row[0] for row in keys] == ["office", None]
    number = ask(db)
    assert reviews.one(db.read(), number) is not None
    assert db.read().execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()
