"""The database refuses what it must not touch, says why, and never repairs by deleting."""

import errno
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils
from sqlite_utils.migrations import Migrations

from shelfd.core.errors import BrokenError
from shelfd.store import events, facts
from shelfd.store.database import APPLICATION_ID, Database
from shelfd.store.schema import SCHEMA, SET, Schema, applied

FIRST = """
INSERT INTO roots (name, role, kind, path) VALUES ('music', 'library', 'music', x'2f6d');
INSERT INTO directories (id, root, path, above, inode, scanned_at) VALUES (1, 'music', CAST('Ann' AS BLOB), x'', 7, 1.0);
INSERT INTO files (directory, name, size, mtime_ns, ctime_ns, inode, reading)
VALUES (1, CAST('01.mp3' AS BLOB), 5, 1, 1, 9, '{}');
"""


def at(path: Path) -> bytes:
    return os.fsencode(path / "shelfd.db")


def up_to(*names: str) -> Schema:
    """Return the schema of a shelfd that had only these migrations."""
    return {name: SCHEMA[name] for name in names}


def later() -> Schema:
    """Return the schema of a shelfd of next year."""
    return {**SCHEMA, "9999_later": lambda: "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;"}


def test_a_database_opens_again(tmp_path: Path) -> None:
    Database(at(tmp_path)).close()
    Database(at(tmp_path)).close()


