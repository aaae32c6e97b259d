"""Which file system a path lies on, and which are mounted below it, by /proc/self/mountinfo."""

import os
import select
import threading
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from shelfd.core.errors import BrokenError
from shelfd.core.paths import RelPath, printable, within

NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse",
        "fuseblk",
        "virtiofs",
        "vboxsf",
    }
)
"""Where SQLite's locks and shared memory cannot be relied on (proc(5) names of file system types)."""

LAYERED = frozenset({"overlay", "aufs", "ecryptfs", "unionfs"})
"""What shows the files of other directories, in which they can change behind its back."""

TABLE = "/proc/self/mountinfo"
AT_ONCE = 1 << 16  # bytes; more than most tables have
KEPT = 64  # answers; more than there are roots


class Mount(NamedTuple):
    """One line of mountinfo, see proc_pid_mountinfo(5)."""

    id: int
    above: int
    """The id of the mount that it is mounted on."""
    device: str
    """`major:minor`."""
    inside: bytes
    """The directory within the file system that is mounted."""
    point: bytes
    kind: str
    source: bytes
    options: bytes
    """Those of the file system itself, such as `upperdir=` of an overlay; escaped as they stand there."""


class Table:
    """All mounts at one moment."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Take the lines of mountinfo."""
        mounts = [_mount(line) for line in lines]
        ids = {mount.id for mount in mounts}
        self._on: dict[int | None, list[Mount]] = {}
        """What is mounted on each mount; None: on none that this process sees."""
        for mount in mounts:
            on = mount.above if mount.above in ids and mount.above != mount.id else None
            self._on.setdefault(on, []).append(mount)

    def covering(self, path: bytes) -> Mount | None:
        """Return the mount that a path without links lies on, as the kernel finds it: from `/` on, mount by mount."""
        found = None
        while on_the_way := [
            mount
            for mount in self._on.get(found.id if found else None, [])
            if _within(path, mount.point)
        ]:
            # the first one on the way covers the others
            found = min(on_the_way, key=lambda mount: len(mount.point))
        return found

    def below(self, path: bytes) -> list[Mount]:
        """Return the mounts strictly below a path without links, but for those that another one covers."""
        return [
            mount
            for mounts in self._on.values()
            for mount in mounts
            if mount.point != path
            and _within(mount.point, path)
            and self.covering(mount.point) is mount
        ]

    def changes_nothing(self, mount: Mount) -> bool:
        """Say whether a mount shows what would be there without it.

        A sandbox makes such ones of every directory that may be written.
        """
        under = self.covering(os.path.dirname(mount.point))
        return (
            under is not None
            and under.device == mount.device
            and _inside(under, mount.point) == mount.inside
        )


