"""How operations ended, all there ever were: counted from the rows, and from a note of those that rows no longer tell of.

A count that shrinks when history is cleaned up would look to those who watch it like one that began anew, so that
all of it would count once more. Whatever takes an end out of the rows calls `note` first, in its transaction.
"""

import msgspec

from shelfd.core.operations import Kind
from shelfd.core.paths import Place
from shelfd.store.database import Tx

BOUNDS_MS = (
    *(10, 50, 100, 500),
    *(1_000, 5_000, 10_000, 60_000),
    *(300_000, 1_800_000, 3_600_000, 14_400_000),
)
"""How long an operation takes is counted by the first of these that it does not exceed, in milliseconds."""

NOTE = "ends of forgotten operations"

SECONDS = "(finished_at - started_at)"
# whole milliseconds: a sum of fractions depends on their order, and could shrink by the last digit
TOOK_MS = f"max(CAST(round({SECONDS} * 1000) AS INTEGER), 0)"
# the same to the millisecond, but without the rounding of each row
WITHIN = " ".join(f"WHEN {SECONDS} < {(bound + 0.5) / 1000} THEN {bound}" for bound in BOUNDS_MS)
CODE = "CASE state WHEN 'failed' THEN coalesce(json_extract(error, '$.code'), '') ELSE '' END"

# one statement, so that it sees the rows and the note at the same moment
ENDS = f"""
SELECT kind, state, code, within_ms, sum(number) AS number, sum(took_ms) AS took_ms FROM (
  SELECT kind, state, {CODE} AS code, CASE {WITHIN} END AS within_ms,
         count(*) AS number, coalesce(sum({TOOK_MS}), 0) AS took_ms
  FROM operations WHERE finished_at IS NOT NULL AND ({{which}})
  GROUP BY 1, 2, 3, 4
  UNION ALL
  SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
         json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')
  FROM json_each((SELECT value FROM facts WHERE name = '{NOTE}'))
)
GROUP BY 1, 2, 3, 4
"""  # noqa: S608  # built from constants

REMEMBER = f"""
INSERT OR REPLACE INTO facts
SELECT '{NOTE}', json_group_array(json_array(kind, state, code, within_ms, number, took_ms)) FROM ({ENDS})
"""  # noqa: S608  # built from constants


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """Operations that ended alike."""

    kind: str
    state: str
    code: str
    """Of the error; empty unless they failed."""
    within_ms: int | None
    """The first of BOUNDS_MS that none of them exceeded; None: longer than all, or never begun."""
    number: int
    took_ms: int
    """From the first start to the end, summed."""


def ends(tx: Tx) -> list[Ends]:
    """Return how all operations ended that there ever were; no number in it ever shrinks."""
    return [Ends(**dict(row)) for row in tx.execute(ENDS.format(which="TRUE"))]


def note(tx: Tx, which: str, values: tuple[object, ...]) -> None:
    """Keep in mind how those operations ended of which the rows will tell no longer: they are forgotten, or go on.

    `which` is a condition on rows of operations, made from constants, and `values` are what it has marks for.
    """
    tx.execute(REMEMBER.format(which=which), values)


def failures(tx: Tx, place: Place) -> int:
    """Return how many imports of a drop have failed since one went well."""
    row = tx.execute(
        "SELECT count(*) FROM operations WHERE kind = 'import' AND root = ?1 AND path = ?2 AND state = 'failed'"
        " AND id > coalesce((SELECT max(id) FROM operations WHERE kind = 'import' AND root = ?1 AND path = ?2"
        " AND state = 'completed'), 0)",
        (place.root, place.path),
    ).fetchone()
    return int(row[0])


def last_scheduled(tx: Tx, kind: Kind, *, full: bool) -> float | None:
    """Return when an operation that the schedule asked for last ended well."""
    row = tx.execute(
        "SELECT max(finished_at) FROM operations WHERE asked_by = 'schedule'"
        # it has gone through all files, and damage does not heal by that
        " AND (state = 'completed' OR json_extract(error, '$.code') IN ('damaged', 'files_unreadable'))"
        " AND kind = ? AND coalesce(json_extract(options, '$.full'), 0) = ?",
        (kind, full),
    ).fetchone()
    return None if row[0] is None else float(row[0])
