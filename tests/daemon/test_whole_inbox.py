"""An import of a whole inbox, by the real command: what waits already is part of it, and is said."""

import json
from pathlib import Path
from typing import Any

import media
from running import Running, running
from trees import names
from waiting import eventually

PATIENT = "[watch]\ndebounce_s = 0.1\nsettle_s = 3600\n[import]\nmin_free_bytes = 0\n"
"""Nothing is filed but what the test asks for."""


def song(path: Path, title: str, track: int) -> None:
    media.mp3(path, artist="Ann", album="Some", title=title, track=str(track))


def imports(daemon: Running) -> list[dict[str, Any]]:
    _status, page = daemon.get("/v1/operations?kind=import&state=queued")
    return list(page["items"])


def test_what_the_watcher_has_queued_is_counted_and_waited_for(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.post("/v1/queue/pause", {"kind": "import"})
        song(daemon.inbox / "one.mp3", "One", 1)
        song(daemon.inbox / "two.mp3", "Two", 2)
        eventually(lambda: len(imports(daemon)) == 2)
        queued = {one["id"] for one in imports(daemon)}
        asked = json.loads(daemon.shelfd("import", str(daemon.inbox), "--json").stdout)
        # by itself nothing else is paused: who waits for it waits for both
        daemon.post("/v1/queue/resume", {})
        follower = daemon.shelfd("scan", "--after", str(asked["id"]), "--wait")

        _status, whole = daemon.get(f"/v1/operations/{asked['id']}")
        listed = daemon.shelfd("operations", "--parent", str(asked["id"])).stdout
        shown = daemon.shelfd("operation", str(asked["id"])).stdout

        assert follower.returncode == 0, follower.stderr
        assert (whole["state"], whole["result"]["parts"]) == ("completed", 2)
        assert f"  2 parts: 2 completed\n  `shelfd operations --parent {asked['id']}`" in shown
        assert {int(line.split()[0]) for line in listed.splitlines()} == queued
        assert names(daemon.library / "Music") == [
            "Ann/Some/01 One.mp3",
            "Ann/Some/02 Two.mp3",
        ]


def test_a_dry_run_shows_the_plan_of_each_part_and_why_one_has_none(tmp_path: Path) -> None:
    with running(tmp_path, PATIENT) as daemon:
        song(daemon.inbox / "one.mp3", "One", 1)
        song(daemon.inbox / "two.mp3", "Two", 2)

        well = daemon.shelfd("import", str(daemon.inbox), "--dry-run")
        (daemon.inbox / "what.bin").write_bytes(b"?" * 100)
        badly = daemon.shelfd("import", str(daemon.inbox), "--dry-run")

        assert (well.returncode, well.stderr) == (0, "")
        for name in ("01 One.mp3", "02 Two.mp3"):
            assert f"  becomes {daemon.library}/Music/Ann/Some/{name}" in well.stdout
            assert f"  becomes {daemon.library}/Music/Ann/Some/{name}" in badly.stdout
        assert badly.returncode == 1
        assert f"{daemon.inbox}/what.bin\n  what.bin stays\n    it is no file" in badly.stdout
        assert badly.stderr.startswith(
            f"shelfd: {daemon.inbox}: 1 of 3 imports have not ended well\n"
            "hint: `shelfd operations --parent "
        )
        assert names(daemon.library) == []
