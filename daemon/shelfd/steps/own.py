"""Is what lies at a place exactly what shelfd itself has left there, and does the catalog have it so."""

from shelfd.core.errors import BrokenError
from shelfd.core.journal import Action, Entry, Expected, State
from shelfd.core.operations import State as OperationState
from shelfd.core.paths import Place
from shelfd.steps.ends import Ends
from shelfd.steps.ports import Base
from shelfd.store import journal, operations, signatures


class Own:
    """Knows shelfd's own writes by the journal: by what they left, not by when they happened."""

    def __init__(self, base: Base, ends: Ends) -> None:
        """Look with `ends`."""
        self._base = base
        self._ends = ends

    def left(self, place: Place) -> bool:
        """Say whether nothing has happened at a place since shelfd's own last file step there.

        What went and came back as it was is no longer taken for shelfd's own once a scan has missed it.
        """
        reader = self._base.db.read()
        entry = journal.last_change(reader, place.root, place.path)
        if entry is None:
            return False
        operation = operations.one(reader, entry.operation)
        if operation is not None and operation.state is OperationState.RUNNING:
            return True  # its end puts into the catalog what is there then
        if entry.state is not State.DONE:
            return False
        try:
            seen = self._ends.seen(place)
        except BrokenError:
            return False  # a scan finds out what is wrong there
        return _as_left(entry, place, seen) and not signatures.may_be_wrong(
            reader, place, there=seen is not None
        )


def _as_left(entry: Entry, place: Place, seen: Expected | None) -> bool:
    """Say whether what is seen at a place is what the step has left there."""
    left = entry.outcome
    if entry.step.source == place:
        return seen is None
    if seen is None or left is None:
        return False
    if entry.step.action is Action.MKDIR:
        return seen.inode == left.inode
    return (seen.size, seen.mtime_ns, seen.inode) == (left.size, left.mtime_ns, left.inode)
