"""Memory is short for the running daemon: it says so, goes on with less, and says when it is over."""

import signal
from contextlib import closing
from pathlib import Path

import media
from running import Connection, Running, running
from waiting import eventually

SONGS = 200


def budget(daemon: Running, number: int) -> None:
    """Have the daemon take over a budget."""
    daemon.write("")
    text = daemon.config.read_text()
    daemon.config.write_text(text.replace("[daemon]", f"[daemon]\nmemory_budget_bytes = {number}"))
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGHUP)


def short(daemon: Running) -> bool:
    """Say whether status tells that memory is short."""
    _, status = daemon.get("/v1/status")
    found = [check for check in status["checks"] if check["check"] == "memory"]
    for check in found:
        assert check["severity"] == "warn"
        assert "daemon.memory_budget_bytes allows; what a scan takes" in check["message"]
        assert status["state"] == "degraded"
    return bool(found)


def level(daemon: Running) -> list[str]:
    """Return the samples of the gauge that are 1."""
    with closing(Connection(daemon.socket)) as connection:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    return [
        one for one in lines if one.startswith("shelfd_memory_pressure") and one.endswith("1.0")
    ]


def test_a_budget_that_is_used_up_is_told_of_while_it_lasts_and_stops_no_scan(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as daemon:
        assert not short(daemon)
        assert level(daemon) == ['shelfd_memory_pressure{level="none"} 1.0']

        budget(daemon, 16 << 20)
        eventually(lambda: short(daemon))
        song = media.mp3(tmp_path / "song.mp3", artist="Ann", album="Some", title="One")
        album = daemon.library / "Music/Ann/Some"
        album.mkdir(parents=True)
        for number in range(SONGS):
            (album / f"{number:03}.mp3").write_bytes(song.read_bytes() + bytes([number]))
        assert daemon.shelfd("scan", "--wait").returncode == 0
        assert daemon.get("/v1/status")[1]["catalog"]["files"] == SONGS
        assert level(daemon) == ['shelfd_memory_pressure{level="high"} 1.0']

        budget(daemon, 0)
        eventually(lambda: not short(daemon))
        log = daemon.log.read_text()
        assert log.count("memory is short") == log.count("memory is no longer short") == 1
