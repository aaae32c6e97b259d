"""The rows of reviews: what people are asked about drops that shelfd is not sure of."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shelfd.core.paths import Place, RelPath
from shelfd.core.review import Question
from shelfd.store.database import Tx
from shelfd.store.drops import Drop
from shelfd.store.drops import one as drop_at

OPENED = """
INSERT INTO reviews (root, path, opened_at, question) VALUES (:root, :path, :now, :question)
ON CONFLICT (root, path) DO UPDATE SET question = excluded.question
RETURNING id
"""
OPEN = """
SELECT reviews.* FROM reviews JOIN drops USING (root, path)
WHERE drops.state = 'review' AND reviews.id > ? ORDER BY reviews.id LIMIT ?
"""
ONE = "SELECT reviews.* FROM reviews JOIN drops USING (root, path) WHERE drops.state = 'review' AND reviews.id = ?"
COUNT = "SELECT count(*) FROM reviews JOIN drops USING (root, path) WHERE drops.state = 'review'"
QUARANTINED = "SELECT count(*) FROM drops WHERE state IN ('refused', 'quarantined')"


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """An open question, with the drop that it is about."""

    id: int
    opened_at: float
    """Unix time."""
    question: Question
    drop: Drop


def put(tx: Tx, place: Place, question: Question, now: float) -> int:
    """Ask about a drop, which has a row, and return the id; a question that is there already is asked anew."""
    text = msgspec.json.encode(question).decode()
    values = {"root": place.root, "path": place.path, "now": now, "question": text}
    return int(tx.execute(OPENED, values).fetchone()[0])


def page(tx: Tx, limit: int, after: int = 0) -> list[Review]:
    """Return open reviews, the oldest first."""
    return [_review(tx, row) for row in tx.execute(OPEN, (after, limit)).fetchall()]


def one(tx: Tx, number: int) -> Review | None:
    """Return an open review."""
    row = tx.execute(ONE, (number,)).fetchone()
    return None if row is None else _review(tx, row)


def of_drop(tx: Tx, place: Place) -> int | None:
    """Return the id of the review of a drop."""
    row = tx.execute(
        "SELECT id FROM reviews WHERE root = ? AND path = ?", (place.root, place.path)
    ).fetchone()
    return None if row is None else int(row["id"])


def count(tx: Tx) -> int:
    """Return how many reviews are open."""
    return int(tx.execute(COUNT).fetchone()[0])


def quarantined(tx: Tx) -> int:
    """Return how many drops are refused, wherever they lie."""
    return int(tx.execute(QUARANTINED).fetchone()[0])


def _review(tx: Tx, row: Mapping[str, Any]) -> Review:
    drop = drop_at(tx, Place(row["root"], RelPath(row["path"])))
    if drop is None:
        raise AssertionError("a review without its drop: the schema forbids it")
    return Review(
        id=row["id"],
        opened_at=row["opened_at"],
        question=msgspec.json.decode(row["question"], type=Question),
        drop=drop,
    )
