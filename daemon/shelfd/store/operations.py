"""The rows of operations: wish, claim, move, end."""

from collections.abc import Mapping

import msgspec

from shelfd.core.errors import ShelfdError
from shelfd.core.operations import (
    Asker,
    Kind,
    Operation,
    Progress,
    State,
    Step,
    Wish,
    priority,
)
from shelfd.core.paths import Place, RelPath
from shelfd.store import drops, ends, journal, left_off
from shelfd.store.database import Tx

INSERT = """
INSERT INTO operations (kind, step, root, path, display, priority, asked_by, unique_key, options,
                        created_at, not_before, changed_at)
VALUES (:kind, :step, :root, :path, :display, :priority, :asked_by, :unique_key, :options,
        :now, :not_before, :now)
ON CONFLICT (unique_key) WHERE state = 'queued' AND unique_key IS NOT NULL
DO UPDATE SET priority = min(priority, excluded.priority),
              not_before = min(not_before, excluded.not_before)
RETURNING id
"""

CLAIM = """
UPDATE operations
SET state = 'running', attempts = attempts + 1, changed_at = :now,
    started_at = coalesce(started_at, :now)
WHERE id = (SELECT id FROM operations
            WHERE state = 'queued' AND not_before <= :now
            ORDER BY priority, id LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM facts WHERE name = 'paused')
RETURNING *
"""

DUE = """
SELECT min(not_before) FROM operations
WHERE state = 'queued' AND NOT EXISTS (SELECT 1 FROM facts WHERE name = 'paused')
"""

END = """
UPDATE operations
SET state = :state, changed_at = :now, finished_at = :now, current = '', error = :error, result = :result
WHERE id = :id
"""

# one that goes on where it stood does not see what changed behind it: it serves for no later wish
GIVE_UP_KEY = """
UPDATE operations SET unique_key = NULL
WHERE id = ?1 AND (kind <> 'scan' OR EXISTS (SELECT 1 FROM checkpoints WHERE operation = ?1))
"""

REQUEUE = """
UPDATE operations SET state = 'queued', changed_at = :now, not_before = :not_before
WHERE id = :id AND NOT EXISTS (
  SELECT 1 FROM operations AS other WHERE other.state = 'queued' AND other.unique_key = operations.unique_key)
"""

SAME_WAITS = """
SELECT id FROM operations
WHERE state = 'queued' AND unique_key = (SELECT unique_key FROM operations WHERE id = ?)
"""

# what begins anew counts anew
BEGIN_ANEW = """
UPDATE operations SET phase = '', done = 0, total = 0
WHERE id = ?1 AND kind = 'scan' AND state = 'queued'
  AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE operation = ?1)
"""

PROGRESS = """
UPDATE operations
SET done = CASE phase WHEN :phase THEN max(done, :done) ELSE :done END,
    total = max(:total, :done, CASE phase WHEN :phase THEN done ELSE 0 END),
    phase = :phase, unit = :unit, current = :current, changed_at = :now
WHERE id = :id
"""

# the trigger that has written this event does not know it: the row has no place for it
PACED = """
UPDATE events SET data = json_set(data, '$.rate', :rate, '$.eta_s', :eta_s)
WHERE id = (SELECT max(id) FROM events WHERE operation = :id AND event = 'progress')
"""

PAGE = "SELECT * FROM operations WHERE id < :before ORDER BY id DESC LIMIT :limit"
PAGE_OF_A_STATE = """
SELECT * FROM operations
WHERE state = :state AND (:kind IS NULL OR kind = :kind) AND id < :before
ORDER BY id DESC LIMIT :limit
"""
PAGE_OF_A_KIND = """
SELECT * FROM operations
WHERE kind = :kind AND (:state IS NULL OR state = :state) AND id < :before
ORDER BY id DESC LIMIT :limit
"""

OLD = """
finished_at < ?1 AND NOT (kind = 'import' AND EXISTS (
  SELECT 1 FROM journal WHERE operation = operations.id AND state = 'done') AND NOT EXISTS (
  SELECT 1 FROM journal WHERE operation = operations.id AND state = 'purged'))
"""
FORGET_JOURNAL = f"DELETE FROM journal WHERE operation IN (SELECT id FROM operations WHERE {OLD})"  # noqa: S608  # built from constants
FORGET = f"DELETE FROM operations WHERE {OLD}"  # noqa: S608  # built from constants


def enqueue(tx: Tx, wish: Wish, now: float) -> int:
    """Put `wish` into the queue and return its id, or that of the operation that serves for it too.

    That is one that waits with the same key; or the same scan that was cancelled, when a person asks for it
    again: it goes on where it stood.
    """
    if wish.kind is Kind.SCAN and wish.asker is Asker.PERSON:
        number = left_off.go_on(tx, wish, now)
        if number is not None:
            return number
    row = tx.execute(
        INSERT,
        {
            "kind": wish.kind,
            "step": wish.step,
            "root": wish.place.root,
            "path": wish.place.path,
            "display": wish.display,
            "priority": priority(wish.kind, wish.asker),
            "asked_by": wish.asker,
            "unique_key": wish.unique_key,
            "options": _json(wish.options),
            "not_before": wish.not_before,
            "now": now,
        },
    ).fetchone()
    return int(row["id"])


