"""Whether what is dropped is in the libraries already, with the same content, but at another place."""

from collections.abc import Callable, Sequence

from shelfd.core import catalog
from shelfd.core.paths import Place, RelPath
from shelfd.core.plan import Request, Verdict
from shelfd.core.twins import is_once, is_same_item
from shelfd.steps.ports import Base
from shelfd.store import twins

Same = Callable[[Place, Place], bool | None]
"""Says whether two files hold the same, by all that is in them."""


def elsewhere(
    base: Base, request: Request, works: Sequence[Verdict], same: Same
) -> dict[bytes, Place]:
    """Return where the content of works of a drop is already, by their paths; those that are nowhere are not in it."""
    found: dict[bytes, Place] = {}
    for verdict in works:
        place = _elsewhere(base, request, verdict, same)
        if place is not None:
            found[verdict.path] = place
    return found


def _elsewhere(base: Base, request: Request, verdict: Verdict, same: Same) -> Place | None:
    path, target = RelPath(verdict.path), Place(verdict.root, RelPath(verdict.target))
    reading, root = request.readings.get(path), base.current.roots.get(verdict.root)
    if reading is None or reading.fingerprint is None or root is None or root.kind is None:
        return None
    # as a scan would describe it, were it filed
    likeness = catalog.describe(root.kind, target.path, reading).likeness
    if verdict.identity is None:
        return None
    reader, size = base.db.read(), request.files[path].size
    alike = twins.of(reader, reading.fingerprint, size, likeness) if likeness is not None else []
    found = [twin for twin in alike if is_same_item(verdict.identity, twin)]
    if is_once(verdict.identity, size):
        found += twins.called_otherwise(reader, reading.fingerprint, size)
    for twin in found:
        if twin.place == target:
            continue
        try:
            if same(Place(request.inbox, path), twin.place):
                return twin.place
        except OSError:
            continue  # what cannot be compared is not believed
    return None
