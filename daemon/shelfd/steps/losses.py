"""What becomes, at the end of a scan, of the files that it did not find: missing, or only out of sight."""

from collections.abc import Callable, Mapping

import msgspec
import structlog
from msgspec.structs import replace

from shelfd.core import presence
from shelfd.core.errors import BrokenError, ShelfdError
from shelfd.core.operations import Asker, Kind, Operation, Step, Wish
from shelfd.core.paths import Place, ancestors, name, parent
from shelfd.core.presence import Standing
from shelfd.core.roots import Root
from shelfd.steps.ports import Base, Directories
from shelfd.steps.presence import Presence
from shelfd.store import events, operations, roots, unseen
from shelfd.store.database import Tx

AT_ONCE_S = 60.0
"""What vanished within this time counts as one loss, however many scans have noticed."""
SECOND_LOOK = "second_look"
"""Option of the scan that looks again for files which had come back; it is not followed by another."""

log = structlog.get_logger()


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done about the files of one root that were not found."""

    root: Root
    standing: Standing
    suspended: str | None = None
    """Why none of them is taken for deleted."""
    again: frozenset[Place] = frozenset()
    """Directories in which some of them are there by now, so that nothing is decided yet."""


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """A loss of one root that may not have come to its end; not what a person confirmed."""

    monotonic: float
    wall: float
    """When it began, by both clocks."""
    files: int
    """How many files it has come to."""


class Losses:
    """Decides, root by root; the second look at the roots, after the walk, is the one that counts."""

    def __init__(
        self, base: Base, presence: Presence, disk: Directories, inside: Callable[[bytes], bool]
    ) -> None:
        """Ask `presence` whether a root is still the one that it was, and `disk` whether a file is there after all."""
        self._base = base
        self._presence = presence
        self._disk = disk
        self._inside = inside
        self._recently: dict[str, Recent] = {}

    def judge(self, operation: Operation, passed_over: Mapping[str, int]) -> list[Loss]:
        """Return what is to be done; `passed_over` says of how many files of a root, not found, it is known that they are there."""
        reader = self._base.db.read()
        lost = unseen.lost(reader, operation.id)
        suspended = roots.suspended(reader)
        return [
            self._judge(operation, root, suspended.get(root.name), passed_over.get(root.name, 0))
            for root in self._base.current.roots
            if root.name in lost or root.name in suspended
        ]

    def _judge(
        self, operation: Operation, root: Root, suspended: str | None, passed_over: int
    ) -> Loss:
        confirmed = operation.options.get("confirmed") is True and operation.root == root.name
        standing = self._presence.look(root, confirmed=confirmed)
        if standing.state != "present":
            return Loss(root=root, standing=standing, suspended=standing.reason)
        if confirmed:
            self._recently.pop(root.name, None)
            return Loss(root=root, standing=standing)
        lost = self._lost(operation, root, standing) - passed_over
        undecided = lost > 0 or unseen.left_to_others(self._base.db.read(), operation.id, root.name)
        if undecided and suspended is not None and presence.for_losses(suspended):
            return Loss(root=root, standing=standing, suspended=suspended)
        if lost > 0 and not passed_over and not operation.options.get(SECOND_LOOK):
            again = self._there_again(operation, root, standing)
            if again:
                return Loss(root=root, standing=standing, again=again)
        return Loss(root=root, standing=standing, suspended=self._too_much(root, lost))

    def _lost(self, operation: Operation, root: Root, standing: Standing) -> int:
        reader, number = self._base.db.read(), operation.id
        hidden = sum(unseen.lost_below(reader, number, root.name, path) for path in standing.hidden)
        return unseen.lost(reader, number).get(root.name, 0) - hidden

    def _there_again(
        self, operation: Operation, root: Root, standing: Standing
    ) -> frozenset[Place]:
        """Return the directories of lost files that are there: a disk can be away for a moment in the middle of a scan."""
        limit = self._base.current.settings.missing.suspend_files
        places = unseen.places(self._base.db.read(), operation.id, root.name, limit)
        absolute = self._base.current.roots.absolute
        return frozenset(
            Place(root.name, parent(place.path))
            for place in places
            if standing.sees(place.path)
            and self._is_there(absolute(place))
            and not self._behind_link(place)
        )

    def _behind_link(self, place: Place) -> bool:
        """Say whether one of the directories above a place is only a link now that does not count for one."""
        links = self._base.current.settings.scan.symlinks
        absolute = self._base.current.roots.absolute
        for path in ancestors(place.path):
            if self._disk.inode(absolute(Place(place.root, path))) is None:
                above = absolute(Place(place.root, parent(path)))
                try:
                    if name(path) not in self._disk.listing(above, links, self._inside).directories:
                        return True
                except ShelfdError:
                    return False
        return False

    def _is_there(self, path: bytes) -> bool:
        """Say whether a file is there, or may be, since its disk does not tell."""
        try:
            return self._disk.facts(path) is not None
        except BrokenError:
            return True

    def _too_much(self, root: Root, lost: int) -> str | None:
        if lost <= 0:
            return None
        limits, reader = self._base.current.settings.missing, self._base.db.read()
        clock = self._base.clock
        began = self._recently.get(root.name)
        if began is None or clock.monotonic() - began.monotonic > AT_ONCE_S:
            began = Recent(monotonic=clock.monotonic(), wall=clock.wall(), files=0)
        # of those that vanished a moment ago some may be back
        recently = min(began.files, unseen.missing_since(reader, root.name, began.wall))
        lost += recently
        # counting all of a large library takes longer than a whole scan of one directory
        enough = presence.enough(lost, limits.suspend_share)
        known = unseen.present(reader, root.name, enough) + recently
        reason = presence.too_much(lost, known, limits.suspend_share, limits.suspend_files)
        if reason is None:
            self._recently[root.name] = replace(began, files=lost)
        return reason


def reasons(judged: list[Loss]) -> dict[str, str]:
    """Return why nothing of a root is taken for deleted, by its name, for those of which that is so."""
    return {loss.root.name: loss.suspended for loss in judged if loss.suspended is not None}


def settle(tx: Tx, operation: Operation, base: Base, losses: list[Loss], now: float) -> int:
    """Write what was decided; return how many files are missing now."""
    number = 0
    for loss in losses:
        name = loss.root.name
        if loss.suspended is not None:
            if loss.standing.state == "present":
                _suspend(tx, operation, name, loss.suspended, now)
            continue
        for place in sorted(loss.again):
            operations.enqueue(tx, _second_look(base, place), now)
        if not loss.again:
            number += unseen.missing(tx, operation.id, name, now, loss.standing.hidden)
            roots.lift(tx, name)
    return number


def _suspend(tx: Tx, operation: Operation, name: str, reason: str, now: float) -> None:
    if roots.suspended(tx).get(name) == reason:
        return
    roots.suspend(tx, name, reason)
    events.add(tx, "suspended", {"root": name, "reason": reason}, now, operation.id)
    log.warning(
        "library is suspended: nothing in it is taken for deleted",
        root=name,
        reason=reason,
        hint=f"if it is really gone: shelfd confirm {name}",
    )


def _second_look(base: Base, place: Place) -> Wish:
    return Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=place,
        display=base.current.roots.display(place),
        asker=Asker.SHELFD,
        options={SECOND_LOOK: True},
    )
