"""The installed program, as its users meet it: files are dropped, and found where they belong."""

import http.client
import os
import random
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import parser

import media
from running import UP, Connection, Running, running
from trees import names, plant, tree
from waiting import eventually

EXPECTED = [
    "Audiobooks/Cal Author/An Audiobook/An Audiobook.m4b",
    "Books/Bea Writer/A Book/A Book.epub",
    "Movies/A Film (2019)/A Film (2019).en.srt",
    "Movies/A Film (2019)/A Film (2019).mkv",
    "Movies/Another (2001)/Another (2001).mp4",
    "Music/Ann/Some/01 One.mp3",
    "Music/Ann/Some/02 Two.flac",
    "Music/Ann/Some/03 Slow.mp3",
    "Music/Ann/Some/04 Linked.mp3",
    "Music/Ann/Some/05 Renamed.mp3",
    "Music/Ann/Some/06 Bytes.mp3",
    "Music/Bob/Album/01 One.mp3",
    "Music/Bob/Album/02 Two.mp3",
    "Music/Bob/Album/03 Three.mp3",
    "Music/Bob/Album/cover.jpg",
    "Shows/The Show/Season 01/The Show S01E02 Second.mkv",
]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as daemon:
        yield daemon


def song(path: Path, title: str, track: int) -> Path:
    return media.mp3(path, artist="Ann", album="Some", title=title, track=str(track))


def drop_everything(daemon: Running) -> None:
    inbox, beside = daemon.inbox, daemon.top / "beside"
    beside.mkdir()
    song(inbox / "a.mp3", "One", 1)
    media.flac(inbox / "b.flac", artist="Ann", album="Some", title="Two", track="2")
    media.m4b(inbox / "c.m4b", artist="Cal Author", album="An Audiobook", title="An Audiobook")
    media.mkv(inbox / "A.Film.2019.1080p.BluRay.x264-GRP.mkv")
    plant(inbox, {"A.Film.2019.1080p.BluRay.x264-GRP.en.srt": b"1\n"})
    media.mkv(inbox / "The.Show.S01E02.Second.720p.HDTV.x264-GRP.mkv")
    media.mp4(inbox / "Another (2001).mp4")
    media.epub(inbox / "d.epub", title="A Book", author="Bea Writer")
    album = inbox / "Bob - Album"
    album.mkdir()
    for number, title in enumerate(("One", "Two", "Three"), 1):
        media.mp3(
            album / f"{number}.mp3", artist="Bob", album="Album", title=title, track=str(number)
        )
    (album / "cover.jpg").write_bytes(media.jpeg())
    song(beside / "seed.mp3", "Linked", 4)
    os.link(beside / "seed.mp3", inbox / "linked.mp3")
    song(beside / "moved.mp3", "Renamed", 5).rename(inbox / "renamed.mp3")
    song(beside / "bytes.mp3", "Bytes", 6)
    os.rename(os.fsencode(beside / "bytes.mp3"), os.fsencode(inbox) + b"/\xff\xe9.mp3")
    media.mp3(inbox / "long.mp3", artist="Ann", album="Some", title="Ω" * 300, track="7")
    plant(inbox, {"empty.mp3": b"", "letter.mp3": b"Dear aunt,\nall is well.\n"})


