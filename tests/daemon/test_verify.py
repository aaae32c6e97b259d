"""The installed daemon compares files: asked by its socket and its command line, killed, cancelled, and gone on with."""

import contextlib
import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from running import Connection, Running, running
from waiting import eventually

SETTINGS = (
    "[watch]\ndebounce_s = 0.1\nsettle_s = 0.5\n[scan]\ncheckpoint_s = 0.0\n"
    "[import]\nmin_free_bytes = 0\n"
)
LARGE = 64 << 20
FILES = 30
DONE = "SELECT count(*) FROM files WHERE verified_at > ?"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SETTINGS) as daemon:
        yield daemon


def song(daemon: Running, number: int) -> Path:
    directory = daemon.library / "Music" / f"Artist {number:02}"
    directory.mkdir(parents=True, exist_ok=True)
    return directory / "01.mp3"


def large(daemon: Running) -> None:
    """Have files that take a while to be read, and no room on the disk."""
    for number in range(FILES):
        with song(daemon, number).open("wb") as file:
            file.write(bytes([number]) * 5000)
            file.truncate(LARGE)
    assert daemon.shelfd("scan", "--wait").returncode == 0


def rot(daemon: Running, path: Path) -> None:
    """Change a byte and put the time back; a scan then takes the file for one with another mode."""
    was = path.stat()
    with path.open("r+b") as file:
        file.seek(4000)
        file.write(b"\xff")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert daemon.shelfd("scan", str(path.parent), "--wait").returncode == 0


def ended(daemon: Running, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def is_over() -> bool:
        found.update(daemon.get(f"/v1/operations/{number}")[1])
        return found["finished_at"] is not None

    eventually(is_over, within=120)
    return found


def begun(daemon: Running) -> int:
    """Ask for a verify of everything, and return its id when it has looked at some files."""
    began = time.time()
    status, answer = daemon.post("/v1/operations", {"kind": "verify"})
    assert status == 202
    number = int(answer["id"])

    address = f"file:{daemon.top}/state/shelfd.db?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
        eventually(lambda: db.execute(DONE, (began,)).fetchone()[0] >= 3, within=60)
    return number


def some(daemon: Running) -> Path:
    """Have three files with hashes, of which the catalog knows; return one of them."""
    for number in range(3):
        song(daemon, number).write_bytes(os.urandom(5000))
    assert daemon.shelfd("scan", "--wait").returncode == 0
    first = daemon.shelfd("verify", "--wait")
    assert (first.returncode, first.stderr) == (0, "")
    assert "3 files, 15 KiB read, 3 learnt" in first.stdout
    return song(daemon, 1)


def test_damage_is_named_until_it_is_good_again(daemon: Running) -> None:
    bad = some(daemon)
    good, times = bad.read_bytes(), bad.stat()
    rot(daemon, bad)

    ran = daemon.shelfd("verify", "--wait")

    assert ran.returncode == 1
    assert f"damaged {bad}: its content is not what it was" in ran.stdout
    assert "1 file is damaged" in ran.stderr
    assert "hint: look at the disk" in ran.stderr
    [check] = daemon.get("/v1/status")[1]["checks"]
    assert check["check"] == "damaged files"
    assert str(bad) in check["message"]

    bad.write_bytes(good)
    os.utime(bad, ns=(times.st_atime_ns, times.st_mtime_ns))
    daemon.shelfd("scan", str(bad.parent), "--wait")
    again = daemon.shelfd("verify", str(bad), "--wait", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["result"]["verified"] == 1
    assert daemon.get("/v1/status")[1]["checks"] == []


def test_damage_stands_in_the_log_the_catalog_and_the_events(daemon: Running) -> None:
    bad = some(daemon)
    rot(daemon, bad)
    daemon.shelfd("verify", "--wait")

    [latest, *_others] = daemon.get("/v1/operations?kind=verify")[1]["items"]
    log = daemon.get(f"/v1/operations/{latest['id']}/log")[1]["items"]
    warned = [line["fields"]["path"] for line in log if line["message"] == "file is damaged"]
    assert warned == [str(bad)]
    page = daemon.get("/v1/items?kind=track")[1]["items"]
    items = [daemon.get(f"/v1/items/{item['id']}")[1] for item in page]
    damaged = [file["path"] for item in items for file in item["files"] if "damaged_at" in file]
    assert damaged == [str(bad)]
    connection = Connection(daemon.socket)
    connection.request("GET", f"/v1/events?since=0&operation={latest['id']}")
    answer = connection.getresponse()
    told = b""
    while b"event: damaged" not in told or str(bad).encode() not in told:
        told += answer.fp.readline()
    connection.close()


def test_a_path_that_is_in_no_library_or_not_there_is_refused_with_the_way_out(
    daemon: Running,
) -> None:
    unknown = daemon.library / "Music" / "text.txt"
    unknown.write_text("nothing to play")

    answers = [
        daemon.shelfd("verify", str(path))
        for path in (daemon.inbox, daemon.library / "Music" / "none.mp3", unknown)
    ]

    assert [ran.returncode for ran in answers] == [2, 4, 4]
    assert all("hint: " in ran.stderr for ran in answers)
    assert "no library" in answers[0].stderr
    assert "the catalog does not have this file" in answers[2].stderr


def test_a_verify_that_is_killed_goes_on_where_it_stood(daemon: Running) -> None:
    large(daemon)
    number = begun(daemon)

    daemon.kill()
    daemon.start()

    operation = ended(daemon, number)
    assert operation["state"] == "completed"
    assert operation["result"]["learnt"] == FILES
    # each of them was read once, but for the one that it was at
    assert operation["result"]["bytes"] == FILES * LARGE
    assert operation["attempts"] >= 2
    log = daemon.get(f"/v1/operations/{number}/log")[1]["items"]
    assert any("restart" in line["message"] or "goes on" in line["message"] for line in log), log


def test_a_verify_that_is_cancelled_ends_at_once_and_the_next_one_does_the_rest(
    daemon: Running,
) -> None:
    large(daemon)
    number = begun(daemon)

    assert daemon.request("DELETE", f"/v1/operations/{number}")[0] in (200, 202)

    operation = ended(daemon, number)
    assert operation["state"] == "cancelled"
    learnt = operation["result"]["learnt"]
    assert 0 < learnt < FILES
    second = begun(daemon)
    assert daemon.stop(signal.SIGTERM) == 0
    daemon.start()
    result = ended(daemon, second)["result"]
    assert (result["learnt"], result["verified"]) == (FILES - learnt, learnt)


def test_a_verify_makes_room_for_an_import_that_copies_and_goes_on(daemon: Running) -> None:
    large(daemon)
    number = begun(daemon)
    film = media.mkv(daemon.inbox / "Dune (2021).mkv", seconds=1)

    status, answer = daemon.post(
        "/v1/operations", {"kind": "import", "path": str(film), "mode": "copy"}
    )

    assert status == 202
    filed = ended(daemon, answer["id"])
    assert filed["state"] == "completed", filed["error"]
    verified = ended(daemon, number)
    assert (verified["state"], verified["result"]["learnt"]) == ("completed", FILES)
    assert verified["finished_at"] > filed["finished_at"]
    assert verified["attempts"] >= 2
