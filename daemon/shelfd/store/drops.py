"""The rows of drops: what lies in the inboxes, in which state, and why."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from shelfd.core.late import WAITS
from shelfd.core.paths import Place, RelPath
from shelfd.core.plan import Verdict
from shelfd.core.settled import DIGEST, Mark, Memory
from shelfd.store.database import Tx

LOOKED = """
INSERT INTO drops (root, path, state, reason, snapshot, bytes, changed_at, looked_at, verdicts)
VALUES (:root, :path, :state, :reason, :snapshot, :bytes, :changed_at, :looked_at, '[]')
ON CONFLICT (root, path) DO UPDATE SET
  state = excluded.state, reason = excluded.reason, snapshot = excluded.snapshot, bytes = excluded.bytes,
  changed_at = excluded.changed_at, looked_at = excluded.looked_at,
  verdicts = CASE WHEN substr(snapshot, 1, :digest) = substr(excluded.snapshot, 1, :digest)
                    OR excluded.state = 'imported' THEN verdicts ELSE '[]' END
"""

JUDGED = """
UPDATE drops SET state = :state, reason = :reason, looked_at = :now, verdicts = :verdicts, operation = :operation
WHERE root = :root AND path = :path
"""


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """A drop as its row says it."""

    root: str
    path: RelPath
    state: str
    """`settling`, `queued`, `imported`, `refused`, `held`, `review` or `quarantined`."""
    reason: str
    memory: Memory
    verdicts: tuple[Verdict, ...]
    operation: int | None


def looked(tx: Tx, place: Place, state: str, reason: str, memory: Memory) -> None:
    """Record what a look at a drop found; the verdicts on files that have changed since are forgotten."""
    tx.execute(
        LOOKED,
        {
            "root": place.root,
            "path": place.path,
            "state": state,
            "reason": reason,
            "snapshot": memory.snapshot + _packed(memory),
            "digest": DIGEST,
            "bytes": memory.bytes,
            "changed_at": memory.changed_at,
            "looked_at": memory.looked_at,
        },
    )


def queued(tx: Tx, place: Place, operation: int) -> None:
    """Tie a drop to the import that will file it."""
    tx.execute(
        "UPDATE drops SET state = 'queued', reason = 'it will be filed', operation = ? WHERE root = ? AND path = ?",
        (operation, place.root, place.path),
    )


def judged(
    tx: Tx,
    place: Place,
    state: tuple[str, str],
    verdicts: Sequence[Verdict],
    seen: tuple[int | None, float],
) -> None:
    """Record state and reason of a drop with the verdict on each of its files; `seen`: operation, Unix time."""
    tx.execute(
        JUDGED,
        {
            "root": place.root,
            "path": place.path,
            "state": state[0],
            "reason": state[1],
            "verdicts": msgspec.json.encode(verdicts).decode(),
            "operation": seen[0],
            "now": seen[1],
        },
    )


def forget(
    tx: Tx, root: str, keep: Collection[RelPath], within: Collection[RelPath] | None
) -> None:
    """Forget drops of an inbox that are gone: all but `keep`, or among `within` only.

    Imported, quarantined and queued ones stay: people ask what became of them.
    """
    rows = tx.execute(
        "SELECT path FROM drops WHERE root = ? AND state IN ('settling', 'refused', 'held', 'review')",
        (root,),
    ).fetchall()
    for row in rows:
        path = RelPath(row["path"])
        if path not in keep and (within is None or path in within):
            tx.execute("DELETE FROM drops WHERE root = ? AND path = ?", (root, path))


def one(tx: Tx, place: Place) -> Drop | None:
    """Return the drop at a place."""
    row = tx.execute(
        "SELECT * FROM drops WHERE root = ? AND path = ?", (place.root, place.path)
    ).fetchone()
    return None if row is None else _drop(row)


def lonely(tx: Tx) -> list[Drop]:
    """Return the drops that stay because something in them waits for what it belongs to."""
    rows = tx.execute(
        "SELECT * FROM drops WHERE state IN ('refused', 'review') AND instr(verdicts, ?)",
        (f'"reason":"{WAITS}',),
    )
    return [_drop(row) for row in rows]


def of_operation(tx: Tx, operation: int) -> Drop | None:
    """Return the drop that an import has in its hands."""
    row = tx.execute("SELECT * FROM drops WHERE operation = ?", (operation,)).fetchone()
    return None if row is None else _drop(row)


def of(tx: Tx, root: str, among: Collection[RelPath] | None = None) -> dict[RelPath, Drop]:
    """Return all drops of an inbox, or those `among` these paths."""
    if among is not None:
        found = [one(tx, Place(root, path)) for path in among]
        return {drop.path: drop for drop in found if drop is not None}
    rows = tx.execute("SELECT * FROM drops WHERE root = ?", (root,))
    return {RelPath(row["path"]): _drop(row) for row in rows}


def waiting(tx: Tx, limit: int = 200) -> list[Drop]:
    """Return the drops that are not filed, the longest waiting first."""
    rows = tx.execute(
        "SELECT * FROM drops WHERE state NOT IN ('imported', 'quarantined') ORDER BY changed_at LIMIT ?",
        (limit,),
    )
    return [_drop(row) for row in rows]


def is_being_filed(tx: Tx, place: Place, operation: int) -> bool:
    """Say whether another import than this one moves the files of a drop right now."""
    row = tx.execute(
        "SELECT 1 FROM drops JOIN operations AS other ON other.id = drops.operation"
        " WHERE drops.root = ? AND drops.path = ? AND other.id <> ? AND other.kind = 'import'"
        " AND other.state = 'running' AND other.step IN ('apply', 'shelve')",
        (place.root, place.path, operation),
    ).fetchone()
    return row is not None


def release(tx: Tx) -> None:
    """Let drops settle again whose import has ended without them, as one that was cancelled."""
    tx.execute(
        "UPDATE drops SET state = 'settling', reason = 'it will be looked at again' WHERE state = 'queued'"
        " AND NOT EXISTS (SELECT 1 FROM operations WHERE operations.id = drops.operation"
        " AND operations.state IN ('queued', 'running'))"
    )


def hold(tx: Tx, operation: int, reason: str) -> None:
    """Let the drop of an import that waits stay where it is until a person says otherwise."""
    tx.execute(
        "UPDATE drops SET state = 'held', reason = ? WHERE operation = ? AND state = 'queued'",
        (reason, operation),
    )


def some_queued(tx: Tx, root: str) -> bool:
    """Say whether an import of something in an inbox waits or runs."""
    row = tx.execute(
        "SELECT 1 FROM drops WHERE root = ? AND state = 'queued' LIMIT 1", (root,)
    ).fetchone()
    return row is not None


def refuse(tx: Tx, operation: int, reason: str) -> None:
    """Note why a drop stays whose import has failed before anything was planned."""
    tx.execute(
        "UPDATE drops SET state = 'refused', reason = ? WHERE operation = ? AND state = 'queued'",
        (reason, operation),
    )


def imported_before(tx: Tx, moment: float) -> list[Place]:
    """Return the drops that were filed before a Unix time."""
    rows = tx.execute(
        "SELECT root, path FROM drops WHERE state = 'imported' AND looked_at < ?", (moment,)
    )
    return [Place(row["root"], RelPath(row["path"])) for row in rows]


def remove(tx: Tx, place: Place) -> None:
    """Forget a drop."""
    tx.execute("DELETE FROM drops WHERE root = ? AND path = ?", (place.root, place.path))


def _drop(row: Mapping[str, Any]) -> Drop:
    return Drop(
        root=row["root"],
        path=RelPath(row["path"]),
        state=row["state"],
        reason=row["reason"],
        memory=Memory(
            snapshot=row["snapshot"][:DIGEST],
            bytes=row["bytes"],
            changed_at=row["changed_at"],
            looked_at=row["looked_at"],
            recent=_unpacked(row["snapshot"][DIGEST:]),
        ),
        verdicts=msgspec.json.decode(row["verdicts"], type=tuple[Verdict, ...]),
        operation=row["operation"],
    )


def _packed(memory: Memory) -> bytes:
    """Return what stands behind the digest in the column: the files that had changed last."""
    return msgspec.msgpack.encode(memory.recent) if memory.recent else b""


def _unpacked(raw: bytes) -> Mapping[RelPath, Mark]:
    return msgspec.msgpack.decode(raw, type=dict[RelPath, Mark]) if raw else {}
