"""The rows of scans that were cancelled and kept where they stood: asked for again, they go on."""

from collections.abc import Mapping

import msgspec

from shelfd.core.operations import Wish, priority, strength
from shelfd.store import ends
from shelfd.store.database import Tx
from shelfd.store.ranks import AGING_S

LEFT_OFF = """
SELECT id, options FROM operations
WHERE state = 'cancelled' AND kind = 'scan' AND root = ? AND path = ?
  AND id IN (SELECT operation FROM checkpoints)
ORDER BY id DESC
"""

GO_ON = f"""
UPDATE operations
SET state = 'queued', changed_at = :now, finished_at = NULL, error = NULL, result = NULL, cancel = 0,
    unique_key = NULL, priority = min(priority, :priority), asked_by = :asked_by, not_before = :not_before,
    deadline = :deadline,
    rank = max(:now, :not_before) + min(priority, :priority) * {AGING_S}
WHERE id = :id
"""  # noqa: S608  # built from constants


def go_on(tx: Tx, wish: Wish, now: float) -> int | None:
    """Let the scan of the same place go on that looks at no less than this wish; return its id, None without.

    What those that look at less have kept is forgotten: the one that is asked for now looks at all of it.
    """
    found: list[tuple[int, int]] = []
    for row in tx.execute(LEFT_OFF, (wish.place.root, wish.place.path)).fetchall():
        options = msgspec.json.decode(row["options"], type=dict[str, object])
        # what a person has confirmed was confirmed for that scan, at that time
        if _recursive(options) is _recursive(wish.options) and not options.get("confirmed"):
            found.append((strength(options), row["id"]))
    best = max(found, default=None)
    if best is None or best[0] < strength(wish.options) or wish.options.get("confirmed"):
        tx.executemany(
            "DELETE FROM checkpoints WHERE operation = ?",
            [(number,) for _strength, number in found],
        )
        return None
    ends.note(tx, "id = ?1", (best[1],))
    values = {
        "priority": priority(wish.kind, wish.asker),
        "not_before": wish.not_before,
        "deadline": wish.deadline,
    }
    tx.execute(GO_ON, {**values, "id": best[1], "now": now, "asked_by": wish.asker})
    return best[1]


def _recursive(options: Mapping[str, object]) -> bool:
    return options.get("recursive") is True
