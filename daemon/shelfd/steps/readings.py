"""What is inside the files of a visit: read anew, or known from where they were before."""

from msgspec.structs import replace

from shelfd.core.media import Reading
from shelfd.core.paths import Place, join
from shelfd.steps.ports import Base, Reader
from shelfd.steps.visit import Visit
from shelfd.store import moved


class Readings:
    """Has files read, but not those that were only moved or linked to where they are."""

    def __init__(self, base: Base, reader: Reader, *, full: bool) -> None:
        """Read with `reader`; `full`: read everything, whatever is known."""
        self._base = base
        self._reader = reader
        self._full = full

    def of(self, visit: Visit) -> Visit:
        """Return a visit that comes with what is inside its new and changed files, as soon as that is read."""
        reused = {} if self._full else self._known_elsewhere(visit)
        unread = [
            name for name in (*visit.changes.new, *visit.changes.changed) if name not in reused
        ]
        if not unread:
            return replace(visit, reused=reused)
        places = [Place(visit.root.name, join(visit.path, name)) for name in unread]
        paths = [self._base.current.roots.absolute(place) for place in places]
        return replace(visit, reused=reused, readings=self._reader.submit(paths))

    def _known_elsewhere(self, visit: Visit) -> dict[bytes, Reading]:
        if visit.found is None or not visit.changes.new:
            return {}
        reader = self._base.db.read()
        new = {name: visit.found.files[name] for name in visit.changes.new}
        rows = moved.alike(reader, {facts.inode for facts in new.values()})
        same = {(row.facts.inode, row.facts.size, row.facts.mtime_ns): row.id for row in rows}
        return {
            name: moved.reading(reader, number)
            for name, facts in new.items()
            if (number := same.get((facts.inode, facts.size, facts.mtime_ns))) is not None
        }
