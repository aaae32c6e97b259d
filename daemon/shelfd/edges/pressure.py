"""Ask the kernel how near to its limits the memory is, and who waits for some.

Both versions of control groups are asked, for many a NAS has the first one. Whatever is missing, forbidden or
unreadable is no fact: a container or a sandbox may show little of all this.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from shelfd.core.paths import printable
from shelfd.core.pressure import Facts, Limit, Stall

UNLIMITED = 1 << 60
"""Bytes from which on a limit is none: version 1 says so by the largest number that it has."""


class _Version(NamedTuple):
    """What the files of a version of control groups are called."""

    controller: bytes
    """In /proc/self/cgroup; version 2 has no name there."""
    tops: tuple[bytes, ...]
    """Where it is mounted, below /sys/fs/cgroup; the first that is there."""
    used: bytes
    limits: tuple[bytes, ...]
    cached: tuple[bytes, ...]
    """Lines of memory.stat: what can be had back at once."""


VERSIONS = (
    _Version(
        controller=b"",
        tops=(b"/unified", b""),
        used=b"memory.current",
        limits=(b"memory.max", b"memory.high"),
        cached=(b"active_file", b"inactive_file", b"slab_reclaimable"),
    ),
    _Version(
        controller=b"memory",
        tops=(b"/memory",),
        used=b"memory.usage_in_bytes",
        limits=(b"memory.limit_in_bytes",),
        cached=(b"total_active_file", b"total_inactive_file"),
    ),
)


def facts(proc: bytes = b"/proc", cgroups: bytes = b"/sys/fs/cgroup") -> Facts:
    """Return the limits of the control groups that this process is in, and the waits there and of the machine."""
    limits: list[Limit] = []
    stalls = [*_stalls(proc + b"/pressure/memory", "the machine")]
    for version in VERSIONS:
        for own, directory in _groups(version, proc, cgroups):
            name = printable(own) if own != b"/" else "this container"
            limits += _limits(version, directory, name)
            if os.path.exists(directory + b"/cgroup.type"):  # else it is that of the machine
                stalls += _stalls(directory + b"/memory.pressure", name)
    return Facts(limits=tuple(limits), stalls=tuple(stalls))


def resident(processes: Iterable[int] = (), proc: bytes = b"/proc") -> int:
    """Return the resident bytes of this process, and of its children those that are theirs alone.

    A child that is gone meanwhile has none.
    """
    page = os.sysconf("SC_PAGE_SIZE")
    own, _shared = _pages(proc, b"self")
    found = (_pages(proc, b"%d" % process) for process in processes)
    return page * (own + sum(max(whole - shared, 0) for whole, shared in found))


def _pages(proc: bytes, process: bytes) -> tuple[int, int]:
    """Return how many pages a process has, and how many of them are shared ones or of files."""
    with suppress(ValueError):
        _size, resident, shared, *_ = _read(proc + b"/" + process + b"/statm").split()
        return int(resident), int(shared)
    return 0, 0


def _groups(version: _Version, proc: bytes, cgroups: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the groups of this process that can be seen, from its own up: name and directory of each."""
    own = _own(version, _read(proc + b"/self/cgroup"))
    tops = (cgroups + name for name in version.tops)
    top = next((path for path in tops if os.path.isdir(path)), None)
    if own is None or top is None:
        return
    if b".." in own.split(b"/") or not os.path.isdir(top + own):
        own = b"/"  # in a container, whose own group is the topmost that it sees
    while own != b"/":
        yield own, top + own
        own = os.path.dirname(own)
    yield own, top


def _own(version: _Version, lines: bytes) -> bytes | None:
    for line in lines.splitlines():
        _hierarchy, _colon, rest = line.partition(b":")
        controllers, _colon, path = rest.partition(b":")
        if version.controller in controllers.split(b",") and path.startswith(b"/"):
            return b"/" + path.strip(b"/")
    return None


def _limits(version: _Version, directory: bytes, name: str) -> Iterator[Limit]:
    allowed = [(limit, _number(directory + b"/" + limit)) for limit in version.limits]
    if all(most is None for _limit, most in allowed):
        return
    used = _number(directory + b"/" + version.used)
    if used is None:
        return
    stat = _words(_read(directory + b"/memory.stat"))
    used = max(used - sum(stat.get(line, 0) for line in version.cached), 0)
    for limit, most in allowed:
        if most:
            yield Limit(what=f"{limit.decode()} of {name}", used=used, allowed=most)


def _number(path: bytes) -> int | None:
    """Return the number of bytes in a file; None when there is none, or it is as good as none."""
    with suppress(ValueError):
        number = int(_read(path))
        return number if 0 <= number < UNLIMITED else None
    return None  # `max`, or nothing


def _words(content: bytes) -> Mapping[bytes, int]:
    found = {}
    for line in content.splitlines():
        word, _blank, number = line.partition(b" ")
        with suppress(ValueError):
            found[word] = int(number)
    return found


def _stalls(path: bytes, where: str) -> Iterator[Stall]:
    """Yield what a file as in proc_pressure(5) says; nothing where the kernel was told not to keep count."""
    averages = {}
    for line in _read(path).splitlines():
        kind, _avg10, rest = line.partition(b" avg10=")
        with suppress(ValueError):
            averages[kind] = float(rest.partition(b" ")[0])
    if averages:
        yield Stall(where=where, some=averages.get(b"some", 0.0), full=averages.get(b"full", 0.0))


def _read(path: bytes) -> bytes:
    with suppress(OSError), open(path, "rb") as file:
        return file.read()
    return b""
