"""Three scans at once, asked for and followed with curl alone: tests/system/three_scans.sh."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from running import Libraries
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

SCRIPT = Path(__file__).with_name("three_scans.sh")
ARTISTS, ALBUMS, SONGS = 10, 50, 24
"""Read by one process, they take some seconds: a scan tells at most once a second how far it is."""
ONE_PROCESS = "[scan]\nprobe_processes = 1\n"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Libraries]:
    """A daemon that has looked at a library of some hundred directories, and rests."""
    library = tmp_path / "music"
    song = media.mp3(tmp_path / "song.mp3", artist="Ann", album="Some", title="One", track="1")
    for artist in range(ARTISTS):
        for album in range(ALBUMS):
            directory = library / f"Artist {artist}" / f"Album {album}"
            directory.mkdir(parents=True)
            for number in range(SONGS):
                shutil.copy(song, directory / f"{number}.mp3")
    daemon = Libraries(tmp_path, {"music": library}, ONE_PROCESS)
    try:
        daemon.start()
        eventually(lambda: daemon.quiet() and daemon.root("music")["last_scan_at"], within=60)
        yield daemon
    finally:
        daemon.close()


def test_three_scans_have_three_ids_and_run_in_order(daemon: Libraries) -> None:
    library = daemon.libraries["music"]
    artist = library / "Artist 1"

    ended = subprocess.run(
        [SCRIPT, daemon.socket, artist / "Album 1", artist, library],
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )

    assert ended.returncode == 0, ended.stderr
    *_, last = ended.stdout.splitlines()
    assert len(ended.stdout.splitlines()) == 3
    everything = ARTISTS * ALBUMS + ARTISTS + 1
    assert last.endswith(f"the last of them {everything} of {everything}")
    assert int(last.partition(" with ")[2].split()[0]) > 1


def test_the_script_says_what_it_misses(daemon: Libraries) -> None:
    nothing = daemon.libraries["music"] / "nothing"

    ended = subprocess.run(
        [SCRIPT, daemon.socket, nothing, nothing, nothing],
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )

    assert ended.returncode == 1
    assert f"the scan of {nothing} was refused: " in ended.stderr
    assert '"code":"no_such_path"' in ended.stderr
