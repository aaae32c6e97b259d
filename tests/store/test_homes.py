"""What the catalog says of the directories of works, in a real database."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfd.core import catalog
from shelfd.core import homes as rules
from shelfd.core.identity import Identity
from shelfd.core.known import Item, Sought
from shelfd.core.listing import Facts, Signature
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import Place, RelPath, name, parent
from shelfd.store import catalog as shelf
from shelfd.store import homes, known
from shelfd.store.database import Database

ROOTS = """
INSERT INTO roots (name, role, kind, path) VALUES
  ('shows', 'library', 'shows', x'2f73'), ('movies', 'library', 'movies', x'2f6d'), ('music', 'library', 'music', x'2f6e')
"""


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(os.fsencode(tmp_path / "shelfd.db"))
    with db.transaction() as tx:
        tx.execute(ROOTS)
    yield db
    db.close()


def put(db: Database, root: str, kind: Kind, path: bytes, **tags: str) -> None:
    place, reading = RelPath(path), Reading(tags=tags)
    found = shelf.Found(
        name=name(place),
        facts=Facts(1, 1, 1, 1),
        reading=reading,
        described=catalog.describe(kind, place, reading),
    )
    with db.transaction() as tx:
        shelved = shelf.Shelf(tx, root, 1.0)
        shelved.put(shelved.directory(parent(place), Signature(1, 1, 1, 1, 1)), [found])
        shelved.settle()


def work(db: Database, kind: str, title: str) -> Item:
    return known.works(db.read(), Sought(kind=kind, title=title))[0]


def season_of(db: Database, title: str, season: int) -> RelPath | None:
    identity = Identity(kind="episode", season=season)
    return rules.inner(identity, homes.parts(db.read(), work(db, "show", title), identity))


def is_shared(db: Database, item: Item, path: bytes) -> bool:
    return homes.is_shared(db.read(), item, Place(item.root, RelPath(path)))


def test_the_directory_of_a_season_is_that_of_its_episodes(db: Database) -> None:
    put(db, "shows", Kind.SHOWS, b"Dark/Staffel 2/Dark S02E01.mkv")

    assert season_of(db, "dark", 2) == b"Dark/Staffel 2"
    assert season_of(db, "dark", 1) is None


def test_the_directory_of_one_episode_is_none_of_its_season(db: Database) -> None:
    put(db, "shows", Kind.SHOWS, b"Dark/Dark.S02E01.720p-GRP/dark.s02e01.mkv")

    assert season_of(db, "dark", 2) is None


def test_a_directory_of_several_shows_is_that_of_none(db: Database) -> None:
    put(db, "shows", Kind.SHOWS, b"All/Dark S02E01.mkv")
    dark = work(db, "show", "dark")
    assert not is_shared(db, dark, b"All")

    put(db, "shows", Kind.SHOWS, b"All/Lost S02E01.mkv")
    put(db, "shows", Kind.SHOWS, b"All of them/Season 01/Lost S01E01.mkv")

    assert is_shared(db, dark, b"All")
    assert not is_shared(db, dark, b"All of them")


@pytest.mark.parametrize("other", [b"Alien/Dune.mkv", b"Alien/More/Aliens (1986)/Aliens.mkv"])
def test_a_film_shares_its_directory_with_what_lies_in_it_and_below(
    db: Database, other: bytes
) -> None:
    put(db, "movies", Kind.MOVIES, b"Alien/Alien.mkv")
    put(db, "movies", Kind.MOVIES, b"Alien/Alien 1080p.mkv")
    put(db, "movies", Kind.MOVIES, b"Alien 3/Alien 3.mkv")
    alien = work(db, "movie", "alien")
    assert not is_shared(db, alien, b"Alien")
    assert len(homes.parts(db.read(), alien, Identity(kind="movie"))) == 2

    put(db, "movies", Kind.MOVIES, other)

    assert is_shared(db, alien, b"Alien")


def test_an_album_shares_its_directory_with_tracks_of_another(db: Database) -> None:
    tags = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}
    put(db, "music", Kind.MUSIC, b"Ann/Some/CD1/1.mp3", **tags)
    some = work(db, "album", "some")
    assert not is_shared(db, some, b"Ann/Some")

    put(db, "music", Kind.MUSIC, b"Ann/Some/x.mp3", **{**tags, "album": "Post"})

    assert is_shared(db, some, b"Ann/Some")
    assert not is_shared(db, some, b"Ann/Some/CD1")


@pytest.mark.parametrize(
    ("query", "search"),
    [
        (
            homes.OTHERS,
            "SEARCH items USING INDEX sqlite_autoindex_items_1 (root=? AND kind=? AND key>? AND key<?)",
        ),
        (homes.CHILDREN, "SEARCH items USING INDEX children_of_an_item (parent=?)"),
    ],
)
def test_a_directory_is_judged_by_an_index(db: Database, query: str, search: str) -> None:
    values = {"root": "r", "kind": "movie", "item": 1, "first": "a", "last": "b", "season": None}
    rows = db.read().execute(f"EXPLAIN QUERY PLAN {query}", values)

    assert search in " ".join(row["detail"] for row in rows)
