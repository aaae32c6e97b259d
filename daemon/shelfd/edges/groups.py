"""Groups of users: which one a name means, and who may give it to files."""

import grp
import os
import pwd


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
    return os.geteuid() == 0 or number in (os.getegid(), *os.getgroups())


def may_be_given_by(number: int, user: int) -> bool:
    """Say whether a process that such a user starts now may give a group to its own files."""
    if user == 0 or (user == os.geteuid() and may_be_given(number)):
        return True
    try:
        found = pwd.getpwuid(user)
    except KeyError:
        return False
    return number in os.getgrouplist(found.pw_name, found.pw_gid)
