"""What a scan found in one directory, or in a part of a large one, on its way into the rows."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future

import msgspec
from msgspec.structs import replace

from shelfd.core.listing import NEVER, Changes, Listing, Signature
from shelfd.core.media import Reading
from shelfd.core.paths import RelPath
from shelfd.core.roots import Root

MOST_FILES = 256
"""Changed files of one visit; a directory with more is written in several."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one directory, or in a part of a large one."""

    root: Root
    path: RelPath
    found: Listing | None
    """None: the directory is gone."""
    changes: Changes = msgspec.field(default_factory=Changes)
    met: tuple[RelPath, ...] = ()
    """Directories in it that were not known."""
    vanished: tuple[RelPath, ...] = ()
    """Known directories in it that are gone."""
    signature: Signature = NEVER
    """What to know it by; NEVER when it was changing while it was read, or is not written in whole."""
    known: Signature | None = None
    """What the rows know it by; None also when they must be written anew all the same."""
    reused: Mapping[bytes, Reading] = msgspec.field(default_factory=dict)
    """Of files that are known from elsewhere."""
    sieve: int = 0
    """By what its files were chosen, see steps.sieve."""
    other_rules: bool = False
    """Ignore files are in force in it, and below it, and were not when it was written, or the other way round."""
    replaced: frozenset[bytes] = frozenset()
    """Changed files whose name another file has now: it was renamed, or written anew beside it."""
    again: frozenset[bytes] = frozenset()
    """Those of the changed files that look the same, and are read again because that was asked for."""
    readings: Future[list[Reading]] | None = None
    """Of the other new and changed ones, in their order."""

    @property
    def news(self) -> bool:
        """Say whether there is anything to write."""
        same = self.known == self.signature and self.found is not None
        return not same or bool(self.changes or self.vanished or self.met)

    def read(self) -> Iterator[tuple[bytes, Reading]]:
        """Wait for the readers, and yield each new or changed file with what is inside it."""
        names = [*self.changes.new, *self.changes.changed]
        fresh = iter(self.readings.result() if self.readings else ())
        for name in names:
            yield name, self.reused.get(name) or next(fresh)


def parts(visit: Visit, most: int = MOST_FILES) -> Iterator[Visit]:
    """Yield a visit in parts of at most so many changed files; only the last one makes the directory known."""
    new, changed = visit.changes.new, visit.changes.changed
    while len(new) + len(changed) > most:
        part, new = new[:most], new[most:]
        more, changed = changed[: most - len(part)], changed[most - len(part) :]
        yield replace(
            visit,
            changes=Changes(new=part, changed=more),
            met=(),
            vanished=(),
            signature=NEVER,
            sieve=0,
            other_rules=False,
        )
    yield replace(visit, changes=replace(visit.changes, new=new, changed=changed))
