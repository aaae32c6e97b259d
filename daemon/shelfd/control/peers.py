"""Who is at the other end of a connection, as the kernel says it."""

import errno
import os
import pwd
import socket
import struct
from typing import Protocol

import msgspec

CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred
SO_PEERGROUPS = 59  # asm-generic/socket.h; Python has no name for it
GROUP = struct.Struct("I")  # gid_t
LONGEST = 1024  # bytes of an option, in Python
NOBODY = 65_534
"""What the kernel shows for users and groups of another user namespace, for all of them the same."""


class Connection(Protocol):
    """What is asked of a connected socket; asyncio hands out no more than that."""

    @property
    def family(self) -> int:
        """Return the kind of address that it has."""
        ...

    def getsockopt(self, level: int, option: int, length: int, /) -> bytes:
        """Return an option."""
        ...

    def getsockname(self) -> object:
        """Return its own address."""
        ...


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """A process of this machine, as it was when it connected."""

    uid: int
    groups: frozenset[int]
    """The primary one and the supplementary ones."""
    door: object
    """The address of the Unix socket by which it came."""


def of(connection: Connection) -> Peer | None:
    """Return who has connected to a Unix socket; None when it came by another way, and could be anybody."""
    if connection.family != socket.AF_UNIX:
        return None
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    _pid, uid, gid = (number & 0xFFFF_FFFF for number in CREDENTIALS.unpack(credentials))
    groups = frozenset({gid, *_supplementary(connection, uid, gid)})
    return Peer(uid=uid, groups=groups - {NOBODY}, door=connection.getsockname())


def _supplementary(connection: Connection, uid: int, gid: int) -> list[int]:
    """Return the groups that the process really has: what the kernel itself goes by when it opens files.

    The user database could say others: it does not know of a login that is older than the last `usermod`, of
    `SupplementaryGroups=`, of containers; and it may be on a server that does not answer.
    """
    try:
        told = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, LONGEST)
        return [number for (number,) in GROUP.iter_unpack(told)]
    except OSError as error:
        if error.errno not in (errno.ENOPROTOOPT, errno.ERANGE):
            raise
    # Linux before 4.13, which some NAS still have; or a user in more groups than Python has room for
    try:
        return os.getgrouplist(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:
        return []
