"""The rows of breakers: kinds of operations that rest, since one after the other has met a fault of the world."""

from collections.abc import Mapping

import msgspec

from shelfd.core import backoff
from shelfd.core.operations import Kind
from shelfd.store.database import Tx


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of which several have failed in a row."""

    kind: Kind
    failures: int
    error: Mapping[str, str]
    """The last of them: code, message, hint."""
    rest_s: float
    """How long it rests, or rested; 0: it does not yet."""
    until: float | None
    """Unix time; None: it does not rest. Once it is past, one of the kind is tried at a time."""


def failed(tx: Tx, kind: Kind, error: Mapping[str, str], now: float) -> float:
    """Note that an operation met a fault of the world; return how long its kind rests from now on.

    0: not at all, or it rests already, since this one had begun before that.
    """
    before = one(tx, kind)
    if before is not None and before.until is not None and before.until > now:
        return 0.0
    failures = 1 if before is None else before.failures + 1
    rest_s = backoff.rest_s(failures, 0.0 if before is None else before.rest_s)
    tx.execute(
        "INSERT OR REPLACE INTO breakers VALUES (?, ?, ?, ?, ?)",
        (
            kind,
            failures,
            msgspec.json.encode(error).decode(),
            rest_s,
            now + rest_s if rest_s else None,
        ),
    )
    return rest_s


def close(tx: Tx, kind: Kind) -> bool:
    """Note that operations of this kind work, or that somebody wants them to try; say whether the kind had rested."""
    row = tx.execute("DELETE FROM breakers WHERE kind = ? RETURNING until", (kind,)).fetchone()
    return row is not None and row[0] is not None


def one(tx: Tx, kind: Kind) -> Breaker | None:
    """Return what is known of a kind; None when its last operation did not meet such a fault."""
    row = tx.execute("SELECT * FROM breakers WHERE kind = ?", (kind,)).fetchone()
    return None if row is None else _breaker(row)


def resting(tx: Tx) -> list[Breaker]:
    """Return the kinds that rest, or of which one is tried at a time."""
    return [_breaker(row) for row in tx.execute("SELECT * FROM breakers WHERE until IS NOT NULL")]


def _breaker(row: Mapping[str, object]) -> Breaker:
    values = dict(row)
    values["error"] = msgspec.json.decode(str(values["error"]))
    return msgspec.convert(values, Breaker)
