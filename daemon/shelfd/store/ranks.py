"""The column by which waiting operations are ordered, see core.order: how it is reckoned, and reckoned anew."""

from shelfd.core.operations import YIELDING
from shelfd.store import facts
from shelfd.store.database import Tx

DEFAULT_S = 300.0

AGING_S = (
    f"(SELECT coalesce(max(CAST(value AS REAL)), {DEFAULT_S}) FROM facts WHERE name = 'aging_s')"  # noqa: S608  # built from constants
)
"""What one priority is worth, in seconds, as SQL."""

YIELDING_KINDS = ", ".join(f"'{kind}'" for kind in sorted(YIELDING))
"""The kinds that make room for what is more urgent, as SQL."""

ANEW = f"""
UPDATE operations SET rank = max(created_at, not_before) + priority * {AGING_S}
WHERE finished_at IS NULL
"""  # noqa: S608  # built from constants


def age(tx: Tx, aging_s: float) -> None:
    """Let waiting so many seconds be worth one priority from now on, also for what waits already."""
    if facts.changed(tx, "aging_s", str(aging_s)):
        tx.execute(ANEW)
