"""What of each root is in sight, heard and known: for those who watch it, poll it and tell of it."""

from collections.abc import Iterator

from shelfd.app.watching import Knowledge, Watching
from shelfd.core.errors import ShelfdError
from shelfd.core.paths import Place, RelPath, printable
from shelfd.core.presence import NOT_MOUNTED
from shelfd.core.roots import Root
from shelfd.edges import directories, mounts
from shelfd.steps.poll import Sight
from shelfd.steps.ports import Base
from shelfd.steps.presence import Presence
from shelfd.store import roots, signatures
from shelfd.store.kept import Kept


class Sights:
    """Answers by the rows and by the mounts of the moment."""

    def __init__(self, base: Base, presence: Presence) -> None:
        """Ask these."""
        self._base = base
        self._presence = presence
        self._mounts = mounts.Fresh()
        self._kept = Kept(base.db, base.clock.monotonic)

    def knowledge(self) -> Knowledge:
        """Return what is known of roots beyond what is heard of them."""
        return Knowledge(
            known=self._known,
            polled=lambda root: blind(root, self._mounts.table()),
            suspended=lambda root: self._kept.now(roots.suspended).get(root.name),
            hidden=self._hidden,
            settings=lambda: self._base.current.settings.watch,
        )

    def of(self, watching: Watching) -> Sight:
        """Return what polling goes by, beside `watching`."""
        return Sight(
            present=lambda root: self._presence.look(root).state == "present",
            blind=lambda root: watching.deaf(root) or blind(root) is not None,
            cold=watching.unheard,
            watched=watching.is_watched,
            warm=lambda directory: watching.ensure(directory, hot=True),
            when_cold=watching.chilled.append,
        )

    def inside(self, target: bytes) -> bool:
        """Say whether a real path lies in one of the roots; a reload may have brought others."""
        return directories.among(root.path for root in self._base.current.roots)(target)

    def _hidden(self, root: Root) -> str | None:
        """Return which mounts of a root are not there; one on which no file is known is forgotten by the next scan."""
        known = self._kept.now(roots.mounts).get(root.name)
        if not known:
            return None
        try:
            gone = known - {RelPath(path) for path in mounts.below(root.path)}
        except (OSError, ShelfdError):
            return None  # it is not there
        return "; ".join(f"{printable(path)}: {NOT_MOUNTED}" for path in sorted(gone)) or None

    def _known(self, root: Root) -> Iterator[bytes]:
        """Yield the known directories of a root, those that changed last first."""
        if root.role != "library":
            return
        absolute = self._base.current.roots.absolute
        for path in signatures.hottest(self._base.db.read(), root.name):
            if path:
                yield absolute(Place(root.name, path))


def blind(root: Root, table: mounts.Table | None = None) -> str | None:
    """Return why inotify does not see every change in a root, as half a sentence; None when it does."""
    try:
        return mounts.blind(root.path, table)
    except (OSError, ShelfdError):
        return None  # it is not there


def is_remote(root: Root) -> bool:
    """Say whether other machines may write into a root."""
    try:
        return mounts.is_network(mounts.file_system(root.path))
    except OSError:
        return False