def claim(tx: Tx, now: float) -> Operation | None:
    """Take the first operation that may start now; None when there is none, or the queue is paused."""
    row = tx.execute(CLAIM, {"now": now}).fetchone()
    return None if row is None else _operation(row)


def next_due(tx: Tx) -> float | None:
    """Return the Unix time at which the next waiting operation may start; None when none waits, or all do."""
    row = tx.execute(DUE).fetchone()
    return None if row[0] is None else float(row[0])


def more_urgent_waits(tx: Tx, than: int, now: float) -> bool:
    """Say whether an operation of a better priority than `than` could start now."""
    row = tx.execute(
        "SELECT 1 FROM operations WHERE state = 'queued' AND not_before <= ? AND priority < ? LIMIT 1",
        (now, than),
    ).fetchone()
    return row is not None


def not_later_than(tx: Tx, moment: float) -> None:
    """Let nothing wait beyond a Unix time."""
    tx.execute(
        "UPDATE operations SET not_before = ?1 WHERE state = 'queued' AND not_before > ?1",
        (moment,),
    )


def checkpointed(tx: Tx) -> int:
    """Return how many waiting scans have read a part of what they are to read."""
    row = tx.execute(
        "SELECT count(*) FROM checkpoints JOIN operations ON id = operation WHERE state = 'queued'"
    ).fetchone()
    return int(row[0])


def failures(tx: Tx, place: Place) -> int:
    """Return how many imports of a drop have failed since one went well."""
    row = tx.execute(
        "SELECT count(*) FROM operations WHERE kind = 'import' AND root = ?1 AND path = ?2 AND state = 'failed'"
        " AND id > coalesce((SELECT max(id) FROM operations WHERE kind = 'import' AND root = ?1 AND path = ?2"
        " AND state = 'completed'), 0)",
        (place.root, place.path),
    ).fetchone()
    return int(row[0])


def advance(tx: Tx, operation: int, step: Step) -> None:
    """Let a running operation go on with another step."""
    tx.execute("UPDATE operations SET step = ? WHERE id = ?", (step, operation))


def progress(tx: Tx, operation: int, progress: Progress, now: float) -> None:
    """Record how far a running operation is; within a phase what is done only grows, and never beyond the total."""
    values = {
        name: getattr(progress, name) for name in ("phase", "done", "total", "unit", "current")
    }
    tx.execute(PROGRESS, {**values, "id": operation, "now": now})
    pace = {"rate": progress.rate, "eta_s": progress.eta_s}
    tx.execute(PACED, {**pace, "id": operation})


def rate(tx: Tx, operation: int) -> float | None:
    """Return how many units a second a running operation does; None before its second report."""
    row = tx.execute(
        "SELECT json_extract(data, '$.rate') FROM events WHERE operation = ?"
        # what it reported before it was taken up again is of another time
        " AND event IN ('operation', 'progress') ORDER BY id DESC LIMIT 1",
        (operation,),
    ).fetchone()
    return None if row is None or row[0] is None else float(row[0])


def complete(tx: Tx, operation: int, result: Mapping[str, object], now: float) -> None:
    """End a running operation well; whoever follows it hears that all is done."""
    tx.execute("UPDATE operations SET done = total, changed_at = ? WHERE id = ?", (now, operation))
    _end(tx, operation, (State.COMPLETED, None, _json(result)), now)


def cancel(tx: Tx, operation: int, now: float, result: Mapping[str, object] | None = None) -> None:
    """End a waiting or running operation because somebody said so.

    A scan keeps its checkpoint. What an import or undo has planned is given up; its drop settles again.
    """
    text = None if result is None else _json(result)
    _end(tx, operation, (State.CANCELLED, None, text), now)
    journal.drop_planned(tx, operation)
    drops.release(tx)


def call_off(tx: Tx, operation: int) -> None:
    """Let a running operation be cancelled at its next safe point."""
    tx.execute("UPDATE operations SET cancel = 1 WHERE id = ?", (operation,))


def called_off(tx: Tx, operation: int) -> bool:
    """Say whether an operation is to be cancelled at its next safe point."""
    row = tx.execute("SELECT cancel FROM operations WHERE id = ?", (operation,)).fetchone()
    return row is not None and row[0] == 1


def pause(tx: Tx, *, paused: bool) -> None:
    """Let nothing start from now on, or let it start again; a restart does not change that."""
    if paused:
        tx.execute("INSERT OR REPLACE INTO facts VALUES ('paused', '1')")
    else:
        tx.execute("DELETE FROM facts WHERE name = 'paused'")


def paused(tx: Tx) -> bool:
    """Say whether nothing starts because somebody said so."""
    return tx.execute("SELECT 1 FROM facts WHERE name = 'paused'").fetchone() is not None


