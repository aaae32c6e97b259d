"""What a plan is made from and made of: a settled drop, what lies where it goes, and what becomes of each file."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from shelfd.core import layout
from shelfd.core.conflicts import Conflict, Replaced
from shelfd.core.cue import Cue
from shelfd.core.evidence import Witness
from shelfd.core.identity import Identity
from shelfd.core.listing import Facts
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import Place, RelPath
from shelfd.core.review import Judged
from shelfd.core.works import Work


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What becomes of one file of a drop; also what `shelfd why` tells."""

    path: bytes
    """Relative to the inbox."""
    state: str
    """`file`: goes to the target; `filed`: its content is there already; `review`: waits for a person;
    `refused`: stays, though it is media or holds some; `left`: stays, since it is none, or a person has said so."""
    reason: str = ""
    rule: str = ""
    identity: Identity | None = None
    root: str = ""
    target: bytes = b""
    """Relative to `root`."""
    owner: bytes = b""
    """For what is no work itself: the file of the drop that it travels with, empty when that is in the library."""
    unit: bytes = b""
    """For a file of a disc: the directory that the disc lies in; its files are filed together or not at all."""
    renamed_from: bytes = b""
    """The target that it would have had, had that been free."""
    replaces: tuple[Replaced, ...] = ()
    """Files of the library that go to its trash for this one."""


class Library(NamedTuple):
    """What the libraries have already that a drop may have to do with."""

    works: tuple[Work, ...] = ()
    """With the places in the inbox that they came from, or would have."""
    doubts: Mapping[RelPath, str] = {}
    """Why files found nothing that they belong to."""
    there: frozenset[tuple[str, ...]] = frozenset()
    """Targets at which other subtitles lie than those that are to go there."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A settled drop, what is inside its files, and what the settings say."""

    inbox: str
    kind: Kind | None
    mode: str
    after: str
    libraries: Mapping[Kind, str]
    layouts: Mapping[str, layout.Layout] = msgspec.field(default_factory=dict)
    """How each library names what is filed in it; a library that is not in it, as Jellyfin wants it."""
    auto_accept: float
    drop: RelPath
    files: Mapping[RelPath, Facts]
    readings: Mapping[RelPath, Reading]
    """Of each media file in it."""
    markers: Mapping[RelPath, Facts] = msgspec.field(default_factory=dict)
    """Files by which the sender says that it is complete; they leave the inbox with it."""
    incomplete: frozenset[RelPath] = frozenset()
    """Media files that stay, since much of them was never written; their readings say so."""
    judged: Mapping[RelPath, Judged] = msgspec.field(default_factory=dict)
    """What people and the catalog say of its works, and of its discs by the first file of each; what is not in it
    goes by its inside, its names and its metadata files alone."""
    witnesses: Mapping[RelPath, tuple[Witness, ...]] = msgspec.field(default_factory=dict)
    """What metadata files in it say of its media files."""
    cues: Mapping[RelPath, Cue] = msgspec.field(default_factory=dict)
    """What its cue sheets say."""
    known: Library = Library()
    """What the libraries have already that files of it may belong to."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What is already there where things are to go."""

    spelled: Mapping[Place, RelPath]
    """Each target as the library spells it."""
    taken: Mapping[Place, bool]
    """Targets at which something lies: True when it is the same content."""
    conflict: Conflict = Conflict()
    """What else there is of the same items."""


THERE = "something else is already at "
"""How the reason begins why a file stays whose place is taken."""


def left(path: RelPath, reason: str) -> Verdict:
    """Return that a file stays which is no media."""
    return Verdict(path=path, state="left", reason=reason)


def stays(verdict: Verdict, reason: str) -> Verdict:
    """Return that a file stays that was to be filed; one that is media is refused."""
    is_media = verdict.identity is not None or bool(verdict.unit)
    state = "refused" if is_media else "left"
    return replace(
        verdict, state=state, reason=reason, root="", target=b"", renamed_from=b"", replaces=()
    )
