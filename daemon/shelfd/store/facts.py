"""What the daemon remembers of itself from one run to the next."""

from shelfd.store.database import Tx


def value(tx: Tx, name: str) -> str | None:
    """Return what is remembered under `name`; None when nothing is."""
    row = tx.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def changed(tx: Tx, name: str, value: str) -> bool:
    """Remember `value` under `name`, and say whether it was another before."""
    row = tx.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    tx.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
    return row is None or row["value"] != value