def write_slowly(target: Path, source: Path) -> None:
    """Write a file as a slow network does: open all the while, with pauses longer than the quiet time."""
    data = source.read_bytes()
    with target.open("wb", buffering=0) as file:
        for start in range(0, len(data), len(data) // 4 + 1):
            file.write(data[start : start + len(data) // 4 + 1])
            threading.Event().wait(0.9)


def test_what_is_dropped_is_filed_or_refused_with_its_reason(daemon: Running) -> None:
    slow = song(daemon.top / "slow.mp3", "Slow", 3)
    writer = threading.Thread(target=write_slowly, args=(daemon.inbox / "slow.mp3", slow))
    writer.start()
    drop_everything(daemon)
    writer.join()

    def long_title() -> list[str]:
        return [name for name in names(daemon.library) if "ΩΩ" in name]

    eventually(
        lambda: (
            [name for name in names(daemon.library) if "ΩΩ" not in name] == EXPECTED
            and long_title()
        ),
        within=40,
    )
    eventually(lambda: names(daemon.inbox) == ["empty.mp3", "letter.mp3"])
    [filed] = long_title()
    assert len(os.fsencode(os.path.basename(filed))) <= 255

    eventually(daemon.quiet)
    catalog_status_and_events_agree(daemon)
    each_refusal_has_its_reason(daemon)


def catalog_status_and_events_agree(daemon: Running) -> None:
    _, status = daemon.get("/v1/status")
    found = [name for name in names(daemon.library) if not name.endswith((".srt", ".jpg"))]
    assert status["state"] in UP
    assert status["catalog"]["files"] == len(found)
    assert status["catalog"]["items"]["track"] == 10
    assert status["catalog"]["items"]["movie"] == 2
    assert status["catalog"]["items"]["episode"] == 1
    assert status["catalog"]["items"]["audiobook"] == 1
    assert status["catalog"]["items"]["book"] == 1
    assert {Path(drop["path"]).name for drop in status["settling"]} == {"empty.mp3", "letter.mp3"}

    _, items = daemon.get("/v1/items?kind=track&limit=100")
    assert len(items["items"]) == 10
    filed = [event for event in all_events(daemon) if event == "filed"]
    _, imports = daemon.get("/v1/operations?kind=import&state=completed&limit=100")
    assert len(filed) == len(imports["items"]) == 13


def each_refusal_has_its_reason(daemon: Running) -> None:
    _, why = daemon.get(f"/v1/why?path={daemon.inbox}/empty.mp3")
    assert (why["state"], why["reason"]) == ("refused", "empty.mp3: it is empty (0 bytes)")
    _, why = daemon.get(f"/v1/why?path={daemon.inbox}/letter.mp3")
    assert why["state"] == "refused"
    assert "cannot be read" in why["reason"]
    _, why = daemon.get(f"/v1/why?path={daemon.library}/Music/Ann/Some/01%20One.mp3")
    assert why["state"] == "filed"


def all_events(daemon: Running) -> list[str]:
    """Return the names of all events so far, by a replay from the first."""
    connection = Connection(daemon.socket, timeout=2)
    connection.request("GET", "/v1/events?since=0")
    answer = connection.getresponse()
    found: list[str] = []
    try:
        for line in iter(answer.readline, b""):
            found += [line[7:].strip().decode()] if line.startswith(b"event: ") else []
    except TimeoutError:
        pass  # all that was kept has been replayed
    finally:
        connection.close()
    return found


def test_an_undo_by_command_line_gives_back_the_exact_tree(daemon: Running) -> None:
    album = daemon.top / "Album"
    album.mkdir()
    for number in (1, 2):
        song(album / f"{number}.mp3", f"Title {number}", number)
        (album / f"{number}.mp3").chmod(0o640)
    before = tree(album)
    eventually(daemon.quiet)  # the first scan marks the libraries
    libraries = tree(daemon.library)
    album.rename(daemon.inbox / "Album")
    eventually(lambda: len(names(daemon.library)) == 2, within=30)
    eventually(daemon.quiet)
    [operation] = daemon.get("/v1/operations?kind=import")[1]["items"]

    done = daemon.shelfd("undo", str(operation["id"]), "--wait")

    assert done.returncode == 0, done.stderr
    assert tree(daemon.inbox / "Album") == before
    assert tree(daemon.library) == libraries


def test_what_shelfd_writes_itself_causes_no_work(daemon: Running) -> None:
    song(daemon.inbox / "a.mp3", "One", 1)
    eventually(lambda: names(daemon.library), within=30)
    eventually(daemon.quiet)
    threading.Event().wait(1.5)  # many times the debounce: what were to come would have come

    _, answer = daemon.get("/v1/operations?limit=100")
    after_import = [
        operation
        for operation in answer["items"]
        if operation["id"] > next(o["id"] for o in answer["items"] if o["kind"] == "import")
    ]
    assert after_import == []


def test_files_that_were_there_before_the_start_are_found(tmp_path: Path) -> None:
    daemon = Running(tmp_path)
    song(daemon.inbox / "a.mp3", "One", 1)
    song((daemon.library / "Music" / "Old.mp3"), "Old", 9)
    try:
        daemon.start()
        eventually(lambda: len(names(daemon.library)) == 2, within=30)
        eventually(daemon.quiet)
        _, status = daemon.get("/v1/status")
        assert status["catalog"]["files"] == 2
    finally:
        daemon.close()


def all_filed(daemon: Running, number: int) -> bool:
    """Say whether all is filed; what was given up, since it ran in three kills in a row, is tried again."""
    _, failed = daemon.get("/v1/operations?state=failed")
    for operation in failed["items"]:
        if operation["error"]["code"] == "crashed":
            assert daemon.post(f"/v1/operations/{operation['id']}/retry", {})[0] == 202
    return len(names(daemon.library)) == number


def test_killed_at_random_moments_nothing_is_lost_doubled_or_half(tmp_path: Path) -> None:
    daemon = Running(
        tmp_path,
        "[watch]\ndebounce_s = 0.05\nsettle_s = 0.2\n[import]\nmin_free_bytes = 0\n",
    )
    chance = random.Random(7)  # noqa: S311  # the same moments each time, as far as machines allow
    contents = set()
    for number in range(1, 13):
        path = song(daemon.inbox / f"{number}.mp3", f"Title {number}", number)
        contents.add(path.read_bytes())
    try:
        for _ in range(10):
            daemon.start()
            threading.Event().wait(chance.uniform(0.0, 0.5))
            daemon.kill()
        daemon.start()
        eventually(lambda: all_filed(daemon, 12), within=40)
        eventually(daemon.quiet)
        filed = [daemon.library / name for name in names(daemon.library)]
        assert {path.read_bytes() for path in filed} == contents
        assert names(daemon.inbox) == []
        half = [path for path in tree(daemon.library) if ".shelfd-" in path]
        assert half == []
        _, status = daemon.get("/v1/status")
        assert status["catalog"]["files"] == 12
    finally:
        daemon.close()


def measured(daemon: Running) -> dict[str, float]:
    """Return what Prometheus reads, summed over all labels."""
    connection = Connection(daemon.socket)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    found: dict[str, float] = {}
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def test_what_prometheus_counts_is_not_smaller_after_a_restart(daemon: Running) -> None:
    eventually(daemon.quiet)
    first = measured(daemon)
    assert daemon.stop() == 0
    daemon.start()
    eventually(daemon.quiet)

    again = measured(daemon)

    assert first["shelfd_operations_ended_total"] > 0
    counters = [name for name in first if name.endswith(("_total", "_count", "_sum", "_bucket"))]
    assert len(counters) >= 4
    assert [name for name in counters if again[name] < first[name]] == []
    assert again["shelfd_root_watches"] == first["shelfd_root_watches"] > 0
    assert again["shelfd_start_time_seconds"] > first["shelfd_start_time_seconds"]
    assert again["shelfd_resident_memory_bytes"] > 1 << 20


def test_told_to_stop_it_stops_cleanly_and_removes_its_socket(daemon: Running) -> None:
    assert daemon.stop() == 0
    assert not os.path.exists(daemon.socket)


def test_a_stream_of_events_ends_when_the_daemon_stops(daemon: Running) -> None:
    connection = Connection(daemon.socket)
    connection.request("GET", "/v1/events")
    answer = connection.getresponse()

    assert daemon.stop() == 0

    assert isinstance(answer, http.client.HTTPResponse)
    answer.read()
    connection.close()


def test_a_reload_takes_over_new_settings_and_keeps_the_old_when_they_are_bad(
    daemon: Running,
) -> None:
    _, before = daemon.get("/v1/status")
    daemon.write("[watch]\ndebouce_s = 1\n")
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: "debouce_s" in daemon.log.read_text())
    assert daemon.get("/v1/status")[1]["pid"] == before["pid"]

    more = daemon.top / "more"
    more.mkdir()
    daemon.write(f'[watch]\nsettle_s = 0.5\n[[inbox]]\npath = "{more}"\n')
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: "more" in [root["name"] for root in daemon.get("/v1/status")[1]["roots"]])
    song(more / "a.mp3", "One", 1)
    eventually(lambda: names(daemon.library), within=30)


def test_a_second_daemon_on_the_same_state_is_refused(daemon: Running) -> None:
    other = subprocess.run(
        [*daemon.program, "run", "--config", str(daemon.config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert other.returncode == 1
    assert "another shelfd is using it" in other.stderr
    assert "hint:" in other.stderr
    assert "Traceback" not in other.stderr
    assert daemon.is_ready()


def test_bad_settings_are_said_all_at_once_and_end_with_2(tmp_path: Path) -> None:
    config = tmp_path / "bad.toml"
    config.write_text('[watch]\nsettel_s = 1\ndebounce_s = "soon"\n[[library]]\nname = "x"\n')

    done = subprocess.run(
        [*Running.program, "run", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 2
    assert re.search("settel_s.*did you mean.*settle_s", done.stderr)
    assert "debounce_s" in done.stderr
    assert "library[0]" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_database_of_another_program_ends_with_1_and_stays(tmp_path: Path) -> None:
    daemon = Running(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "shelfd.db").write_bytes(b"not a database at all" * 300)
    daemon.begin()
    assert daemon.process is not None
    assert daemon.process.wait(30) == 1
    assert "damaged" in daemon.log.read_text()
    assert "Traceback" not in daemon.log.read_text()
    assert (tmp_path / "state" / "shelfd.db").read_bytes().startswith(b"not a database")
    daemon.close()


def test_a_library_that_is_not_there_is_said_and_stops_nobody(tmp_path: Path) -> None:
    daemon = Running(tmp_path)
    (daemon.library / "Books").rmdir()
    try:
        daemon.start()
        _, status = daemon.get("/v1/status")
        [books] = [root for root in status["roots"] if root["name"] == "Books"]
        assert books["state"] == "absent"
        assert status["state"] == "degraded"
        song(daemon.inbox / "a.mp3", "One", 1)
        eventually(lambda: names(daemon.library), within=30)
        assert not (daemon.library / "Books").exists()
    finally:
        daemon.close()


def operations(daemon: Running) -> list[dict[str, Any]]:
    return list(daemon.get("/v1/operations?limit=500")[1]["items"])


def test_while_something_settles_the_daemon_sleeps(tmp_path: Path) -> None:
    settings = "[watch]\ndebounce_s = 0.1\nsettle_s = 60\n[import]\nmin_free_bytes = 0\n"
    with running(tmp_path, settings) as daemon:
        song(daemon.inbox / "a.mp3", "One", 1)
        eventually(lambda: daemon.get("/v1/status")[1]["settling"])
        assert daemon.process is not None
        before = cpu_ticks(daemon.process.pid)

        threading.Event().wait(2)

        # a loop that does not sleep takes 200 of them, or what the machine has left
        assert cpu_ticks(daemon.process.pid) - before < 20


def cpu_ticks(pid: int) -> int:
    """Return the hundredths of a second that a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
