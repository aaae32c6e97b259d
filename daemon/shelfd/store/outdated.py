"""The rows of operations that ended long ago, and of which nothing can be undone any more."""

from shelfd.store import ends
from shelfd.store.database import Tx

OLD = """
finished_at < ?1 AND NOT (kind = 'import' AND EXISTS (
  SELECT 1 FROM journal WHERE operation = operations.id AND state = 'done') AND NOT EXISTS (
  SELECT 1 FROM journal WHERE operation = operations.id AND state = 'purged'))
"""
FORGET_JOURNAL = f"DELETE FROM journal WHERE operation IN (SELECT id FROM operations WHERE {OLD})"  # noqa: S608  # built from constants
FORGET = f"DELETE FROM operations WHERE {OLD}"  # noqa: S608  # built from constants


def forget_before(tx: Tx, moment: float) -> int:
    """Forget operations that ended before a Unix time, but for imports that can still be undone; return how many."""
    ends.note(tx, OLD, (moment,))
    tx.execute(FORGET_JOURNAL, (moment,))
    return tx.execute(FORGET, (moment,)).rowcount
