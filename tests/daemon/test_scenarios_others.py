"""What the tests of paperless-ngx, audiobookshelf, autoscan and Jellyfin demand, shown on the running daemon."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from running import Running
from scenarios import QUIET_S, Scene, song
from trees import names
from waiting import eventually

FULL = (
    "CREATE TRIGGER full BEFORE INSERT ON operations BEGIN SELECT RAISE(ABORT, 'the disk is full');"
    " END"
)


def drop(daemon: Running, name: str, artist: str) -> None:
    song(daemon.inbox / name, artist=artist, album="Some", title="One", track="1")


def filed(daemon: Running, artist: str) -> bool:
    return (daemon.library / "Music" / artist / "Some" / "01 One.mp3").exists()


def execute(daemon: Running, statement: str) -> None:
    """Change the database behind the back of its daemon."""
    path = daemon.top / "state" / "shelfd.db"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as db:
        db.execute(statement)
        db.commit()


def why(daemon: Running, path: object) -> tuple[str, str]:
    answer = daemon.get(f"/v1/why?path={quote(str(path))}")[1]
    return answer["state"], answer["reason"]


def test_pl11_what_could_not_be_queued_is_queued_later_and_stops_no_other(hasty: Running) -> None:
    execute(hasty, FULL)
    try:
        drop(hasty, "first.mp3", "First")
        eventually(lambda: "changes could not be handed over" in hasty.log.read_text())
    finally:
        execute(hasty, "DROP TRIGGER full")
    drop(hasty, "second.mp3", "Second")

    eventually(lambda: filed(hasty, "First") and filed(hasty, "Second"))


def test_pl12_names_of_systems_are_passed_over_and_one_that_is_only_like_them_is_not(
    hasty: Running,
) -> None:
    passed_over = [
        *(".DS_Store", "._x.pdf", "Thumbs.db", "desktop.ini", ".stfolder/x.mp3"),
        *(".stversions/x.mp3", "@eaDir/x.mp3", "__MACOSX/x.mp3"),
    ]
    for path in passed_over:
        drop(hasty, path, "Hidden")
    (hasty.inbox / "stfolder.pdf").write_bytes(b"%PDF-1.4\n")
    drop(hasty, "stfolder.mp3", "Seen")
    eventually(lambda: filed(hasty, "Seen"))
    eventually(lambda: why(hasty, hasty.inbox / "stfolder.pdf")[0] == "review")

    assert {why(hasty, hasty.inbox / path)[0] for path in passed_over} == {"ignored"}
    assert not filed(hasty, "Hidden")
    waiting = {item["path"] for item in hasty.get("/v1/status")[1]["settling"]}
    assert waiting <= {str(hasty.inbox / "stfolder.pdf")}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a.mp3.part", ".part marks what is still being written"),
        ("a.mp3.tmp", ".tmp marks what is still being written"),
        ("a.mp3.crdownload", ".crdownload marks what is still being written"),
        ("a.mp3.download", ".download marks what is still being written"),
        ("a.mp3.temp", ".temp marks what is still being written"),
        ("a.mp3.bak", ".bak marks what was set aside"),
        ("a.mp3.old", ".old marks what was set aside"),
        (".a.mp3", "its name is hidden"),
        (".album/a.mp3", ".album: its name is hidden"),
        ("@eaDir/a.mp3", "@eaDir: it belongs to the system"),
    ],
)
def test_ab2_what_is_passed_over_in_a_library_says_why(
    scene: Scene, path: str, reason: str
) -> None:
    scene.song(path)
    scene.song("b.mp3")

    scene.knows("b.mp3")
    state, said = why(scene.daemon, scene.top / path)
    assert state == "ignored"
    assert said.endswith(reason)


def test_ab3_what_is_modified_in_place_is_no_less_a_change_than_what_came(scene: Scene) -> None:
    scene.has("a.mp3")
    before = scene.files()["a.mp3"]
    with (scene.top / "a.mp3").open("ab") as file:
        file.write(b"more")

    eventually(lambda: scene.files()["a.mp3"].size == before.size + 4)
    assert scene.item("a.mp3") == before.item


def test_as1_only_a_directory_that_has_been_quiet_is_taken(slow: Scene) -> None:
    slow.has("noisy/a.mp3", "quiet/a.mp3")
    before = slow.last()
    slow.song("quiet/b.mp3")
    while not slow.scans(before):
        with (slow.top / "noisy" / "a.mp3").open("ab") as file:
            file.write(b"more")
        threading.Event().wait(QUIET_S / 8)
    slow.catches_up()

    assert slow.paths(before) == [(slow.at("quiet"), False), (slow.at("noisy"), False)]


@pytest.fixture
def paused(scene: Scene) -> Iterator[Scene]:
    scene.has("one/a.mp3", "two/a.mp3")
    scene.daemon.post("/v1/queue/pause", {})
    yield scene
    scene.daemon.post("/v1/queue/resume", {})


def test_as2_a_directory_that_waits_is_one_operation_however_often_something_happens_in_it(
    paused: Scene,
) -> None:
    before = paused.last()
    for name in ("b", "c", "d"):
        paused.song(f"one/{name}.mp3")
        paused.song(f"two/{name} is heard.mp3")
        eventually(lambda: len(paused.scans(before)) >= 2)
    # who asks has an operation of their own to wait for, and it comes first
    asked: dict[str, object] = {"kind": "scan", "path": str(paused.top / "one")}
    number = paused.daemon.post("/v1/operations", asked)[1]["id"]

    scans = paused.scans(before)
    assert sorted(scan.path for scan in scans) == [paused.at("one"), paused.at("two")]
    assert paused.daemon.get("/v1/status")[1]["queue"]["next"] is None  # as long as all is paused
    paused.daemon.post("/v1/queue/resume", {})
    first = paused.ended(number)
    assert first["priority"] == 3
    for scan in scans:
        later = paused.ended(scan.number)
        assert (later["priority"], later["started_at"] >= first["started_at"]) == (5, True)


def test_as3_of_two_that_wait_only_the_one_that_is_cancelled_goes(paused: Scene) -> None:
    before = paused.last()
    for name in ("one", "two"):
        paused.song(f"{name}/b.mp3")
    eventually(lambda: len(paused.scans(before)) == 2)
    one, two = sorted(paused.scans(before), key=lambda scan: scan.path)

    status, _ = paused.daemon.request("DELETE", f"/v1/operations/{one.number}")

    assert status == 200
    assert paused.ended(one.number)["state"] == "cancelled"
    assert paused.daemon.get(f"/v1/operations/{two.number}")[1]["state"] == "queued"
    paused.daemon.post("/v1/queue/resume", {})
    assert paused.ended(two.number)["state"] == "completed"
    paused.knows("one", "one/a.mp3", "two", "two/a.mp3", "two/b.mp3")


def test_jf2_what_jellyfin_passes_over_is_no_news(slow: Scene) -> None:
    slow.knows()
    before = slow.last()
    hidden = (".a.mp3", "#recycle/a.mp3", "@eaDir/a.mp3", "lost+found/a.mp3", "A.trickplay/a.mp3")
    for path in hidden:
        slow.song(path)

    slow.knows()
    assert slow.paths(before) == []
    assert {why(slow.daemon, slow.top / path)[0] for path in hidden} == {"ignored"}


def test_jf2_what_shelfd_has_not_finished_is_hidden_from_players(hasty: Running) -> None:
    seen: set[str] = set()
    hidden = hasty.inbox / ".making"
    hidden.mkdir()
    album = hidden / "Album"
    for number in range(1, 20):
        song(album / f"{number}.mp3", artist="Eve", album="Made", title="T", track=str(number))
    album.rename(hasty.inbox / "Album")

    def complete() -> bool:
        there = names(hasty.library / "Music" / "Eve")
        seen.update(there)
        return len(there) == 19

    eventually(complete)
    assert seen == {f"Made/{number:02} T.mp3" for number in range(1, 20)}
