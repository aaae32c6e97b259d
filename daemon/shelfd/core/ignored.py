"""Which names shelfd passes over: hidden ones, those of NAS systems, and those that are still being written."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

TRASH = b".shelfd-trash"
TEMPORARY = b".shelfd-"
"""Every name that shelfd itself gives to something unfinished begins so."""

OF_SYSTEM = "it belongs to the system"
OF_PLAYER = "a player keeps its own files there"
HIDDEN = "its name is hidden"
SYSTEM = {
    **dict.fromkeys(
        (
            b"@eadir",
            b"@tmp",
            b"@synoresource",
            b"lost+found",
            b"found.000",
            b"system volume information",
            b"__macosx",
            b"thumbs.db",
            b"ehthumbs.db",
            b"desktop.ini",
            b"temporary items",
        ),
        OF_SYSTEM,
    ),
    **dict.fromkeys(
        (b"#recycle", b"@recycle", b"$recycle.bin", b"recycler", b"network trash folder"),
        "it holds what was thrown away",
    ),
    **dict.fromkeys(
        (b"#snapshot", b"@recently-snapshot", b"@snapshot"),
        "it holds snapshots of the disk",
    ),
    **dict.fromkeys(
        (b"@__thumb", b"@transcode", b"plex versions", b"extrafanart", b"extrathumbs"),
        OF_PLAYER,
    ),
}
"""Names in lower case, with what they are; those that begin with a dot are hidden anyway."""
TRICKPLAY = b".trickplay"

UNFINISHED_SUFFIX = (
    ".part",
    ".partial",
    ".partial~",
    ".partfile",
    ".dlpart",
    ".crdownload",
    ".opdownload",
    ".fdmdownload",
    ".qkdownload",
    ".download",
    ".downloading",
    ".incomplete",
    ".unfinished",
    ".tmp",
    ".temp",
    ".tempfile",
    ".!qb",
    ".!ut",
    ".!bt",
    ".bc!",
    ".aria2",
    ".ytdl",
    ".xltd",
    ".filepart",
    ".rsync-partial",
    ".backup~",
)
UNFINISHED_PREFIX = ("_unpack_", "_failed_", ".syncthing.", "~syncthing~")
SET_ASIDE = (".bak", ".old", ".orig")
RSYNC = re.compile(rb"\.(?P<name>.+)\.[A-Za-z0-9]{6}", re.DOTALL)

# by the bytes after the last dot: one look at a table for each name
_SUFFIXES = {suffix[1:].encode(): suffix for suffix in UNFINISHED_SUFFIX}
_PREFIXES = tuple(prefix.encode() for prefix in UNFINISHED_PREFIX)
_IN_LIBRARY = {
    **{key: f"{mark} marks what is still being written" for key, mark in _SUFFIXES.items()},
    **{mark[1:].encode(): f"{mark} marks what was set aside" for mark in SET_ASIDE},
}


def reason(name: bytes, patterns: Sequence[str] = ()) -> str | None:
    """Return why an entry of this name is passed over, as half a sentence; None when it is not."""
    folded = name.lower()
    if folded in SYSTEM:
        return SYSTEM[folded]
    if folded[:1] == b"." and folded[:3] != b"...":
        return HIDDEN
    if folded[-10:] == TRICKPLAY:
        return OF_PLAYER
    return _by_pattern(name, patterns) if patterns else None


def in_library(name: bytes, patterns: Sequence[str] = (), *, directory: bool = False) -> str | None:
    """Return why an entry of a library is passed over, as half a sentence; None when it is not.

    As `reason` does, and also because a program is still writing it or somebody set it aside. By its end
    only a file tells so, since `Mr. Old` may be the name of an album.
    """
    why = reason(name, patterns)
    if why is not None:
        return why
    folded = name.lower()
    if not directory:
        stem, _dot, end = folded.rpartition(b".")
        if end in _IN_LIBRARY and stem:
            return _IN_LIBRARY[end]
    if folded.startswith(_PREFIXES):
        return "a program is still writing it, or has failed to"
    return None


def _by_pattern(name: bytes, patterns: Sequence[str]) -> str | None:
    folded = name.decode("utf-8", "surrogateescape").lower()
    matching = next((pattern for pattern in patterns if fnmatchcase(folded, pattern.lower())), None)
    return None if matching is None else f"watch.ignore has {matching!r}"


def unfinished(name: bytes) -> str | None:
    """Return the part of the name by which a program marks a file it is still writing; None without."""
    folded = name.lower()
    _stem, dot, end = folded.rpartition(b".")
    if dot and end in _SUFFIXES:
        return _SUFFIXES[end]
    if not folded.startswith(_PREFIXES):
        return None
    return next(mark for mark in UNFINISHED_PREFIX if folded.startswith(mark.encode()))


def writes_to(temporary: bytes) -> bytes | None:
    """Return the name that a temporary file will get when it is complete; None when it is none.

    `x.mkv.part` becomes `x.mkv`; rsync's `.x.mkv.Ab12Cd` becomes `x.mkv`.
    """
    stem, dot, end = temporary.rpartition(b".")
    if dot and end.lower() in _SUFFIXES:
        return stem
    found = RSYNC.fullmatch(temporary)
    return found["name"] if found else None
