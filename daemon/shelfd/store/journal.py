"""The rows of file steps: planned, begun before it happens, done after it has."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shelfd.core.journal import Action, Entry, Expected, FileStep, Outcome, State
from shelfd.core.paths import Place, RelPath
from shelfd.store.database import Tx

INSERT = """
INSERT INTO journal (operation, seq, action, source_root, source, target_root, target, mode, trash, expected, reverses)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

LAST_CHANGE = """
SELECT * FROM (
  SELECT * FROM journal WHERE target_root = ?1 AND target = ?2 AND action IN ('mkdir', 'place', 'move')
  UNION ALL
  SELECT * FROM journal WHERE source_root = ?1 AND source = ?2 AND action IN ('rmdir', 'move', 'discard'))
WHERE state IN ('planned', 'begun', 'done') ORDER BY id DESC LIMIT 1
"""

LEFT_BEHIND = """
SELECT * FROM journal AS made
WHERE target_root = ?1 AND target = ?2 AND action = 'mkdir' AND state = 'reversed' AND NOT EXISTS (
  SELECT 1 FROM journal AS gone
  WHERE source_root = ?1 AND source = ?2 AND action = 'rmdir' AND state = 'done' AND gone.id > made.id)
ORDER BY id DESC LIMIT 1
"""

LEFT = """
SELECT 1 FROM journal
WHERE operation = ? AND (state IN ('planned', 'begun', 'purged') OR state = 'done' AND reverses IS NULL
                         AND action NOT IN ('rmdir', 'stamp'))
LIMIT 1
"""

LAST_NAMED = """
SELECT * FROM (
  SELECT * FROM journal WHERE target_root = ?1 AND target = ?2
  UNION ALL
  SELECT * FROM journal WHERE source_root = ?1 AND source = ?2)
WHERE state IN ('planned', 'begun', 'done') ORDER BY id DESC LIMIT 1
"""


def plan(tx: Tx, operation: int, steps: Iterable[FileStep]) -> None:
    """Append steps to the journal of an operation."""
    last = tx.execute("SELECT max(seq) FROM journal WHERE operation = ?", (operation,)).fetchone()
    first = (last[0] or 0) + 1
    rows = [_row(operation, seq, step) for seq, step in enumerate(steps, first)]
    tx.executemany(INSERT, rows)


def replace(tx: Tx, entry: Entry, steps: Iterable[FileStep]) -> None:
    """Drop a step that turned out to be impossible, and let others take its place in the order."""
    later = tx.execute(
        "SELECT * FROM journal WHERE operation = ? AND seq > ? AND state = 'planned' ORDER BY seq",
        (entry.operation, entry.seq),
    ).fetchall()
    rest = [_entry(row).step for row in later]
    move(tx, entry, State.DROPPED)
    tx.execute(
        "DELETE FROM journal WHERE operation = ? AND seq > ? AND state = 'planned'",
        (entry.operation, entry.seq),
    )
    plan(tx, entry.operation, [*steps, *rest])


def next_steps(tx: Tx, operation: int, most: int) -> list[Entry]:
    """Return the first steps that are still to be done, so many at most."""
    rows = tx.execute(
        "SELECT * FROM journal WHERE operation = ? AND state IN ('planned', 'begun') ORDER BY seq LIMIT ?",
        (operation, most),
    )
    return [_entry(row) for row in rows]


def begin(tx: Tx, entry: Entry, before: Outcome) -> None:
    """Note that a step may happen from now on, and what a restart could no longer see once it has happened."""
    tx.execute(
        "UPDATE journal SET state = 'begun', outcome = ? WHERE id = ?",
        (msgspec.msgpack.encode(before), entry.id),
    )


def finish(tx: Tx, entry: Entry, outcome: Outcome) -> None:
    """Note that a step has happened and is durable; what it takes back is thereby reversed."""
    tx.execute(
        "UPDATE journal SET state = 'done', outcome = ? WHERE id = ?",
        (msgspec.msgpack.encode(outcome), entry.id),
    )
    _taken_back(tx, entry)


def pass_over(tx: Tx, entry: Entry) -> None:
    """Give a step up that others have made needless; what it was to take back is theirs now, and counts as taken back."""
    move(tx, entry, State.DROPPED)
    _taken_back(tx, entry)


def _taken_back(tx: Tx, entry: Entry) -> None:
    if entry.step.reverses is not None:
        tx.execute("UPDATE journal SET state = 'reversed' WHERE id = ?", (entry.step.reverses,))


