"""How soon shelfd answers: its state, the queue, events, the command line, and a large catalog."""

import os
import selectors
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bench import catalogs, machine, sizes
from bench.daemon import Bench
from bench.table import Table
from running import Connection

GROUP = 10
ASKED = 500
CLIENTS, WRITERS = 50, 4
WISHES = 2_000
STATUS_MS, PAGE_MS, SEARCH_MS = (2, 10), (10, 10), (50, 50)
"""What half of the answers should take at the most, and 99 of 100."""


def test_status(table: Table, music_daemon: Bench) -> None:
    music_daemon.begin_and_rest()
    try:
        at_rest = [asked(music_daemon, "/v1/status") for _ in range(ASKED)]
        seconds = [command(music_daemon, "status") for _ in range(3 * sizes.REPEAT)]
    finally:
        music_daemon.stop()
    told(table, "status at rest", at_rest, STATUS_MS)
    table.part(GROUP).add("shelfd status, the command", seconds, "ms", target=150)


def test_status_during_a_scan(
    table: Table, daemon_of: Callable[[Path], Bench], music: Path
) -> None:
    daemon = daemon_of(music)
    daemon.begin()
    daemon.wait_until_ready(within=60)
    took = []
    with connected(daemon) as connection:
        while not daemon.scans():
            for _ in range(20):
                took.append(answered(connection, "/v1/status"))
                machine.rest(0.005)
    daemon.stop()
    told(table, "status during a first scan", took, STATUS_MS, note=f"asked {len(took)} times")


def test_queue(table: Table, daemon_of: Callable[[Path], Bench], grove: Path) -> None:
    daemon = daemon_of(grove)
    daemon.begin_and_rest()
    daemon.post("/v1/queue/pause", {})
    places = [directory for directory, _below, _files in os.walk(grove)]
    seconds = [enqueued(daemon, places) for _ in range(sizes.REPEAT)]
    what = f"1,000 wishes, {WRITERS} connections"
    table.part(GROUP).add(what, [each * 1000 / WISHES for each in seconds], "s", target=1)

    with listening(daemon, CLIENTS) as heard:
        before, began = sum(heard), time.perf_counter()
        took = enqueued(daemon, places)
        machine.until(lambda: sum(heard) - before >= CLIENTS * WISHES, within=120)
        all_heard = time.perf_counter() - began
    a_second = CLIENTS * WISHES / all_heard
    note = f"{WISHES:,} events in {all_heard:.1f} s, asked for in {took:.1f} s"
    table.part(GROUP).add(f"events a second to {CLIENTS} clients", [a_second], "", note=note)
    daemon.stop()


