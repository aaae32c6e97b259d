"""Is it well, what does it do, what waits and why."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import msgspec
from starlette.responses import Response

from shelfd.control import holds, queue
from shelfd.control.answers import answer, located, moment
from shelfd.control.operations import end_of, shown
from shelfd.control.ports import Daemon
from shelfd.core.condition import Condition
from shelfd.core.errors import ShelfdError
from shelfd.core.paths import Place
from shelfd.core.roots import Root
from shelfd.store import drops, operations, queries, reviews, roots
from shelfd.store import holds as hold_rows
from shelfd.store.database import Tx
from shelfd.store.queries import Counts

T = TypeVar("T")

NOTHING = Counts()
LATELY_S = 0.2  # how old an answer may be while work is done
AHEAD_S = LATELY_S / 2  # before that, it is made anew for those who go on asking


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a root is doing, and what the catalog has of it."""

    root: Root
    state: str
    """`watching`, `polling`, `suspended` or `absent`."""
    reason: str
    watches: int
    counts: Counts
    scanned_at: float | None
    """Unix time at which a scan of all of it last ended."""


def standings(daemon: Daemon, now: Condition) -> list[Standing]:
    """Return how each root of the settings is doing, in their order."""
    counts = _counted(daemon)(queries.root_counts)
    scans = daemon.kept.now(roots.last_scans)
    found = []
    for root in daemon.current.roots:
        seen = now.of(root.name)
        standing = Standing(
            root=root,
            state=seen.state,
            reason=seen.reason,
            watches=seen.watches,
            counts=counts.get(root.name, NOTHING),
            scanned_at=scans.get(root.name),
        )
        found.append(standing)
    return found


def _counted(daemon: Daemon) -> Callable[[Callable[[Tx], T]], T]:
    """Return how to count: the counts may be a little old while work changes them all the time, and only then."""
    return daemon.kept.lately if daemon.kept.now(operations.running) else daemon.kept.now


def health(daemon: Daemon) -> Response:
    """Return `GET /v1/health`: 200 when shelfd does its work, 503 when it does not yet or no longer."""
    state = daemon.condition().state
    return answer({"state": state}, 200 if state in ("ready", "degraded") else 503)


class Latest:
    """What `GET /v1/status` was answered the last time.

    While work is done many ask often, and each answer would take from it: they get one that may not have the very
    last that a scan has found, but all that an event has told, save how far it is, or that somebody has asked for.
    """

    def __init__(self, daemon: Daemon) -> None:
        """Answer for this daemon."""
        self._daemon = daemon
        self._asked = 0
        self._last: tuple[object, float, Response] = (None, 0.0, Response())

    def changed(self) -> None:
        """Hear that a request has changed something; from any thread."""
        self._asked += 1

    def found(self) -> Response | None:
        """Return the last answer, unless there were news since, or it is old; never waits."""
        world, until, response = self._last
        now = self._daemon.clock.monotonic()
        return response if now < until and world == self._world() else None

    def ages(self) -> bool:
        """Say whether it is time for `renew`, so that nobody who asks has to wait for it."""
        _world, until, _response = self._last
        return self._daemon.clock.monotonic() > until - AHEAD_S

    def renew(self) -> None:
        """Answer anew for those who come later; where that cannot be, they will be told why."""
        with suppress(ShelfdError):
            self.make()

    def make(self) -> Response:
        """Answer anew, and keep it while work is done."""
        world, now = self._world(), self._daemon.clock.monotonic()
        response = _status(self._daemon)
        working = self._daemon.kept.now(operations.running)
        self._last = (world, now + LATELY_S if working else now, response)
        return response

    def _world(self) -> object:
        """Return what must be the same for the last answer to do."""
        daemon, news = self._daemon, self._daemon.db
        known = self._asked, news.queue.changes, news.told.changes
        return known, daemon.phase, daemon.current.settings


def _status(daemon: Daemon) -> Response:
    reader = daemon.db.read()
    now = daemon.condition()
    found = standings(daemon, now)
    return answer(
        {
            "version": daemon.version,
            "state": now.state,
            "since": moment(daemon.since),
            "pid": os.getpid(),
            "memory_bytes": daemon.memory_bytes(),
            "roots": [_root(standing) for standing in found],
            "watch": {
                "watches": now.watches,
                "budget": now.watches_allowed,
                "fault": now.fault,
            },
            "queue": _queue(daemon, reader),
            "running": [
                shown(operation, daemon) for operation in daemon.kept.now(operations.running)
            ],
            "settling": _settling(daemon, reader),
            "reviews": daemon.kept.now(reviews.count),
            "quarantined": daemon.kept.now(reviews.quarantined),
            "holds": [
                holds.shown(hold, daemon.current.roots)
                for hold in daemon.kept.now(hold_rows.of_all)
            ],
            "catalog": {
                "items": _counted(daemon)(queries.item_counts),
                "files": sum(standing.counts.files for standing in found),
                "bytes": sum(standing.counts.bytes for standing in found),
                "missing": sum(standing.counts.missing for standing in found),
            },
            "checks": now.checks,
            "schedule": {
                name: moment(when.timestamp()) for name, when in daemon.next_runs().items()
            },
        }
    )


def _root(standing: Standing) -> dict[str, object]:
    root, counts = standing.root, standing.counts
    library = root.role == "library"
    return {
        "name": root.name,
        "role": root.role,
        "kind": root.kind or "auto",
        **located(root.path),
        "state": standing.state,
        "reason": standing.reason,
        "watches": standing.watches,
        # what lies in an inbox is not counted: it is on its way
        "directories": counts.directories if library else None,
        "files": counts.files if library else None,
        "missing": counts.missing if library else None,
        "last_scan_at": moment(standing.scanned_at),
    }


def _queue(daemon: Daemon, reader: Tx) -> dict[str, object]:
    counts = daemon.kept.now(operations.counts)
    number = queries.next_operation(reader, daemon.clock.wall()) if counts["queued"] else None
    following = None if number is None else operations.one(reader, number)
    return {
        **counts,
        **daemon.kept.now(queue.standing),
        "next": None if following is None else shown(following, daemon),
    }


def _settling(daemon: Daemon, reader: Tx) -> list[dict[str, object]]:
    """Return what lies in the inboxes and is not filed, the longest waiting first."""
    return [
        {
            **end_of(Place(drop.root, drop.path), daemon.current.roots),
            "state": drop.state,
            "reason": drop.reason,
            "bytes": drop.memory.bytes,
            "since": moment(drop.memory.changed_at),
        }
        for drop in drops.waiting(reader)
    ]
