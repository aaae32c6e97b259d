"""import.conflict by the real daemon: what is replaced goes from the catalog, and an undo brings it back, also there."""

from pathlib import Path
from typing import Any

import media
from running import Running, running
from trees import names
from waiting import eventually

QUICK = "[watch]\ndebounce_s = 0.1\nsettle_s = 0.2\n"
TAGS = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}
OLD, NEW = "Ann/Some/01 One.mp3", "Ann/Some/01 One.flac"


def shelf(daemon: Running) -> list[str]:
    return names(daemon.library / "Music")


def catalogued(daemon: Running) -> list[str]:
    _status, page = daemon.get("/v1/items?kind=track")
    found: list[str] = []
    for item in page["items"]:
        _status, one = daemon.get(f"/v1/items/{item['id']}")
        # it can have made room for a better one since the list was told
        files = one.get("files", ())
        found += [Path(file["path"]).name for file in files if one["state"] == "present"]
    return found


def last_import(daemon: Running) -> dict[str, Any]:
    _status, page = daemon.get("/v1/operations?kind=import&state=completed")
    return dict(max(page["items"], key=lambda one: one["id"]))


def test_a_better_file_takes_the_place_of_a_worse_one_until_it_is_undone(tmp_path: Path) -> None:
    settings = f'{QUICK}[import]\nmin_free_bytes = 0\nconflict = "replace-better"\n'
    with running(tmp_path, settings) as daemon:
        media.mp3(daemon.inbox / "one.mp3", **TAGS)
        eventually(lambda: shelf(daemon) == [OLD])
        media.flac(daemon.inbox / "one.flac", **TAGS)
        eventually(lambda: shelf(daemon) == [NEW])
        eventually(lambda: catalogued(daemon) == ["01 One.flac"])

        number = last_import(daemon)["id"]
        undone = daemon.shelfd("undo", str(number), "--wait")

        assert undone.returncode == 0, undone.stderr
        assert shelf(daemon) == [OLD]
        eventually(lambda: catalogued(daemon) == ["01 One.mp3"])
        assert "one.flac" in names(daemon.inbox)


def test_why_says_how_what_stays_compares_with_what_is_there(tmp_path: Path) -> None:
    with running(tmp_path, f"{QUICK}[import]\nmin_free_bytes = 0\n") as daemon:
        media.flac(daemon.inbox / "one.flac", **TAGS)
        eventually(lambda: shelf(daemon) == [NEW])
        media.mp3(daemon.inbox / "one.mp3", **TAGS)
        path = str(daemon.inbox / "one.mp3")
        eventually(lambda: "refused" in daemon.shelfd("why", path).stdout)

        told = daemon.shelfd("why", path).stdout

        assert "it is there already as Ann/Some/01 One.flac" in told
        assert 'import.conflict is "skip"' in told
        assert shelf(daemon) == [NEW]
