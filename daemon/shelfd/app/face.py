"""What the API may know of the running daemon beyond the database: how its parts are doing."""

import os
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime

import msgspec

from shelfd import __version__
from shelfd.app import budget, damage
from shelfd.app.calendar import Calendar
from shelfd.app.easing import Easing
from shelfd.app.glances import Glances
from shelfd.app.groups import Groups
from shelfd.app.watching import Watching
from shelfd.core.condition import Condition, Phase, RootState
from shelfd.core.errors import BrokenError
from shelfd.core.media import Picture, Reading, Sought
from shelfd.core.paths import printable
from shelfd.core.pressure import Pressure
from shelfd.edges.probe_pool import ProbePool
from shelfd.edges.threads import Threads
from shelfd.steps.logbook import Logbook
from shelfd.steps.pinning import Pinning
from shelfd.steps.ports import Base
from shelfd.store import facts, operations
from shelfd.store.database import Tx
from shelfd.store.kept import Kept

LATELY_S = 0.2  # how old what was seen of roots may be while work is done


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What of the daemon others ask about."""

    watching: Watching
    calendar: Calendar
    easing: Easing
    pool: ProbePool
    logbook: Logbook
    pinning: Pinning


class Face:
    """The daemon, as the control layer sees it."""

    def __init__(self, base: Base, parts: Parts) -> None:
        """Look at these."""
        self.db = base.db
        self.kept = Kept(
            base.db, base.clock.monotonic, Threads(1, "counting", base.db.leave).submit
        )
        self.clock = base.clock
        self.current = base.current
        self.version = __version__
        self.since = base.clock.wall()
        self.phase: Phase = "starting"
        self._glances = Glances(parts.watching.state, base.db.leave)
        self._calendar = parts.calendar
        self._easing = parts.easing
        self._pool = parts.pool
        self._logbook = parts.logbook
        self._pinning = parts.pinning
        self._groups = Groups(base.current)

    def condition(self) -> Condition:
        """Return how the daemon is doing; within a second, even when a disk does not answer."""
        # who asks while work is done often asks many times a second
        working = self.kept.now(operations.running)
        found = self._glances.of(self.current.roots, LATELY_S if working else 0.0)
        pressure = self._easing.look()
        checks = self._checks(found, pressure)
        allowed = budget.of(self.current.settings.watch)
        faults = [
            f"{printable(root.path)}: {found[root.name].fault}"
            for root in self.current.roots
            if root.name in found and found[root.name].fault
        ]
        return Condition(
            state="degraded" if self.phase == "ready" and checks else self.phase,
            roots=found,
            watches=sum(state.watches for state in found.values()),
            watches_allowed=None if allowed.allowed is None else allowed.watches,
            fault="; ".join(faults) or None,
            pressure=pressure.level,
            checks=checks,
        )

    def memory_bytes(self) -> int:
        """Return the resident memory of this process."""
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def next_runs(self) -> dict[str, datetime]:
        """Return when each line of the calendar is due next."""
        return self._calendar.next_runs()

    def picture(self, sought: Sought) -> Future[list[Picture | Reading]]:
        """Have one cover read by a process of the pool."""
        return self._pool.submit([sought], urgent=True)

    def log_is_open(self, operation: int) -> bool:
        """Say whether more lines may come to the log of an operation before it runs again."""
        return self._logbook.is_open(operation)

    def keep_decisions(self, tx: Tx) -> None:
        """Write what people have decided beside the database."""
        self._pinning.keep(tx)

    def _checks(self, found: Mapping[str, RootState], short: Pressure) -> list[dict[str, str]]:
        """Return what is wrong at this moment, each with its way out."""
        # what is polled works as it should, and its reason stands with the root
        wrong = [
            _finding(name, state)
            for name, state in found.items()
            if state.reason and (state.state != "polling" or state.fault)
        ]
        wrong += damage.findings(self.kept, self.current.roots)
        if short.level != "none":
            wrong.append(_short(short))
        if (problem := self._groups.problem()) is not None:
            wrong.append(problem)
        if (fault := self._database_fault()) is not None:
            wrong.insert(0, fault)
        return wrong

    def _database_fault(self) -> dict[str, str] | None:
        """Return what keeps the database from being written; where it did the last time, it is tried."""
        if self.db.fault is not None:
            with suppress(BrokenError), self.db.transaction(durable=False) as tx:
                facts.changed(tx, "tried", str(self.clock.wall()))
        fault = self.db.fault
        if fault is None:
            return None
        return {
            "check": "database",
            "severity": "fatal",
            "message": fault.message,
            "fix": fault.hint or "see the log",
        }

    def summary(self) -> str:
        """Return one line for systemctl."""
        now = self.condition()
        counts = operations.counts(self.db.read())
        wrong = "; ".join(f"{check['check']}: {check['message']}" for check in now.checks)
        return wrong or (
            f"watching {len(now.roots)} roots ({now.watches} directories),"
            f" {counts['running']} operations run, {counts['queued']} wait"
        )


def _finding(root: str, state: RootState) -> dict[str, str]:
    fixes = {
        "absent": "mount its disk; it is then found by itself",
        "watching": "mount what is missing; `shelfd check` tells more",
        "suspended": f"mount what is missing, or if it is really gone: shelfd confirm {root}",
    }
    fix = fixes.get(state.state, "run `shelfd check`")
    return {"check": root, "severity": "warn", "message": state.reason, "fix": fix}


def _short(pressure: Pressure) -> dict[str, str]:
    less = f"what a scan takes in one go is 1/{1 << pressure.halvings} of the usual"
    return {
        "check": "memory",
        "severity": "warn",
        "message": f"memory is short: {pressure.reason}; {less}",
        "fix": "nothing is lost, it only takes longer; more is allowed by MemoryHigh= and MemoryMax= of the service,"
        " or by daemon.memory_budget_bytes",
    }
