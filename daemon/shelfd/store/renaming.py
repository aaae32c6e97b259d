"""Everything that names a root, when the settings give it another name."""

import msgspec

from shelfd.core.journal import Outcome
from shelfd.store.database import Tx

RENAME = (
    # the new one is there before the old one goes: rows of both may be asked for at any time
    """
    INSERT INTO roots (name, role, kind, path, active, last_scan_at, marker, filesystem, suspended)
    SELECT :new, role, kind, path, active, last_scan_at, marker, filesystem, suspended FROM roots WHERE name = :old
    """,
    "UPDATE directories SET root = :new WHERE root = :old",
    "UPDATE items SET root = :new WHERE root = :old",
    "UPDATE drops SET root = :new WHERE root = :old",
    "UPDATE mounts SET root = :new WHERE root = :old",
    "UPDATE holds SET root = :new WHERE root = :old",
    # their frontiers name it: these walks begin anew
    "DELETE FROM checkpoints WHERE operation IN (SELECT id FROM operations WHERE root IN ('', :old))",
    # see core.operations.Wish.unique_key
    """
    UPDATE operations
    SET root = :new, unique_key = kind || ':' || :new || substr(unique_key, length(kind) + 2 + length(:old))
    WHERE root = :old
    """,
    "UPDATE journal SET source_root = :new WHERE source_root = :old",
    "UPDATE journal SET target_root = :new WHERE target_root = :old",
    # see core.plan.Verdict; within a string its quotes would be escaped
    "UPDATE drops SET verdicts = replace(verdicts, :old_verdict, :new_verdict) WHERE instr(verdicts, :old_verdict)",
    "DELETE FROM roots WHERE name = :old",
)

OUTCOMES = """
SELECT id, outcome FROM journal WHERE outcome IS NOT NULL AND (source_root = :old OR target_root = :old)
"""


def rename(tx: Tx, old: str, new: str) -> None:
    """Let all rows of the root `old` be those of `new`, of which there are none."""
    # first: afterwards they are not found by the old name
    outcomes = [
        (_renamed(row["outcome"], old, new), row["id"])
        for row in tx.execute(OUTCOMES, {"old": old}).fetchall()
    ]
    tx.executemany("UPDATE journal SET outcome = ? WHERE id = ?", outcomes)
    verdicts = {"old_verdict": _in_verdicts(old), "new_verdict": _in_verdicts(new)}
    for statement in RENAME:
        tx.execute(statement, {"old": old, "new": new} | verdicts)


def _renamed(raw: bytes, old: str, new: str) -> bytes:
    outcome = msgspec.msgpack.decode(raw, type=Outcome)
    touched = tuple(
        msgspec.structs.replace(one, root=new) if one.root == old else one
        for one in outcome.touched
    )
    return msgspec.msgpack.encode(msgspec.structs.replace(outcome, touched=touched))


def _in_verdicts(name: str) -> str:
    return f'"root":{msgspec.json.encode(name).decode()}'
