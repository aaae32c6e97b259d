"""What the status says of files that are damaged: which, since when, and the way out."""

from datetime import UTC, datetime

from shelfd.core.roots import Roots
from shelfd.core.verifying import WAY_OUT
from shelfd.store import verified
from shelfd.store.kept import Kept


def findings(kept: Kept, roots: Roots) -> list[dict[str, str]]:
    """Return one finding when files of the libraries of the settings are damaged."""
    counts = kept.now(verified.damaged_counts)
    number = sum(counts.get(root.name, 0) for root in roots)
    if not number:
        return []
    named = [
        f"{roots.display(place)} (known since {datetime.fromtimestamp(at, UTC).date().isoformat()})"
        for place, at in kept.now(verified.first_damaged)
        if roots.get(place.root) is not None
    ]
    what = "1 file is damaged" if number == 1 else f"{number} files are damaged"
    more = ", ..." if number > len(named) else ""
    return [
        {
            "check": "damaged files",
            "severity": "warn",
            "message": f"{what}: {', '.join(named)}{more}",
            "fix": WAY_OUT,
        }
    ]
