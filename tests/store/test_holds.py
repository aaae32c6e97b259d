"""Holds: where they begin and end, and what lies below them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core import roots as all_roots
from shelfd.core.paths import Place, RelPath
from shelfd.core.settings import Inbox, Library, Settings
from shelfd.store import holds, roots
from shelfd.store.database import Database

ROOTS = all_roots.of(
    Settings(
        library=(Library(name="movies", path="/movies", kind="movies"),),
        inbox=(Inbox(name="inbox", path="/inbox"),),
    )
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(bytes(tmp_path / "shelfd.db"))) as database:
        with database.transaction() as tx:
            roots.put(tx, ROOTS)
        yield database


def place(path: bytes, root: str = "inbox") -> Place:
    return Place(root, RelPath(path))


def held(db: Database, *places: Place) -> list[holds.Hold]:
    with db.transaction() as tx:
        return [holds.put(tx, each, 1_000.0 + number) for number, each in enumerate(places)]


def test_a_hold_says_where_and_since_when(db: Database) -> None:
    [hold] = held(db, place(b"caf\xe9"))

    assert (hold.place, hold.held_at) == (place(b"caf\xe9"), 1_000.0)
    assert holds.of_all(db.read()) == holds.of(db.read(), "inbox") == [hold]


def test_the_same_place_is_held_once_and_since_the_first_time(db: Database) -> None:
    first, other, again = held(db, place(b"A"), place(b"A", "movies"), place(b"A"))

    assert again == first
    assert holds.of_all(db.read()) == [first, other]


def test_a_hold_is_released_once_and_its_id_is_not_used_again(db: Database) -> None:
    [hold] = held(db, place(b"A"))
    with db.transaction() as tx:
        assert holds.release(tx, hold.id) == hold
        assert holds.release(tx, hold.id) is None

    assert held(db, place(b"A"))[0].id > hold.id


@pytest.mark.parametrize(
    ("path", "covered"),
    [(b"A", True), (b"A/b", True), (b"A/b/c.mkv", True), (b"AB", False), (b"", False)],
)
def test_a_hold_covers_what_lies_at_it_and_below(
    db: Database, path: bytes, *, covered: bool
) -> None:
    [hold] = held(db, place(b"A"))

    assert holds.covering(db.read(), place(path)) == (hold if covered else None)
    assert holds.covering(db.read(), place(path, "movies")) is None


def test_a_hold_of_a_root_covers_all_of_it(db: Database) -> None:
    [hold] = held(db, place(b""))

    assert holds.covering(db.read(), place(b"x/y")) == hold


@pytest.mark.parametrize(
    ("entries", "touches"),
    [
        ([b"Album"], True),
        ([b"x", b"Album"], True),
        ([b"Album/CD1/1.mp3"], True),
        ([b"Album/CD2"], False),
        ([b"Alb"], False),
        ([], False),
    ],
)
def test_work_on_what_holds_a_held_path_touches_it_too(
    db: Database, entries: list[bytes], *, touches: bool
) -> None:
    [hold] = held(db, place(b"Album/CD1"))

    found = holds.touched(holds.of(db.read(), "inbox"), entries)
    assert found == (hold if touches else None)


PATHS = st.lists(st.sampled_from([b"a", b"b", b"a\n"]), max_size=3).map(b"/".join)


@given(st.lists(PATHS, max_size=4), PATHS)
@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_what_is_covered_is_what_has_a_hold_among_itself_and_all_above(
    db: Database, paths: list[bytes], path: bytes
) -> None:
    with db.transaction() as tx:
        for hold in holds.of_all(tx):
            holds.release(tx, hold.id)
    held(db, *(place(one) for one in paths))

    parts = path.split(b"/") if path else []
    above = {b"/".join(parts[:length]) for length in range(len(parts) + 1)}

    assert (holds.covering(db.read(), place(path)) is not None) is bool(above & set(paths))
