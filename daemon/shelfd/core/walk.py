"""The walk of a scan: which directories are still to be read, and what must be saved to go on after a restart."""

from collections.abc import Iterable

import msgspec

from shelfd.core.listing import Changes
from shelfd.core.paths import RelPath


class Walk(msgspec.Struct, kw_only=True):
    """A depth-first walk over one or several trees; this value is what a checkpoint stores."""

    todo: list[tuple[str, bytes]]
    """Root and directory, the next one last."""
    recursive: bool
    done: int = 0
    """Directories read."""
    added: int = 0
    changed: int = 0
    missing: int = 0
    unreadable: int = 0
    absent: dict[str, str] = {}
    """Roots that are not there, or suddenly empty, with what is the matter."""

    @classmethod
    def over(cls, places: Iterable[tuple[str, RelPath]], *, recursive: bool) -> "Walk":
        """Return a walk that begins with these directories, in this order."""
        return cls(todo=[(root, bytes(path)) for root, path in places][::-1], recursive=recursive)

    @property
    def total(self) -> int:
        """Directories known of so far: read and still to be read."""
        return self.done + len(self.todo)

    def leave(self, root: str, reason: str) -> None:
        """Go on without a root that is not there; the others must not wait for its disk."""
        self.absent = {**self.absent, root: reason}
        self.todo = [(name, path) for name, path in self.todo if name != root]

    def count(self, changes: Changes, lost: int) -> None:
        """Add what one directory has come to; `lost` files were in directories that have vanished."""
        self.added += len(changes.new)
        self.changed += len(changes.changed)
        self.missing += len(changes.gone) + lost

    def copy(self) -> "Walk":
        """Return this moment of the walk, to be saved once the rows up to here are written."""
        return msgspec.structs.replace(self, todo=list(self.todo))

    def take(self) -> tuple[str, RelPath] | None:
        """Return the next directory and count it as read; None at the end."""
        if not self.todo:
            return None
        self.done += 1
        root, path = self.todo.pop()
        return root, RelPath(path)

    def descend(self, root: str, directories: Iterable[RelPath]) -> None:
        """Add directories found in the one that was taken last, so that they come next, in order."""
        self.todo.extend((root, bytes(path)) for path in sorted(directories, reverse=True))
