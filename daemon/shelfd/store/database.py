"""Open the database: pragmas, migrations, the one writer, and readers that cannot write."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shelfd.core.errors import BrokenError
from shelfd.core.paths import printable
from shelfd.store import news
from shelfd.store.news import News
from shelfd.store.schema import QUEUE, SCHEMA, SEARCH, Schema, applied, complete, migrate

Tx = sqlite3.Connection
"""The writer inside `transaction()`, or a reader: what the functions of this layer take first."""

if TYPE_CHECKING:
    from shelfd.store.riders import Rider

APPLICATION_ID = 0x5348_4C46  # "SHLF": tells a shelfd database from another program's
BUSY_TIMEOUT_S = 5.0
LOST_EVENTS = 10_000  # far more than there can be between two durable commits
READER_CACHE_KIB = 256  # for each thread; what it lacks is in the system's cache


class Database:
    """One file, one writing connection behind a lock, one reading connection per thread."""

    def __init__(self, path: bytes, schema: Schema = SCHEMA) -> None:
        """Open or make the file at `path`; BrokenError says why it will not be used."""
        self.path = path
        self.committed: list[Callable[[], None]] = []
        """Called after each commit, in the thread that wrote; must be quick and not raise."""
        self.fault: BrokenError | None = None
        """Why nothing could be written the last time; None when it could."""
        self.riders: list[Rider] = []
        """Written with each transaction that changes something, or that waits for no disk."""
        self.commits = 0
        """How many there were that have changed something."""
        self._has_search = SEARCH in schema
        self._lock = threading.RLock()
        self._readers: list[sqlite3.Connection] = []
        self._local = threading.local()
        with _explained(path):
            self._writer = _connect(path)
            _prepare(self._writer, path, schema)
            self.queue, self.told = _news(self._writer, schema)
            """Tell of commits that matter to whoever works on the queue, and of those with an event in them."""
        self._log = _opened_log(path)
        self._syncing = threading.Lock()
        self._unsynced = True
        self._lossy = False

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Tx]:
        """Run a block as the only writer; all of it is durable on leaving, or nothing of it.

        What is not `durable` waits for no disk: a crash of the program leaves it, a power cut may take it, and
        all that came after it, but never a part. It is for what is found again, and done again, without harm.
        """
        with self._lock:
            if _in_transaction(self._writer):
                raise RuntimeError("a transaction inside a transaction")
            if durable and self._lossy:
                raise _unreliable(self.path)
            before = self._writer.total_changes
            with _noted(self), _explained(self.path), self._whole(before, durable=durable):
                yield self._writer
            listeners = self._changed() if self._writer.total_changes != before else ()
        for told in listeners:
            told()
        if durable:
            # while others begin with what is new: whatever they make durable then has this before it
            self._sync()

    @contextmanager
    def _whole(self, before: int, *, durable: bool) -> Iterator[None]:
        """Let all of a block happen, or nothing of it."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            if self._writer.total_changes != before or not durable:
                self._commit()
            else:
                self._writer.execute("COMMIT")
        except BaseException:
            # a commit that failed on a full disk may have ended the transaction, or not
            if _in_transaction(self._writer):
                self._writer.execute("ROLLBACK")
            raise

    def _changed(self) -> list[Callable[[], None]]:
        """Take note of a commit that has changed something, and return whom to tell."""
        self.commits += 1
        self._unsynced = True
        if not self._lossy:
            self.fault = None
        return [*self.committed, *self.queue.take(), *self.told.take()]

    def _commit(self) -> None:
        """End a transaction together with all that belongs into it."""
        for rider in self.riders:
            rider.write(self._writer)
        if self._has_search:
            complete(self._writer)
        self._writer.execute("COMMIT")
        for rider in self.riders:
            rider.written()

    def _sync(self) -> None:
        """Wait until the disk has the log; BrokenError when it will not have it."""
        # one at a time: who finds nothing left to wait for must know that the wait of another is over
        with self._syncing:
            if self._lossy:
                raise _unreliable(self.path)
            if not self._unsynced:
                return
            self._unsynced = False
            try:
                os.fdatasync(self._log)
            except OSError as error:
                # the kernel says so once, and forgets what was lost: only all of it written anew can be trusted
                with self._lock:
                    self._lossy = not self._merged()
                    if self._lossy:
                        self.fault = _unreliable(self.path)
                        raise self.fault from error

    def _merged(self) -> bool:
        """Write all that is in the log into the file itself, and say whether that went well."""
        try:
            busy = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error:
            return False
        return not busy

    def read(self) -> Tx:
        """Return this thread's reading connection, which sees the last commit."""
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = _connect(self.path)
            # only the writer may checkpoint: two that do can corrupt the file before SQLite 3.51.3
            reader.execute("PRAGMA wal_autocheckpoint = 0")
            reader.execute("PRAGMA query_only = ON")
            reader.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
            self._local.reader = reader
            # atomic; with the lock, the first question of a thread would wait for the writer
            self._readers.append(reader)
        return reader

    def leave(self) -> None:
        """Close this thread's reading connection: the thread ends."""
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is not None:
            del self._local.reader
            with self._lock:
                self._readers.remove(reader)
            reader.close()

    def shrink(self) -> None:
        """Give back what the connections keep in case that it is asked for again."""
        with self._lock:
            for connection in (*self._readers, self._writer):
                connection.execute("PRAGMA shrink_memory")

    def close(self) -> None:
        """Note the orderly stop and close every connection."""
        try:
            with self.transaction() as tx:
                tx.execute("INSERT OR REPLACE INTO facts VALUES ('clean', '1')")
        finally:
            with self._lock:
                for connection in (*self._readers, self._writer):
                    connection.close()
                os.close(self._log)


