"""The rows of imports that wait already when somebody asks for an import of their whole inbox: they become parts of it."""

from shelfd.core.operations import Asker, Operation, priority
from shelfd.core.paths import RelPath
from shelfd.store import operations
from shelfd.store.database import Tx
from shelfd.store.ranks import AGING_S

# of one drop, and in earnest
SINGLE = "root = :root AND path <> x'' AND json_extract(options, '$.dry_run') IS NOT 1"
# with a plus no index is taken for it: few wait, and very many imports have ended
WAITING = f"state = 'queued' AND +kind = 'import' AND {SINGLE}"

# what a person has asked for by itself is not cancelled with the whole
ADOPT = f"""
UPDATE operations SET parent = :whole, unique_key = NULL
WHERE {WAITING} AND parent IS NULL AND asked_by <> 'person'
"""  # noqa: S608  # built from constants

# what has a plan keeps to it
AS_ASKED = f"""
UPDATE operations
SET asked_by = 'person', options = :options, deadline = :deadline, not_before = 0,
    priority = min(priority, :priority), rank = min(rank, :now + min(priority, :priority) * {AGING_S})
WHERE parent = :whole AND state = 'queued' AND step = 'plan' AND asked_by <> 'person'
"""  # noqa: S608  # built from constants

IN_HAND = f"SELECT path FROM operations WHERE {WAITING}"  # noqa: S608  # built from constants

OTHERS = f"""
SELECT DISTINCT coalesce(parent, id) FROM operations
WHERE kind = 'import' AND parent IS NOT :whole AND {SINGLE} AND (finished_at IS NULL OR finished_at >= (
  SELECT max(at) FROM operation_history WHERE operation = :whole AND became = 'queued' AND was IS NOT 'running'))
ORDER BY 1
"""  # noqa: S608  # built from constants


def adopt(tx: Tx, whole: Operation, now: float) -> None:
    """Let the imports that wait in an inbox by themselves be parts of the one of all of it, and done as that was asked for."""
    values = {
        "whole": whole.id,
        "root": whole.root,
        "options": operations.encoded(whole.options),
        "deadline": whole.deadline,
        "priority": priority(whole.kind, Asker.PERSON),
        "now": now,
    }
    tx.execute(ADOPT, values)
    tx.execute(AS_ASKED, values)


def in_hand(tx: Tx, root: str) -> set[RelPath]:
    """Return the drops of an inbox whose import waits."""
    return {RelPath(row["path"]) for row in tx.execute(IN_HAND, {"root": root})}


def others(tx: Tx, whole: Operation) -> list[int]:
    """Return the operations beside it that have imported something of the same inbox since it was asked for, or are to."""
    rows = tx.execute(OTHERS, {"whole": whole.id, "root": whole.root})
    return [int(row[0]) for row in rows]
