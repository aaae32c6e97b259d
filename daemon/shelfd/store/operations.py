"""The rows of operations: wish, progress, move, end; see store.claims for which is next."""

from collections.abc import Mapping
from typing import Unpack

import msgspec

from shelfd.core.errors import ShelfdError
from shelfd.core.operations import (
    MUST_END,
    Asker,
    Kind,
    Operation,
    Progress,
    State,
    Step,
    Wish,
    priority,
    too_late,
    unfollowed,
)
from shelfd.core.order import TURN_S
from shelfd.core.paths import RelPath
from shelfd.store import absorbed, anew, drops, journal, left_off, pages, relations
from shelfd.store.database import Tx
from shelfd.store.ranks import AGING_S, YIELDING_KINDS

INSERT = f"""
INSERT INTO operations (kind, step, root, path, display, priority, asked_by, unique_key, options,
                        created_at, not_before, changed_at, deadline, parent, rank)
VALUES (:kind, :step, :root, :path, :display, :priority, :asked_by, :unique_key, :options,
        :now, :not_before, :now, :deadline, :parent, max(:now, :not_before) + :priority * {AGING_S})
ON CONFLICT (unique_key) WHERE state = 'queued' AND unique_key IS NOT NULL
DO UPDATE SET priority = min(priority, excluded.priority), not_before = min(not_before, excluded.not_before),
  rank = min(rank, max(:now, min(not_before, excluded.not_before)) + min(priority, excluded.priority) * {AGING_S})
RETURNING id
"""  # noqa: S608  # built from constants

MUST_END_STEPS = ", ".join(f"'{step}'" for step in sorted(MUST_END))

END = """
UPDATE operations
SET state = :state, changed_at = :now, finished_at = :now, current = '', error = :error, result = :result,
    crashes = 0
WHERE id = :id
"""

# one that goes on where it stood does not see what changed behind it; what others wait for does its own work
GIVE_UP_KEY = """
UPDATE operations SET unique_key = NULL
WHERE id = ?1 AND (kind <> 'scan' OR EXISTS (SELECT 1 FROM checkpoints WHERE operation = ?1)
                   OR EXISTS (SELECT 1 FROM operation_waits WHERE waits_for = ?1))
"""

# what yields and has had its turn waits anew, so that what it makes room for comes before it
REQUEUE = f"""
UPDATE operations
SET state = 'queued', changed_at = :now, not_before = :not_before,
    rank = max(rank, priority * {AGING_S} + CASE
      WHEN kind IN ({YIELDING_KINDS}) AND :now >= {TURN_S} + (
        SELECT max(at) FROM operation_history WHERE operation = operations.id AND became = 'running')
      THEN max(:now, :not_before) ELSE :not_before END)
WHERE id = :id AND NOT EXISTS (
  SELECT 1 FROM operations AS other WHERE other.state = 'queued' AND other.unique_key = operations.unique_key)
"""  # noqa: S608  # built from constants

SAME_WAITS = """
SELECT id FROM operations
WHERE state = 'queued' AND unique_key = (SELECT unique_key FROM operations WHERE id = ?)
"""

# what begins anew counts anew
BEGIN_ANEW = f"""
UPDATE operations SET phase = '', done = 0, total = 0
WHERE id = ?1 AND kind IN ({YIELDING_KINDS}) AND state = 'queued'
  AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE operation = ?1)
"""  # noqa: S608  # built from constants

# what changes files goes on until they are where they were, or where they are to be
CAN_END = f"""
(step NOT IN ({MUST_END_STEPS}) OR NOT EXISTS (
   SELECT 1 FROM journal WHERE operation = operations.id AND journal.state NOT IN ('planned', 'dropped')))
"""  # noqa: S608  # built from constants
CALLED_OFF = f"SELECT 1 FROM operations WHERE id = ? AND cancel AND {CAN_END}"  # noqa: S608  # built from constants
LATE_ONE = f"SELECT id FROM operations WHERE id = :id AND deadline <= :now AND {CAN_END}"  # noqa: S608  # built from constants
WAITS_UNTOUCHED = f"SELECT 1 FROM operations WHERE id = ? AND state = 'queued' AND {CAN_END}"  # noqa: S608  # built from constants

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


def enqueue(tx: Tx, wish: Wish, now: float) -> int:
    """Put `wish` into the queue and return its id, or that of the operation that serves for it too.

    That is one that waits with the same key, or a wider scan that waits; or the same scan that was cancelled, when
    a person asks for it again: it goes on where it stood.
    """
    if wish.kind is Kind.SCAN and wish.asker is Asker.PERSON and not wish.waits_for:
        number = left_off.go_on(tx, wish, now)
        if number is not None:
            return number
    if (number := absorbed.wider(tx, wish, now)) is not None:
        return number
    number = _insert(tx, wish, now)
    for narrower in absorbed.narrower(tx, wish, number, now):
        _end(tx, narrower, (State.COMPLETED, None, encoded({"absorbed_by": number})), now)
    return number


