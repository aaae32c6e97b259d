"""The rows of logs: in order, by level, bounded for each operation and for all together, gone with their operation."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfd.core.lines import FIRST, NEWEST, Level, Lines
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import Place, RelPath
from shelfd.store import claims, lines, operations, outdated
from shelfd.store.database import Database

DAY_S = 86_400.0


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(os.fsencode(tmp_path / "shelfd.db"))
    yield database
    database.close()


def operation(db: Database) -> int:
    wish = Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place("music", RelPath(b"")),
        display="/music",
        asker=Asker.PERSON,
    )
    with db.transaction() as tx:
        return operations.enqueue(tx, wish, 1.0)


def end(db: Database, number: int, now: float) -> None:
    with db.transaction() as tx:
        taken = claims.claim(tx, now)
        assert taken is not None
        assert taken.id == number
        operations.complete(tx, number, {}, now)


def tell(db: Database, number: int, many: int = 1, level: Level = Level.INFO) -> None:
    some = Lines()
    for _ in range(many):
        some.add(5.0, level, "x", {"a": 1})
    with db.transaction(durable=False) as tx:
        lines.add(tx, number, some.waiting(), lines.last(tx, number))


def ids(db: Database, number: int) -> list[int]:
    return [line.id for line in lines.page(db.read(), number, limit=10_000)]


def test_a_line_comes_back_as_it_was(db: Database) -> None:
    number = operation(db)
    some = Lines()
    some.add(5.25, Level.WARNING, "it\0is\x1bodd\n", {"path": "/srv/\\xff", "b": [1]})
    with db.transaction() as tx:
        lines.add(tx, number, some.waiting(), 0)

    assert lines.page(db.read(), number) == some.waiting()


def test_lines_of_a_later_run_are_counted_on(db: Database) -> None:
    number = operation(db)
    tell(db, number, 2)
    tell(db, number, 2)

    assert ids(db, number) == [1, 2, 3, 4]


def test_pages_follow_each_other_from_a_level_up(db: Database) -> None:
    number = operation(db)
    for level in (Level.DEBUG, Level.WARNING, Level.INFO, Level.ERROR):
        tell(db, number, 1, level)

    first = lines.page(db.read(), number, least=Level.INFO, limit=2)
    second = lines.page(db.read(), number, least=Level.INFO, after=first[-1].id, limit=2)

    assert [line.level for line in (*first, *second)] == ["warning", "info", "error"]


@pytest.mark.parametrize("at_once", [1, 7, 1200])
def test_of_very_many_the_first_and_the_newest_are_kept_however_they_come(
    db: Database, at_once: int
) -> None:
    number = operation(db)
    for _ in range(1200 // at_once):
        tell(db, number, at_once)
    last = 1200 // at_once * at_once

    assert ids(db, number) == [*range(1, FIRST + 1), *range(last - NEWEST + 1, last + 1)]
    assert lines.left_out(db.read(), number) == last - FIRST - NEWEST


def test_the_lines_go_with_their_operation(db: Database) -> None:
    old, new = operation(db), operation(db)
    for now, number in ((10.0, old), (5 * DAY_S, new)):
        tell(db, number)
        end(db, number, now)

    with db.transaction() as tx:
        outdated.forget_before(tx, DAY_S)

    assert (ids(db, old), ids(db, new)) == ([], [1])


def test_a_line_that_is_there_already_breaks_no_transaction(db: Database) -> None:
    number = operation(db)
    some = Lines()
    some.add(5.0, Level.INFO, "x", {})
    for _ in range(2):
        with db.transaction(durable=False) as tx:
            lines.add(tx, number, some.waiting(), 0)

    assert ids(db, number) == [1]


def test_what_comes_after_its_operation_was_forgotten_is_no_fault(db: Database) -> None:
    number = operation(db)
    end(db, number, 10.0)
    with db.transaction() as tx:
        outdated.forget_before(tx, DAY_S)
    tell(db, number)

    assert ids(db, number) == []


def test_all_together_are_bounded_and_the_oldest_keep_their_last_line_only(db: Database) -> None:
    numbers = [operation(db) for _ in range(4)]
    for number in numbers:
        tell(db, number, 10)

    with db.transaction() as tx:
        assert lines.forget_beyond(tx, 25) == 18

    assert [ids(db, number) for number in numbers] == [[10], [10], [*range(1, 11)], [*range(1, 11)]]
    assert lines.left_out(db.read(), numbers[0]) == 9


def test_what_is_within_the_bound_stays(db: Database) -> None:
    number = operation(db)
    tell(db, number, 10)

    with db.transaction() as tx:
        assert lines.forget_beyond(tx, 10) == 0

    assert len(ids(db, number)) == 10
