"""One item in two forms, as a disc and as a file or whole and in parts: what players cannot have in one directory."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shelfd.core import homes, units
from shelfd.core.paths import RelPath, guessed, join, name, parent
from shelfd.core.verdicts import Verdict

LONGEST = 255
"""Bytes of a name."""
DISCS = {b"bdmv": "Blu-ray", b"video_ts": "DVD", b"hvdvd_ts": "HD DVD"}
"""How a disc is called by the directory by which players know it."""


def of(verdict: Verdict, there: RelPath) -> str:
    """Return in which other form the item of a new file is there; empty: in the same one.

    A second disc of several is none: they are one item together.
    """
    kind = disc(there)
    if verdict.unit:
        own = disc(RelPath(verdict.path))
        return "" if kind == own else f"another disc, a {kind}" if kind else "a file"
    if kind:
        return f"a disc, a {kind}"
    identity = verdict.identity
    if identity is None or identity.kind not in ("movie", "audiobook"):
        return ""
    part = homes.part_of(there)
    if (part is None) == (identity.part is None):
        return ""
    return "all in one file" if part is None else "in several parts"


def is_disc(verdict: Verdict) -> bool:
    """Say whether it is the verdict on the first file of a disc, by which all of it is judged."""
    return bool(verdict.unit) and verdict.path == verdict.owner and verdict.state == "file"


def by_disc(verdict: Verdict, there: bytes) -> bool:
    """Say whether the forms differ because one of them is a disc."""
    return bool(verdict.unit) or bool(disc(RelPath(there)))


def clash(verdict: Verdict, there: bytes) -> bool:
    """Say whether a work and a file of its item in another form, one of them a disc, would lie in one directory."""
    path = RelPath(there)
    lies = units.home_of(path) or parent(path)
    return by_disc(verdict, there) and bool(of(verdict, path)) and _directory(verdict) == lies


def disc(path: RelPath) -> str:
    """Return which kind of disc a file is on; empty: none."""
    if units.home_of(path) is None:
        return ""
    parts = (part.lower() for part in path.split(b"/"))
    return next((DISCS[part] for part in parts if part in DISCS), "")


def apart(planned: Sequence[Verdict], labels: Mapping[bytes, str]) -> list[Verdict]:
    """Return the verdicts, with some works in a directory of their own beside that in which they were to be.

    `labels` tells of each, by its path or by the first file of its disc, what tells its directory from the other. What
    belongs to it goes with it; what cannot have such a directory stays where it was planned.
    """
    ways: dict[bytes, tuple[RelPath, RelPath]] = {}
    for verdict in planned:
        label = labels.get(verdict.path)
        if label and (found := _directory(verdict)):
            other = RelPath(found + f" - {label}".encode())
            if len(name(other)) <= LONGEST:
                ways[verdict.path] = found, other
    return [
        replace(verdict, target=_moved(verdict.target, *way))
        if (way := ways.get(verdict.owner or verdict.path)) and verdict.root
        else verdict
        for verdict in planned
    ]


def _directory(verdict: Verdict) -> RelPath:
    """Return the directory of the movie that a work is; empty: it has none."""
    if verdict.state != "file":
        return RelPath(b"")
    below = verdict.path[len(verdict.unit) :].lstrip(b"/").count(b"/") if verdict.unit else 0
    above = verdict.target.split(b"/")[: -1 - below]
    if verdict.unit and above and units.ONE_OF_SEVERAL.fullmatch(guessed(above[-1]).strip()):
        above.pop()
    return RelPath(b"/".join(above))


def _moved(target: bytes, was: RelPath, becomes: RelPath) -> bytes:
    if not target.startswith(was + b"/"):
        return target
    rest = target[len(was) + 1 :]
    own = name(was)
    if rest.startswith(own) and len(name(RelPath(rest))) + len(becomes) - len(was) <= LONGEST:
        rest = name(becomes) + rest[len(own) :]
    return join(becomes, rest)
