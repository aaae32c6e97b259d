"""Which statement finds a page of operations, so that none of them looks at more rows than it must."""

from typing import TypedDict

from shelfd.core.operations import Kind, State

PAGE = "SELECT * FROM operations WHERE id < :before ORDER BY id DESC LIMIT :limit"
PAGE_OF_A_STATE = """
SELECT * FROM operations
WHERE state = :state AND (:kind IS NULL OR kind = :kind) AND id < :before
ORDER BY id DESC LIMIT :limit
"""
PAGE_OF_A_KIND = """
SELECT * FROM operations
WHERE kind = :kind AND (:state IS NULL OR state = :state) AND id < :before
ORDER BY id DESC LIMIT :limit
"""
PAGE_OF_PARTS = """
SELECT * FROM operations
WHERE parent = :parent AND (:state IS NULL OR state = :state) AND (:kind IS NULL OR kind = :kind) AND id < :before
ORDER BY id DESC LIMIT :limit
"""


class Which(TypedDict, total=False):
    """What is said of the operations of a page; what is not said, or None, is any."""

    state: State | None
    kind: Kind | None
    parent: int | None
    """They are parts of this one."""


def statement(which: Which) -> str:
    """Return the statement for a page of these."""
    state, kind = which.get("state"), which.get("kind")
    if which.get("parent") is not None:
        return PAGE_OF_PARTS
    # nearly all are completed, so that the kind says more; few are in any other state
    if kind and (state is None or state is State.COMPLETED):
        return PAGE_OF_A_KIND
    return PAGE_OF_A_STATE if state else PAGE
