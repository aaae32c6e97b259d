"""What can be said of many directories without reading them all: how many, which differ, and whether one is misspelled."""

import os
import time
from collections.abc import Container, Iterable, Iterator
from typing import TypeAlias

from shelfd.core.paths import RelPath

Directory: TypeAlias = tuple[RelPath, int, int, int, int, int]
"""Its path, and its signature: inode, mtime and ctime in ns, size, links."""
File: TypeAlias = tuple[RelPath, bytes, int, int, int, int]
"""The path of its directory, its name, size, mtime and ctime in ns, inode."""

LEAF = 2
"""Links to a directory that has no other in it, where these are counted at all: its name, and its own `.`."""

_UNSIGNED = (1 << 64) - 1  # rows have inodes as signed numbers


def count(top: bytes, within_s: float) -> int:
    """Return how many directories there are at and below `top`, as far as they can be counted in this time."""
    number = 0
    until = time.monotonic() + within_s
    todo = [top]
    counts_links = _links(top) != LEAF  # or there is nothing in it
    while todo and time.monotonic() < until:
        number += 1
        path = todo.pop()
        try:
            if counts_links and os.lstat(path).st_nlink == LEAF:
                continue
            with os.scandir(path) as entries:
                todo += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:  # who reads it will say so
            continue
    return number + len(todo)


def _links(path: bytes) -> int:
    try:
        return os.stat(path).st_nlink
    except OSError:
        return LEAF


def differing(top: bytes, known: Iterable[Directory]) -> list[RelPath]:
    """Return which directories are no longer what they are known by; `known` are their paths below `top`.

    One system call for each, and no object more than must be: a library has thousands.
    """
    try:
        below = os.open(top, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return [row[0] for row in known]  # who reads them will say why
    try:
        return list(_differing(below, known))
    finally:
        os.close(below)


def _differing(below: int, known: Iterable[Directory]) -> Iterator[RelPath]:
    stat = os.stat  # follows links: one may lead to a directory
    for path, inode, mtime_ns, ctime_ns, size, links in known:
        try:
            now = stat(path or b".", dir_fd=below)  # a shorter way than from `/`
        except OSError:
            yield path  # who reads it will say why
            continue
        if (
            not mtime_ns
            or now.st_mtime_ns != mtime_ns
            or now.st_ctime_ns != ctime_ns
            or now.st_size != size
            or now.st_nlink != links
            # the masking makes a new number, and seldom another one
            or (now.st_ino != inode and now.st_ino != inode & _UNSIGNED)
        ):
            yield path


def touched(top: bytes, known: Iterable[File], skip: Container[RelPath]) -> set[RelPath]:
    """Return in which directories below `top` a file is no longer what it is known by, but for those to `skip`."""
    prefix = top.rstrip(b"/") + b"/"
    found: set[RelPath] = set()
    lstat = os.lstat
    for directory, name, size, mtime_ns, ctime_ns, inode in known:
        if directory in skip or directory in found:
            continue
        try:
            now = lstat(prefix + directory + b"/" + name)
        except OSError:
            found.add(directory)  # who reads it will say why
            continue
        if (
            now.st_ctime_ns != ctime_ns
            or now.st_mtime_ns != mtime_ns
            or now.st_size != size
            or now.st_ino != inode & _UNSIGNED
        ):
            found.add(directory)
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
