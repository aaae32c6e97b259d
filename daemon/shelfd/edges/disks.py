"""Which physical devices a path lies on, so that nothing is copied on one of them twice at once.

Two paths have a name in common when copying on both disturbs each other: `sda`, however it is partitioned,
encrypted, pooled or mounted. What cannot be followed down to a device goes by one name for the file system.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from shelfd.core.paths import printable
from shelfd.edges import mounts
from shelfd.edges.mounts import LAYERED, NETWORK, Mount, Table, is_network, plain

DEEPEST = 16
"""File systems and devices below each other, from which on it goes in circles."""


class Machine(NamedTuple):
    """Where to look."""

    table: Table
    sys: bytes = b"/sys"


def disks(path: bytes, machine: Machine | None = None) -> frozenset[str]:
    """Return the names of the devices that a path lies on, existing or not; none when nothing can be said."""
    try:
        return frozenset(_under(path, machine or Machine(mounts.read()), DEEPEST))
    except (OSError, ValueError):
        return frozenset()


def _under(path: bytes, machine: Machine, depth: int) -> Iterator[str]:
    mount = _mount(path, machine.table)
    if mount is None or not depth:
        return
    found = {name for device in _devices(mount, machine) for name in _below(device, machine, depth)}
    if not found and mount.kind in LAYERED:
        found = {
            name
            for layer in _layers(mount)
            if machine.table.covering(layer) != mount
            for name in _under(layer, machine, depth - 1)
        }
    yield from found or {_named(mount)}


def _mount(path: bytes, table: Table) -> Mount | None:
    direct = table.covering(os.path.abspath(path))
    if direct is not None and is_network(direct.kind):
        return direct  # to look for links there would wait for a server that does not answer
    return table.covering(os.path.realpath(path))


def _devices(mount: Mount, machine: Machine) -> list[bytes]:
    """Return the directories in /sys of the block devices of a file system; none when it has none."""
    number = os.path.join(machine.sys, b"dev/block", mount.device.encode())
    if os.path.isdir(number):
        return [os.path.realpath(number)]
    # btrfs and others have a number of their own, and say only by name what they lie on
    sources = mount.source.split(b":") if mount.kind == "bcachefs" else [mount.source]
    named = [device for source in sources if (device := _by_name(source, machine.sys))]
    if mount.kind == "btrfs" and named:
        return _of_btrfs(named[0], machine.sys) or named
    return named


def _by_name(source: bytes, sys: bytes) -> bytes | None:
    """Return the directory of `/dev/sda1` or `/dev/mapper/name`, without /dev, which a sandbox does not show."""
    if not source.startswith(b"/dev/"):
        return None
    every = os.path.join(sys, b"class/block")
    name = os.path.basename(os.path.realpath(source))
    if os.path.isdir(direct := os.path.join(every, name)):
        return os.path.realpath(direct)
    mapped = os.path.basename(source)
    for device in _listed(every):
        if _line(os.path.join(every, device, b"dm/name")) == mapped:
            return os.path.realpath(os.path.join(every, device))
    return None


def _of_btrfs(device: bytes, sys: bytes) -> list[bytes]:
    """Return all devices of the btrfs that this one belongs to."""
    every = os.path.join(sys, b"fs/btrfs")
    for one in _listed(every):
        devices = os.path.join(every, one, b"devices")
        names = _listed(devices)
        if os.path.basename(device) in names:
            return [os.path.realpath(os.path.join(devices, name)) for name in names]
    return []


def _below(device: bytes, machine: Machine, depth: int) -> Iterator[str]:
    """Yield the disks below a directory of /sys: of a partition, a RAID, a volume, a mounted image."""
    if os.path.exists(os.path.join(device, b"partition")):
        device = os.path.dirname(device)
    parts = os.path.join(device, b"slaves")
    image = _line(os.path.join(device, b"loop/backing_file"))
    below: Iterable[str] = ()
    if depth:
        below = {
            name
            for part in _listed(parts)
            for name in _below(os.path.realpath(os.path.join(parts, part)), machine, depth - 1)
        }
        if image:
            below = frozenset(_under(image, machine, depth - 1))
    yield from below or {printable(os.path.basename(device))}


def _layers(mount: Mount) -> list[bytes]:
    """Return the directories that a mount shows in one, as far as they can be seen from here."""
    found = [mount.source]  # that of ecryptfs is the directory itself
    for option in mount.options.split(b","):
        key, _equals, value = option.partition(b"=")
        if key in (b"upperdir", b"lowerdir", b"lowerdir+"):
            found += plain(value).split(b":")
    return [layer for layer in found if layer.startswith(b"/") and os.path.isdir(layer)]


def _named(mount: Mount) -> str:
    """Return one name for a file system whose devices nobody tells."""
    kind = mount.kind
    if kind == "zfs":
        return f"zfs:{printable(mount.source.partition(b'/')[0])}"
    if kind in NETWORK and not kind.startswith("fuse"):
        # the same export by another version of the protocol is the same disk
        kind = {"nfs4": "nfs", "smb3": "cifs"}.get(kind, kind)
        return f"{kind}:{printable(mount.source.rstrip(b'/'))}"
    # memory has no source; and many a FUSE has the same one: the name of the program
    return f"{kind}:{mount.device}"


def _listed(directory: bytes) -> list[bytes]:
    with suppress(OSError):
        return sorted(os.listdir(directory))
    return []


def _line(path: bytes) -> bytes:
    with suppress(OSError), open(path, "rb") as file:
        return file.read().removesuffix(b"\n")
    return b""
