"""Modes, groups and access lists: what something that is filed is given, and what it had before.

The directory goes before the settings: one with a default access list hands that on, and one with the set-group-ID bit
its group.
"""

import struct

import msgspec

ENTRY = struct.Struct("<HHI")  # linux/posix_acl_xattr.h: tag, permissions, id
HEAD = struct.Struct("<I")
VERSION = 2
NOBODY = 0xFFFFFFFF
"""The id of an entry that names nobody."""
USER_OBJ, GROUP_OBJ, MASK, OTHER = 0x01, 0x04, 0x10, 0x20
SHIFTS = {USER_OBJ: 6, MASK: 3, OTHER: 0}


class Rights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given to a file or a directory; what is None or empty stays as it is."""

    mode: int | None = None
    """Permission bits."""
    group: str = ""
    """A name or a number."""
    acl: bytes | None = None
    """The access list as the kernel has it; empty: the mode alone."""
    exact: bool = False
    """It was so before and is to be so again, whatever the directory hands on."""


NONE = Rights()


def inherited(default: bytes, mode: int) -> bytes:
    """Return the access list that a file made with this mode gets from the default access list of its directory.

    Both as extended attributes have them; see acl(5), object creation and default ACLs.
    """
    entries = list(ENTRY.iter_unpack(default[HEAD.size :]))
    has_mask = any(tag == MASK for tag, _permissions, _who in entries)
    shifts = SHIFTS if has_mask else {**SHIFTS, GROUP_OBJ: 3}
    return HEAD.pack(VERSION) + b"".join(
        ENTRY.pack(tag, permissions & (mode >> shifts[tag] if tag in shifts else 7), who)
        for tag, permissions, who in entries
    )


def plain(mode: int) -> bytes:
    """Return the access list that says what the permission bits of a mode say, and no more."""
    return HEAD.pack(VERSION) + b"".join(
        ENTRY.pack(tag, mode >> shift & 7, NOBODY)
        for tag, shift in ((USER_OBJ, 6), (GROUP_OBJ, 3), (OTHER, 0))
    )
