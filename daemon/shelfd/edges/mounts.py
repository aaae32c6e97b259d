"""Which file system a path lies on, by /proc/self/mountinfo."""

import os

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


def file_system(path: bytes) -> str:
    """Return the type of the file system that an existing path lies on: `ext4`, `nfs4`, `fuse.mergerfs`."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    real = os.path.realpath(path)
    best, found = -1, ""
    for number, point, kind in _mounts():
        inside = point in (b"/", real) or real.startswith(point + b"/")
        # a subvolume may have another number than its mount: the longest point decides then
        if inside and (len(point) > best or (number == wanted and len(point) >= best)):
            best, found = len(point), kind
    return found


def is_network(kind: str) -> bool:
    """Say whether this type of file system is none for a database."""
    return kind in NETWORK or kind.startswith("fuse.")


def _mounts() -> list[tuple[str, bytes, str]]:
    """Return device number, mount point and type of every mount."""
    mounts = []
    with open("/proc/self/mountinfo", "rb") as file:
        for line in file:
            before, _dash, after = line.partition(b" - ")
            fields = before.split(b" ")
            mounts.append((fields[2].decode(), _plain(fields[4]), after.split(b" ")[0].decode()))
    return mounts


def _plain(escaped: bytes) -> bytes:
    r"""Undo the octal escapes of blanks: `\040`."""
    for code in (b"040", b"011", b"012", b"134"):
        escaped = escaped.replace(b"\\" + code, bytes([int(code, 8)]))
    return escaped
