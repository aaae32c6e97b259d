"""How roots stood when an operation first met them."""

from shelfd.core.operations import Operation
from shelfd.core.paths import Place
from shelfd.core.presence import Standing
from shelfd.core.roots import Root
from shelfd.steps.ports import Base
from shelfd.steps.presence import Presence


class Standings:
    """Remembers how roots stood, so that one part of an operation does not see them otherwise than another."""

    def __init__(self, base: Base, presence: Presence, operation: Operation) -> None:
        """Look through `presence`; with the option `confirmed` a person has said that the operation's root is right as it is."""
        self._base = base
        self._presence = presence
        self._confirmed = operation.root if operation.options.get("confirmed") is True else None
        self._known: dict[str, Standing] = {}

    def of(self, root: Root) -> Standing:
        """Return how a root stood."""
        if root.name not in self._known:
            confirmed = root.name == self._confirmed
            self._known[root.name] = self._presence.look(root, confirmed=confirmed)
        return self._known[root.name]

    def in_sight(self, place: Place) -> bool:
        """Say whether a file that is not at this place is really not there."""
        root = self._base.current.roots.get(place.root)
        return root is not None and self.of(root).sees(place.path)
