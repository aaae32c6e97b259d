"""`shelfd check`, roots: may shelfd write there, does it hear of changes, and how files get from one to another."""

import errno
import os
import shlex
from collections.abc import Iterator, Mapping
from typing import Literal

from shelfd.app.budget import Budget, cost
from shelfd.core import presence
from shelfd.core.errors import BrokenError
from shelfd.core.paths import printable
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Settings, Watch
from shelfd.edges import abilities, marker, mounts
from shelfd.edges.abilities import Count, Ways, size
from shelfd.edges.placing import METHODS

COUNTING_S = 5.0  # a disk that has to wake up first must not keep a person waiting
DEFAULT_QUEUED = 16_384  # events; what the kernel itself begins with
LIMITS = ("max_user_watches", "max_user_instances", "max_queued_events")
"""The limits of inotify."""
INSTANCES = "fs.inotify.max_user_instances=512"
QUEUED = "fs.inotify.max_queued_events=131072"
WAYS = {"reflink": "clone", "hardlink": "hard link", "symlink": "symbolic link", "rename": "rename"}
"""What will bring a file into a library, for people."""
OTHERS_FILES = ", but a copy of what shelfd may not write to: fs.protected_hardlinks"
TWO_MOUNTS = "because both lie on one file system but in two mounts, between which nothing is renamed or linked"
ONE_MOUNT = (
    "let one mount hold both: with systemd, name a directory above them in ReadWritePaths=, not each of them"
    " (systemctl edit shelfd); in a container, mount that directory as one volume"
)

Severity = Literal["ok", "warn", "fatal"]
Said = Iterator[tuple[Severity, str, str]]
"""What a look found: each with its severity, its message and its fix."""


def of_root(settings: Settings, root: Root, *, made_at_start: bool) -> Said:
    """Say whether a library or an inbox is there and takes what it must, and whether changes in it are heard."""
    shown, refused = printable(root.path), abilities.refusal(root.path)
    if refused is not None and refused.number == errno.ENOENT and made_at_start:
        refused = abilities.refusal_to_make(root.path)
        if refused is None:
            yield "ok", f"{shown}: the start makes it", ""
            return
    trashes = root.after == "trash" and root.mode != "symlink"
    changes = root.role == "library" or root.mode == "move" or trashes
    if refused is not None and (changes or refused.call in ("list", "mkdir")):
        yield "fatal", f"{shown}: {refused.why}", refused.fix
        return
    kind, free = mounts.file_system(root.path), abilities.free_bytes(root.path)
    able = "writable" if refused is None else "readable, which is enough here"
    yield "ok", f"{shown}: {able}, {kind}, {size(free)} free", ""
    yield from of_sight(_file_systems(root), settings.watch)
    least = settings.import_.min_free_bytes
    if root.role == "library" and free < least:
        message = f"{shown}: {size(free)} are free, and no copy may leave less than {size(least)}"
        yield "warn", message, "free space there, or lower import.min_free_bytes"


def of_marker(root: Root, known: str | None) -> Said:
    """Say whether a root that shelfd has seen before has the marker that it is `known` by; None: it took none."""
    confirm = f"shelfd confirm {shlex.quote(root.name)}"
    path = printable(os.path.join(root.path, marker.NAME))
    try:
        found = marker.read(root.path)
    except BrokenError as error:
        yield "warn", error.message, error.hint or "let the user that shelfd runs as read it"
        return
    if found is not None and known not in (None, found):
        message = f"{path}: {presence.ANOTHER_MARKER}: nothing is filed there or taken for deleted"
        yield "warn", message, f"mount the right disk, or if this one is right: {confirm}"
    elif found is None and known is not None:
        message = f"{path}: the marker of this {root.role} is missing: is its disk mounted?"
        yield "warn", message, f"mount it; if what is there is right: {confirm}"
    elif found is None and (refused := abilities.refusal(root.path)) is not None:
        message = (
            f"{path}: no marker can be written, so that its file system alone tells it from others"
        )
        yield "warn", message, refused.fix


def pairs(everything: Roots) -> dict[str, tuple[Root, Root]]:
    """Return each inbox with each library that takes from it: of the libraries of a kind, the first."""
    inboxes = [root for root in everything if root.role == "inbox"]
    takers = [root for root in everything if root.name in everything.libraries().values()]
    pairs = [(one, to) for one in inboxes for to in takers if one.kind in (None, to.kind)]
    return {f"{one.name} -> {to.name}": (one, to) for one, to in pairs}


def of_pair(settings: Settings, inbox: Root, library: Root) -> Said:
    """Say how files get from an inbox into a library; nothing where one of them is not there."""
    if os.path.isdir(inbox.path) and os.path.isdir(library.path):
        ways = abilities.ways(inbox.path, library.path)
        yield from of_ways(ways, inbox, settings.import_.trash_days)


