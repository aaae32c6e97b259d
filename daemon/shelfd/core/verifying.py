"""What a verify has found: what the content of one file says against its row, and the sum of all so far."""

from datetime import UTC, datetime
from typing import Literal, TypeAlias

import msgspec

from shelfd.core.errors import BrokenError
from shelfd.core.listing import Facts
from shelfd.core.paths import Place, RelPath, printable

MOST_NAMED = 100
"""Files of each sort that a result names; there may be more."""

Outcome: TypeAlias = Literal["verified", "learnt", "changed", "missing", "damaged", "unreadable"]
"""
- `verified`: the content is that of the hash;
- `learnt`: there was no hash, and now there is;
- `changed`: somebody has written the file since the catalog last heard of it, so that it must be scanned;
- `missing`: it is not there;
- `damaged`: the content is another, though nobody has written the file;
- `unreadable`: the disk, or the rights, do not let it be read.
"""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file as the catalog has it."""

    id: int
    place: Place
    facts: Facts
    hash: bytes | None
    verified_at: float
    """Unix time when its content was last as `hash` says; 0: it was never compared."""
    is_damaged: bool
    """The last verify found that it was not."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the comparison of one file."""

    row: Row
    outcome: Outcome
    hash: bytes | None = None
    """Of its content; None when it was not read to its end."""
    reason: str = ""
    """Why it cannot be read."""


class Named(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that a result names."""

    root: str
    path: bytes
    reason: str

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.root, RelPath(self.path))


class Tally(msgspec.Struct, kw_only=True):
    """What a verify has come to, and where it stands; this value is what its checkpoint stores."""

    began: float
    """Unix time: what was verified since then is done."""
    total_bytes: int = 0
    """Of all files that it is to look at."""
    done_bytes: int = 0
    at: float = -1.0
    """With `last`: the file that was looked at last, in the order of `verified_at` and id."""
    last: int = 0
    files: int = 0
    bytes: int = 0
    """That were read and compared."""
    counts: dict[str, int] = {}
    """By outcome."""
    damaged: list[Named] = []
    unreadable: list[Named] = []
    absent: dict[str, str] = {}
    """Libraries that are not there, with what is the matter."""

    def add(self, found: Found) -> None:
        """Count one file, which comes after all that were counted before."""
        row, outcome = found.row, found.outcome
        self.at, self.last = row.verified_at, row.id
        self.files += 1
        self.done_bytes += row.facts.size
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        if found.hash is not None and outcome != "changed":
            self.bytes += row.facts.size
        if outcome == "damaged":
            self._name(self.damaged, row, since(row))
        elif outcome == "unreadable":
            self._name(self.unreadable, row, found.reason)

    def number(self, outcome: Outcome) -> int:
        """Return how many files had this outcome."""
        return self.counts.get(outcome, 0)

    def _name(self, names: list[Named], row: Row, reason: str) -> None:
        if len(names) < MOST_NAMED:
            names.append(Named(root=row.place.root, path=bytes(row.place.path), reason=reason))


def outcome(row: Row, seen: Facts, hash_: bytes) -> Outcome:
    """Return what the content of a file says, which was read while the file was as `seen`."""
    if seen[:4] != row.facts[:4]:
        return "changed"
    if row.hash is None:
        return "learnt"
    return "verified" if hash_ == row.hash else "damaged"


def since(row: Row) -> str:
    """Return in words what is wrong with a damaged file."""
    if not row.verified_at:
        return "its content is not what was filed, though its size and times are those of then"
    day = datetime.fromtimestamp(row.verified_at, UTC).date().isoformat()
    return f"its content is not what it was on {day}, though its size and times are those of then"


def failure(tally: Tally) -> BrokenError | None:
    """Return what a verify failed with; None when every file that is there is as it should be."""
    damaged, unreadable = tally.number("damaged"), tally.number("unreadable")
    told = [_counted(damaged, "damaged")] if damaged else []
    told += [_counted(unreadable, "unreadable")] if unreadable else []
    told += [f"{name}: {reason}" for name, reason in tally.absent.items()]
    if not told:
        return None
    first = [*tally.damaged, *tally.unreadable]
    named = f", first {printable(RelPath(first[0].path))} in {first[0].root}" if first else ""
    return BrokenError("; ".join(told) + named, code=_code(tally), hint=_hint(tally))


def _code(tally: Tally) -> str:
    if tally.number("damaged"):
        return "damaged"
    return "files_unreadable" if tally.number("unreadable") else "root_absent"


def _hint(tally: Tally) -> str:
    if tally.number("damaged"):
        return WAY_OUT
    if tally.number("unreadable"):
        return "look at the kernel's log for disk errors, and at the rights of these files"
    return "mount its disk, then `shelfd verify` again"


WAY_OUT = (
    "look at the disk (smartctl) and the memory of the machine, and put the files back from a backup;"
    " then `shelfd verify PATH` says whether they are good again. If a program of yours has changed one on purpose and put"
    " its time back: `touch` it, and its new content is learnt"
)
"""What is to be done about damaged files."""


def _counted(number: int, what: str) -> str:
    return f"1 file is {what}" if number == 1 else f"{number} files are {what}"