def test_tables_are_strict(tmp_path: Path) -> None:
    db = Database(at(tmp_path))
    with db.transaction() as tx:
        assert tx.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert tx.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        loose = tx.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
            " AND name NOT LIKE 'sqlite_%' AND name <> '_sqlite_migrations'"
        ).fetchall()
    assert [row[0] for row in loose] == []
    db.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return the files for which the disk was waited for, with the length that was then in them."""
    waits: list[tuple[str, int]] = []

    def wait(descriptor: int) -> None:
        where = os.readlink(f"/proc/self/fd/{descriptor}")
        waits.append((Path(where).name, os.fstat(descriptor).st_size))

    monkeypatch.setattr(os, "fdatasync", wait)
    return waits


def test_a_transaction_is_over_when_the_disk_has_its_log(
    tmp_path: Path, waits: list[tuple[str, int]]
) -> None:
    db = Database(at(tmp_path))
    told: list[int] = []
    db.committed.append(lambda: told.append(len(waits)))

    with db.transaction() as tx:
        tx.execute("INSERT INTO facts VALUES ('one', '1')")

    written = (tmp_path / "shelfd.db-wal").stat().st_size
    assert waits == [("shelfd.db-wal", written)]
    assert told == [0]  # who is told begins meanwhile
    db.close()


def test_the_disk_is_not_waited_for_in_vain(tmp_path: Path, waits: list[tuple[str, int]]) -> None:
    db = Database(at(tmp_path))
    with db.transaction() as tx:
        tx.execute("INSERT INTO facts VALUES ('zero', '0')")
    waits.clear()

    with db.transaction() as tx:
        tx.execute("DELETE FROM facts WHERE name = 'another'")
    with pytest.raises(BrokenError), db.transaction() as tx:
        tx.execute("INSERT INTO facts SELECT 'two', no_such_function()")
    with db.transaction(durable=False) as tx:
        tx.execute("INSERT INTO facts VALUES ('one', '1')")

    assert waits == []
    db.close()


def fail(_descriptor: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_what_a_disk_fails_to_keep_in_the_log_is_written_into_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(at(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with db.transaction() as tx:
            tx.execute("INSERT INTO facts VALUES ('one', '1')")

    assert (tmp_path / "shelfd.db-wal").stat().st_size == 0
    with db.transaction() as tx:
        tx.execute("INSERT INTO facts VALUES ('two', '2')")
    db.close()


def test_a_disk_that_keeps_nothing_is_trusted_with_nothing_that_must_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(at(tmp_path))
    with db.transaction() as tx:
        tx.execute("INSERT INTO facts VALUES ('one', '1')")
    reader = db.read()
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM facts").fetchall()  # for as long as it reads, the log is needed
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(BrokenError, match="fails to keep"), db.transaction() as tx:
            tx.execute("INSERT INTO facts VALUES ('two', '2')")
    reader.execute("COMMIT")

    assert db.fault is not None
    assert "fails to keep" in db.fault.message

    with pytest.raises(BrokenError, match="fails to keep"), db.transaction() as tx:
        tx.execute("INSERT INTO facts VALUES ('three', '3')")
    with db.transaction(durable=False) as tx:
        tx.execute("INSERT INTO facts VALUES ('four', '4')")
    with pytest.raises(BrokenError):
        db.close()
    with pytest.raises(sqlite3.ProgrammingError):
        reader.execute("SELECT 1")


def test_what_was_left_to_later_is_durable_with_what_comes_after_it(
    tmp_path: Path, waits: list[tuple[str, int]]
) -> None:
    db = Database(at(tmp_path))
    with db.transaction() as tx:
        tx.execute("INSERT INTO facts VALUES ('one', '1')")
    waits.clear()

    with db.transaction(durable=False) as tx:
        tx.execute("INSERT INTO facts VALUES ('two', '2')")
    with db.transaction() as tx:  # as when somebody asks for what is there already
        tx.execute("SELECT * FROM facts").fetchall()

    assert len(waits) == 1
    db.close()


@pytest.mark.parametrize("orderly", [True, False])
def test_no_event_has_an_id_that_a_power_cut_may_have_taken_from_another(
    tmp_path: Path, *, orderly: bool
) -> None:
    db = Database(at(tmp_path))
    with db.transaction(durable=False) as tx:
        events.add(tx, "one", {}, 1.0, None)
        before = events.bounds(tx)[1]
        if not orderly:
            tx.execute("DELETE FROM events")
    db.close()
    if not orderly:
        with closing(sqlite3.connect(tmp_path / "shelfd.db")) as other:
            other.execute("UPDATE facts SET value = '0' WHERE name = 'clean'")
            other.commit()

    db = Database(at(tmp_path))
    with db.transaction() as tx:
        events.add(tx, "two", {}, 2.0, None)
        after = events.bounds(tx)[1]
    db.close()

    assert (after == before + 1) is orderly


def test_a_copy_is_taken_before_a_migration(tmp_path: Path) -> None:
    Database(at(tmp_path)).close()
    assert list(tmp_path.glob("*before*")) == []

    Database(at(tmp_path), later()).close()

    [copy] = tmp_path.glob(f"shelfd.db.before-migration-{len(SCHEMA) + 1}")
    tables = sqlite_utils.Database(copy).table_names()
    assert "operations" in tables
    assert "later" not in tables


def test_the_first_schema_becomes_that_of_today_and_keeps_its_rows(tmp_path: Path) -> None:
    first = Database(at(tmp_path), up_to("0001_start"))
    with first.transaction() as tx:
        for statement in FIRST.strip().split(";\n"):
            tx.execute(statement)
    first.close()

    today = Database(at(tmp_path))

    row = today.read().execute("SELECT name, size, fingerprint, unseen FROM files").fetchone()
    assert tuple(row) == (b"01.mp3", 5, None, None)
    row = today.read().execute("SELECT path, mtime_ns FROM directories").fetchone()
    assert tuple(row) == (b"Ann", 0)
    assert today.read().execute("PRAGMA foreign_key_check").fetchall() == []
    today.close()


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    Database(at(tmp_path)).close()
    half = "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; SELECT nothing;"
    broken = {**later(), "9999_z_broken": lambda: half}

    with pytest.raises(BrokenError):
        Database(at(tmp_path), broken)

    tables = sqlite_utils.Database(tmp_path / "shelfd.db").table_names()
    assert "half" not in tables


def test_the_database_of_a_newer_shelfd_is_refused(tmp_path: Path) -> None:
    Database(at(tmp_path), later()).close()

    with pytest.raises(BrokenError, match=r"newer shelfd.*9999_later") as refused:
        Database(at(tmp_path))

    assert refused.value.code == "newer_database"


def test_the_database_of_another_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "shelfd.db")
    other.execute("CREATE TABLE theirs (id)")
    other.close()
    before = (tmp_path / "shelfd.db").read_bytes()

    with pytest.raises(BrokenError, match="another program"):
        Database(at(tmp_path))

    assert (tmp_path / "shelfd.db").read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / "shelfd.db").write_bytes(b"this is no database, but a letter to my aunt" * 100)

    with pytest.raises(BrokenError, match="damaged") as refused:
        Database(at(tmp_path))

    assert refused.value.code == "database_damaged"
    assert (tmp_path / "shelfd.db").read_bytes().startswith(b"this is no database")


def test_a_damaged_page_is_found_after_a_crash(tmp_path: Path) -> None:
    # a process that ends in the middle, so that the next one looks closely
    script = """
