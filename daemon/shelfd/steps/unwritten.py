"""What a scan has found of which the rows do not tell yet, so that a sweep over the rows may come upon it again."""

from collections.abc import Iterable

from shelfd.core.paths import RelPath, ancestors

At = tuple[str, RelPath]
"""Root and directory."""


class Unwritten:
    """Remembers the batch that is being collected, and the one before it, which is written meanwhile."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._read: tuple[set[At], set[At]] = (set(), set())
        self._vanished: tuple[set[At], set[At]] = (set(), set())

    def next_batch(self) -> None:
        """Forget the batch before the last one: it is written."""
        self._read = (self._read[1], set())
        self._vanished = (self._vanished[1], set())

    def read(self, at: At) -> None:
        """Note that a directory was read."""
        self._read[1].add(at)

    def vanished(self, root: str, paths: Iterable[RelPath]) -> None:
        """Note directories that are gone, or passed over from now on, with all below them."""
        self._vanished[1].update((root, path) for path in paths)

    def knows(self, root: str, path: RelPath) -> bool:
        """Say whether a directory was read, or has vanished."""
        if any((root, path) in batch for batch in self._read):
            return True
        return any(
            batch and any((root, one) in batch for one in (path, *ancestors(path)))
            for batch in self._vanished
        )
