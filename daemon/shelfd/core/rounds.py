"""Which file steps may be begun together, so that one wait for the disk serves many of them.

What lies at the ends of each must still say after a crash what has become of it, and a power cut may keep any of them
and lose any other, in whatever order the file system has written them. So no step is begun together with one that it
builds upon: a source goes to the trash only in a later round than the one in which its content got its second place.
Directories that were emptied go in a round of their own: a file system without a journal may keep that they are gone,
and not where their files have gone. And what was written about media is durable before they appear, so that no player
ever sees them without it.
"""

from collections.abc import Iterable, Sequence

from shelfd.core.journal import WRITE, Action, Entry
from shelfd.core.paths import Place

MOST = 128
"""Steps of one round: what a crash lets be looked at again, and a fault of the disk puts in doubt."""
MOST_BYTES = 64 << 20
"""Of files that may have to be copied: a long copy waits for nothing but itself, and is then written down."""


def together(waiting: Sequence[Entry]) -> list[Entry]:
    """Return the steps, from the first on, that may be begun now; at least one of any."""
    taken: list[Entry] = []
    ends: set[Place] = set()
    copied = 0
    written = False
    for entry in waiting[:MOST]:
        mine = {end for end in (entry.step.source, entry.step.target) if end is not None}
        if entry.step.action is Action.PLACE:
            copied += entry.step.expected.size or 0
        if taken and (mine & ends or copied > MOST_BYTES or (written and _appears(entry))):
            break
        if entry.step.action is Action.RMDIR and not _only_removed(taken):
            break
        written = written or entry.step.mode == WRITE
        taken.append(entry)
        ends |= mine
    return taken


def _only_removed(taken: Sequence[Entry]) -> bool:
    return all(entry.step.action is Action.RMDIR for entry in taken)


def _appears(entry: Entry) -> bool:
    """Say whether a step files something that is not written by shelfd."""
    is_filing = entry.step.action in (Action.PLACE, Action.MOVE) and not entry.step.trash
    return is_filing and entry.step.mode != WRITE


def changed(done: Iterable[Entry]) -> list[Place]:
    """Return the directories that must be made durable before these steps are, targets before sources.

    Of a rename the new name is kept first: a power cut between the two leaves both, or the new one, and never none.
    A directory that was removed itself has nothing to keep.
    """
    entries = list(done)
    gone = {entry.step.source for entry in entries if entry.step.action is Action.RMDIR}
    targets = [place for entry in entries for place in entry.touches[:1]]
    sources = [place for entry in entries for place in entry.touches[1:]]
    return [place for place in dict.fromkeys([*targets, *sources]) if place not in gone]
