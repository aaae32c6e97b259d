"""What Prometheus asks for, read from the rows and the daemon at the moment of the question.

Nothing is counted here. What is called a counter never shrinks, not even when history is cleaned up, see store.ends.
Labels are names of roots and words of the program, so that there are no more series than these allow.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.metrics_core import GaugeMetricFamily as Gauge
from starlette.responses import Response

from shelfd.control import items, status
from shelfd.control.asked import Asked
from shelfd.control.ports import Daemon
from shelfd.control.status import Standing
from shelfd.core.condition import Condition
from shelfd.core.operations import Kind, State
from shelfd.core.pressure import LEVELS
from shelfd.store import ends, holds, operations, pauses, queries, verified
from shelfd.store.database import Tx
from shelfd.store.ends import Ends
from shelfd.store.queries import Counts

STATES = ("starting", "ready", "degraded", "stopping")
ROOT_STATES = ("watching", "polling", "suspended", "absent")
DROP_STATES = ("settling", "queued", "refused", "held", "review")
OPEN = (State.QUEUED, State.RUNNING)
ENDED = (State.COMPLETED, State.FAILED, State.CANCELLED)
TIMED = (State.COMPLETED, State.FAILED)
"""What was cancelled says nothing of how long it takes."""

Words = TypeVar("Words", bound=tuple[str, ...])
Family = TypeVar("Family", Gauge, CounterMetricFamily)

NO_VERSION = re.compile(r"\bversion=(?![0-9]{1,3}(\.[0-9]{1,3})*\s*(;|$))")


def metrics(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /metrics`: Prometheus text, or OpenMetrics for who prefers that."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Scrape(daemon))
    # the library compares versions as numbers, whatever they are
    forms = [form for form in asked.accept.split(",") if NO_VERSION.search(form) is None]
    encode, form = choose_encoder(",".join(forms))
    return Response(encode(registry), headers={"content-type": form})


class Scrape:
    """Everything there is to tell at one moment."""

    def __init__(self, daemon: Daemon) -> None:
        """Ask `daemon`."""
        self._daemon = daemon

    def collect(self) -> Iterator[Metric]:
        """Yield each family with its samples."""
        reader = self._daemon.db.read()
        now = self._daemon.condition()
        yield from _daemon(self._daemon, now)
        yield from _roots(status.standings(self._daemon, now))
        yield from _damaged(self._daemon)
        yield from _inboxes(self._daemon, reader)
        yield from _queue(self._daemon, reader)
        yield from _ended(ends.ends(reader))
        there = dict.fromkeys(items.KINDS, 0) | queries.item_counts(reader)
        yield _with(
            Gauge("shelfd_items", "Items in the catalog that are there.", labels=["kind"]),
            {(kind,): number for kind, number in there.items()},
        )


def _daemon(daemon: Daemon, now: Condition) -> Iterator[Metric]:
    yield InfoMetricFamily("shelfd", "Which shelfd this is.", {"version": daemon.version})
    yield _with(
        Gauge("shelfd_state", "1 for the state that shelfd is in.", labels=["state"]),
        {(state,): state == now.state for state in STATES},
    )
    yield Gauge(
        "shelfd_start_time_seconds",
        "When shelfd was started, as Unix time.",
        daemon.since,
        unit="seconds",
    )
    yield Gauge(
        "shelfd_resident_memory_bytes",
        "Memory that the process has in RAM.",
        daemon.memory_bytes(),
        unit="bytes",
    )
    yield _with(
        Gauge("shelfd_memory_pressure", "1 for how short memory is for shelfd.", labels=["level"]),
        {(level,): level == now.pressure for level in LEVELS},
    )
    if now.watches_allowed is not None:
        yield Gauge(
            "shelfd_watches_allowed", "How many directories shelfd may watch.", now.watches_allowed
        )


def _roots(found: Sequence[Standing]) -> Iterator[Metric]:
    yield _with(
        Gauge("shelfd_root_state", "1 for the state that a root is in.", labels=["root", "state"]),
        {(each.root.name, state): each.state == state for each in found for state in ROOT_STATES},
    )
    yield _with(
        Gauge("shelfd_root_watches", "Directories of a root that are watched.", labels=["root"]),
        {(each.root.name,): each.watches for each in found},
    )
    yield _with(
        Gauge(
            "shelfd_root_last_scan_timestamp_seconds",
            "When a scan of all of a root last ended, as Unix time.",
            labels=["root"],
            unit="seconds",
        ),
        {(each.root.name,): each.scanned_at for each in found if each.scanned_at is not None},
    )
    yield from _catalog(
        {(each.root.name,): each.counts for each in found if each.root.role == "library"}
    )


def _damaged(daemon: Daemon) -> Iterator[Metric]:
    counts = daemon.kept.now(verified.damaged_counts)
    yield _with(
        Gauge(
            "shelfd_library_files_damaged",
            "Files of a library whose content is another though nobody has written them.",
            labels=["root"],
        ),
        {
            (root.name,): counts.get(root.name, 0)
            for root in daemon.current.roots
            if root.role == "library"
        },
    )


def _catalog(libraries: Mapping[tuple[str], Counts]) -> Iterator[Metric]:
    yield _with(
        Gauge("shelfd_library_directories", "Directories of a library.", labels=["root"]),
        {name: counts.directories for name, counts in libraries.items()},
    )
    yield _with(
        Gauge("shelfd_library_files", "Files of a library that are there.", labels=["root"]),
        {name: counts.files for name, counts in libraries.items()},
    )
    yield _with(
        Gauge(
            "shelfd_library_files_missing", "Files of a library that are missing.", labels=["root"]
        ),
        {name: counts.missing for name, counts in libraries.items()},
    )
    yield _with(
        Gauge(
            "shelfd_library_size_bytes",
            "Summed size of the files of a library that are there.",
            labels=["root"],
            unit="bytes",
        ),
        {name: counts.bytes for name, counts in libraries.items()},
    )


def _inboxes(daemon: Daemon, reader: Tx) -> Iterator[Metric]:
    roots = [*daemon.current.roots]
    inboxes = [root.name for root in roots if root.role == "inbox"]
    yield _with(
        Gauge(
            "shelfd_drops",
            "What lies in an inbox and is not filed.",
            labels=["root", "state"],
        ),
        {(name, state): 0 for name in inboxes for state in DROP_STATES}
        | queries.drop_counts(reader),
    )
    held = Counter((hold.root,) for hold in holds.of_all(reader))
    yield _with(
        Gauge("shelfd_holds", "Places in a root that somebody holds.", labels=["root"]),
        {(root.name,): held[root.name,] for root in roots},
    )


def _queue(daemon: Daemon, reader: Tx) -> Iterator[Metric]:
    yield _with(
        Gauge("shelfd_operations", "Operations that have not ended.", labels=["kind", "state"]),
        {(str(kind), str(state)): 0 for kind in Kind for state in OPEN}
        | queries.open_counts(reader),
    )
    now = daemon.clock.wall()
    waiting, since = queries.due(reader, now)
    yield Gauge("shelfd_queue_waiting", "Operations that could start now.", waiting)
    yield Gauge(
        "shelfd_queue_oldest_wait_seconds",
        "How long the one of them has waited that waits longest.",
        0.0 if since is None else max(now - since, 0.0),
        unit="seconds",
    )
    paused = pauses.paused(reader)
    yield Gauge("shelfd_queue_paused", "1 when nothing starts until it is resumed.", paused)
    yield Gauge(
        "shelfd_scan_directories_per_second",
        "How fast the scans go that run, 0 when none does.",
        sum(_rates(reader)),
    )


def _rates(reader: Tx) -> Iterator[float]:
    for operation in operations.running(reader):
        if operation.kind is Kind.SCAN:
            yield operations.rate(reader, operation.id) or 0.0


def _ended(found: Iterable[Ends]) -> Iterator[Metric]:
    number = Counter({(str(kind), str(state)): 0 for kind in Kind for state in ENDED})
    errors = Counter[tuple[str, str]]()
    durations: dict[str, list[Ends]] = {str(kind): [] for kind in Kind}
    for each in found:
        number[each.kind, each.state] += each.number
        if each.state == State.FAILED:
            errors[each.kind, each.code] += each.number
        if each.state in TIMED:
            durations.setdefault(each.kind, []).append(each)
    yield _with(
        CounterMetricFamily(
            "shelfd_operations_ended_total", "Operations that ended.", labels=["kind", "state"]
        ),
        number,
    )
    yield _with(
        CounterMetricFamily(
            "shelfd_operation_errors_total",
            "Operations that failed, by the code of their error.",
            labels=["kind", "code"],
        ),
        errors,
    )
    took = HistogramMetricFamily(
        "shelfd_operation_duration_seconds",
        "From the first start of an operation that completed or failed to its end.",
        labels=["kind"],
        unit="seconds",
    )
    for kind, ended in durations.items():
        took.add_metric([kind], _buckets(ended), sum(each.took_ms for each in ended) / 1000)
    yield took


def _buckets(ended: Sequence[Ends]) -> list[tuple[str, float]]:
    """Return the upper bounds in seconds, each with how many operations took no longer."""
    within = [(each.within_ms, each.number) for each in ended if each.within_ms is not None]
    return [
        *(
            (str(bound / 1000), sum(number for most, number in within if most <= bound))
            for bound in ends.BOUNDS_MS
        ),
        ("+Inf", sum(each.number for each in ended)),
    ]


def _with(family: Family, values: Mapping[Words, float]) -> Family:
    """Return a family with a value for each set of labels."""
    for words, value in values.items():
        family.add_metric(words, value)
    return family
