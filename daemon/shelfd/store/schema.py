"""The schema as it grew: which migrations there are, which a database has, and how it gets the others."""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import resources

from shelfd.core.known import loose

Schema = Mapping[str, Callable[[], str]]
"""The migrations in order: the name of each, and what returns its SQL."""

SET = "shelfd"  # the name of all of them together, in the table that sqlite-utils keeps

SEARCH = "0004_search"
QUEUE = "0005_queue"

FORGET = """
INSERT INTO items_search (items_search, rowid, kind, name, others)
SELECT 'delete', id, kind, name, others FROM items_outdated
"""
LEARN = """
INSERT INTO items_search (rowid, kind, name, others)
SELECT id, kind, name, others FROM item_texts WHERE id {which}
"""
OUTDATED = LEARN.format(which="IN (SELECT id FROM items_outdated)")
NEW = LEARN.format(which='> (SELECT "to" FROM items_indexed)')


def _text(name: str) -> str:
    return resources.files(__package__).joinpath("migrations", f"{name}.sql").read_text("utf-8")


SCHEMA: Schema = {
    name: partial(_text, name)
    for name in (
        "0001_start",
        "0002_watching",
        "0003_sieve",
        SEARCH,
        QUEUE,
        "0006_operation_log",
        "0007_review",
        "0008_verify",
    )
}


def applied(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the migrations that the database has, in their order; none if it is empty.

    sqlite3.OperationalError when it has other tables, but not the one of the migrations.
    """
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return []
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id", (SET,)
    )
    return [str(row[0]) for row in rows]


def migrate(connection: sqlite3.Connection, schema: Schema) -> None:
    """Apply the migrations that the database has not; one that fails leaves nothing behind and raises."""
    connection.create_function("title_key", 1, loose, deterministic=True)
    # megabytes that most starts do without: they find nothing to apply
    with _for_now():
        import sqlite_utils  # noqa: PLC0415  # see above
        from sqlite_utils.migrations import Migrations  # noqa: PLC0415  # see above

        migrations = Migrations(SET)
        for name, text in schema.items():

            @migrations(name=name)
            def _apply(db: sqlite_utils.Database, text: Callable[[], str] = text) -> None:
                db.executescript(text())

        migrations.apply(sqlite_utils.Database(connection, execute_plugins=False))


def complete(connection: sqlite3.Connection) -> None:
    """Bring the index of the search up to date with the rows; it is what comes before each commit."""
    if connection.execute("SELECT 1 FROM items_outdated LIMIT 1").fetchone() is not None:
        connection.execute(FORGET)
        connection.execute(OUTDATED)
        connection.execute("DELETE FROM items_outdated")
    newest = connection.execute("SELECT max(id) FROM items").fetchone()[0] or 0
    if newest > connection.execute('SELECT "to" FROM items_indexed').fetchone()[0]:
        connection.execute(NEW)
        connection.execute('UPDATE items_indexed SET "to" = ?', (newest,))


@contextmanager
def _for_now() -> Iterator[None]:
    """Forget the packages that are loaded inside: a daemon that was started once, long ago, has no use for them."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in sys.modules.keys() - before:
            if name.partition(".")[0] not in sys.stdlib_module_names:
                del sys.modules[name]
