"""The rows of pins: what people have decided of files, known again by their content."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shelfd.core.identity import Decision
from shelfd.core.pinned import Pin
from shelfd.store.database import Tx

PUT = """
INSERT INTO pins (fingerprint, inside, name, decision, decided_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (fingerprint, inside) DO UPDATE SET
  name = excluded.name, decision = excluded.decision, decided_at = excluded.decided_at
"""


def put(tx: Tx, pins: Iterable[Pin]) -> None:
    """Keep decisions; a later one about the same file replaces the one before."""
    tx.executemany(
        PUT,
        [
            (pin.fingerprint, pin.inside, pin.name, _json(pin.decision), pin.decided_at)
            for pin in pins
        ],
    )


def of(tx: Tx, fingerprint: int | None, inside: bytes) -> Decision | None:
    """Return what was decided of a file with this content: under the same name below its drop, else under any.

    None when nothing was, or different things under different names, none of which is its own.
    """
    rows = tx.execute("SELECT * FROM pins WHERE fingerprint = ?", (fingerprint,)).fetchall()
    found = {pin.inside: pin.decision for pin in map(_pin, rows)}
    if inside in found:
        return found[inside]
    first = next(iter(found.values()), None)
    return first if all(other == first for other in found.values()) else None


def of_all(tx: Tx) -> list[Pin]:
    """Return all decisions, the oldest first."""
    rows = tx.execute("SELECT * FROM pins ORDER BY decided_at, name, fingerprint, inside")
    return [_pin(row) for row in rows]


def newest(tx: Tx) -> float:
    """Return the Unix time of the latest decision; 0 without any."""
    return float(tx.execute("SELECT coalesce(max(decided_at), 0.0) FROM pins").fetchone()[0])


def forget(tx: Tx, fingerprints: Iterable[int]) -> int:
    """Forget what was decided of files with these contents; return how many decisions that were."""
    return sum(
        tx.execute("DELETE FROM pins WHERE fingerprint = ?", (one,)).rowcount
        for one in set(fingerprints)
    )


def _pin(row: Mapping[str, Any]) -> Pin:
    return Pin(
        fingerprint=row["fingerprint"],
        inside=row["inside"],
        name=row["name"],
        decision=msgspec.json.decode(row["decision"], type=Decision),
        decided_at=row["decided_at"],
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
