"""Root-relative path values: bytes as they are on disk, and what can be said of them without looking."""

import unicodedata
from typing import NewType

import msgspec

RelPath = NewType("RelPath", bytes)
"""A path below a root, without a leading slash; empty for the root itself."""

AbsPath = NewType("AbsPath", bytes)
"""A path from `/`, as the operating system takes it."""

TOP = RelPath(b"")


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something is, in a form that survives a disk mounted elsewhere."""

    root: str
    """The name of a library or an inbox."""
    path: RelPath


def relative(raw: bytes) -> RelPath:
    """Return `raw` as a root-relative path; ValueError when it would leave its root."""
    parts = [part for part in raw.split(b"/") if part not in (b"", b".")]
    if b".." in parts or b"\0" in raw:
        raise ValueError(f"{printable(raw)} leaves its root")
    return RelPath(b"/".join(parts))


def join(directory: RelPath, name: bytes) -> RelPath:
    """Return the path of `name` in `directory`."""
    return RelPath(directory + b"/" + name if directory else name)


def parent(path: RelPath) -> RelPath:
    """Return the directory that `path` is in; the root is its own parent."""
    return RelPath(path.rpartition(b"/")[0])


def name(path: RelPath) -> bytes:
    """Return the last component."""
    return path.rpartition(b"/")[2]


def top(path: RelPath) -> RelPath:
    """Return the first component: the entry of the root that `path` is in or is."""
    return RelPath(path.partition(b"/")[0])


def within(path: RelPath, directory: RelPath) -> bool:
    """Say whether `path` is `directory` or lies below it."""
    return not directory or path == directory or path.startswith(directory + b"/")


def overlap(one: RelPath, other: RelPath) -> bool:
    """Say whether work on the one can touch the other: equal, or one inside the other."""
    return within(one, other) or within(other, one)


def ancestors(path: RelPath) -> list[RelPath]:
    """Return the directories above `path`, nearest first, without the root itself."""
    above = []
    while path := parent(path):
        above.append(path)
    return above


def printable(raw: bytes) -> str:
    r"""Return `raw` for people: bytes that are not UTF-8 appear as `\xNN`."""
    return raw.decode("utf-8", "backslashreplace")


def guessed(raw: bytes) -> str:
    """Return the text that somebody meant by these bytes: UTF-8, else the Windows Latin of old archives."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def identity(raw: bytes) -> str:
    """Return the key under which two spellings of one name are the same: NFC and without case."""
    folded = raw.decode("utf-8", "surrogateescape")
    if folded.isascii():
        return folded.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", folded).casefold())


def searchable(text: str) -> str:
    """Return text as a search compares it: without case and accents, so that `amelie` finds `Amélie`."""
    text = text.replace("\0", " ")  # where SQLite's functions would take it to end
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def suffix(path: bytes) -> str:
    """Return the extension in lower case with its dot, empty when there is none: `.mkv`."""
    stem, dot, extension = path.rpartition(b"/")[2].rpartition(b".")
    return "." + extension.decode("ascii", "replace").lower() if dot and stem else ""
