"""What can be said of many directories without reading them all: how many, which differ, and whether one is misspelled."""

import os
import time
from collections.abc import Iterable

from shelfd.core.listing import Signature


def count(top: bytes, within_s: float) -> int:
    """Return how many directories there are at and below `top`, as far as they can be counted in this time."""
    number = 0
    until = time.monotonic() + within_s
    todo = [top]
    while todo and time.monotonic() < until:
        number += 1
        try:
            with os.scandir(todo.pop()) as entries:
                todo += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:  # who reads it will say so
            continue
    return number + len(todo)


def differing(top: bytes, known: Iterable[tuple[bytes, Signature]]) -> list[bytes]:
    """Return which directories are no longer what they are known by; `known` are their paths below `top`.

    One system call for each: 5 us, and a library has thousands.
    """
    prefix = top.rstrip(b"/") + b"/"
    found = []
    for path, own in known:
        try:
            # the dot follows a link that leads to a directory: `top` may be one
            now = os.lstat(prefix + path + b"/.")
        except OSError:
            found.append(path)  # who reads it will say why
            continue
        inode = now.st_ino if now.st_ino < 1 << 63 else now.st_ino - (1 << 64)
        seen = (inode, now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_nlink)
        if seen != own or not own[1]:
            found.append(path)
    return found


def misspelled(path: bytes) -> bool:
    """Say whether what lies at `path` is called otherwise: where case is folded it is found all the same."""
    directory, name = os.path.split(path)
    other = os.fsencode(os.fsdecode(name).swapcase())
    try:
        if other == name:
            return False
        os.lstat(path)
        os.lstat(
            os.path.join(directory, other)
        )  # what folds case finds this one, too; by no inode:
        return name not in os.listdir(directory)  # FUSE may give each spelling one of its own
    except OSError:
        return False
