"""What Prometheus gets to read, as its own parsers understand it."""

from contextlib import closing
from http.client import HTTPMessage
from pathlib import Path

import pytest
from prometheus_client import parser
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from fakes import rows
from fakes.daemon import Connection, Served
from shelfd.core.condition import RootState
from shelfd.core.errors import BrokenError
from shelfd.core.media import Kind as Media
from shelfd.core.operations import Asker, Kind, Progress, Step, Wish
from shelfd.core.paths import TOP, Place
from shelfd.core.settings import Inbox, Library, Settings
from shelfd.store import operations, outdated, roots

MOVIES = Place("movies", TOP)
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


def ask(served: Served, method: str = "GET", accept: str = "") -> tuple[HTTPMessage, str]:
    """Return the headers and the text of an answer that must be there."""
    with closing(Connection(served.path)) as connection:
        connection.request(method, "/metrics", headers={"Accept": accept} if accept else {})
        response = connection.getresponse()
        text = response.read().decode()
        assert response.status == 200, text
        return response.headers, text


def families(served: Served) -> dict[str, Metric]:
    _headers, text = ask(served)
    return {family.name: family for family in parser.text_string_to_metric_families(text)}


def strict(text: str) -> dict[str, Metric]:
    """Return the families of an OpenMetrics text, which must have no fault."""
    found = openmetrics(text)  # type: ignore[no-untyped-call]  # its module has no types
    return {family.name: family for family in found}


