"""What a person has cancelled before it began stays where it is until they say otherwise."""

from pathlib import Path

import media
from running import running
from waiting import eventually


def test_a_drop_whose_import_was_cancelled_is_not_filed_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.shelfd("pause", "--kind", "import")
        media.mp3(daemon.inbox / "one.mp3", artist="Ann", album="Some", title="One", track="1")

        def waiting() -> list[int]:
            _, found = daemon.get("/v1/operations?kind=import&state=queued")
            return [operation["id"] for operation in found["items"]]

        [number] = eventually(waiting)
        assert daemon.shelfd("cancel", str(number)).returncode == 0

        daemon.stop()
        daemon.start()
        daemon.shelfd("resume", "--kind", "import")
        daemon.shelfd("scan", "--wait")
        eventually(daemon.quiet)

        assert (daemon.inbox / "one.mp3").exists()
        _, why = daemon.get(f"/v1/why?path={daemon.inbox / 'one.mp3'}")
        assert why["state"] == "held"
        assert "was cancelled" in why["reason"]
        assert daemon.shelfd("import", str(daemon.inbox / "one.mp3"), "--wait").returncode == 0
        assert not (daemon.inbox / "one.mp3").exists()
