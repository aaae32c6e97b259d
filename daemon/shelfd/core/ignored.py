"""Which names shelfd passes over: hidden ones, those of NAS systems, and those that are still being written."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

TRASH = b".shelfd-trash"
TEMPORARY = b".shelfd-"
"""Every name that shelfd itself gives to something unfinished begins so."""

SYSTEM = frozenset(
    (
        "@eadir",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "lost+found",
        "system volume information",
        "__macosx",
        "thumbs.db",
        "desktop.ini",
        "extrafanart",
    ),
)

UNFINISHED_SUFFIX = (
    ".part",
    ".partial",
    ".partial~",
    ".crdownload",
    ".download",
    ".tmp",
    ".temp",
    ".!qb",
    ".!ut",
    ".aria2",
    ".filepart",
    ".rsync-partial",
    ".opdownload",
    ".backup~",
)
UNFINISHED_PREFIX = ("_unpack_", "_failed_", ".syncthing.", "~syncthing~")
RSYNC = re.compile(rb"\.(?P<name>.+)\.[A-Za-z0-9]{6}", re.DOTALL)


def reason(name: bytes, patterns: Sequence[str] = ()) -> str | None:
    """Return why an entry of this name is passed over, as half a sentence; None when it is not."""
    text = name.decode("utf-8", "surrogateescape")
    folded = text.lower()
    if folded in SYSTEM:
        return "it belongs to the system"
    if text.startswith(".") and not text.startswith("..."):
        return "its name is hidden"
    matching = next((pattern for pattern in patterns if fnmatchcase(folded, pattern.lower())), None)
    return None if matching is None else f"watch.ignore has {matching!r}"


def unfinished(name: bytes) -> str | None:
    """Return the part of the name by which a program marks a file it is still writing; None without."""
    folded = name.decode("utf-8", "surrogateescape").lower()
    for mark in UNFINISHED_SUFFIX:
        if folded.endswith(mark):
            return mark
    for mark in UNFINISHED_PREFIX:
        if folded.startswith(mark):
            return mark
    return None


def writes_to(temporary: bytes) -> bytes | None:
    """Return the name that a temporary file will get when it is complete; None when it is none.

    `x.mkv.part` becomes `x.mkv`; rsync's `.x.mkv.Ab12Cd` becomes `x.mkv`.
    """
    folded = temporary.lower()
    for mark in UNFINISHED_SUFFIX:
        if folded.endswith(mark.encode()):
            return temporary[: -len(mark)]
    found = RSYNC.fullmatch(temporary)
    return found["name"] if found else None