def of_inotify(settings: Settings, everything: Roots) -> Said:
    """Say whether the kernel lets shelfd hear of changes in all directories."""
    limits = {name: abilities.limit(f"fs/inotify/{name}") for name in LIMITS}
    there = [root.path for root in everything if os.path.isdir(root.path)]
    count = abilities.count_directories(there, COUNTING_S)
    return of_limits(limits, settings.watch, count, abilities.inotify_refused())


def of_limits(limits: Mapping[str, int | None], watch: Watch, count: Count, refused: int) -> Said:
    """Say whether inotify suffices: its limits, the directories there are, why it refuses (errno(3), 0: it does not)."""
    if refused:
        limit = f"max_user_instances is {limits['max_user_instances']} for all programs of a user"
        message = f"no change can be heard: {os.strerror(refused)}: fs.inotify.{limit}"
        yield "fatal", message, _raise(INSTANCES)
    else:
        allowed = limits["max_user_watches"]
        budget = Budget(allowed=allowed, share=watch.budget_share, poll_s=watch.poll_s)
        yield _of_budget(budget, count)
    queued = limits["max_queued_events"]
    if queued is not None and queued < DEFAULT_QUEUED:
        message = f"fs.inotify.max_queued_events is {queued}: many files at once take extra scans"
        yield "warn", message, _raise(QUEUED)


def _of_budget(budget: Budget, count: Count) -> tuple[Severity, str, str]:
    """Say whether all directories may be watched, and what that takes."""
    least = "" if count.complete else "at least "
    taken = f"a watch takes 1.2 KB, all of them {cost(count.number)}"
    many = f"directories to watch: {least}{count.number:,} ({taken})"
    if budget.allowed is None:
        return "ok", f"{many}; how many are allowed cannot be seen here", ""
    share = (
        f"shelfd may watch {budget.watches:,}, its share (watch.budget_share = {budget.share:g})"
        f" of fs.inotify.max_user_watches = {budget.allowed:,}"
    )
    if count.number <= budget.watches:
        return "ok", f"{many}; {share}", ""
    remedy = budget.remedy(count.number)
    fix = _raise(remedy) if remedy else "let watch.budget_share be more than 0"
    shortage = budget.shortage(budget.watches, count.number, complete=count.complete)
    return "warn", f"{shortage}: {share}; {taken}", fix


def of_sight(file_systems: Mapping[bytes, str], watch: Watch) -> Said:
    """Say where in a root inotify does not see every change; the types of its file systems, by absolute path."""
    for path, kind in file_systems.items():
        if (why := mounts.blindness(kind)) is None:
            continue
        message = (
            f"{printable(path)}: {why}: it is compared every {watch.poll_s:g} s (watch.poll_s)"
        )
        # NTFS and the layers of a container are changed on this machine, where shelfd hears it
        if mounts.is_network(kind) and kind != "fuseblk":
            yield "warn", message, "lower watch.poll_s if changes are to be seen sooner"
        else:
            yield "ok", message, ""


def of_ways(ways: Ways, inbox: Root, trash_days: int) -> Said:
    """Say how files will get from an inbox into a library."""
    methods = ("rename", "copy") if inbox.mode == "move" else METHODS[inbox.mode]
    way = next((method for method in methods if method not in ways.refused), "")
    able = f"possible: {', '.join([*(one for one in WAYS if one not in ways.refused), 'copy'])}"
    because = f", {TWO_MOUNTS}" if ways.two_mounts and inbox.mode != "copy" else ""
    if way == "copy":
        until = f" until the trash is emptied after {trash_days} days"
        until = "" if inbox.after == "keep" and inbox.mode != "move" else until
        message = f"a verified copy: takes the space twice{until} ({able}){because}"
        yield "warn" if because else "ok", message, ONE_MOUNT if because else ""
    elif way:
        note = OTHERS_FILES if way == "hardlink" and ways.own_files_only else ""
        yield "ok", f"a {WAYS[way]}: no extra space{note} ({able})", ""
    else:
        why = f"{os.strerror(ways.refused[methods[-1]])} ({able})"
        fix = ONE_MOUNT if because else 'set mode = "auto" for this inbox'
        yield "fatal", f'mode = "{inbox.mode}" is impossible: {why}{because}', fix


def _file_systems(root: Root) -> dict[bytes, str]:
    """Return the types of the file systems that a root and the mounts below it lie on, by absolute path."""
    below = (os.path.join(root.path, path) for path in mounts.below(root.path))
    return {path: mounts.file_system(path) for path in (root.path, *below)}


def _raise(setting: str) -> str:
    """Return the line that puts a setting of the kernel into force, now and after each start."""
    return f"sysctl -w {setting} && echo {setting} >>/etc/sysctl.d/60-shelfd.conf"
