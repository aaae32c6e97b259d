"""What a dry run shows: file steps, and what would become of each file."""

from collections.abc import Sequence

import msgspec

from shelfd.core.journal import FileStep
from shelfd.core.paths import printable
from shelfd.core.roots import Roots
from shelfd.core.verdicts import Verdict


def shown(steps: Sequence[FileStep], roots: Roots) -> list[dict[str, str]]:
    """Return each step with its action and the absolute paths of its ends."""
    return [
        {
            "action": str(step.action),
            **({"source": roots.display(step.source)} if step.source else {}),
            **({"target": roots.display(step.target)} if step.target else {}),
        }
        for step in steps
    ]


def told(verdicts: Sequence[Verdict]) -> list[dict[str, object]]:
    """Return what would become of each file, by its path below the inbox; of an unsure one also what it could be."""
    return [
        {
            "path": printable(verdict.path),
            "state": verdict.state,
            "reason": verdict.reason or verdict.rule,
            "target": printable(verdict.target),
            **({"candidates": _candidates(verdict)} if verdict.state == "review" else {}),
        }
        for verdict in verdicts
    ]


def _candidates(verdict: Verdict) -> list[object]:
    found = verdict.identity.candidates if verdict.identity else ()
    return [msgspec.to_builtins(candidate) for candidate in found]
