"""A library as somebody arranged it, and what in it belongs together: albums, shows, films, books, loose files."""

import re
from collections.abc import Collection, Iterable, Mapping

import msgspec

from shelfd.core import drops, extras, ignored, units
from shelfd.core.evidence import Notes
from shelfd.core.identity import Decision
from shelfd.core.ignore_files import NAMES
from shelfd.core.layout import Layout
from shelfd.core.listing import Facts, Listing
from shelfd.core.media import HOLDS, VIDEO, Kind, Reading
from shelfd.core.names_music import disc_of
from shelfd.core.names_words import key
from shelfd.core.paths import (
    TOP,
    RelPath,
    ancestors,
    guessed,
    name,
    overlap,
    parent,
    suffix,
)

SEASON = re.compile(r"(?i)(?:season|specials?|staffel|saison|temporada|series|s)[ ._-]*[0-9]{0,4}")
"""What directories within that of a show are called."""
LINK = "a symbolic link lies in it, which may lead nowhere from another place"
RULES = "an ignore file lies in it, and names what lies around it"
UNFINISHED = "a program is still writing it, or has failed to"


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """All that lies in one library, and what is known of it; paths are relative to the library."""

    root: str
    kind: Kind
    layout: Layout
    auto_accept: float
    scope: RelPath = TOP
    """Only what lies here is arranged anew."""
    files: Mapping[RelPath, Facts]
    """Every file, hidden ones included."""
    others: Mapping[RelPath, str] = {}
    """Links, pipes, unreadable directories, with what they are."""
    directories: Collection[RelPath] = ()
    passed_over: Collection[RelPath] = frozenset()
    """Files that are none of shelfd's business; they travel with their directory when all else in it does."""
    untouched: Collection[RelPath] = frozenset()
    """Files that never move."""
    fixed: Mapping[RelPath, str] = {}
    """Places above, at and below which nothing moves, with why."""
    readings: Mapping[RelPath, Reading] = {}
    """Of each media file of the library's kind that is not passed over."""
    notes: Notes = msgspec.field(default_factory=dict)
    """What metadata files say."""
    decisions: Mapping[RelPath, Decision] = {}
    """What people have said of media files."""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged together, as if it were dropped into an inbox."""

    path: RelPath
    """A directory, or a file that lies in the library itself."""
    files: tuple[RelPath, ...]
    """In the order of paths."""


def units_of(holdings: Holdings, here: Mapping[RelPath, RelPath]) -> list[Unit]:
    """Return what belongs together, in the order of paths; `here` has the original path of each file by its path now."""
    seen = [path for path, was in here.items() if was not in holdings.passed_over]
    mains = [path for path in seen if suffix(path) in HOLDS[holdings.kind]]
    roots = {_root(path, holdings.kind) for path in mains} - {TOP}
    inside: dict[RelPath, list[RelPath]] = {root: [] for root in roots}
    for path in seen:
        root = _nearest(path, roots)
        if root is not None:
            inside[root].append(path)
    found = [Unit(path=root, files=tuple(sorted(files))) for root, files in inside.items()]
    found += _loose(holdings, [path for path in seen if not parent(path)], here)
    chosen = [unit for unit in found if overlap(unit.path, holdings.scope)]
    return sorted(chosen, key=lambda unit: unit.path)


def troubles(holdings: Holdings, units: Iterable[Unit]) -> dict[RelPath, str]:
    """Return which units stay whatever they are, with why."""
    roots = {unit.path for unit in units}
    found: dict[RelPath, str] = {}
    for path, reason in _doubtful(holdings).items():
        if (root := _nearest(path, roots)) is not None:
            found.setdefault(root, reason)
    for root in roots:
        for above in (root, *ancestors(root), TOP):
            if above in holdings.fixed:
                found[root] = holdings.fixed[above]
    return found


def _doubtful(holdings: Holdings) -> dict[RelPath, str]:
    """Return what no item moves with, with why."""
    found = dict.fromkeys(holdings.others, LINK)
    for path, what in holdings.others.items():
        if "link" not in what:
            found[path] = f"a {what} lies in it" if ":" not in what else what
    for path in holdings.files:
        if name(path) in NAMES:
            found[path] = RULES
        elif ignored.unfinished(name(path)) is not None and path not in holdings.untouched:
            found[path] = UNFINISHED
    return found | dict(holdings.fixed)


def _root(path: RelPath, kind: Kind) -> RelPath:
    """Return the directory of the item that a media file belongs to; TOP for a loose one."""
    here = (units.home_of(path) if suffix(path) in VIDEO else None) or parent(path)
    while parent(here) and _is_inner(guessed(name(here)).strip(), kind):
        here = parent(here)
    return here


def _is_inner(text: str, kind: Kind) -> bool:
    """Say whether a directory is a part of the item that it lies in: a disc, a season, extras."""
    if disc_of(text) is not None:
        return True
    if kind not in (Kind.MOVIES, Kind.SHOWS):
        return False
    words = key(text)
    is_extra = words in extras.CERTAIN or words in extras.WITHIN or words in ("sample", "samples")
    return is_extra or (kind is Kind.SHOWS and SEASON.fullmatch(text) is not None)


def _nearest(path: RelPath, roots: Collection[RelPath]) -> RelPath | None:
    return next((above for above in (path, *ancestors(path)) if above in roots), None)


def _loose(
    holdings: Holdings, files: Iterable[RelPath], here: Mapping[RelPath, RelPath]
) -> list[Unit]:
    """Return the media files that lie in the library itself, each with what is called as it is."""
    facts: dict[bytes, Facts] = {path: holdings.files[here[path]] for path in files}
    found = drops.group(Listing(files=facts))
    return [
        Unit(path=drop.path, files=tuple(sorted(map(RelPath, drop.members))))
        for drop in found
        if suffix(drop.path) in HOLDS[holdings.kind]
    ]


def is_below(path: RelPath, roots: Collection[RelPath]) -> bool:
    """Say whether a path is one of these, or lies below one."""
    return _nearest(path, roots) is not None
