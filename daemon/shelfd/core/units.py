"""Which files of a drop make up a disc, `BDMV` or `VIDEO_TS`, that is filed as it is or not at all."""

import re
from collections.abc import Container, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core import layout
from shelfd.core.archives import is_archive
from shelfd.core.identity import Identity, identify
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import RelPath, guessed, join, name, parent, printable, suffix
from shelfd.core.verdicts import Request, Verdict, stays
from shelfd.core.works import Work
from shelfd.core.works import work as of_identity

MAIN = re.compile(rb"(?i)VIDEO_TS|BDMV|HVDVD_TS")
"""The directory by which players know a disc."""
BESIDE = re.compile(
    rb"(?i)VIDEO_TS|AUDIO_TS|JACKET_P|BDMV|CERTIFICATE|AACS|MAKEMKV|ANYVM|BDSVM|SLYVM|HVDVD_TS|ADV_OBJ"
)
"""Directories that belong to a disc."""
GOING = ("file", "filed")
UNSAFE = "not every file system takes this name, and nothing in a disc is renamed"
OF_A_DISC = frozenset(".bdmv .bup .clpi .evo .ifo .m2ts .mpls .ssif .vob".split())
"""What files are called that make a directory a disc."""
ONE_OF_SEVERAL = re.compile(r"(?i)(?:cd|dis[ck]|dvd|bd|blu-?ray|part)[ ._-]?\d{1,2}")


class Disc(msgspec.Struct, frozen=True, kw_only=True):
    """One disc of a drop."""

    home: RelPath
    """The directory that its tree lies in, which names it."""
    files: tuple[RelPath, ...]
    """All that belongs to it, in the order of paths."""


def discs(files: Iterable[RelPath]) -> list[Disc]:
    """Return the discs among the files of a drop."""
    files = sorted(path for path in files if not is_archive(path))
    homes = {found for path in files if (found := _home(path)) is not None}
    belonging: dict[RelPath, list[RelPath]] = {}
    for path in files:
        parts = path.split(b"/")
        for at in range(len(parts) - 1):
            above = RelPath(b"/".join(parts[:at]))
            if above in homes and BESIDE.fullmatch(parts[at]):
                belonging.setdefault(above, []).append(path)
                break
    return [Disc(home=home, files=tuple(found)) for home, found in sorted(belonging.items())]


def identified(disc: Disc, kind: Kind | None) -> Identity:
    """Return which movie a disc is by the names of the directories that it lies in; see identify."""
    called = names(disc)
    if not called:
        return Identity(
            kind="", rule="nothing names the disc: put it into a directory of its movie's name"
        )
    found = identify(called, Reading(), kind)
    if found.kind != "movie" or found.confidence <= 0:
        return found
    return replace(found, part=None, rule=f"a disc, as its directory says: {found.rule}")


def names(disc: Disc) -> tuple[str, ...]:
    """Return the names of a disc as if it were one file; none when nothing names it."""
    above = [guessed(part) for part in disc.home.split(b"/") if part]
    while above and ONE_OF_SEVERAL.fullmatch(above[-1].strip()):
        above.pop()
    return (*above, f"{above[-1]}.vob") if above else ()


def main(disc: Disc, request: Request) -> RelPath | None:
    """Return the file by whose content a disc is known again: the largest that was read; None when none was."""
    read = [
        path
        for path in disc.files
        if path in request.readings and request.readings[path].fingerprint is not None
    ]
    return max(read, key=lambda path: (request.files[path].size, path), default=None)


def target(disc: Disc, path: RelPath, directories: Sequence[str]) -> bytes | None:
    """Return where a file of a disc goes when its movie has these directories; None when its name must be another."""
    inner = disc.home.rpartition(b"/")[2]
    several = (inner,) if ONE_OF_SEVERAL.fullmatch(guessed(inner).strip()) else ()
    below = path[len(disc.home) :].lstrip(b"/").split(b"/")
    for part in (*several, *below):
        text = guessed(part)
        if text.encode() != part or layout.safe(text) != text:
            return None
    return b"/".join((*(name.encode() for name in directories), *several, *below))


def work(disc: Disc, owner: Verdict) -> Work | None:
    """Return a disc as if it were one file, for what belongs to it; None when it is not filed."""
    if owner.state != "file" or owner.identity is None:
        return None
    below = owner.path[len(disc.home) :].lstrip(b"/").split(b"/")
    directories = owner.target.split(b"/")[: -len(below)]
    named = disc.home.rpartition(b"/")[2]
    if ONE_OF_SEVERAL.fullmatch(guessed(named).strip()):
        directories.pop()
    target = RelPath(b"/".join((*directories, directories[-1] + b".disc")))
    lies = join(disc.home, named + b".disc")
    return replace(of_identity(lies, owner.identity, owner.root, target), owner=disc.files[0])


def verdicts(disc: Disc, judged: Verdict, known: Container[RelPath]) -> list[Verdict]:
    """Return the verdicts on all files of a disc from that on its first one, which is the owner of the others.

    It says what the disc is; `known` are the files that were read.
    """
    directories = [part.decode() for part in judged.target.split(b"/")[:-1]]
    result = []
    for path in disc.files:
        identity = judged.identity if path in known or path == disc.files[0] else None
        verdict = replace(judged, path=path, unit=disc.home, owner=disc.files[0], identity=identity)
        if judged.root:
            place = target(disc, path, directories)
            verdict = stays(verdict, UNSAFE) if place is None else replace(verdict, target=place)
        result.append(verdict)
    return together(result)


def together(judged: Sequence[Verdict]) -> list[Verdict]:
    """Let all files of a disc stay when one of them does."""
    first: dict[bytes, Verdict] = {}
    for verdict in judged:
        if verdict.unit and verdict.state not in GOING:
            first.setdefault(verdict.unit, verdict)
    return [
        verdict
        if verdict.unit not in first or verdict.state not in GOING
        else stays(
            verdict,
            f"a disc is filed as a whole, and {printable(first[verdict.unit].path)} stays",
        )
        for verdict in judged
    ]


def home_of(path: RelPath) -> RelPath | None:
    """Return the directory of the movie that a file of a library is on the disc of; None when it is on none."""
    found = _home(path)
    if found and ONE_OF_SEVERAL.fullmatch(guessed(name(found)).strip()):
        return parent(found) or None
    return found or None


def _home(path: RelPath) -> RelPath | None:
    if suffix(path) not in OF_A_DISC:
        return None
    parts = parent(path).split(b"/")
    at = next((at for at, part in enumerate(parts) if MAIN.fullmatch(part)), None)
    return None if at is None else RelPath(b"/".join(parts[:at]))