def fail(tx: Tx, operation: int, error: ShelfdError, now: float) -> None:
    """End a running operation with what went wrong."""
    _end(tx, operation, (State.FAILED, _json(described(error)), None), now)


def note_error(tx: Tx, operation: int, error: ShelfdError) -> None:
    """Keep the first thing that went wrong in a running operation, which goes on to put things back."""
    tx.execute(
        "UPDATE operations SET error = ? WHERE id = ? AND error IS NULL",
        (_json(described(error)), operation),
    )


def described(error: ShelfdError) -> dict[str, str]:
    """Return an error as the row and the API have it."""
    return {"code": error.code, "message": error.message, "hint": error.hint}


def requeue(tx: Tx, operation: int, now: float, not_before: float = 0.0) -> None:
    """Put a running operation back, or cancel it if that is wanted.

    When another scan of the same waits, that one serves for both, unless this one has a checkpoint.
    """
    if called_off(tx, operation):
        cancel(tx, operation, now)
        return
    tx.execute(GIVE_UP_KEY, (operation,))
    cursor = tx.execute(REQUEUE, {"id": operation, "now": now, "not_before": not_before})
    if not cursor.rowcount:
        other = tx.execute(SAME_WAITS, (operation,)).fetchone()[0]
        _end(tx, operation, (State.COMPLETED, None, _json({"absorbed_by": other})), now)
    tx.execute(BEGIN_ANEW, (operation,))


def running(tx: Tx) -> list[Operation]:
    """Return what runs; after a crash, what ran."""
    return [
        _operation(row) for row in tx.execute("SELECT * FROM operations WHERE state = 'running'")
    ]


def one(tx: Tx, operation: int) -> Operation | None:
    """Return an operation by its id."""
    row = tx.execute("SELECT * FROM operations WHERE id = ?", (operation,)).fetchone()
    return None if row is None else _operation(row)


def page(
    tx: Tx,
    *,
    state: State | None = None,
    kind: Kind | None = None,
    before: int = 1 << 62,
    limit: int = 100,
) -> list[Operation]:
    """Return operations, newest first, with an id below `before`."""
    values = {"state": state, "kind": kind, "before": before, "limit": limit}
    query = PAGE_OF_A_STATE if state else PAGE_OF_A_KIND if kind else PAGE
    # nearly all are completed, so that the kind says more; few are in any other state
    query = PAGE_OF_A_KIND if kind and state is State.COMPLETED else query
    return [_operation(row) for row in tx.execute(query, values)]


def counts(tx: Tx) -> dict[str, int]:
    """Return how many operations are in each state."""
    found = tx.execute("SELECT state, count(*) FROM operations GROUP BY state").fetchall()
    return {str(state): 0 for state in State} | {row[0]: row[1] for row in found}


def history(tx: Tx, operation: int) -> list[tuple[str | None, str, float]]:
    """Return the states an operation was in: from, to, when."""
    rows = tx.execute(
        "SELECT was, became, at FROM operation_history WHERE operation = ? ORDER BY id",
        (operation,),
    )
    return [(row["was"], row["became"], row["at"]) for row in rows]


def forget_before(tx: Tx, moment: float) -> int:
    """Forget operations that ended before a Unix time, but for imports that can still be undone; return how many."""
    ends.note(tx, OLD, (moment,))
    tx.execute(FORGET_JOURNAL, (moment,))
    return tx.execute(FORGET, (moment,)).rowcount


def last_scheduled(tx: Tx, kind: Kind, *, full: bool) -> float | None:
    """Return when an operation that the schedule asked for last ended well."""
    row = tx.execute(
        "SELECT max(finished_at) FROM operations WHERE state = 'completed' AND asked_by = 'schedule'"
        " AND kind = ? AND coalesce(json_extract(options, '$.full'), 0) = ?",
        (kind, full),
    ).fetchone()
    return None if row[0] is None else float(row[0])


def _end(tx: Tx, operation: int, end: tuple[State, str | None, str | None], now: float) -> None:
    state, error, result = end
    values = {"id": operation, "state": state, "now": now, "error": error, "result": result}
    tx.execute(END, values)
    if state is not State.CANCELLED:
        tx.execute("DELETE FROM checkpoints WHERE operation = ?", (operation,))


def _operation(row: Mapping[str, object]) -> Operation:
    values = dict(row)
    del values["unique_key"], values["changed_at"], values["cancel"]
    for column in ("options", "error", "result"):
        text = values[column]
        values[column] = None if text is None else msgspec.json.decode(str(text))
    values |= {
        "kind": Kind(str(values["kind"])),
        "step": Step(str(values["step"])),
        "state": State(str(values["state"])),
        "asked_by": Asker(str(values["asked_by"])),
        "path": RelPath(values["path"]),  # type: ignore[arg-type]  # a BLOB NOT NULL column
    }
    return Operation(**values)  # type: ignore[arg-type]  # the columns are the fields; a test holds it


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
