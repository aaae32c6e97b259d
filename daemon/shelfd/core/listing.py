"""A directory's facts, and the difference between what is there and what the rows say."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

import msgspec

Links: TypeAlias = Literal["skip", "files", "all"]
"""Which symbolic links count for what they lead to."""


class Facts(NamedTuple):
    """What lstat says of a file; a tuple, since there are hundreds of thousands of them."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    """As signed 64 bit, since SQLite has no other."""
    blocks: int = 0
    """Units of 512 bytes that are really allocated."""
    mode: int = 0o100644
    links: int = 1


class Signature(NamedTuple):
    """What stat says of a directory; while it stays the same, no name in it has come or gone."""

    inode: int
    """As signed 64 bit; it tells the directory from another that took its name."""
    mtime_ns: int
    ctime_ns: int
    size: int
    """Of the directory itself; grows with its entries on many file systems."""
    links: int
    """Counts its subdirectories on many file systems."""


NEVER = Signature(0, 0, 0, 0, 0)
"""The signature of a directory that must be read again, whatever it says."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What one directory holds, by name; neither order nor hidden entries are kept back."""

    files: Mapping[bytes, Facts]
    """Regular files."""
    directories: tuple[bytes, ...] = ()
    others: Mapping[bytes, str] = msgspec.field(default_factory=dict)
    """What is neither, with what it is: `symbolic link`, `pipe`, `socket`, `device`, `unreadable`."""
    linked: bool = False
    """Some of all these are links, which may come to lead to something else while the directory stays the same."""
    own: Signature = NEVER
    """Of the directory itself, before it was read."""

    @property
    def inode(self) -> int:
        """Return the inode of the directory itself."""
        return self.own.inode


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a directory since its rows were written."""

    new: tuple[bytes, ...] = ()
    changed: tuple[bytes, ...] = ()
    back: tuple[bytes, ...] = ()
    """Were missing and are there again, unchanged."""
    gone: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.new or self.changed or self.back or self.gone)


class Known(NamedTuple):
    """What the rows say of a file; its first four values are those of Facts."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    missing_since: float | None = None
    unseen: int | None = None
    """The scan, not ended yet, that did not find it."""


def changes(found: Mapping[bytes, Facts], known: Mapping[bytes, Known]) -> Changes:
    """Return what differs between a directory and its rows."""
    new, changed, back = [], [], []
    for name, facts in found.items():
        row = known.get(name)
        if row is None:
            new.append(name)
        elif row[:4] != facts[:4]:
            changed.append(name)
        elif row.missing_since is not None or row.unseen is not None:
            back.append(name)
    gone = [name for name, row in known.items() if row.missing_since is None and name not in found]
    return Changes(new=tuple(new), changed=tuple(changed), back=tuple(back), gone=tuple(gone))
