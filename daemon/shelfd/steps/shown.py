"""File steps as a dry run shows them."""

from collections.abc import Sequence

from shelfd.core.journal import FileStep
from shelfd.core.roots import Roots


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
