"""The libraries and inboxes of the settings, and where a place in one of them is."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from shelfd.core.errors import BrokenError
from shelfd.core.layout_words import Player
from shelfd.core.media import Kind
from shelfd.core.paths import AbsPath, Place, RelPath, printable, within
from shelfd.core.safe_names import Names
from shelfd.core.settings import Settings

QUARANTINE = "quarantine:"
"""What the directory of import.quarantine is called; no library or inbox can have such a name."""


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A directory tree that shelfd looks after."""

    name: str
    role: str
    """`inbox`, `library`, or `quarantine`, which is not looked after."""
    kind: Kind | None
    """None: an inbox that takes every kind."""
    path: AbsPath
    mode: str = "auto"
    after: str = "trash"
    layout: Player = "jellyfin"
    names: Names = "portable"
    template: str = ""


class Roots:
    """All roots, by name."""

    def __init__(self, roots: Iterable[Root], aside: Iterable[Root] = ()) -> None:
        """Take roots whose names differ; those `aside` only say where their places are."""
        self._roots = {root.name: root for root in roots}
        self._named = {**self._roots, **{root.name: root for root in aside}}

    def __iter__(self) -> Iterator[Root]:
        """Go through them in the order of the settings."""
        return iter(self._roots.values())

    @property
    def tops(self) -> list[AbsPath]:
        """Return the directories below which files may be changed: all roots, and those aside."""
        return [root.path for root in self._named.values()]

    def get(self, name: str) -> Root | None:
        """Return the root of this name."""
        return self._named.get(name)

    def absolute(self, place: Place) -> AbsPath:
        """Return where a place is; BrokenError when its root is no longer in the settings."""
        root = self._named.get(place.root)
        if root is None:
            raise BrokenError(
                f"{place.root}: it is no longer in the settings",
                code="root_left_settings",
                hint=f"put {place.root} back into the settings, or leave what was in it as it is",
            )
        return AbsPath(root.path.rstrip(b"/") + b"/" + place.path if place.path else root.path)

    def display(self, place: Place) -> str:
        """Return where a place is, for people."""
        return printable(self.absolute(place) if place.root in self._named else place.path)

    def locate(self, path: bytes) -> Place | None:
        """Return the place of an absolute path; None when it lies in no root."""
        for root in self._roots.values():
            if within(RelPath(path.rstrip(b"/")), RelPath(root.path.rstrip(b"/"))):
                return Place(root.name, RelPath(path[len(root.path.rstrip(b"/")) :].strip(b"/")))
        return None

    def libraries(self) -> Mapping[Kind, str]:
        """Return which library takes a kind: the first of the settings."""
        found: dict[Kind, str] = {}
        for root in self._roots.values():
            if root.role == "library" and root.kind is not None:
                found.setdefault(root.kind, root.name)
        return found


def of(settings: Settings) -> Roots:
    """Return the roots that checked settings name."""
    libraries = [
        Root(
            name=library.name,
            role="library",
            kind=Kind(library.kind),
            path=AbsPath(_raw(library.path)),
            layout=library.layout,
            names=library.names,
            template=library.template,
        )
        for library in settings.library
    ]
    inboxes = [
        Root(
            name=inbox.name,
            role="inbox",
            kind=None if inbox.kind == "auto" else Kind(inbox.kind),
            path=AbsPath(_raw(inbox.path)),
            mode=inbox.mode,
            after=inbox.after,
        )
        for inbox in settings.inbox
    ]
    away = settings.import_.quarantine
    aside = [Root(name=QUARANTINE, role="quarantine", kind=None, path=AbsPath(_raw(away)))]
    return Roots([*libraries, *inboxes], aside if away else ())


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