def move(tx: Tx, entry: Entry, state: State) -> None:
    """Put a step into another state."""
    tx.execute("UPDATE journal SET state = ? WHERE id = ?", (state, entry.id))


def state(tx: Tx, entry: Entry) -> State:
    """Return the state that a step is in now."""
    return State(tx.execute("SELECT state FROM journal WHERE id = ?", (entry.id,)).fetchone()[0])


def drop_planned(tx: Tx, operation: int) -> None:
    """Give up every step that has not begun."""
    tx.execute(
        "UPDATE journal SET state = 'dropped' WHERE operation = ? AND state = 'planned'",
        (operation,),
    )


def has_left_something(tx: Tx, operation: int) -> bool:
    """Say whether anything is not as it was before an import, or may not be."""
    return tx.execute(LEFT, (operation,)).fetchone() is not None


def forget(tx: Tx, operation: int) -> None:
    """Forget the steps of an import or undo that has left nothing, so that it can be planned anew."""
    tx.execute("DELETE FROM journal WHERE operation = ?", (operation,))


def one(tx: Tx, number: int) -> Entry:
    """Return a step that there is, as its row has it now."""
    return _entry(tx.execute("SELECT * FROM journal WHERE id = ?", (number,)).fetchone())


def of(tx: Tx, operation: int) -> list[Entry]:
    """Return all steps of an operation, in their order."""
    rows = tx.execute("SELECT * FROM journal WHERE operation = ? ORDER BY seq", (operation,))
    return [_entry(row) for row in rows]


def of_whole(tx: Tx, operation: int) -> list[Entry]:
    """Return all steps of an operation, and of its parts, in the order in which they were planned."""
    rows = tx.execute(
        "SELECT * FROM journal WHERE operation = ?1"
        " OR operation IN (SELECT id FROM operations WHERE parent = ?1) ORDER BY id",
        (operation,),
    )
    return [_entry(row) for row in rows]


def begun(tx: Tx) -> list[Entry]:
    """Return the steps that were begun and not ended: after a crash, those to be resolved."""
    return [_entry(row) for row in tx.execute("SELECT * FROM journal WHERE state = 'begun'")]


def last_change(tx: Tx, root: str, path: RelPath) -> Entry | None:
    """Return the last step that has changed, or is to change, what lies at this path; None when there is none."""
    row = tx.execute(LAST_CHANGE, (root, path)).fetchone()
    return None if row is None else _entry(row)


def last_named(tx: Tx, root: str, path: RelPath) -> Entry | None:
    """Return the last step that has this path as an end, be it changed or only read; None when there is none."""
    row = tx.execute(LAST_NAMED, (root, path)).fetchone()
    return None if row is None else _entry(row)


def left_behind(tx: Tx, root: str, path: RelPath) -> Entry | None:
    """Return the step that made a directory and counts as taken back though none has removed it; None when none does."""
    row = tx.execute(LEFT_BEHIND, (root, path)).fetchone()
    return None if row is None else _entry(row)


def trashed_before(tx: Tx, moment: float) -> list[Entry]:
    """Return the moves into the trash by operations that ended before a Unix time."""
    rows = tx.execute(
        "SELECT journal.* FROM journal JOIN operations ON operations.id = journal.operation"
        " WHERE journal.trash = 1 AND journal.state = 'done' AND operations.finished_at < ?"
        # what a failed operation left in the trash may be the only copy
        " AND operations.state = 'completed'"
        " ORDER BY journal.id",
        (moment,),
    )
    return [_entry(row) for row in rows]


def _row(operation: int, seq: int, step: FileStep) -> tuple[object, ...]:
    nowhere = Place("", RelPath(b""))
    source, target = step.source or nowhere, step.target or nowhere
    return (
        operation,
        seq,
        step.action,
        source.root,
        source.path,
        target.root,
        target.path,
        step.mode,
        step.trash,
        msgspec.msgpack.encode(step.expected),
        step.reverses,
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    step = FileStep(
        action=Action(row["action"]),
        source=_place(row["source_root"], row["source"]),
        target=_place(row["target_root"], row["target"]),
        mode=row["mode"],
        trash=bool(row["trash"]),
        expected=msgspec.msgpack.decode(row["expected"], type=Expected),
        reverses=row["reverses"],
    )
    outcome = row["outcome"]
    return Entry(
        id=row["id"],
        operation=row["operation"],
        seq=row["seq"],
        step=step,
        state=State(row["state"]),
        outcome=None if outcome is None else msgspec.msgpack.decode(outcome, type=Outcome),
    )


def _place(root: str, path: bytes) -> Place | None:
    return Place(root, RelPath(path)) if root else None