def read() -> Table:
    """Return the mounts as they are now."""
    descriptor = os.open(TABLE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _read(descriptor)
    finally:
        os.close(descriptor)


class Fresh:
    """The mounts as they are now, read again only when poll(2) says that they have changed; from any thread."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._lock = threading.Lock()  # guards all below
        self._changes: select.poll | None = None
        self._descriptor = -1
        self._table: Table | None = None

    def table(self) -> Table:
        """Return the mounts."""
        with self._lock:
            if self._changes is None:
                self._descriptor = os.open(TABLE, os.O_RDONLY | os.O_CLOEXEC)
                self._changes = select.poll()
                self._changes.register(self._descriptor, select.POLLPRI)
            # asked before it is read: what changes meanwhile is told the next time
            if self._changes.poll(0):
                self._table = None  # until it was read
            if self._table is None:
                os.lseek(self._descriptor, 0, os.SEEK_SET)
                self._table = _read(self._descriptor)
            return self._table


def _read(descriptor: int) -> Table:
    return _table(b"".join(iter(lambda: os.read(descriptor, AT_ONCE), b"")))


# each look at a root asks, and the mounts are seldom others than the last time


@lru_cache(maxsize=1)
def _table(content: bytes) -> Table:
    return Table(
        content.removesuffix(b"\n").split(b"\n")
    )  # a name may have any other end of a line in it


@lru_cache(maxsize=KEPT)
def _covering(table: Table, real: bytes) -> Mount | None:
    return table.covering(real)


@lru_cache(maxsize=KEPT)
def _below(table: Table, real: bytes) -> list[Mount]:
    return table.below(real)


def file_system(path: bytes) -> str:
    """Return the type of the file system that an existing path lies on: `ext4`, `nfs4`, `fuse.mergerfs`."""
    found = read().covering(os.path.realpath(path))
    return found.kind if found is not None else ""


def is_network(kind: str) -> bool:
    """Say whether this type of file system is none for a database."""
    return kind in NETWORK or kind.startswith("fuse.")


def blind(path: bytes, table: Table | None = None) -> str | None:
    """Return why inotify does not see every change in an existing directory, as half a sentence; None when it does."""
    real = os.path.realpath(path)
    table = read() if table is None else table
    own = _covering(table, real)
    if own is not None and (why := blindness(own.kind)) is not None:
        return why
    for mount in _below(table, real):
        if (why := blindness(mount.kind)) is not None and not table.changes_nothing(mount):
            return f"{printable(os.path.relpath(mount.point, real))}: {why}"
    return None


def blindness(kind: str) -> str | None:
    """Return why inotify does not see every change on a type of file system; None when it does."""
    if kind == "autofs":
        return "what autofs mounts there may not tell of every change"
    if kind in LAYERED:
        return f"{kind} does not tell of changes in the directories that it is made of"
    if kind.startswith("fuse"):
        return f"{kind} does not tell of changes that are made behind it"
    if kind in NETWORK:
        return f"{kind} does not tell of changes that are made elsewhere"
    return None


def identity(path: bytes) -> str:
    """Return what tells the file system at a directory, and the place in it, from others; BrokenError when it cannot be seen.

    It is made of the type, of what the file system calls itself, and of the directory within it, so that
    it is the same after a restart, after a mount elsewhere, and in a sandbox: `ext4 ad16a4694d175819 /films`.
    A file system calls itself by f_fsid of statvfs(3), which ext4, btrfs, ZFS and others make of their UUID,
    and tmpfs anew for each mount. Others have none (NFS, FUSE), or only the number of their device (XFS, FAT),
    which changes between restarts; these go by their source: `nfs4 nas:/films /`, `xfs /dev/sdb1 /`. The name
    of a disk can change as well, then the marker of the root must tell.
    """
    try:
        own = _own_name(path)
    except OSError as error:
        raise _broken(path, error) from error
    real = os.path.realpath(path)
    mount = _covering(read(), real)
    return _identity(mount, real, own) if mount is not None else own


def below(path: bytes) -> dict[bytes, str]:
    """Return the mounts strictly below a directory, by their paths relative to it, with the identity of each.

    A bind mount that shows what would be there without it is none.
    """
    real = os.path.realpath(path)
    table = read()
    found = _below(table, real)
    if any(mount.kind == "autofs" for mount in found):
        for mount in found:
            with suppress(OSError):
                os.statvfs(mount.point)  # what is mounted when it is looked at is to be mounted now
        table = read()
        found = _below(table, real)
    return {
        os.path.relpath(mount.point, real): _identity(mount, mount.point, _name_of(mount))
        for mount in found
        if not table.changes_nothing(mount)
    }


def extents(path: bytes, table: Table | None = None) -> list[tuple[str, bytes]]:
    """Return which directories of which file systems are seen at a path and below it: device, and path within it.

    Two paths that have one of them in common show the same files, whatever they are called. Empty: nothing is there.
    """
    real = os.path.realpath(path)
    table = read() if table is None else table
    own = table.covering(real)
    if own is None or not os.path.isdir(real):
        return []
    return [_extent(own, real), *(_extent(mount, mount.point) for mount in table.below(real))]


def _extent(mount: Mount, real: bytes) -> tuple[str, bytes]:
    if not is_network(mount.kind):
        return mount.device, _inside(mount, real)
    # NFS calls every directory that is mounted of it `/`, and has one device for all of a server's disk
    found = os.stat(real)
    return f"{mount.kind} {found.st_dev} {found.st_ino}", b""


def _identity(mount: Mount, real: bytes, own: str) -> str:
    name = own or printable(mount.source)
    return f"{mount.kind} {name} {printable(_inside(mount, real))}"


def _own_name(path: bytes) -> str:
    """Return what the file system at a path calls itself; empty when that is nothing that lasts."""
    number = os.statvfs(path).f_fsid
    return "" if number in (0, os.stat(path).st_dev) else f"{number:x}"


def _name_of(mount: Mount) -> str:
    try:
        return _own_name(mount.point)
    except OSError:
        return ""  # it does not answer: then it goes by its source


@lru_cache(maxsize=KEPT)
def _inside(mount: Mount, path: bytes) -> bytes:
    """Return which directory of its file system a path on this mount is."""
    return os.path.normpath(os.path.join(mount.inside, os.path.relpath(path, mount.point)))


def _within(path: bytes, directory: bytes) -> bool:
    return within(RelPath(path), RelPath(directory.rstrip(b"/")))


def _mount(line: bytes) -> Mount:
    before, _dash, after = line.rstrip(b"\n").partition(b" - ")
    number, above, device, inside, point = before.split(b" ")[:5]
    kind, source, options = after.split(b" ")[:3]
    return Mount(
        id=int(number),
        above=int(above),
        device=device.decode(),
        inside=plain(inside),
        point=plain(point),
        kind=kind.decode(),
        source=plain(source),
        options=options,
    )


def plain(escaped: bytes) -> bytes:
    r"""Undo the octal escapes of blanks and commas: `\040`."""
    if b"\\" not in escaped:
        return escaped
    for code in (b"040", b"011", b"012", b"054", b"134"):
        escaped = escaped.replace(b"\\" + code, bytes([int(code, 8)]))
    return escaped


def _broken(path: bytes, error: OSError) -> BrokenError:
    return BrokenError(
        f"{printable(path)}: its file system cannot be asked: {os.strerror(error.errno or 0)}",
        code="disk_error",
    )
