"""From the plan of an import or undo to its file steps: where they work, and which disks a copy keeps busy."""

from collections.abc import Sequence

from shelfd.core import filing
from shelfd.core.ignored import TRASH
from shelfd.core.journal import Action, FileStep
from shelfd.core.operations import Operation
from shelfd.core.paths import TOP, Place, top
from shelfd.steps.ports import Base, Files


def places(
    base: Base, operation: Operation, steps: Sequence[FileStep], files: Files
) -> frozenset[Place]:
    """Return where file steps work beside the place of their operation; two copies on one disk would only slow each other."""
    placed = [step for step in steps if step.action in (Action.PLACE, Action.MOVE)]
    ends = {end.root for step in placed for end in (step.source, step.target) if end is not None}
    roots = sorted(root.path for name in ends if (root := base.current.roots.get(name)))
    copies = any(step.mode == "copy" for step in placed)
    disks = {Place(f"disk:{name}", TOP) for name in files.kept_busy(roots, copies=copies)}
    # a drop has other entries of the inbox than the one by which it was named
    entries = {
        Place(end.root, top(end.path))
        for step in placed
        for end in (step.source, step.target)
        if end is not None and end.root == operation.root
    }
    own = {entry for entry in entries if entry.path != TRASH}
    return filing.works_at(steps, operation.root) | own | disks
