"""The log of an operation of the running daemon: complete, followed to its last line, and there after a kill."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from running import PROGRAM, Running, running
from waiting import eventually


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as daemon:
        yield daemon


def song(path: Path, title: str) -> Path:
    return media.mp3(path, artist="Ann", album="Some", title=title, track="1")


def imports(daemon: Running) -> list[dict[str, Any]]:
    """Return the imports that have ended, the newest first."""
    items = daemon.get("/v1/operations?kind=import")[1]["items"]
    return [item for item in items if item["finished_at"]]


def log(daemon: Running, number: int) -> list[dict[str, Any]]:
    status, answer = daemon.get(f"/v1/operations/{number}/log")
    assert status == 200
    return list(answer["items"])


def test_an_import_has_a_log_to_its_last_line(daemon: Running) -> None:
    path = song(daemon.top / "a.mp3", "One")
    os.rename(path, os.fsencode(daemon.inbox) + b"/\xff\x1b.mp3")
    [done] = eventually(lambda: imports(daemon))
    eventually(lambda: ended(log(daemon, done["id"])[-1]))

    lines = log(daemon, done["id"])
    filed = next(line for line in lines if line["message"] == "filed")
    assert [line["id"] for line in lines] == [*range(1, len(lines) + 1)]
    assert "\\xff\x1b.mp3" in filed["fields"]["source"]
    assert filed["fields"]["method"] in ("reflink", "hardlink", "copy")
    ran = daemon.shelfd("operation", str(done["id"]), "--log")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(ran.stdout.splitlines()) == len(lines)
    assert "\x1b" not in ran.stdout


def ended(line: dict[str, Any]) -> bool:
    return bool(line["message"] == "operation ended")


def test_who_follows_gets_every_line_of_an_operation_that_runs_meanwhile(daemon: Running) -> None:
    daemon.post("/v1/queue/pause", {})
    path = song(daemon.inbox / "a.mp3", "One")
    number = daemon.post("/v1/operations", {"kind": "import", "path": str(path)})[1]["id"]
    command = [*PROGRAM, "--socket", daemon.socket, "operation", str(number)]
    with subprocess.Popen(
        [*command, "--log", "--follow", "--json"], stdout=subprocess.PIPE, text=True
    ) as process:
        daemon.post("/v1/queue/resume", {})
        out, _nothing = process.communicate(timeout=60)

    lines = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == 0
    assert lines[0]["message"] == "operation runs"
    assert ended(lines[-1])
    assert [line["id"] for line in lines] == [line["id"] for line in log(daemon, number)]


def test_a_scan_that_a_person_asks_for_has_a_log_and_one_of_the_watcher_has_none(
    daemon: Running,
) -> None:
    eventually(daemon.quiet)
    song(daemon.library / "Music" / "a.mp3", "One")
    eventually(lambda: daemon.get("/v1/status")[1]["catalog"]["files"] == 1)
    asked = daemon.shelfd("scan", "--wait", "--json", str(daemon.library / "Music"))
    number = json.loads(asked.stdout)["id"]

    operations = daemon.get("/v1/operations?kind=scan&limit=500")[1]["items"]
    told = [one["id"] for one in operations if log(daemon, one["id"])]

    assert told == [number]
    assert [line["message"] for line in log(daemon, number)] == ["scanned"]


def test_what_was_logged_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        drop = daemon.top / "album"
        drop.mkdir()
        for number in range(40):
            song(drop / f"{number}.mp3", f"T{number}")
        daemon.post("/v1/queue/pause", {})
        drop.rename(daemon.inbox / "album")
        number = daemon.post(
            "/v1/operations", {"kind": "import", "path": str(daemon.inbox / "album")}
        )[1]["id"]
        daemon.post("/v1/queue/resume", {})
        eventually(lambda: len(log(daemon, number)) >= 2)
        before = log(daemon, number)
        daemon.kill()
        daemon.start()
        eventually(lambda: [one for one in imports(daemon) if one["id"] == number])
        eventually(lambda: ended(log(daemon, number)[-1]))

        after = log(daemon, number)

    assert after[: len(before)] == before
    assert [line["id"] for line in after] == [*range(1, len(after) + 1)]
    [told] = [line for line in after if line["message"].startswith("shelfd ended")]
    assert told["level"] == "warning"
    assert told["message"] == "shelfd ended while this ran; it goes on (attempt 2 of 3)"
    assert after.index(told) < [line["message"] for line in after].index("operation runs", 1)
