"""What is said of the files of a drop that were not filed with the others."""

from collections.abc import Sequence

from shelfd.core.paths import printable
from shelfd.core.verdicts import Verdict

STAYS = ("refused", "review", "left")
"""Verdicts on what is not filed, those first that matter most."""
MOST = 100  # files that the result of an operation names
NAMED = 3  # files that a sentence names


def result(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Return what the result of an import has beside what was filed: `there` and `stayed`, where there is such a file."""
    there = [printable(one.path) for one in verdicts if one.state == "filed"]
    stayed = [
        {"path": printable(one.path), "state": one.state, "reason": one.reason}
        for one in stays(verdicts)
    ]
    found = {"there": there[:MOST], "stayed": stayed[:MOST]}
    return {key: value for key, value in found.items() if value}


def stays(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts on what stays, those first that matter most."""
    return sorted(
        (one for one in verdicts if one.state in STAYS),
        key=lambda one: (STAYS.index(one.state), one.path),
    )


def filed(verdicts: Sequence[Verdict]) -> str:
    """Return what is said of a drop that was filed: which of its files stayed, and why."""
    found = stays(verdicts)
    if not found:
        return "it was filed"
    named = [f"{printable(one.path)}: {one.reason}" for one in found[:NAMED]]
    more = [f"and {len(found) - NAMED} more"] if len(found) > NAMED else []
    which = "1 of its files" if len(found) == 1 else f"{len(found)} of its files"
    return f"it was filed, but {which} stayed: {'; '.join([*named, *more])}"
