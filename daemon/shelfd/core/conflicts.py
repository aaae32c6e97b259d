"""What becomes of a file whose place is taken: it stays, gets a name beside what is there, or takes its place."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from shelfd.core import paths, quality
from shelfd.core.drops import belongs_to, stem
from shelfd.core.identity import Identity
from shelfd.core.paths import Place, RelPath, join, name, parent, printable
from shelfd.core.quality import Copy
from shelfd.core.settings import Conflict as Policy


class Replaced(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file of a library that makes room for a better one, as it was when that was decided."""

    path: bytes
    """Relative to its root."""
    size: int
    mtime_ns: int
    inode: int


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a library that is the same item, or is called as a new file is to be."""

    file: Replaced
    copy: Copy
    sidecars: tuple[Replaced, ...] = ()
    form: str = ""
    """In which other form it is there than the new one, such as `a disc`; empty: the two can be compared."""
    can_be_beside: bool = False
    """Nevertheless both can lie in one directory."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """What the new files meet, and what the settings say to that."""

    policy: Policy = "skip"
    new: Mapping[bytes, Copy] = {}
    """By path in the inbox."""
    rivals: Mapping[Place, Sequence[Rival]] = {}
    """By target."""
    kept: Mapping[bytes, RelPath] = {}
    """By path in the inbox: where a version of the same content is, beside the rivals."""
    doubles: Mapping[bytes, bytes] = {}
    """By path in the inbox: the path of what is filed of the same item before it, from the same drop."""
    elsewhere: Mapping[bytes, Place] = {}
    """By path in the inbox: where in the libraries the same item has the same content already."""
    names: Mapping[Place, Collection[str]] = {}
    """Of each directory that is there: the keys under which its names are the same (`paths.identity`)."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of one file."""

    stays: str = ""
    """Why it stays where it is; empty: it does not."""
    target: bytes = b""
    there: bool = False
    """The same content is at the target already."""
    replaces: tuple[Replaced, ...] = ()
    rule: str = ""


def way(conflict: Conflict, path: bytes, target: Place, identity: Identity | None) -> Way | None:
    """Return what becomes of the file at `path` of an inbox; None when its place is free of rivals."""
    rivals = conflict.rivals.get(target, ())
    new = conflict.new.get(path)
    if new is None:
        return None
    found = _against(conflict, path, target, identity) if rivals else None
    other = conflict.doubles.get(path)
    if other is None or (found is not None and (found.stays or found.there or not found.replaces)):
        return found
    own = printable(name(RelPath(other)))
    if conflict.policy == "keep-both":
        beside = _beside(conflict, target, quality.label(new), identity)
        return Way(target=beside, rule=f"{own} is kept beside it")
    reason = f"{own} of the same drop is the same item, and is filed in its place"
    return Way(stays=f'{reason} (import.conflict is "{conflict.policy}")')


def _against(conflict: Conflict, path: bytes, target: Place, identity: Identity | None) -> Way:
    """Return what becomes of a file in view of what the library has."""
    rivals, new = conflict.rivals[target], conflict.new[path]
    if path in conflict.kept:
        return Way(target=conflict.kept[path], there=True)
    odd = [rival for rival in rivals if rival.form]
    if conflict.policy == "keep-both" and all(rival.can_be_beside for rival in odd):
        other = _beside(conflict, target, quality.label(new), identity)
        return Way(target=other, rule=f"{_named(rivals[0])} is kept beside it")
    compared = [quality.compare(new, rival.copy) for rival in rivals]
    # who has several versions wants them
    several = len({stem(rival.file.path) for rival in rivals}) > 1
    better = all(one.better for one in compared) and not odd and not several
    if conflict.policy == "replace-better" and better:
        gone = tuple(file for rival in rivals for file in (rival.file, *rival.sidecars))
        rule = f"it replaces {_named(rivals[0])}: {compared[0].reason}"
        return Way(target=target.path, replaces=gone, rule=rule)
    pairs = list(zip(rivals, compared, strict=True))
    worse = next((pair for pair in pairs if not pair[1].better), pairs[0])
    stays = _in_another_form(odd[0], conflict.policy) if odd else ""
    return Way(stays=stays or _met(worse, target, conflict.policy))


def _met(pair: tuple[Rival, quality.Comparison], target: Place, policy: Policy) -> str:
    rival, comparison = pair
    where = (
        "something else is already at"
        if rival.file.path == target.path
        else "it is there already as"
    )
    return (
        f"{where} {printable(rival.file.path)} (of the new one: {comparison.reason};"
        f' import.conflict is "{policy}")'
    )


def travelling(target: bytes, was: bytes, became: bytes) -> bytes:
    """Return the target of a sidecar again, now that the file it is named after is at `became` and not at `was`."""
    old, new = stem(name(RelPath(was))), stem(name(RelPath(became)))
    mine = name(RelPath(target))
    if parent(RelPath(target)) != parent(RelPath(was)) or not belongs_to(mine, old):
        return target
    return join(parent(RelPath(became)), new + mine[len(old) :])


def _in_another_form(rival: Rival, policy: Policy) -> str:
    where = printable(rival.file.path)
    said = f"it is there already as {where}, {rival.form}"
    if rival.can_be_beside:
        return f'{said} (import.conflict is "{policy}")'
    return (
        f"{said}: which of them is better cannot be told, and in one directory"
        f' players take them for one (import.conflict is "{policy}")'
    )


def _named(rival: Rival) -> str:
    return printable(name(RelPath(rival.file.path)))


def _beside(conflict: Conflict, target: Place, label: str, identity: Identity | None) -> bytes:
    """Return a free name: players take `Film (2020) - 1080p` for a version of `Film (2020)`; others get a number."""
    directory = parent(target.path)
    taken = conflict.names.get(Place(target.root, directory), ())
    own, dot, ending = name(target.path).rpartition(b".")
    is_version = identity is not None and identity.kind == "movie" and bool(label)
    labels = [f" - {label}"] if is_version else []
    labels += [
        f" - {label} {number}" if is_version else f" ({number})" for number in range(2, 1000)
    ]
    for tail in labels:
        found = own + tail.encode() + dot + ending
        stems = {stem(other.encode("utf-8", "surrogateescape")) for other in taken}
        if paths.identity(stem(found)).encode("utf-8", "surrogateescape") not in stems:
            return join(directory, found)
    return target.path
