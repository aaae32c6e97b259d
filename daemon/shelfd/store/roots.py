"""The rows of roots: the libraries and inboxes of the settings, and by what each is known again."""

from shelfd.core.paths import RelPath, join
from shelfd.core.presence import Known
from shelfd.core.roots import Root, Roots
from shelfd.store import renaming
from shelfd.store.database import Tx

UPSERT = """
INSERT INTO roots (name, role, kind, path) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET
  -- who lets a root be elsewhere has said that it is another directory
  marker = iif(path = excluded.path, marker, NULL), filesystem = iif(path = excluded.path, filesystem, NULL),
  role = excluded.role, kind = excluded.kind, path = excluded.path, active = 1
"""

READ_ANEW = (
    "UPDATE directories SET mtime_ns = 0 WHERE root = ?",
    "UPDATE files SET ctime_ns = 0 WHERE directory IN (SELECT id FROM directories WHERE root = ?)",
)

# from the end: what comes first has directories in it, and these have files; what comes last has files itself
A_FILE = """
SELECT 1 FROM directories CROSS JOIN files ON files.directory = directories.id
WHERE root = ? AND missing_since IS NULL ORDER BY path DESC LIMIT 1
"""

# a spread over all of them, the same one each time
SOME_FILES = """
SELECT path, name, files.size FROM files JOIN directories ON directories.id = files.directory
WHERE root = ? AND (path = ? OR path >= ? AND path < ?) AND missing_since IS NULL
ORDER BY files.id * 2654435761 % 4294967296 LIMIT ?
"""


def put(tx: Tx, roots: Roots) -> None:
    """Make these the active roots.

    One that has another name than before, and is the same otherwise, takes along all that is known of it; of a
    library that is of another kind than before, all is to be read anew.
    """
    for root in roots:
        if (old := _former(tx, root, roots)) is not None:
            renaming.rename(tx, old, root.name)
        if _is_of_another_kind(tx, root):
            for statement in READ_ANEW:
                tx.execute(statement, (root.name,))
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


def known(tx: Tx, name: str) -> Known:
    """Return by what a root is known again."""
    row = tx.execute("SELECT marker, filesystem FROM roots WHERE name = ?", (name,)).fetchone()
    mounts = tx.execute("SELECT path, filesystem FROM mounts WHERE root = ?", (name,))
    return Known(
        marker=row["marker"],
        filesystem=row["filesystem"],
        mounts={RelPath(mount["path"]): mount["filesystem"] for mount in mounts},
        files=tx.execute(A_FILE, (name,)).fetchone() is not None,
    )


def mounts(tx: Tx) -> dict[str, set[RelPath]]:
    """Return the mounts that are known below roots, by the name of the root; it has at least one."""
    found: dict[str, set[RelPath]] = {}
    for row in tx.execute("SELECT root, path FROM mounts"):
        found.setdefault(row["root"], set()).add(RelPath(row["path"]))
    return found


def remember(tx: Tx, name: str, known: Known) -> None:
    """Know a root again by this."""
    tx.execute(
        "UPDATE roots SET marker = ?, filesystem = ? WHERE name = ?",
        (known.marker, known.filesystem, name),
    )
    tx.execute("DELETE FROM mounts WHERE root = ?", (name,))
    tx.executemany(
        "INSERT INTO mounts (root, path, filesystem) VALUES (?, ?, ?)",
        [(name, path, filesystem) for path, filesystem in known.mounts.items()],
    )


def some_files(tx: Tx, name: str, path: RelPath, limit: int) -> list[tuple[RelPath, int]]:
    """Return path and size of up to `limit` files that are taken to be at and below a directory of a root."""
    rows = tx.execute(SOME_FILES, (name, path, path + b"/", path + b"0", limit))
    return [(join(RelPath(row["path"]), row["name"]), row["size"]) for row in rows]


def suspended(tx: Tx) -> dict[str, str]:
    """Return the suspended roots, with the reason why nothing in each is taken for deleted."""
    rows = tx.execute("SELECT name, suspended FROM roots WHERE active = 1 AND suspended NOT NULL")
    return {row["name"]: row["suspended"] for row in rows}


def suspend(tx: Tx, name: str, reason: str) -> None:
    """Take nothing in a root for deleted until it is lifted; the reason is half a sentence."""
    tx.execute("UPDATE roots SET suspended = ? WHERE name = ?", (reason, name))


def lift(tx: Tx, name: str) -> None:
    """Trust a root again."""
    tx.execute("UPDATE roots SET suspended = NULL WHERE name = ?", (name,))


def _former(tx: Tx, root: Root, roots: Roots) -> str | None:
    """Return the name that a root had which is new by its name only; None when it is not."""
    rows = tx.execute("SELECT name, role, path FROM roots ORDER BY active DESC, last_scan_at DESC")
    known = rows.fetchall()
    if any(row["name"] == root.name for row in known):
        return None
    same = (root.role, root.path.rstrip(b"/"))
    return next(
        (
            row["name"]
            for row in known
            if (row["role"], row["path"].rstrip(b"/")) == same and roots.get(row["name"]) is None
        ),
        None,
    )


def _is_of_another_kind(tx: Tx, root: Root) -> bool:
    row = tx.execute("SELECT kind FROM roots WHERE name = ?", (root.name,)).fetchone()
    return row is not None and row["kind"] != (root.kind or "auto")
