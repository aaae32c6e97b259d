"""`shelfd import --organize` by the real command and the real socket: planned, done, killed in the midst, cancelled, undone."""

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from running import Running, running
from trees import names, tree
from waiting import eventually

ALBUMS, SONGS = 40, 3


def song(path: Path, album: str, title: str, track: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, artist="Ann", album=album, title=title, track=str(track))


def albums(music: Path, number: int) -> None:
    """Albums in directories as a download has them, each with a file that nobody understands."""
    for album in range(number):
        home = music / f"ann_-_album_{album}-2020-grp"
        for track in range(1, SONGS + 1):
            song(home / f"{track:02}-ann-song_{track}.mp3", f"Album {album}", f"S{track}", track)
        (home / "00-info.xyz").write_text(f"info {album}")


def tidy(number: int) -> list[str]:
    return sorted(
        f"Ann/Album {album}/{name}"
        for album in range(number)
        for name in (*(f"0{track} S{track}.mp3" for track in range(1, SONGS + 1)), "00-info.xyz")
    )


def contents(top: Path) -> Counter[str]:
    return Counter(hashlib.sha256((top / name).read_bytes()).hexdigest() for name in names(top))


def whole(daemon: Running, number: int) -> dict[str, Any]:
    status, found = daemon.get(f"/v1/operations/{number}")
    assert status == 200
    return dict(found)


def items(daemon: Running) -> list[tuple[int, str, str, str]]:
    _status, page = daemon.get("/v1/items?limit=500")
    return [(one["id"], one["kind"], one["title"], one["added_at"]) for one in page["items"]]


def known(daemon: Running) -> None:
    """Have all that lies in the libraries in the catalog."""
    scanned = daemon.shelfd("scan", "--wait")
    assert scanned.returncode == 0, scanned.stderr
    eventually(daemon.quiet)


def scans(daemon: Running) -> list[int]:
    _status, page = daemon.get("/v1/operations?kind=scan&limit=500")
    return [one["id"] for one in page["items"]]


def ended(daemon: Running, number: int) -> bool:
    return whole(daemon, number)["finished_at"] is not None


def has_done(daemon: Running, number: int, most: int) -> bool:
    """Say whether so many parts have ended well."""
    _status, page = daemon.get(f"/v1/operations?parent={number}&state=completed&limit=500")
    return len(page["items"]) >= most


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as daemon:
        yield daemon


def test_a_dry_run_prints_the_plan_and_tells_it_to_programs(daemon: Running) -> None:
    music = daemon.library / "Music"
    albums(music, 2)
    (music / "odd").mkdir()
    media.mp3(music / "odd" / "what.mp3")
    song(music / "Ann" / "Right" / "01 Yes.mp3", "Right", "Yes", 1)
    before = tree(music)

    shown = daemon.shelfd("import", "--organize", str(music), "--dry-run")
    told = json.loads(daemon.shelfd("import", "--organize", "Music", "--dry-run", "--json").stdout)

    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"{music}/ann_-_album_1-2020-grp\n  becomes {music}/Ann/Album 1\n" in shown.stdout
    assert "  title and artist in the tags\n" in shown.stdout
    assert "    ann_-_album_1-2020-grp/01-ann-song_1.mp3 -> Ann/Album 1/01 S1.mp3\n" in shown.stdout
    assert f"{music}: 2 items would move (8 files), 1 right already, 1 left as" in shown.stdout
    moves = [move["target"] for item in told["result"]["items"] for move in item["moves"]]
    assert sorted(moves) == tidy(2)
    assert [one["path"] for one in told["result"]["stays"]] == ["odd"]
    assert tree(music) == before


def test_the_catalog_follows_without_a_scan_and_an_undo_puts_all_of_it_back(
    daemon: Running,
) -> None:
    music = daemon.library / "Music"
    albums(music, 2)
    known(daemon)
    before, catalog, seen = tree(music), items(daemon), scans(daemon)

    done = daemon.shelfd("import", "--organize", str(music), "--wait")

    assert done.returncode == 0, done.stderr
    assert f"{music}: 2 items moved (8 files), 0 right already" in done.stdout
    assert (names(music), items(daemon)) == (tidy(2), catalog)
    number = next(
        one["id"]
        for one in daemon.get("/v1/operations?kind=import")[1]["items"]
        if one["parent"] is None
    )
    assert whole(daemon, number)["undoable"]
    undone = daemon.shelfd("undo", str(number), "--wait")
    eventually(daemon.quiet)
    assert undone.returncode == 0, undone.stderr
    assert (tree(music), items(daemon)) == (before, catalog)
    assert not whole(daemon, number)["undoable"]
    assert scans(daemon) == seen  # its own events are no news


@pytest.mark.timeout(300)
def test_killed_in_the_midst_it_goes_on_under_its_id_and_all_files_are_there(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as daemon:
        music = daemon.library / "Music"
        albums(music, ALBUMS)
        known(daemon)
        before, there, catalog = tree(music), contents(music), items(daemon)

        _status, asked = daemon.post(
            "/v1/operations", {"kind": "import", "path": str(music), "organize": True}
        )
        number = asked["id"]
        for most in (2, 8, 20):
            eventually(functools.partial(has_done, daemon, number, most), within=30)
            daemon.kill()
            assert contents(music) == there
            daemon.start()
        eventually(lambda: ended(daemon, number), within=60)

        found = whole(daemon, number)
        assert (found["state"], found["result"]["completed"]) == ("completed", ALBUMS)
        assert names(music) == tidy(ALBUMS)
        assert contents(music) == there
        assert items(daemon) == catalog
        undone = daemon.shelfd("undo", str(number), "--wait")
        assert undone.returncode == 0, undone.stderr
        assert tree(music) == before


@pytest.mark.timeout(300)
def test_cancelled_it_stops_between_two_items_and_what_was_moved_can_be_put_back(
    daemon: Running,
) -> None:
    music = daemon.library / "Music"
    albums(music, ALBUMS)
    known(daemon)
    before, there = tree(music), contents(music)
    _status, asked = daemon.post(
        "/v1/operations", {"kind": "import", "path": str(music), "organize": True}
    )
    number = asked["id"]
    eventually(lambda: has_done(daemon, number, 2), within=30)

    cancelled = daemon.shelfd("cancel", str(number))
    eventually(lambda: ended(daemon, number) and daemon.quiet(), within=30)

    assert cancelled.returncode == 0, cancelled.stderr
    assert whole(daemon, number)["state"] == "cancelled"
    assert contents(music) == there
    halves = {str(Path(name).parent) for name in names(music)}
    assert 2 < len(halves) == ALBUMS  # no album is in two places
    undone = daemon.shelfd("undo", str(number), "--wait")
    assert undone.returncode == 0, undone.stderr
    assert tree(music) == before


def test_only_what_lies_in_a_library_is_organized_and_never_by_a_mode(daemon: Running) -> None:
    outside = daemon.shelfd("import", "--organize", str(daemon.inbox), "--dry-run")
    modal = daemon.shelfd("import", "--organize", "Music", "--mode", "copy")
    nowhere = daemon.shelfd("import", "--organize", str(daemon.library / "Music" / "none"))

    assert outside.returncode != 0
    assert "it lies in no library of the settings" in outside.stderr
    assert "what is organized is renamed, whatever the mode" in modal.stderr
    assert "there is no such file or directory" in nowhere.stderr
