"""Take less in one go while memory is short, give back what is only kept, and say so.

Nothing here wakes by itself: work asks at its safe points how much it may take, and whoever asks how shelfd is
doing has it look as well.
"""

import threading
from collections.abc import Callable

import msgspec
import structlog

from shelfd.core.pressure import Facts, Limit, Pressure, felt
from shelfd.edges import pressure
from shelfd.edges.probe_pool import ProbePool
from shelfd.steps.ports import Base

LOOK_S = 1.0
"""Between two looks; one takes some tenths of a millisecond."""

log = structlog.get_logger()


class Easing:
    """Knows how short memory is; every method may be called from any thread."""

    def __init__(
        self,
        base: Base,
        pool: ProbePool,
        drop: Callable[[], None],
        facts: Callable[[], Facts] = pressure.facts,
    ) -> None:
        """Have `pool` do with fewer processes, and `drop` give back what is only kept, while `facts` say so."""
        self._base = base
        self._pool = pool
        self._drop = drop
        self._facts = facts
        self._lock = threading.Lock()  # guards all below
        self._looked: float | None = None
        self._pressure = Pressure()
        self._drops = False

    def share(self) -> float:
        """Return how much of a usual batch to take now; to be called outside of transactions, for it may drop caches."""
        share = self.look().share
        with self._lock:
            drops, self._drops = self._drops, False
        if drops:
            self._drop()
        return share

    def look(self) -> Pressure:
        """Return how short memory is, as of the last second; what begins or ends is logged."""
        with self._lock:
            now = self._base.clock.monotonic()
            if self._looked is not None and now - self._looked < LOOK_S:
                return self._pressure
            before, self._looked = self._pressure, now
            self._pressure = after = felt(before, self._all_facts(), now)
            self._drops |= after.drop
            if after.halvings != before.halvings:
                self._pool.ease(after.share)
            _tell(before, after)  # here, so that no end is told before its beginning
        return after

    def _all_facts(self) -> Facts:
        found, budget = self._facts(), self._base.current.settings.daemon.memory_budget_bytes
        if not budget:
            return found
        limit = Limit(
            what="daemon.memory_budget_bytes",
            used=pressure.resident(self._pool.pids),
            allowed=budget,
        )
        return msgspec.structs.replace(found, limits=(*found.limits, limit))


def _tell(before: Pressure, after: Pressure) -> None:
    if before.level == "none" != after.level:
        log.warning("memory is short: less is taken in one go", reason=after.reason)
    if before.level != "none" == after.level:
        log.info("memory is no longer short")