def _insert(tx: Tx, wish: Wish, now: float) -> int:
    row = tx.execute(
        INSERT,
        {
            "kind": wish.kind,
            "step": wish.step,
            "root": wish.place.root,
            "path": wish.place.path,
            "display": wish.display,
            "priority": wish.priority or priority(wish.kind, wish.asker),
            "asked_by": wish.asker,
            "unique_key": wish.unique_key,
            "options": encoded(wish.options),
            "not_before": wish.not_before,
            "deadline": wish.deadline,
            "parent": wish.parent,
            "now": now,
        },
    ).fetchone()
    number = int(row["id"])
    relations.let_wait(tx, number, wish.waits_for)
    return number


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
    _end(tx, operation, (State.COMPLETED, None, encoded(result)), now)


def cancel(tx: Tx, operation: int, now: float, result: Mapping[str, object] | None = None) -> None:
    """End a waiting or running operation because somebody said so.

    A scan keeps its checkpoint. What an import or undo has planned is given up; its drop settles again. The parts
    of an operation are cancelled with it.
    """
    text = None if result is None else encoded(result)
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


def fail(
    tx: Tx,
    operation: int,
    error: ShelfdError,
    now: float,
    result: Mapping[str, object] | None = None,
) -> None:
    """End an operation with what went wrong, and with what came of it all the same."""
    text = None if result is None else encoded(result)
    _end(tx, operation, (State.FAILED, encoded(described(error)), text), now)


def note_error(tx: Tx, operation: int, error: ShelfdError) -> None:
    """Keep the first thing that went wrong in a running operation, which goes on to put things back."""
    tx.execute(
        "UPDATE operations SET error = ? WHERE id = ? AND error IS NULL",
        (encoded(described(error)), operation),
    )


def described(error: ShelfdError) -> dict[str, str]:
    """Return an error as the row and the API have it."""
    return {"code": error.code, "message": error.message, "hint": error.hint}


def requeue(tx: Tx, operation: int, now: float, not_before: float = 0.0) -> None:
    """Put a running operation back, or cancel it if that is wanted.

    When another scan of the same waits, that one serves for both, unless this one has a checkpoint. What nobody
    wants any more has failed, unless it must end. An import or undo that has done nothing yet is planned anew.
    """
    if tx.execute(CALLED_OFF, (operation,)).fetchone() is not None:
        cancel(tx, operation, now)
        return
    if tx.execute(LATE_ONE, {"id": operation, "now": now}).fetchone() is not None:
        fail(tx, operation, too_late(), now)
        return
    tx.execute(GIVE_UP_KEY, (operation,))
    cursor = tx.execute(REQUEUE, {"id": operation, "now": now, "not_before": not_before})
    if not cursor.rowcount:
        other = tx.execute(SAME_WAITS, (operation,)).fetchone()[0]
        _end(tx, operation, (State.COMPLETED, None, encoded({"absorbed_by": other})), now)
    tx.execute(BEGIN_ANEW, (operation,))
    anew.plan(tx, operation)


def running(tx: Tx) -> list[Operation]:
    """Return what runs; after a crash, what ran."""
    return [of_row(row) for row in tx.execute("SELECT * FROM operations WHERE state = 'running'")]


def one(tx: Tx, operation: int) -> Operation | None:
    """Return an operation by its id."""
    row = tx.execute("SELECT * FROM operations WHERE id = ?", (operation,)).fetchone()
    return None if row is None else of_row(row)


def page(
    tx: Tx, *, before: int = 1 << 62, limit: int = 100, **which: Unpack[pages.Which]
) -> list[Operation]:
    """Return operations, newest first, with an id below `before`."""
    values = {"state": None, "kind": None, "parent": None, "before": before, "limit": limit}
    return [of_row(row) for row in tx.execute(pages.statement(which), values | {**which})]


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


def _end(tx: Tx, operation: int, end: tuple[State, str | None, str | None], now: float) -> None:
    _end_alone(tx, operation, end, now)
    if end[0] is not State.COMPLETED:
        _end_others(tx, operation, now)


def _end_alone(
    tx: Tx, operation: int, end: tuple[State, str | None, str | None], now: float
) -> None:
    state, error, result = end
    values = {"id": operation, "state": state, "now": now, "error": error, "result": result}
    tx.execute(END, values)
    if state is not State.CANCELLED:
        tx.execute("DELETE FROM checkpoints WHERE operation = ?", (operation,))
    relations.part_ended(tx, operation, now)


def _end_others(tx: Tx, operation: int, now: float) -> None:
    """End what was to follow an operation that has not ended well, and what is a part of it, and so on from there.

    A part that runs, or that has changed files, comes to its end by itself: it puts them back.
    """
    ended = [operation]  # a chain may be longer than calls can be deep
    while ended:
        number = ended.pop()
        for follower in relations.followers(tx, number):
            error = encoded(described(unfollowed(number)))
            _end_alone(tx, follower, (State.FAILED, error, None), now)
            ended.append(follower)
        for part in relations.open_parts(tx, number):
            if tx.execute(WAITS_UNTOUCHED, (part,)).fetchone() is None:
                call_off(tx, part)
                continue
            _end_alone(tx, part, (State.CANCELLED, None, None), now)
            journal.drop_planned(tx, part)
            ended.append(part)
    drops.release(tx)


def of_row(row: Mapping[str, object]) -> Operation:
    """Return an operation as its row says it."""
    values = dict(row)
    del values["unique_key"], values["changed_at"], values["cancel"], values["rank"]
    for column in ("options", "error", "result", "fault"):
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


def encoded(value: object) -> str:
    """Return a value as its column has it."""
    return msgspec.json.encode(value).decode()
