"""Step 1 where inotify does not see: compare directories with what is known of them, now and then."""

import hashlib
import threading
from collections.abc import Callable
from typing import Protocol

import msgspec
import structlog

from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import Listing, Signature
from shelfd.core.paths import Place, RelPath, within
from shelfd.core.roots import Root
from shelfd.steps.ports import Base, Directories
from shelfd.store import signatures

SETTLED_S = 2.0
"""A directory that changed later may change again without its time saying so: file systems count that coarsely."""

log = structlog.get_logger()


class Hearing(Protocol):
    """Takes what was found; see steps.watch."""

    def changed(self, path: bytes, *, directory: bool, gone: bool = False) -> None: ...  # noqa: D102  # see the step
    def differs(self, path: bytes) -> None: ...  # noqa: D102  # see the step


def _nothing(_value: object) -> None:
    """Do nothing: where all is watched, or nothing."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What there is, and what inotify sees of it. Asked from the polling thread, which holds no lock meanwhile."""

    present: Callable[[Root], bool]
    """Whether a root is there and is the one that it was; of others nothing is told, least of all that it is gone."""
    blind: Callable[[Root], bool]
    """Nothing of a root: it lies on a network or FUSE file system, or on an overlay."""
    cold: Callable[[Root], int]
    """How many directories of a root have no watch."""
    watched: Callable[[bytes], bool]
    """Whether the directory at this absolute path has one."""
    warm: Callable[[bytes], None] = _nothing
    """Gives one to a directory in which something happens, in place of another."""
    when_cold: Callable[[Callable[[], None]], None] = _nothing
    """Has this called whenever there are the first directories of a root without one."""


class Poll:
    """Tells of directories that differ from their rows, and of inboxes that differ from the last time."""

    def __init__(self, base: Base, disk: Directories, sight: Sight, hearing: Hearing) -> None:
        """Tell `hearing`."""
        self._base = base
        self._disk = disk
        self._sight = sight
        self._hearing = hearing
        self._digests: dict[str, bytes] = {}
        self._wake = threading.Condition()
        self._told = False
        self._open = True
        sight.when_cold(self.wake)

    def run(self) -> None:
        """Poll as often as the settings say while there is something to poll, until closed."""
        last: float | None = None
        while self._open:
            now = self._base.clock.monotonic()
            if not any(self._polled(root) for root in self._base.current.roots):
                last = None
                self._rest(None)
                continue
            last = now if last is None else last
            moment = last + self._base.current.settings.watch.poll_s
            if now < moment:
                self._rest(moment - now)
                continue
            try:
                self.poll(self._base.clock.wall())
            except Exception:  # whatever it is, the next time may go well
                log.exception("directories could not be polled")
            last = self._base.clock.monotonic()

    def wake(self) -> None:
        """Ask anew what is to be polled: mounts, settings or watches are others than before."""
        with self._wake:
            self._told = True
            self._wake.notify()

    def close(self) -> None:
        """Let `run` return."""
        with self._wake:
            self._open = False
            self._wake.notify()

    def poll(self, now: float) -> None:
        """Compare everything that is not watched, at this Unix time."""
        for root in self._base.current.roots:
            if not self._polled(root):
                self._digests.pop(root.name, None)
                continue
            try:
                if not self._sight.present(root):
                    continue
                if root.role == "inbox":
                    self._poll_inbox(root)
                else:
                    self._poll_library(root, now)
            except (NotFoundError, BrokenError) as error:
                log.debug("a root cannot be polled now", root=root.name, reason=error.message)

    def _rest(self, seconds: float | None) -> None:
        with self._wake:
            if self._open and not self._told:
                self._wake.wait(seconds)
            self._told = False

    def _polled(self, root: Root) -> bool:
        return self._sight.blind(root) or self._sight.cold(root) > 0

    def _poll_inbox(self, root: Root) -> None:
        """Compare what was dropped, which is not much, with what was there the last time."""
        digest = _digest(self._disk.tree(root.path))
        if self._digests.get(root.name) != digest:
            self._hearing.differs(root.path)
            self._digests[root.name] = digest

    def _poll_library(self, root: Root, now: float) -> None:
        everything = self._sight.blind(root)
        gone: RelPath | None = None
        for path, known in signatures.known(self._base.db.read(), root.name):
            if not self._open:
                return
            absolute = self._base.current.roots.absolute(Place(root.name, path))
            if gone is not None and within(path, gone):
                continue
            if everything or not self._sight.watched(absolute):
                gone = path if self._compare(absolute, known, now) else gone

    def _compare(self, absolute: bytes, known: Signature, now: float) -> bool:
        """Tell when a directory differs from its row; return whether it is gone."""
        try:
            found = self._signature(absolute)
        except BrokenError as error:
            # out of sight, and no scan could read it: said there, once, and not every few minutes
            log.debug("a directory cannot be polled now", path=absolute, reason=error.message)
            return False
        if found is None:
            self._hearing.changed(absolute, directory=True, gone=True)
        elif _differs(found, known, now):
            if known.mtime_ns:
                self._sight.warm(absolute)  # before it is read, so that nothing falls in between
            self._hearing.differs(absolute)
        return found is None

    def _signature(self, directory: bytes) -> Signature | None:
        # the second one follows a link that leads to a directory: the root may be one
        return self._disk.signature(directory) or self._disk.signature(directory + b"/.")


def _differs(found: Signature, known: Signature, now: float) -> bool:
    """Say whether a directory is to be read; one read while it changed is, as soon as it has come to rest."""
    if known.mtime_ns:
        return found != known
    return abs(now - found.mtime_ns / 1e9) > SETTLED_S


def _digest(tree: Listing) -> bytes:
    """Return what changes with every change in a tree."""
    digest = hashlib.blake2b(repr(sorted(tree.directories)).encode(), digest_size=16)
    for name, facts in sorted(tree.files.items()):
        digest.update(repr((name, facts[:4])).encode())
    digest.update(repr(sorted(tree.others.items())).encode())
    return digest.digest()