def test_large_catalog(table: Table, daemon_of: Callable[[Path], Bench], place: Path) -> None:
    library = place / "library"
    library.mkdir()
    daemon = daemon_of(library)
    daemon.begin_and_rest()
    daemon.stop()
    catalogs.fill(daemon.top / "state" / "shelfd.db", "Music", sizes.MANY_FILES)
    daemon.begin_and_rest()
    size = f"{sizes.MANY_FILES:,} items"
    parent = daemon.get("/v1/items?kind=album&limit=1")[1]["items"][0]["id"]
    middle = sizes.MANY_FILES // 2
    for what, query in (
        ("first page", ""),
        ("page in the middle", f"after={middle}"),
        ("page of a kind", f"kind=movie&after={middle}"),
        ("page of an album", f"parent={parent}"),
    ):
        took = [asked(daemon, f"/v1/items?{query}") for _ in range(ASKED // 10)]
        told(table, f"{size}: {what}", took, PAGE_MS)
    for words in catalogs.SEARCHES:
        took = [asked(daemon, f"/v1/items?q={quote(words)}") for _ in range(ASKED // 10)]
        told(table, f"{size}: search for {words!r}", took, SEARCH_MS)
    for query in ("q=the", "q=the&kind=movie"):
        deep = pages_on(daemon, f"/v1/items?{query}", 20)
        took = [asked(daemon, deep) for _ in range(ASKED // 10)]
        told(table, f"{size}: page 20 of {query}", took, SEARCH_MS)
    took = [asked(daemon, "/v1/status") for _ in range(ASKED)]
    told(table, f"{size}: status at rest", took, STATUS_MS)
    daemon.stop()


def test_long_history(table: Table, daemon_of: Callable[[Path], Bench], place: Path) -> None:
    library = place / "library"
    library.mkdir()
    daemon = daemon_of(library)
    daemon.begin_and_rest()
    daemon.stop()
    catalogs.remember(daemon.top / "state" / "shelfd.db", "Music", sizes.OPERATIONS)
    daemon.begin_and_rest()
    size = f"{sizes.OPERATIONS:,} operations"
    for query in (
        "",
        "state=failed",
        "kind=undo",
        "state=completed&kind=undo",
        "state=failed&kind=import",
        "kind=scan&after=1000",
    ):
        took = [asked(daemon, f"/v1/operations?{query}") for _ in range(ASKED // 10)]
        told(table, f"{size}: page of {query or 'all'}", took, PAGE_MS)
    middle = sizes.OPERATIONS // 2
    for what, query, number in (
        ("100 events since the first", "since=0", 100),
        ("100 events since one in the middle", f"since={2 * middle}", 100),
        ("the events of one operation", f"since=0&operation={middle}", 2),
    ):
        took = [replayed(daemon, query, number) for _ in range(ASKED // 10)]
        told(table, f"{size}: {what}", took, PAGE_MS)
    took = [asked(daemon, "/v1/status") for _ in range(ASKED)]
    told(table, f"{size}: status at rest", took, STATUS_MS)
    daemon.stop()


def pages_on(daemon: Bench, path: str, pages: int) -> str:
    """Return the address of the page after so many, or of the last one."""
    address = path
    for _ in range(pages):
        _status, page = daemon.get(address)
        if page["next"] is None:
            break
        address = f"{path}&after={page['next']}"
    return address


def replayed(daemon: Bench, query: str, number: int) -> float:
    """Return the milliseconds until so many events have come."""
    with connected(daemon) as connection:
        began = time.perf_counter()
        connection.request("GET", f"/v1/events?{query}")
        answer = connection.getresponse()
        for _ in range(number):
            while answer.readline() != b"\n":
                pass
        return (time.perf_counter() - began) * 1000


def told(
    table: Table, what: str, took: list[float], targets: tuple[float, float], *, note: str = ""
) -> None:
    """Add what half of the answers took at the most, and 99 of 100."""
    percentiles = statistics.quantiles(took, n=100, method="inclusive")
    table.part(GROUP).add(f"{what}, p50", [percentiles[49]], "ms", target=targets[0], note=note)
    table.part(GROUP).add(f"{what}, p99", [percentiles[98]], "ms", target=targets[1])


@contextmanager
def connected(daemon: Bench) -> Iterator[Connection]:
    connection = Connection(daemon.socket)
    try:
        yield connection
    finally:
        connection.close()


def asked(daemon: Bench, path: str) -> float:
    """Return the milliseconds that an answer takes, on a connection of its own."""
    with connected(daemon) as connection:
        return answered(connection, path)


def answered(connection: Connection, path: str) -> float:
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, path
    return (time.perf_counter() - began) * 1000


def command(daemon: Bench, *words: str) -> float:
    """Return the milliseconds that a command takes, from its start to its end."""
    began = time.perf_counter()
    subprocess.run(
        [daemon.installed, "--socket", daemon.socket, *words],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return (time.perf_counter() - began) * 1000


def enqueued(daemon: Bench, places: list[str]) -> float:
    """Return the seconds in which several connections ask for scans."""
    share = WISHES // WRITERS
    threads = [
        threading.Thread(target=wish, args=(daemon, places, number * share, share))
        for number in range(WRITERS)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def wish(daemon: Bench, places: list[str], first: int, number: int) -> None:
    """Ask for scans as a program would that has no time to lose: what is sent is made before."""
    bodies = [
        f'{{"kind": "scan", "path": "{places[each % len(places)]}"}}'.encode()
        for each in range(first, first + number)
    ]
    requests = [
        b"POST /v1/operations HTTP/1.1\r\nHost: shelfd\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        for body in bodies
    ]
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(daemon.socket)
        for request in requests:
            stream.sendall(request)
            answer = stream.recv(65536)
            while not answer.endswith(b"}\n"):
                answer += stream.recv(65536)
            assert answer.startswith(b"HTTP/1.1 202"), answer


@contextmanager
def listening(daemon: Bench, clients: int) -> Iterator[list[int]]:
    """Yield how many events each of these clients has heard so far."""
    heard, ended = [0] * clients, threading.Event()
    streams = [socket.socket(socket.AF_UNIX) for _ in range(clients)]
    for stream in streams:
        stream.connect(daemon.socket)
        stream.sendall(b"GET /v1/events HTTP/1.1\r\nHost: shelfd\r\n\r\n")
        assert stream.recv(65536).startswith(b"HTTP/1.1 200")
    listener = threading.Thread(target=count, args=(streams, heard, ended))
    listener.start()
    try:
        yield heard
    finally:
        ended.set()
        listener.join()
        for stream in streams:
            stream.close()


def count(streams: list[socket.socket], heard: list[int], ended: threading.Event) -> None:
    rests = [b""] * len(streams)
    with selectors.DefaultSelector() as selector:
        for number, stream in enumerate(streams):
            selector.register(stream, selectors.EVENT_READ, number)
        while not ended.is_set():
            for key, _events in selector.select(0.1):
                number = key.data
                *lines, rests[number] = (rests[number] + streams[number].recv(1 << 20)).split(b"\n")
                heard[number] += sum(line.startswith(b"event: operation") for line in lines)
