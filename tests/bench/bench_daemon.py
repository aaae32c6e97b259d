"""How fast the installed daemon is on 2,000 files, and what it costs at rest. Prints figures, judges nothing."""

import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import corpus
import media
from running import Connection, Running
from waiting import eventually

FILES = 2000
DEBOUNCE_S = 1.0


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    top = tmp_path_factory.mktemp("bench")
    daemon = Running(top, f"[watch]\ndebounce_s = {DEBOUNCE_S}\n")
    corpus.make(daemon.library / "Music", FILES)
    yield daemon
    daemon.close()


def test_figures(daemon: Running) -> None:
    began = time.perf_counter()
    daemon.start()
    say("start to ready", f"{(time.perf_counter() - began) * 1000:.0f} ms")
    eventually(daemon.quiet, within=120)
    first = scans(daemon)[-1]
    seconds = took(first)
    say("first scan", f"{FILES / seconds:.0f} files/s ({seconds * 1000:.0f} ms for {FILES} files)")

    rescans = [rescan(daemon) for _ in range(9)]
    say("rescan without change", f"{statistics.median(rescans) * 1000:.1f} ms")

    events = [event_to_catalog(daemon, number) for number in range(9)]
    beyond = [seconds - DEBOUNCE_S for seconds in events]
    say("event to catalog, beyond the debounce", f"{statistics.median(beyond) * 1000:.1f} ms")

    at_rest(daemon)


def say(what: str, figure: str) -> None:
    print(f"\n  {what:45} {figure}", end="", flush=True)  # noqa: T201  # that is what it is for


def scans(daemon: Running) -> list[dict[str, Any]]:
    _, answer = daemon.get("/v1/operations?kind=scan&state=completed&limit=500")
    return [operation for operation in answer["items"] if operation["path"] == "all libraries"]


def took(operation: dict[str, Any]) -> float:
    began, ended = (datetime.fromisoformat(operation[key]) for key in ("started_at", "finished_at"))
    return (ended - began).total_seconds()


def rescan(daemon: Running) -> float:
    _, answer = daemon.post("/v1/operations", {"kind": "scan"})
    number = answer["id"]
    threading.Event().wait(0.3)  # whoever asks meanwhile takes part of what is measured

    def done() -> Any:
        _, operation = daemon.get(f"/v1/operations/{number}")
        return operation["finished_at"] and operation

    operation = eventually(done)
    return took(operation)


def event_to_catalog(daemon: Running, number: int) -> float:
    """Return the seconds from the end of a copy to the event that the catalog has it."""
    media.mp3(daemon.top / "new.mp3", artist="Bench", album="Mark", title=f"T{number}", track="1")
    directory = sorted((daemon.library / "Music").iterdir())[number]
    target = next(path for path in directory.iterdir() if path.is_dir()) / f"99 T{number}.mp3"
    heard = threading.Event()
    times: list[float] = []
    thread = threading.Thread(target=listen, args=(daemon, heard, times))
    thread.start()
    heard.wait(10)
    os.rename(daemon.top / "new.mp3", target)
    began = time.perf_counter()
    thread.join(30)
    return times[0] - began


def listen(daemon: Running, heard: threading.Event, times: list[float]) -> None:
    connection = Connection(daemon.socket)
    connection.request("GET", "/v1/events")
    answer = connection.getresponse()
    heard.set()
    for line in iter(answer.readline, b""):
        if line.startswith(b"event: catalog"):
            times.append(time.perf_counter())
            connection.close()
            return


def at_rest(daemon: Running) -> None:
    assert daemon.process is not None
    pid = daemon.process.pid
    eventually(lambda: not children(pid), within=60)
    threading.Event().wait(3)
    before, cpu = switches(pid), cpu_ticks(pid)
    threading.Event().wait(30)
    woken, used = switches(pid) - before, cpu_ticks(pid) - cpu
    say("memory at rest", f"{memory(pid) / 1e6:.1f} MB")
    say("wake-ups at rest", f"{woken / 30:.2f} a second")
    say("CPU at rest", f"{used * 1000 / os.sysconf('SC_CLK_TCK') * 2:.0f} ms a minute\n")


def switches(pid: int) -> int:
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> list[str]:
    return [
        entry for entry in os.listdir("/proc") if entry.isdigit() and f" {pid} " in parent_of(entry)
    ]


def parent_of(pid: str) -> str:
    try:
        return " ".join(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]) + " "
    except OSError:
        return json.dumps(None)
