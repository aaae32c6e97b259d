"""A cancelled scan goes on under its id when it is asked for again, unless more is asked for than it would look at."""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from shelfd.core.operations import Asker, Kind, Progress, State, Step, Wish, strength
from shelfd.core.paths import Place, RelPath
from shelfd.core.walk import Walk
from shelfd.store import checkpoints, claims, operations
from shelfd.store.database import Database

MODES: tuple[dict[str, bool], ...] = ({"quick": True}, {}, {"full": True})


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(os.fsencode(tmp_path / "shelfd.db"))
    yield database
    database.close()


def scan(
    options: dict[str, bool], path: bytes = b"a", asker: Asker = Asker.PERSON, *, deep: bool = True
) -> Wish:
    return Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place("music", RelPath(path)),
        display="/music/a",
        asker=asker,
        options={**options, "recursive": True} if deep else options,
    )


def cancelled(db: Database, wish: Wish, *, saved: bool = True) -> int:
    """Return a scan that was cancelled in its midst."""
    with db.transaction() as tx:
        number = operations.enqueue(tx, wish, 1.0)
        claims.claim(tx, 2.0)
        operations.progress(tx, number, Progress(phase="reading", done=5, total=9, unit="d"), 2.0)
        if saved:
            walk = Walk.over([("music", RelPath(b"a"))], recursive=True)
            checkpoints.save(tx, number, walk, 3.0)
        operations.call_off(tx, number)
        operations.cancel(tx, number, 4.0, {"directories": 5})
    return number


def ask(db: Database, wish: Wish) -> int:
    with db.transaction() as tx:
        return operations.enqueue(tx, wish, 9.0)


def test_it_waits_again_with_its_counts_and_without_its_end(db: Database) -> None:
    number = cancelled(db, scan({}))

    assert ask(db, scan({})) == number

    found = operations.one(db.read(), number)
    assert found is not None
    assert (found.state, found.finished_at, found.result) == (State.QUEUED, None, None)
    assert (found.done, found.total, found.created_at) == (5, 9, 1.0)
    assert not operations.called_off(db.read(), number)
    assert checkpoints.load(db.read(), number) is not None
    assert [became for _was, became, _at in operations.history(db.read(), number)] == [
        "queued",
        "running",
        "cancelled",
        "queued",
    ]


@pytest.mark.parametrize(("was", "asked"), list(product(MODES, MODES)))
def test_it_goes_on_in_its_own_mode_if_that_is_no_weaker_than_what_is_asked(
    db: Database, was: dict[str, bool], asked: dict[str, bool]
) -> None:
    number = cancelled(db, scan(was))

    got = ask(db, scan(asked))

    found = operations.one(db.read(), got)
    assert found is not None
    assert strength(found.options) == max(strength(was), strength(asked))
    assert (got == number) is (strength(was) >= strength(asked))
    assert (checkpoints.load(db.read(), number) is not None) is (got == number)


def test_of_several_the_strongest_goes_on(db: Database) -> None:
    normal = cancelled(db, scan({}))
    with db.transaction() as tx:
        other = operations.enqueue(tx, scan({"full": True}, b"b"), 1.0)
        tx.execute("UPDATE operations SET path = X'61' WHERE id = ?", (other,))
        claims.claim(tx, 2.0)
        checkpoints.save(tx, other, Walk.over([], recursive=True), 3.0)
        operations.cancel(tx, other, 4.0)

    assert ask(db, scan({})) == other != normal


@pytest.mark.parametrize(
    "other", [scan({}, b"b"), scan({}, deep=False), scan({}, asker=Asker.SCHEDULE)]
)
def test_another_scan_is_another_operation(db: Database, other: Wish) -> None:
    number = cancelled(db, scan({}))

    assert ask(db, other) != number

    assert ask(db, scan({})) == number


def test_what_had_not_begun_begins_under_a_new_id(db: Database) -> None:
    number = cancelled(db, scan({}), saved=False)

    assert ask(db, scan({})) != number


def test_it_goes_on_once_and_with_the_priority_of_who_asks(db: Database) -> None:
    number = cancelled(db, scan({}, asker=Asker.SCHEDULE))

    assert ask(db, scan({})) == number
    assert ask(db, scan({})) != number

    found = operations.one(db.read(), number)
    assert found is not None
    assert (found.priority, found.asked_by) == (3, Asker.PERSON)
