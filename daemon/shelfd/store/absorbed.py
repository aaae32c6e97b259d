"""Scans that need not be done: another one that began after they were asked for has seen all that they would, or will."""

import math
from collections.abc import Mapping

from shelfd.core.operations import Operation, Step, Wish, priority, strength
from shelfd.core.paths import TOP, ancestors
from shelfd.store.database import Tx
from shelfd.store.ranks import AGING_S

NEIGHBOURS = 100
"""So many operations before and after one are asked: what waits together was asked for together."""

OPTIONS = frozenset({"recursive", "full", "quick"})
"""A scan with any other was asked for with something special in mind."""

STRENGTH = """
CASE WHEN json_extract(options, '$.full') THEN 2 WHEN json_extract(options, '$.quick') THEN 0 ELSE 1 END
"""
DEEP = "(json_extract(options, '$.recursive') OR json_extract(options, '$.quick'))"
PLAIN = "json_extract(options, '$.confirmed') IS NULL AND json_extract(options, '$.again') IS NULL"

# one that has read a part already does not see what changed there since
WAITS = f"""
state = 'queued' AND step = 'scan' AND unique_key IS NOT NULL AND {PLAIN}
AND id NOT IN (SELECT operation FROM checkpoints)
"""  # noqa: S608  # built from constants
WIDER = f"""
SELECT id FROM operations
WHERE {WAITS} AND root IN ('', :root) AND path IN ({{paths}}) AND {DEEP}
  AND {STRENGTH} >= :strength AND not_before <= :not_before
LIMIT 1
"""  # noqa: S608  # built from constants
SOONER = f"""
UPDATE operations
SET priority = min(priority, :priority),
    rank = min(rank, :rank, max(not_before, :now) + min(priority, :priority) * {AGING_S})
WHERE id = :id
"""  # noqa: S608  # built from constants
# what others wait for is not over before its work is done
NARROWER = f"""
SELECT id, priority, rank FROM operations
WHERE {WAITS} AND id <> :id AND {STRENGTH} <= :strength AND not_before >= :not_before
  AND (:root = '' OR root = :root AND (:path = x'' OR path = :path OR path > :below AND path < :beyond))
  AND NOT EXISTS (SELECT 1 FROM operation_waits WHERE waits_for = operations.id)
"""  # noqa: S608  # built from constants

# first of all, as it is said of nearly all scans: nothing was completed since this one was asked for
BY = f"""
SELECT max(id) FROM operations
WHERE EXISTS (SELECT 1 FROM operation_history WHERE became = 'completed'
              AND id > (SELECT min(id) FROM operation_history WHERE operation = :id))
  AND state = 'completed' AND id BETWEEN :id - :neighbours AND :id + :neighbours AND id <> :id
  AND step = 'scan' AND started_at > :created_at
  AND json_extract(result, '$.directories') IS NOT NULL AND json_extract(result, '$.absent') IS NULL
  AND {STRENGTH} >= :strength
  AND CASE WHEN {DEEP}
      THEN root = '' OR root = :root AND (path IN (x'', :path)
           OR substr(:path, 1, length(path)) = path AND substr(:path, length(path) + 1, 1) = x'2f')
      ELSE NOT :recursive AND root = :root AND path = :path END
  AND NOT EXISTS (SELECT 1 FROM roots WHERE active = 1 AND suspended NOT NULL AND :root IN ('', name))
"""  # noqa: S608  # built from constants


IMPORTED = """
SELECT max(id) FROM operations
WHERE kind = 'import' AND state = 'completed' AND root = :root AND path = :path AND id <> :id
  AND finished_at >= :created_at AND json_extract(options, '$.dry_run') IS NOT 1
"""


def imported(tx: Tx, operation: Operation) -> int | None:
    """Return the import that has filed what this one was to file, since it was asked for; None when there is none."""
    values = {
        "id": operation.id,
        "root": operation.root,
        "path": operation.path,
        "created_at": operation.created_at,
    }
    row = tx.execute(IMPORTED, values).fetchone()
    return None if row[0] is None else int(row[0])


def by(tx: Tx, operation: Operation) -> int | None:
    """Return the scan that has done the work of this one, which has not begun; None when it is to be done.

    Of a library that is suspended each scan says so itself.
    """
    said = {option for option, value in operation.options.items() if value is True}
    if operation.attempts > 1 or said - OPTIONS:
        return None
    values = {
        "id": operation.id,
        "neighbours": NEIGHBOURS,
        "created_at": operation.created_at,
        "strength": strength(operation.options),
        "root": operation.root,
        "path": operation.path,
        "recursive": bool(said & {"recursive", "quick"}),
    }
    row = tx.execute(BY, values).fetchone()
    return None if row[0] is None else int(row[0])


def wider(tx: Tx, wish: Wish, now: float) -> int | None:
    """Return the scan that waits and will look at all that a wish wants looked at, no later; it is now as urgent as that.

    None when there is none, or when somebody waits for the wish by its id.
    """
    if not _is_absorbed(wish) or wish.alone or wish.place.root == "":
        return None
    paths = {TOP, wish.place.path, *ancestors(wish.place.path)}
    named = {f"path_{number}": path for number, path in enumerate(sorted(paths))}
    values = {
        **named,
        "root": wish.place.root,
        "strength": strength(wish.options),
        "not_before": max(wish.not_before, now),
    }
    query = WIDER.format(paths=", ".join(f":{name}" for name in named))
    row = tx.execute(query, values).fetchone()
    if row is None:
        return None
    urgency = {
        "id": row["id"],
        "priority": wish.priority or priority(wish.kind, wish.asker),
        "rank": math.inf,
        "now": now,
    }
    tx.execute(SOONER, urgency)
    return int(row["id"])


def narrower(tx: Tx, wish: Wish, operation: int, now: float) -> list[int]:
    """Return those that wait for what the scan of a wish, which waits now, will look at; it is as urgent as the first of them."""
    if not _is_absorbed(wish) or not _is_deep(wish.options):
        return []
    values = {
        "id": operation,
        "root": wish.place.root,
        "path": wish.place.path,
        "below": wish.place.path + b"/",
        "beyond": wish.place.path + b"0",  # the byte after the slash
        "strength": strength(wish.options),
        "not_before": wish.not_before,
    }
    rows = tx.execute(NARROWER, values).fetchall()
    for row in rows:
        urgency = {"priority": row["priority"], "rank": row["rank"]}
        tx.execute(SOONER, {**urgency, "id": operation, "now": now})
    return [int(row["id"]) for row in rows]


def _is_absorbed(wish: Wish) -> bool:
    """Say whether others may do what a wish wants: nobody knows it by its id, and it has nothing special in mind."""
    said = {option for option, value in wish.options.items() if value is True}
    return wish.step is Step.SCAN and wish.unique_key is not None and not said - OPTIONS


def _is_deep(options: Mapping[str, object]) -> bool:
    return options.get("recursive") is True or options.get("quick") is True
