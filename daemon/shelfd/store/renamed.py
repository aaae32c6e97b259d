"""The rows around an operation that arranges a library anew: what is known of its files, and of its parts."""

from collections.abc import Iterator, Mapping

from shelfd.core.operations import Operation
from shelfd.core.paths import TOP, Place, RelPath, join, name, parent
from shelfd.store import operations
from shelfd.store.database import Tx

KNOWN = """
SELECT path, name, files.size, files.mtime_ns, files.inode, reading
FROM files JOIN directories ON directories.id = files.directory
WHERE root = ? AND missing_since IS NULL AND files.ctime_ns <> 0
"""

AT = """
SELECT files.id, reading FROM files JOIN directories ON directories.id = files.directory
WHERE root = ? AND path = ? AND name = ?
"""

UNDOABLE = """
SELECT 1 FROM operations AS part
WHERE part.parent = ?1 AND json_extract(part.options, '$.organize') IS 1
  AND (SELECT finished_at FROM operations WHERE id = ?1) IS NOT NULL
  AND EXISTS (SELECT 1 FROM journal WHERE operation = part.id AND state = 'done' AND reverses IS NULL)
LIMIT 1
"""


def readings(tx: Tx, root: str) -> Iterator[tuple[RelPath, tuple[int, int, int], bytes]]:
    """Yield what is known of the files of a library: path; size, time and inode; and the Reading as JSON."""
    cursor = tx.cursor()
    cursor.row_factory = None  # plain tuples: there may be hundreds of thousands
    for path, called, size, mtime_ns, inode, reading in cursor.execute(KNOWN, (root,)):
        yield join(RelPath(path), called), (size, mtime_ns, inode), reading.encode()


def at(tx: Tx, place: Place) -> tuple[int, bytes] | None:
    """Return the id of the file that is known at a place, and its Reading as JSON; None when none is."""
    row = tx.execute(AT, (place.root, parent(place.path), name(place.path))).fetchone()
    return None if row is None else (int(row[0]), str(row[1]).encode())


def stand_alone(tx: Tx, operation: int, root: str) -> None:
    """Let an operation that is yet to start have all of a library to itself, so that one comes after the other."""
    tx.execute("INSERT INTO operation_places VALUES (?, ?, ?)", (operation, root, TOP))


def note(tx: Tx, operation: int, result: Mapping[str, object]) -> None:
    """Keep what is known of the result of an operation whose parts are yet to be done."""
    values = (operations.encoded(result), operation)
    tx.execute("UPDATE operations SET result = ? WHERE id = ?", values)


def is_undoable(tx: Tx, operation: int) -> bool:
    """Say whether an operation has parts that have renamed something, and that can be put back."""
    return tx.execute(UNDOABLE, (operation,)).fetchone() is not None


def is_organizing(operation: Operation) -> bool:
    """Say whether an operation arranges a library anew, or puts that back."""
    return operation.options.get("organize") is True
