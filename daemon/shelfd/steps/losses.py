"""What becomes, at the end of a scan, of the files that it did not find: missing, or only out of sight."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from shelfd.core import presence
from shelfd.core.operations import Operation
from shelfd.core.paths import TOP
from shelfd.core.presence import Standing
from shelfd.core.roots import Root
from shelfd.steps.ports import Base
from shelfd.steps.presence import Presence
from shelfd.store import events, roots, unseen
from shelfd.store.database import Tx

AT_ONCE_S = 60.0
"""What vanished within this time counts as one loss, however many scans have noticed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is to be done about the files of one root that were not found."""

    root: Root
    standing: Standing
    suspended: str | None
    """Why none of them is taken for deleted."""
    lift: bool
    """The root is no longer suspended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of one root before it is looked at a second time."""

    root: Root
    was_suspended: str | None
    whole: bool
    passed_over: int


class Losses:
    """Decides, root by root; the second look at the roots, after the walk, is the one that counts."""

    def __init__(self, base: Base, presence: Presence) -> None:
        """Ask `presence` whether a root is still the one that it was."""
        self._base = base
        self._presence = presence

    def judge(
        self, operation: Operation, whole: frozenset[str], passed_over: Mapping[str, int]
    ) -> list[Loss]:
        """Return what is to be done.

        `whole` are the roots that were looked at in whole; `passed_over` says of how many files of a root,
        not found, it is known that they are there.
        """
        reader = self._base.db.read()
        lost = unseen.lost(reader, operation.id)
        suspended = roots.suspended(reader)
        concerned = [
            root
            for root in self._base.current.roots
            if lost.get(root.name) or (root.name in suspended and root.name in whole)
        ]
        return [
            self._judge(
                operation,
                Case(
                    root=root,
                    was_suspended=suspended.get(root.name),
                    whole=root.name in whole,
                    passed_over=passed_over.get(root.name, 0),
                ),
            )
            for root in concerned
        ]

    def _judge(self, operation: Operation, case: Case) -> Loss:
        root = case.root
        confirmed = operation.options.get("confirmed") is True
        standing = self._presence.look(root, confirmed=confirmed)
        if standing.state != "present":
            return Loss(root=root, standing=standing, suspended=standing.reason, lift=False)
        if confirmed:
            return Loss(root=root, standing=standing, suspended=None, lift=True)
        reason = self._too_much(operation, case, standing)
        if reason is None and case.was_suspended is not None and not case.whole:
            reason = case.was_suspended  # a look at a part of it proves nothing
        return Loss(root=root, standing=standing, suspended=reason, lift=reason is None)

    def _too_much(self, operation: Operation, case: Case, standing: Standing) -> str | None:
        reader, limits = self._base.db.read(), self._base.current.settings.missing
        name = case.root.name
        hidden = sum(
            unseen.lost_below(reader, operation.id, name, path) for path in standing.hidden
        )
        now = unseen.lost(reader, operation.id).get(name, 0) - hidden - case.passed_over
        if now <= 0:
            return None
        recently = unseen.lost_since(reader, name, self._base.clock.wall() - AT_ONCE_S)
        known = unseen.present(reader, name) + recently
        return presence.too_much(now + recently, known, limits.suspend_share, limits.suspend_files)


def reasons(judged: list[Loss]) -> dict[str, str]:
    """Return why nothing of a root is taken for deleted, by its name, for those of which that is so."""
    return {loss.root.name: loss.suspended for loss in judged if loss.suspended is not None}


def settle(tx: Tx, operation: Operation, losses: list[Loss], now: float) -> int:
    """Write what was decided; return how many files are missing now."""
    number = 0
    for loss in losses:
        name = loss.root.name
        if loss.suspended is not None:
            unseen.out_of_sight(tx, operation.id, name, TOP)
            if loss.standing.state == "present" and roots.suspended(tx).get(name) != loss.suspended:
                roots.suspend(tx, name, loss.suspended)
                data: dict[str, object] = {"root": name, "reason": loss.suspended}
                events.add(tx, "suspended", data, now, operation.id)
                log.warning(
                    "library is suspended: nothing in it is taken for deleted",
                    root=name,
                    reason=loss.suspended,
                    hint=f"if it is really gone: shelfd confirm {name}",
                )
            continue
        for path in loss.standing.hidden:
            unseen.out_of_sight(tx, operation.id, name, path)
        number += unseen.missing(tx, operation.id, name, now)
        if loss.lift:
            roots.lift(tx, name)
    return number
