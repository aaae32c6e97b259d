"""What was counted is counted again only when it can have changed, and while much is written not at each change."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shelfd.store.database import Database, Tx
from shelfd.store.kept import Kept


class House:
    """A count that takes as long as a test says, and calls that are made when a test says so."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.time = 10.0
        self.takes_s = 0.0
        self.counted = 0
        self.broken = False
        self.waiting: list[Callable[[], object]] = []
        self.kept = Kept(db, lambda: self.time, self.waiting.append)

    def count(self, tx: Tx) -> int:
        self.time += self.takes_s
        self.counted += 1
        if self.broken:
            raise sqlite3.OperationalError("disk I/O error")
        return int(tx.execute("SELECT count(*) FROM facts").fetchone()[0])

    def add(self) -> None:
        with self.db.transaction() as tx:
            tx.execute("INSERT INTO facts VALUES (?, '1')", (f"fact {self.db.commits}",))

    def later(self) -> None:
        """Make the calls that wait."""
        while self.waiting:
            self.waiting.pop()()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    db = Database(os.fsencode(tmp_path / "shelfd.db"))
    yield House(db)
    db.close()


def test_it_is_read_again_after_a_commit_and_not_before(house: House) -> None:
    before = house.kept.now(house.count)
    assert (house.kept.now(house.count), house.counted) == (before, 1)

    house.add()

    assert (house.kept.now(house.count), house.counted) == (before + 1, 2)
    with house.db.transaction():
        pass  # which changes nothing
    assert (house.kept.now(house.count), house.counted) == (before + 1, 2)


def test_what_is_read_quickly_is_a_moment_old_at_the_most(house: House) -> None:
    house.takes_s = 0.0005
    before = house.kept.lately(house.count)
    house.add()

    house.time += 0.19
    assert house.kept.lately(house.count) == before
    house.time += 0.02
    assert house.kept.lately(house.count) == before + 1
    assert not house.waiting
    house.add()
    assert house.kept.now(house.count) == before + 2


def test_what_takes_long_is_read_beside_those_who_ask_often(house: House) -> None:
    house.takes_s = 0.1
    before = house.kept.lately(house.count)
    house.add()

    house.time += 1.9
    assert house.kept.lately(house.count) == before
    assert not house.waiting, "it is new enough"
    house.time += 0.2
    for _ in range(5):
        assert (house.kept.lately(house.count), house.counted) == (before, 1)
    assert len(house.waiting) == 1
    house.later()
    assert (house.kept.lately(house.count), house.counted) == (before + 1, 2)
    house.add()
    house.time += 2.1
    assert house.kept.lately(house.count) == before + 1
    assert len(house.waiting) == 1, "also the next time"


def test_who_asks_seldom_waits_for_what_takes_long(house: House) -> None:
    house.takes_s = 0.1
    before = house.kept.lately(house.count)
    house.add()

    house.time += 4.1

    assert house.kept.lately(house.count) == before + 1
    assert not house.waiting


def test_what_cannot_be_read_beside_is_tried_again(house: House) -> None:
    house.takes_s = 0.1
    before = house.kept.lately(house.count)
    house.add()
    house.time += 2.1
    house.kept.lately(house.count)
    house.broken = True
    with pytest.raises(sqlite3.OperationalError):
        house.later()

    house.broken = False
    assert house.kept.lately(house.count) == before
    house.later()
    assert house.kept.lately(house.count) == before + 1


def test_without_a_thread_the_old_value_does_and_the_next_who_asks_tries_again(
    house: House,
) -> None:
    def later(call: Callable[[], object]) -> None:
        if house.broken:
            raise RuntimeError("can't start new thread")
        house.waiting.append(call)

    house.takes_s = 0.1
    kept = Kept(house.db, lambda: house.time, later)
    before = kept.lately(house.count)
    house.add()
    house.time += 2.1
    house.broken = True
    assert kept.lately(house.count) == before

    house.broken = False
    assert kept.lately(house.count) == before
    house.later()
    assert kept.lately(house.count) == before + 1