def _news(writer: sqlite3.Connection, schema: Schema) -> tuple[News, News]:
    queue, events = (news.QUEUE, news.EVENTS) if QUEUE in schema else ((), ())
    return News(writer, "news_of_the_queue", queue), News(writer, "news_of_events", events)


@contextmanager
def _noted(database: Database) -> Iterator[None]:
    try:
        yield
    except BrokenError as error:
        if isinstance(error.__cause__, sqlite3.Error):
            database.fault = error
        raise


def _opened_log(path: bytes) -> int:
    """Open the log of the writer; it is there for as long as a connection is, and no lock of SQLite's depends on it."""
    try:
        return os.open(path + b"-wal", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise BrokenError(
            f"{printable(path)}-wal: {os.strerror(error.errno or 0)}",
            code="database_unusable",
            hint="set daemon.state_dir to a local disk that the daemon's user can write",
        ) from error


def _unreliable(path: bytes) -> BrokenError:
    return BrokenError(
        f"{printable(path)}: the disk fails to keep what is written",
        code="database_unusable",
        hint="look after the disk of daemon.state_dir, then restart shelfd",
    )


def _in_transaction(connection: sqlite3.Connection) -> bool:
    return connection.in_transaction


def _connect(path: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    # waits for the disk at no commit: `transaction` does, where a power cut must not take it
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _prepare(writer: sqlite3.Connection, path: bytes, schema: Schema) -> None:
    owner = writer.execute("PRAGMA application_id").fetchone()[0]
    tables = writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and owner != APPLICATION_ID:
        raise BrokenError(
            f"{printable(path)}: this is the database of another program",
            code="foreign_database",
            hint="set daemon.state_dir to a directory of shelfd's own",
        )
    if not tables:
        # first of all: killed after this, the next start still knows the file for its own
        writer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    writer.execute("PRAGMA journal_mode = WAL")
    has = applied(writer)
    _refuse_newer(path, set(has) - set(schema))
    if has:
        _check_after_crash(writer)
    if set(schema) - set(has):
        if has:
            _copy(writer, path)
        migrate(writer, schema)
    writer.execute("INSERT OR REPLACE INTO facts VALUES ('clean', '0')")


def _refuse_newer(path: bytes, unknown: set[str]) -> None:
    if unknown:
        raise BrokenError(
            f"{printable(path)}: written by a newer shelfd (it has the migration {max(unknown)})",
            code="newer_database",
            hint="install that version or a later one; the copy made before its migration"
            " lies beside the database and can be used with this version",
        )


def _check_after_crash(writer: sqlite3.Connection) -> None:
    row = writer.execute("SELECT value FROM facts WHERE name = 'clean'").fetchone()
    if row is not None and row[0] == "1":
        return
    # a power cut may have taken events that clients have seen: no other one may have their ids
    writer.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'events'", (LOST_EVENTS,))
    found = writer.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _copy(writer: sqlite3.Connection, path: bytes) -> None:
    last = writer.execute("SELECT max(rowid) FROM _sqlite_migrations").fetchone()[0]
    copy = path + b".before-migration-%d" % (last + 1)
    if os.path.exists(copy):  # of an earlier try: this one is as good
        os.unlink(copy)
    target = sqlite3.connect(copy)
    try:
        writer.backup(target)
    finally:
        target.close()


@contextmanager
def _explained(path: bytes) -> Iterator[None]:
    """Turn SQLite's errors into ones that name the file, the reason and the way out."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # a rule of the schema: a fault of the program, not of the file
    except sqlite3.OperationalError as error:
        what = str(error)
        hints = {
            "locked": "another process holds it open for writing; end that one first",
            "readonly": "make the file and its directory writable for the daemon's user",
            "unable to open": "the directory must exist and be writable for the daemon's user",
            "no such module": "this Python's SQLite was built without FTS5, which the search needs",
            "full": "free space on the file system of daemon.state_dir",
        }
        hint = next((text for word, text in hints.items() if word in what), "")
        code = "database_locked" if "locked" in what else "database_unusable"
        raise BrokenError(f"{printable(path)}: {what}", code=code, hint=hint) from error
    except sqlite3.DatabaseError as error:
        raise BrokenError(
            f"{printable(path)}: the database is damaged: {error}",
            code="database_damaged",
            hint="nothing was changed. Put back a copy (shelfd.db.before-migration-*, or a backup),"
            " or move the file away: shelfd then builds the catalog anew, but forgets its history"
            " and can no longer undo",
        ) from error
