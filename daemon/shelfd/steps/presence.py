"""Whether a root is there and is the one that it was; a room of the steps, not a step."""

import threading
import uuid

import structlog
from msgspec.structs import replace

from shelfd.core import presence
from shelfd.core.errors import BrokenError
from shelfd.core.paths import TOP, Place, RelPath, printable
from shelfd.core.presence import Known, Seen, Standing
from shelfd.core.roots import Root
from shelfd.steps.ports import Base, Markers, Mounts
from shelfd.store import facts, roots

SAMPLE = 64  # known files that are looked for; enough to tell another disk from the same one
AGAIN_S = 3600.0
"""Until a root that takes no marker is tried again: each try changes the directory, and is heard as a change."""

log = structlog.get_logger()


class Presence:
    """Looks at roots, and remembers of them what tells them from others."""

    def __init__(self, base: Base, mounts: Mounts, markers: Markers) -> None:
        """See through these."""
        self._base = base
        self._mounts = mounts
        self._markers = markers
        self._unmarked: dict[bytes, float] = {}
        """Roots that took no marker, and when that was tried."""
        self._told: set[bytes] = set()
        """Roots in which something else than a marker lies in its place."""
        self._noting = threading.Lock()
        """Held from the look to the rows: two markers in one root would make it look like another disk."""

    def look(self, root: Root, *, confirmed: bool = False) -> Standing:
        """Return how a root stands now; `confirmed`: a person has said that it is right as it is.

        What is new is remembered: first the marker is written, then its row, so that a marker which a
        crash has left without its row is taken over by the next look.
        """
        known, standing = self._stand(root, confirmed=confirmed)
        if not self._is_new(root, known, standing):
            return standing
        with self._noting:
            known, standing = self._stand(root, confirmed=confirmed)
            keep = standing.keep
            if standing.mark and self._mark(root, marker := keep.marker or uuid.uuid4().hex):
                keep = replace(keep, marker=marker)
            self._remember(root, known, keep, standing)
        return standing

    def _stand(self, root: Root, *, confirmed: bool) -> tuple[Known, Standing]:
        known = roots.known(self._base.db.read(), root.name)
        try:
            return known, presence.stand(known, self._seen(root, known), confirmed=confirmed)
        except BrokenError as error:
            reason = f"it cannot be looked at ({error.message})"
            return known, Standing(state="suspended", reason=reason, keep=known)

    def _is_new(self, root: Root, known: Known, standing: Standing) -> bool:
        """Say whether there is something to be noted."""
        said = roots.suspended(self._base.db.read()).get(root.name)
        return (
            standing.mark
            or standing.keep != known
            or said is not None
            or standing.state == "suspended"
        )

    def require(self, root: Root, path: RelPath = TOP) -> None:
        """Raise BrokenError unless a root, or the part of it at this path, is there and is the one that it was.

        Nothing may be put into the empty directory on which a disk is mounted at other times.
        """
        if root.role == "quarantine":
            self._require_directory(root)
            return
        standing = self.look(root)
        if standing.sees(path):
            return
        right = f"mount the right disk, or run `shelfd confirm {root.name}` if it is right as it is"
        raise BrokenError(
            f"{self._base.current.roots.display(Place(root.name, TOP))}: {standing.reason}",
            code="root_absent",
            hint="mount its disk" if standing.state == "absent" else right,
        )

    def require_more(self, root: Root) -> None:
        """Raise BrokenError when nothing at all is in a library in which files were just filed that are not there."""
        if self._markers.is_empty(root.path):
            raise BrokenError(
                f"{printable(root.path)}: it is empty, though shelfd has just filed there",
                code="root_absent",
                hint="mount its disk, or give the library its path again; else `shelfd cancel` the import",
            )

    def _require_directory(self, root: Root) -> None:
        if not self._markers.is_directory(root.path):
            raise BrokenError(
                f"{printable(root.path)}: the quarantine is not there",
                code="root_absent",
                hint="make the directory, or mount its disk",
            )
        name = f"marker of {printable(root.path)}"
        known = facts.value(self._base.db.read(), name)
        marker, damaged = self._read(root)
        if known is not None and (marker or known) != known:
            raise _other_quarantine(root, "it has the marker of another disk or directory")
        if known is not None and marker is None and self._markers.is_empty(root.path):
            raise _other_quarantine(root, "it is empty and has no marker: is its disk mounted?")
        if marker is None and not damaged and self._mark(root, new := known or uuid.uuid4().hex):
            marker = new
        if marker is not None and marker != known:
            with self._base.db.transaction() as tx:
                facts.changed(tx, name, marker)

    def _seen(self, root: Root, known: Known) -> Seen:
        """Collect the facts; BrokenError when the directory is there and cannot be looked at."""
        if not self._markers.is_directory(root.path):
            return Seen(there=False)
        marker, damaged = self._read(root)
        mounts = {RelPath(path): kind for path, kind in self._mounts.below(root.path).items()}
        filesystem = self._mounts.identity(root.path)
        beyond_doubt = (marker, filesystem) == (known.marker, known.filesystem) and marker
        return Seen(
            there=True,
            marker=marker,
            damaged=damaged,
            filesystem=filesystem,
            mounts=mounts,
            empty=not beyond_doubt and self._markers.is_empty(root.path),
            concerned=frozenset(
                path for path in presence.doubtful(known, mounts) if self._misses(root, path)
            ),
        )

    def _read(self, root: Root) -> tuple[str | None, bool]:
        """Return what the marker says, and whether something is in its place that says nothing."""
        try:
            return self._markers.read(root.path), False
        except BrokenError as error:
            if error.code != "marker_damaged":
                raise
            if root.path not in self._told:
                self._told.add(root.path)
                log.warning(
                    "marker cannot be used", root=root.name, reason=error.message, hint=error.hint
                )
            return None, True

    def _misses(self, root: Root, path: RelPath) -> bool:
        """Say whether files are known at and below a directory, and most of them are not there."""
        files = roots.some_files(self._base.db.read(), root.name, path, SAMPLE)
        absolute = self._base.current.roots.absolute
        found = sum(
            self._markers.has(absolute(Place(root.name, file)), size) for file, size in files
        )
        return bool(files) and found * 2 <= len(files)

    def _mark(self, root: Root, marker: str) -> bool:
        """Write the marker; False where that is not possible, and the file system alone must do."""
        now = self._base.clock.monotonic()
        if now - self._unmarked.get(root.path, -AGAIN_S) < AGAIN_S:
            return False
        try:
            self._markers.write(root.path, marker)
        except BrokenError as error:
            self._unmarked[root.path] = now
            log.info("root gets no marker", root=root.name, reason=error.message)
            return False
        self._unmarked.pop(root.path, None)
        return True

    def _remember(self, root: Root, known: Known, keep: Known, standing: Standing) -> None:
        """Write what is new; where nothing is, nothing is written."""
        said = roots.suspended(self._base.db.read()).get(root.name)
        suspend = standing.state == "suspended" and said != standing.reason
        # of an inbox nothing is missing, so that there is nothing to wait for
        lift = said is not None and root.role == "inbox" and standing.state == "present"
        if keep == known and not suspend and not lift:
            return
        with self._base.db.transaction() as tx:
            if roots.known(tx, root.name) != known:
                return  # somebody has confirmed the root meanwhile: the next look begins there
            roots.remember(tx, root.name, keep)
            if suspend:
                roots.suspend(tx, root.name, standing.reason)
            if lift:
                roots.lift(tx, root.name)


def _other_quarantine(root: Root, why: str) -> BrokenError:
    return BrokenError(
        f"{printable(root.path)}: this is not the quarantine that it was, {why}",
        code="root_absent",
        hint="mount its disk, or name another directory in import.quarantine, as one inside of it",
    )
