"""The rows of imports and undos that wait with a plan of which nothing has come: they are planned anew.

While they wait the world may change, and the plan with it. Only what arranges one item of a library keeps the plan in
which it was made: it is one of many that must fit together.
"""

from shelfd.store import journal
from shelfd.store.database import Tx

PLAN = """
UPDATE operations SET step = CASE kind WHEN 'import' THEN 'plan' ELSE 'undo' END
WHERE id = ?1 AND state = 'queued' AND step = 'apply' AND error IS NULL
  AND (parent IS NULL OR json_extract(options, '$.organize') IS NOT 1)
  AND NOT EXISTS (SELECT 1 FROM journal WHERE operation = ?1 AND journal.state NOT IN ('planned', 'dropped'))
"""


def plan(tx: Tx, operation: int) -> None:
    """Let a waiting import or undo go back to its plan, if nothing has come of that yet."""
    if tx.execute(PLAN, (operation,)).rowcount:
        journal.forget(tx, operation)


def plan_all(tx: Tx) -> None:
    """Let all of them go back to their plans."""
    rows = tx.execute("SELECT id FROM operations WHERE state = 'queued' AND step = 'apply'")
    for row in rows.fetchall():
        plan(tx, row["id"])
