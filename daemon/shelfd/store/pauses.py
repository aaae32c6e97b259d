"""The rows of pauses: what people have stopped until they say otherwise; a restart does not change that."""

from typing import Literal

import msgspec

from shelfd.store.database import Tx

Scope = Literal["queue", "kind", "root"]

PAUSES_IT = """
scope = 'queue' OR scope = 'kind' AND name = operations.kind
OR scope = 'root' AND (name = operations.root OR operations.root = '' AND operations.step IN ('scan', 'verify')
   OR EXISTS (SELECT 1 FROM operation_places AS place
              WHERE place.operation = operations.id AND place.root = name))
"""
"""Whether a row of pauses concerns a row of operations."""


class Pause(msgspec.Struct, frozen=True, order=True):
    """What does not start."""

    scope: Scope = "queue"
    name: str = ""
    """Of the kind or the root; empty for all that there is."""


def begin(tx: Tx, pause: Pause, now: float) -> bool:
    """Let nothing start that this concerns; False when that is so already."""
    cursor = tx.execute(
        "INSERT OR IGNORE INTO pauses VALUES (?, ?, ?)", (pause.scope, pause.name, now)
    )
    return cursor.rowcount > 0


def end(tx: Tx, pause: Pause) -> bool:
    """Let it start again; False when it was not paused."""
    cursor = tx.execute(
        "DELETE FROM pauses WHERE scope = ? AND name = ?", (pause.scope, pause.name)
    )
    return cursor.rowcount > 0


def every(tx: Tx) -> list[Pause]:
    """Return all that is paused."""
    return [Pause(row["scope"], row["name"]) for row in tx.execute("SELECT * FROM pauses")]


def paused(tx: Tx) -> bool:
    """Say whether nothing starts at all."""
    return Pause() in every(tx)
