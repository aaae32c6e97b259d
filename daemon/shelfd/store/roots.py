"""The rows of roots: the libraries and inboxes of the settings."""

from shelfd.core.roots import Roots
from shelfd.store.database import Tx

UPSERT = """
INSERT INTO roots (name, role, kind, path) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET role = excluded.role, kind = excluded.kind, path = excluded.path, active = 1
"""


def put(tx: Tx, roots: Roots) -> None:
    """Make these the active roots."""
    tx.execute("UPDATE roots SET active = 0")
    rows = [(root.name, root.role, root.kind or "auto", root.path) for root in roots]
    tx.executemany(UPSERT, rows)


def scanned(tx: Tx, name: str, now: float) -> None:
    """Note that all of a root has been scanned."""
    tx.execute("UPDATE roots SET last_scan_at = ? WHERE name = ?", (now, name))


def last_scans(tx: Tx) -> dict[str, float | None]:
    """Return when each active root was last scanned as a whole."""
    rows = tx.execute("SELECT name, last_scan_at FROM roots WHERE active = 1")
    return {row["name"]: row["last_scan_at"] for row in rows}
