"""The rows of holds: where somebody is at work, so that nothing is touched meanwhile.

Nothing that lies below a held place of an inbox is filed, and nothing is filed to below a held place of a library.
A scan of a library still reads: a hold stops changes of files only, and `covering` says whether one stops this one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shelfd.core.paths import Place, RelPath, overlap, within
from shelfd.store.database import Tx


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold as its row says it."""

    id: int
    root: str
    path: RelPath
    """Empty: all of the root."""
    held_at: float
    """Unix time."""

    @property
    def place(self) -> Place:
        """What is held, with all that lies below it."""
        return Place(self.root, self.path)


def put(tx: Tx, place: Place, now: float) -> Hold:
    """Hold a place, and return its hold; one that is held already stays so since when it was."""
    tx.execute(
        "INSERT INTO holds (root, path, held_at) VALUES (?, ?, ?) ON CONFLICT (root, path) DO NOTHING",
        (place.root, place.path, now),
    )
    row = tx.execute(
        "SELECT * FROM holds WHERE root = ? AND path = ?", (place.root, place.path)
    ).fetchone()
    return _hold(row)


def release(tx: Tx, number: int) -> Hold | None:
    """Hold a place no longer, and return what its hold was; None when there is none of this id."""
    row = tx.execute("DELETE FROM holds WHERE id = ? RETURNING *", (number,)).fetchone()
    return None if row is None else _hold(row)


def of_all(tx: Tx) -> list[Hold]:
    """Return all holds, the oldest first."""
    return [_hold(row) for row in tx.execute("SELECT * FROM holds ORDER BY id")]


def of(tx: Tx, root: str) -> list[Hold]:
    """Return the holds in a root, the oldest first."""
    return [
        _hold(row) for row in tx.execute("SELECT * FROM holds WHERE root = ? ORDER BY id", (root,))
    ]


def covering(tx: Tx, place: Place) -> Hold | None:
    """Return the oldest hold that a place lies at or below; None when it may be changed."""
    return next((hold for hold in of(tx, place.root) if within(place.path, hold.path)), None)


def touched(holds: Iterable[Hold], paths: Iterable[bytes]) -> Hold | None:
    """Return which of the holds of a root work on these entries could touch: one above, at or below any of them."""
    entries = [RelPath(path) for path in paths]
    return next(
        (hold for hold in holds if any(overlap(hold.path, entry) for entry in entries)), None
    )


def _hold(row: Mapping[str, Any]) -> Hold:
    return Hold(id=row["id"], root=row["root"], path=RelPath(row["path"]), held_at=row["held_at"])
