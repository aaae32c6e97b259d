"""Groups of users: which one a name means, and who may give it to files."""

import grp
import os
import pwd

CAP_CHOWN, CAP_FSETID = 0, 4  # linux/capability.h


def number_of(group: str) -> int | None:
    """Return the number of a group that is given by its name or number; None when there is none of that name."""
    if group.isdecimal():
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        return None


def may_be_given(number: int) -> bool:
    """Say whether this process may give a group to its own files."""
    return is_member(number) or _is_capable(CAP_CHOWN)


def keeps_set_group_id(number: int) -> bool:
    """Say whether the kernel leaves the set-group-ID bit to a file of this group when this process sets its mode."""
    return is_member(number) or _is_capable(CAP_FSETID)


def is_member(number: int) -> bool:
    """Say whether this process belongs to a group."""
    return number in (os.getegid(), *os.getgroups())


def may_be_given_by(number: int, user: int) -> bool:
    """Say whether a process that such a user starts now may give a group to its own files."""
    if user == os.geteuid():
        return may_be_given(number)
    if user == 0:
        return True
    try:
        found = pwd.getpwuid(user)
    except KeyError:
        return False
    return number in os.getgrouplist(found.pw_name, found.pw_gid)


def _is_capable(capability: int) -> bool:
    """Say whether this process has a capability, which also root may be without: in a container, in a sandbox."""
    try:
        with open("/proc/self/status", "rb") as file:
            [line] = (line for line in file if line.startswith(b"CapEff:"))
    except (OSError, ValueError):
        return os.geteuid() == 0
    return bool(int(line.split()[1], 16) >> capability & 1)