import os, sys
from shelfd.store.database import Database
db = Database(os.fsencode(sys.argv[1]))
held = db.transaction()
tx = held.__enter__()
tx.executemany("INSERT INTO facts VALUES (?, ?)", [(str(n), "x" * 500) for n in range(500)])
tx.execute("COMMIT")
tx.execute("PRAGMA wal_checkpoint(TRUNCATE)")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script, at(tmp_path)], check=True)
    data = bytearray((tmp_path / "shelfd.db").read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\xff" * 4096
    (tmp_path / "shelfd.db").write_bytes(data)

    with pytest.raises(BrokenError, match="damaged"):
        Database(at(tmp_path))


def test_a_database_that_another_process_writes_to_is_refused_with_its_reason(
    tmp_path: Path,
) -> None:
    db = Database(at(tmp_path))
    other = sqlite3.connect(tmp_path / "shelfd.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(BrokenError, match="locked") as refused, db.transaction():
        pass

    assert refused.value.code == "database_locked"
    other.execute("ROLLBACK")
    db.close()


def test_a_database_without_its_list_of_migrations_is_refused(tmp_path: Path) -> None:
    Database(at(tmp_path)).close()
    other = sqlite3.connect(tmp_path / "shelfd.db")
    other.execute("DROP TABLE _sqlite_migrations")
    other.close()

    with pytest.raises(BrokenError, match="_sqlite_migrations"):
        Database(at(tmp_path))


def test_the_migrations_of_a_database_are_known_in_their_order(tmp_path: Path) -> None:
    db = Database(at(tmp_path), later())

    assert applied(db.read()) == [*SCHEMA, "9999_later"]
    db.close()


@pytest.mark.parametrize(("used", "loaded"), [(True, "False"), (False, "True")])
def test_what_applies_migrations_is_loaded_only_when_some_are_missing_and_then_forgotten(
    tmp_path: Path, *, used: bool, loaded: str
) -> None:
    script = """
import os, sys
from shelfd.store import inspection
from shelfd.store.database import Database
loaded = set()
sys.addaudithook(lambda event, said: loaded.add(said[0]) if event == "import" else None)
Database(os.fsencode(sys.argv[1])).close()
print(inspection.inspect(os.fsencode(sys.argv[1])).state, "sqlite_utils" in loaded)
print("sqlite_utils" in sys.modules, "pluggy" in sys.modules)
"""
    if used:
        Database(at(tmp_path)).close()

    found = subprocess.run(
        [sys.executable, "-c", script, at(tmp_path)], capture_output=True, text=True, check=True
    )

    assert found.stdout.split() == ["sound", loaded, "False", "False"]


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    db = Database(at(tmp_path))

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.read().execute("DELETE FROM facts")

    db.close()


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    db = Database(at(tmp_path))

    def half() -> None:
        with db.transaction() as tx:
            tx.execute("INSERT INTO facts VALUES ('half', '1')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()

    assert db.read().execute("SELECT 1 FROM facts WHERE name = 'half'").fetchone() is None
    db.close()


def test_those_who_asked_are_told_after_each_commit_of_something(tmp_path: Path) -> None:
    db = Database(at(tmp_path))
    told: list[int] = []
    db.committed.append(lambda: told.append(1))

    with db.transaction() as tx:
        facts.changed(tx, "one", "1")
    with db.transaction():
        pass

    assert told == [1]
    db.close()


def test_a_first_start_that_was_killed_in_the_middle_is_begun_anew(tmp_path: Path) -> None:
    half = sqlite3.connect(tmp_path / "shelfd.db")
    half.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    Migrations(SET).ensure_migrations_table(sqlite_utils.Database(half, execute_plugins=False))
    half.commit()
    half.close()

    db = Database(at(tmp_path))

    assert db.read().execute("SELECT count(*) FROM operations").fetchone()[0] == 0
    db.close()


def put(db: Database, name: str) -> None:
    with db.transaction() as tx:
        tx.execute("INSERT INTO facts VALUES (?, '1')", (name,))


class Overtaking:
    """Lets a second thread commit after the commit of the first, and before that waits for the disk."""

    def __init__(self, db: Database) -> None:
        self._committed, self._waiting, self._over = (threading.Event() for _ in range(3))
        self.too_early: list[bool] = []
        self.second = threading.Thread(target=self._second, args=(db,))

    def told(self) -> None:
        """Be told of a commit."""
        if threading.current_thread() is self.second:
            self._committed.set()
            assert self._waiting.wait(10)
        else:
            self.second.start()
            assert self._committed.wait(10)

    def wait(self, _descriptor: int) -> None:
        """Be the disk, which takes its time for the first, and see whether the second goes on meanwhile."""
        if not self.too_early:
            self._waiting.set()
            self.too_early.append(self._over.wait(0.3))

    def _second(self, db: Database) -> None:
        put(db, "two")
        self._over.set()


def test_nobody_goes_on_while_another_still_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(at(tmp_path))
    put(db, "zero")
    overtaking = Overtaking(db)
    monkeypatch.setattr(os, "fdatasync", overtaking.wait)
    db.committed.append(overtaking.told)

    put(db, "one")
    overtaking.second.join(10)

    assert overtaking.too_early == [False]
    assert not overtaking.second.is_alive()
    db.committed.clear()
    db.close()
