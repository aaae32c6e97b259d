"""Looks up in the catalog where a file goes whose work the libraries have; a room of the plan."""

from collections.abc import Sequence

from shelfd.core import homes
from shelfd.core.homes import Home, Part
from shelfd.core.identity import Identity
from shelfd.core.known import Item
from shelfd.core.paths import Place
from shelfd.store import homes as shelved
from shelfd.store.database import Tx


class Homes:
    """Knows the works that the files of one drop belong to, each looked up once."""

    def __init__(self, reader: Tx) -> None:
        """Look into the catalog with `reader`."""
        self._reader = reader
        self._parts: dict[tuple[int, int | None], list[Part]] = {}
        self._directories: dict[int, Place | None] = {}

    def of(self, identity: Identity, items: Sequence[Item]) -> Home:
        """Return where a file of one of these works goes; they are one work, perhaps in several places."""
        if identity.kind == "episode":
            items = items[:1]
        parts = {item.id: self._parts_of(item, identity) for item in items}
        places = {self._directory(item, parts[item.id]) for item in items}
        # a loose file beside others is in no directory of its own, and speaks against none
        own = places - {None}
        place = own.pop() if len(own) == 1 else None
        versions = tuple(
            Place(item.root, path)
            for item in items
            for path in homes.versions(identity, parts[item.id])
        )
        wider = tuple(
            Place(item.root, path)
            for item in items
            for path in homes.wider(identity, parts[item.id])
            if identity.kind == "episode"
        )
        inside = [part for item in items for part in parts[item.id]]
        inner = homes.inner(identity, inside) if place is not None else None
        return Home(place, inner, versions, wider)

    def _parts_of(self, item: Item, identity: Identity) -> list[Part]:
        key = item.id, identity.season
        if key not in self._parts:
            self._parts[key] = shelved.parts(self._reader, item, identity)
        return self._parts[key]

    def _directory(self, item: Item, parts: Sequence[Part]) -> Place | None:
        if item.id not in self._directories:
            found = homes.directory(item, parts)
            place = None if found is None else Place(item.root, found)
            if place is not None and shelved.is_shared(self._reader, item, place):
                place = None
            self._directories[item.id] = place
        return self._directories[item.id]