def values(served: Served, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Return the samples of one name by the values of their labels, without those that are 0."""
    return {
        tuple(sample.labels[label] for label in labels): sample.value
        for family in families(served).values()
        for sample in family.samples
        if sample.name == name and sample.value
    }


def value(served: Served, name: str) -> float:
    [(found, number)] = {
        (sample.name, sample.value)
        for family in families(served).values()
        for sample in family.samples
        if sample.name == name
    }
    assert found == name
    return number


def fail(served: Served, number: int, code: str) -> None:
    with served.daemon.db.transaction() as tx:
        error = BrokenError("disk: it failed", code=code)
        operations.fail(tx, number, error, served.daemon.clock.now)


def test_every_family_says_what_it_is_and_follows_the_conventions(served: Served) -> None:
    found = families(served)

    assert len(found) == 25
    for name, family in found.items():
        assert name.startswith("shelfd"), name
        assert family.documentation.endswith("."), name
        assert family.type in ("gauge", "counter", "histogram"), name
    # nothing that another exporter tells of the process, and nothing that the library counts by itself
    assert not any("python" in name or "process" in name for name in found)


def test_labels_are_few_and_known(served: Served) -> None:
    rows.drop(served.daemon, b"a name that must not be a label.mkv")
    rows.shelve(served.daemon, "movies", Media.MOVIES, b"A (2001)/x.mkv")
    _headers, text = ask(served)

    labels = {
        label
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
        for label in sample.labels
    }
    assert labels <= {"root", "kind", "state", "code", "le", "level", "version"}
    assert "must not be" not in text


def test_an_empty_catalog_is_counted_as_such(served: Served) -> None:
    found = families(served)

    for name in ("shelfd_library_files", "shelfd_library_size_bytes", "shelfd_items"):
        assert found[name].samples
        assert {sample.value for sample in found[name].samples} == {0.0}
    assert found["shelfd_root_last_scan_timestamp_seconds"].samples == []


def test_files_that_are_damaged_are_counted_while_they_are_there(served: Served) -> None:
    path = b"A (2001)/x.mkv"
    rows.shelve(served.daemon, "movies", Media.MOVIES, path)
    rows.damage(served.daemon, "movies", path)

    assert values(served, "shelfd_library_files_damaged", "root") == {("movies",): 1}
    rows.lose(served.daemon, "movies", path)
    assert values(served, "shelfd_library_files_damaged", "root") == {}


def test_the_daemon_itself(served: Served) -> None:
    served.daemon.word = "degraded"

    assert values(served, "shelfd_info", "version") == {("1.2.3",): 1}
    assert values(served, "shelfd_state", "state") == {("degraded",): 1}
    assert value(served, "shelfd_start_time_seconds") == served.daemon.since
    assert value(served, "shelfd_resident_memory_bytes") == 48 << 20
    assert value(served, "shelfd_watches_allowed") == 512
    assert values(served, "shelfd_memory_pressure", "level") == {("none",): 1}


def test_how_short_memory_is(served: Served) -> None:
    served.daemon.pressure = "high"

    assert values(served, "shelfd_memory_pressure", "level") == {("high",): 1}


def test_roots_and_what_the_catalog_has_of_them(served: Served) -> None:
    for name in (b"A", b"B", b"C"):
        rows.shelve(served.daemon, "movies", Media.MOVIES, name + b" (2001)/x.mkv")
    rows.lose(served.daemon, "movies", b"B (2001)/x.mkv")
    with served.daemon.db.transaction() as tx:
        roots.scanned(tx, "movies", served.daemon.clock.now)
    served.daemon.root_words["movies"] = RootState("suspended", "another disk lies there", 7)

    assert values(served, "shelfd_root_state", "root", "state") == {
        ("movies", "suspended"): 1,
        ("inbox", "watching"): 1,
    }
    assert values(served, "shelfd_root_watches", "root") == {("movies",): 7, ("inbox",): 1}
    scanned = values(served, "shelfd_root_last_scan_timestamp_seconds", "root")
    assert scanned == {("movies",): served.daemon.clock.now}
    assert values(served, "shelfd_library_directories", "root") == {("movies",): 3}
    assert values(served, "shelfd_library_files", "root") == {("movies",): 2}
    assert values(served, "shelfd_library_files_missing", "root") == {("movies",): 1}
    assert values(served, "shelfd_library_size_bytes", "root") == {("movies",): 2000}
    assert values(served, "shelfd_items", "kind") == {("movie",): 2}


def test_what_lies_in_the_inbox_and_what_is_held(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv")
    rows.drop(served.daemon, b"b.mkv")
    rows.drop(served.daemon, b"c.mkv", "refused", "not sure enough")
    rows.filed(served.daemon, b"done.mkv", b"D/D.mkv")
    served.ask("POST", "/v1/holds", {"path": str(served.daemon.inbox / "Album")})
    served.ask("POST", "/v1/holds", {"path": str(served.daemon.inbox / "Other")})

    assert values(served, "shelfd_drops", "root", "state") == {
        ("inbox", "settling"): 2,
        ("inbox", "refused"): 1,
    }
    assert values(served, "shelfd_holds", "root") == {("inbox",): 2}


def test_a_queue_says_how_much_waits_and_for_how_long(served: Served) -> None:
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, MOVIES)
    rows.run(served.daemon)
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, MOVIES)
    later = Wish(
        kind=Kind.IMPORT,
        step=Step.PLAN,
        place=MOVIES,
        display="later",
        asker=Asker.PERSON,
        not_before=served.daemon.clock.now + 60,
    )
    with served.daemon.db.transaction() as tx:
        operations.enqueue(tx, later, served.daemon.clock.now)
    served.daemon.clock.now += 42
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, MOVIES)

    assert values(served, "shelfd_operations", "kind", "state") == {
        ("scan", "running"): 1,
        ("scan", "queued"): 2,
        ("import", "queued"): 1,
    }
    assert value(served, "shelfd_queue_waiting") == 2
    assert value(served, "shelfd_queue_oldest_wait_seconds") == 42

    served.daemon.clock.now -= 1000  # the clock was put back
    assert value(served, "shelfd_queue_oldest_wait_seconds") == 0


def test_a_queue_that_is_paused_says_so(served: Served) -> None:
    assert value(served, "shelfd_queue_paused") == 0

    served.ask("POST", "/v1/queue/pause", {})

    assert value(served, "shelfd_queue_paused") == 1


def test_a_scan_that_runs_says_how_fast_it_is(served: Served) -> None:
    assert value(served, "shelfd_scan_directories_per_second") == 0

    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, MOVIES, recursive=True)
    rows.run(served.daemon)
    half = Progress(phase="reading", done=20, total=50, unit="directories", rate=12.5)
    with served.daemon.db.transaction() as tx:
        operations.progress(tx, number, half, served.daemon.clock.now)

    assert value(served, "shelfd_scan_directories_per_second") == 12.5


def test_ends_and_errors_are_counted_whatever_history_forgets(served: Served) -> None:
    for code in ("disk_full", "disk_full", "root_absent"):
        number = rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, MOVIES)
        rows.run(served.daemon)
        fail(served, number, code)
    rows.complete(served.daemon, scanned(served, 1.0))
    waiting = rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, MOVIES)
    served.ask("DELETE", f"/v1/operations/{waiting}")

    for forgotten in (0, 5):
        with served.daemon.db.transaction() as tx:
            now = served.daemon.clock.now + forgotten
            assert outdated.forget_before(tx, now if forgotten else 0.0) == forgotten
        assert values(served, "shelfd_operations_ended_total", "kind", "state") == {
            ("scan", "completed"): 1,
            ("import", "failed"): 3,
            ("import", "cancelled"): 1,
        }
        assert values(served, "shelfd_operation_errors_total", "kind", "code") == {
            ("import", "disk_full"): 2,
            ("import", "root_absent"): 1,
        }


def scanned(served: Served, seconds: float) -> int:
    """Return a scan that has run for a while."""
    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, MOVIES)
    rows.run(served.daemon)
    served.daemon.clock.now += seconds
    return number


def test_durations_are_a_histogram_of_what_completed_or_failed(served: Served) -> None:
    for seconds in (0.25, 0.25, 7.0):
        rows.complete(served.daemon, scanned(served, seconds))
    fail(served, scanned(served, 20_000.0), "disk_full")
    cancelled = scanned(served, 99.0)
    with served.daemon.db.transaction() as tx:
        operations.cancel(tx, cancelled, served.daemon.clock.now)

    name = "shelfd_operation_duration_seconds"
    assert values(served, f"{name}_bucket", "kind", "le") == {
        ("scan", "0.5"): 2,
        ("scan", "1.0"): 2,
        ("scan", "5.0"): 2,
        ("scan", "10.0"): 3,
        ("scan", "60.0"): 3,
        ("scan", "300.0"): 3,
        ("scan", "1800.0"): 3,
        ("scan", "3600.0"): 3,
        ("scan", "14400.0"): 3,
        ("scan", "+Inf"): 4,
    }
    assert values(served, f"{name}_count", "kind") == {("scan",): 4}
    assert values(served, f"{name}_sum", "kind") == {("scan",): 20_007.5}


ODD = ['a "b" \\ c', "new\nline", "Hörspiele ♫", "{x=}, # HELP"]


def test_odd_names_of_roots_come_through_as_they_are(served: Served) -> None:
    libraries = tuple(
        Library(name=name, path=str(served.daemon.movies / str(number)), kind="movies")
        for number, name in enumerate(ODD)
    )
    served.daemon.take(
        Settings(library=libraries, inbox=(Inbox(name='"', path=str(served.daemon.inbox)),))
    )

    watches = values(served, "shelfd_root_watches", "root")
    assert watches == {(name,): 1 for name in [*ODD, '"']}

    _headers, text = ask(served, accept="application/openmetrics-text; version=1.0.0")
    samples = strict(text)["shelfd_root_watches"].samples
    assert [sample.labels["root"] for sample in samples] == [*ODD, '"']


def test_who_prefers_openmetrics_gets_it_with_units(served: Served) -> None:
    headers, text = ask(served, accept="application/openmetrics-text; version=1.0.0, text/plain")

    assert headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")
    units = {name: family.unit for name, family in strict(text).items()}
    assert units["shelfd_operation_duration_seconds"] == "seconds"
    assert units["shelfd_library_size_bytes"] == "bytes"
    assert units["shelfd_queue_waiting"] == ""


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/html",
        "text/plain;version=0.0.4",
        "application/openmetrics-text;version=abc",
        "application/openmetrics-text;version=2.x",
        "application/openmetrics-text;version=",
        "application/openmetrics-text; version=" + "9" * 5000,
        "text/plain; version=\xb2",
        ";;,=,version",
    ],
)
def test_whatever_else_is_asked_for_gets_the_text_that_all_understand(
    served: Served, accept: str
) -> None:
    headers, text = ask(served, accept=accept)

    assert headers["content-type"] == PLAIN
    assert list(parser.text_string_to_metric_families(text))


def test_a_head_has_the_headers_and_no_body(served: Served) -> None:
    headers, text = ask(served, "HEAD")

    assert headers["content-type"] == PLAIN
    assert int(headers["content-length"]) > 0
    assert text == ""


def test_asking_writes_nothing(served: Served) -> None:
    written: list[bool] = []
    served.daemon.db.committed.append(lambda: written.append(True))

    first = ask(served)[1]

    assert ask(served)[1] == first
    assert written == []


def test_the_readme_names_every_family(served: Served) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()

    for name, family in families(served).items():
        shown = f"{name}_total" if family.type == "counter" else name
        assert f"`{shown}`" in readme, shown


def test_a_parameter_that_means_nothing_here_is_named(served: Served) -> None:
    status, content = served.ask("GET", "/metrics?name=x")

    assert (status, content["error"]["code"]) == (422, "unknown_parameter")
