"""What of a drop is not whole: it waits, as far as it can by itself, and the rest is filed without it; a room of the plan."""

from msgspec.structs import replace

from shelfd.core import roles, settled
from shelfd.core.drops import Sight
from shelfd.core.errors import RefusedError
from shelfd.core.media import Reading
from shelfd.core.paths import Place, RelPath
from shelfd.core.roots import Root, Roots
from shelfd.core.verdicts import Request
from shelfd.steps import inbox
from shelfd.steps.ports import Directories


def waits(disk: Directories, root: Root, here: Sight, *, asked: bool) -> RefusedError | None:
    """Return why nothing of a drop is taken yet; None when something can be.

    Whether a file has been written as a whole can only be guessed by its holes: who has `asked` for just this drop
    knows better.
    """
    doubts = inbox.doubts(disk, root, here)
    without = replace(doubts, holes={})
    waiting = settled.whole(here, without if asked else doubts, 0.0)
    if waiting is None:
        return None
    hint = "it is filed by itself once that is over"
    if settled.whole(here, without, 0.0) is None:
        hint = "if it is complete, `shelfd import` of just this says so, or an empty `.ready` in it"
    return RefusedError(waiting.reason, code="not_whole", hint=hint)


def gaps(disk: Directories, root: Root, here: Sight) -> dict[RelPath, Reading]:
    """Return the media files that stay alone, since much of them was never written, as if they could not be read."""
    at = root.path.rstrip(b"/")
    works = roles.judged_by_inside(here.files)
    holes = {path: disk.holes(at + b"/" + path, here.files[path]) for path in sorted(works)}
    found = settled.apart(here, settled.Doubts(holes=holes))
    return {path: Reading(error=reason) for path, reason in found.items()}


def half(roots: Roots, disk: Directories, request: Request) -> RelPath | None:
    """Return a media file that stays, and may be half a download; None when there is none."""
    judged = roles.judged_by_inside(request.files)
    for path, reading in request.readings.items():
        if path in request.incomplete:
            return path
        if reading.error is not None and path in judged:
            head = disk.head(roots.absolute(Place(request.inbox, path)), settled.HEAD)
            if settled.may_be_half(head):
                return path
    return None
