"""The running daemon on a disk whose bytes change by themselves, and on one that cannot be read."""

import errno
import mmap
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from running import Libraries
from system.faultfs import FaultFs

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

SONGS = 5
MARK = b"these bytes are to be found again on the disk %d"
KINDS = {"ext4": "mkfs.ext4 -q", "xfs": "mkfs.xfs -q"}


def run(*command: str | Path) -> None:
    subprocess.run([*map(str, command)], check=True, capture_output=True)


def fill(directory: Path) -> None:
    for number in range(SONGS):
        (directory / f"Artist {number}").mkdir()
        song = directory / f"Artist {number}" / "01.mp3"
        song.write_bytes(os.urandom(200_000) + MARK % number + os.urandom(100_000))


def verify(daemon: Libraries) -> tuple[int, dict[str, Any]]:
    """Verify everything, and return the exit code and the result."""
    ran = daemon.shelfd("verify", "--wait")
    [latest, *_others] = daemon.get("/v1/operations?kind=verify")[1]["items"]
    return ran.returncode, latest["result"]


@pytest.fixture(params=KINDS)
def image(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A disk with songs, as a file, mounted as `music` beside it."""
    made, music = tmp_path / "image", tmp_path / "music"
    music.mkdir()
    run("truncate", "--size", "320M", made)
    run(*KINDS[request.param].split(), made)
    run("mount", "-o", "loop", made, music)
    try:
        fill(music)
        yield made
    finally:
        subprocess.run(["umount", "--lazy", str(music)], check=False)


def flip(image: Path, number: int) -> None:
    """Change one bit of a song below its file system, or change it back, so that nothing of it hears of that."""
    with image.open("r+b") as file, mmap.mmap(file.fileno(), 0) as disk:
        end = (MARK % number)[1:]
        at = disk.find(end)
        assert at > 0
        disk[at - 1] ^= 1
        disk.flush()


def test_a_bit_that_flips_on_the_disk_is_found_also_when_memory_has_the_file_as_it_was(
    image: Path,
) -> None:
    music = image.parent / "music"
    with closing(Libraries(image.parent, {"music": music})) as daemon:
        daemon.start()
        assert daemon.shelfd("scan", "--wait").returncode == 0
        code, first = verify(daemon)
        assert (code, first["learnt"]) == (0, SONGS)
        bad, times = music / "Artist 3" / "01.mp3", (music / "Artist 3" / "01.mp3").stat()
        kept = bad.read_bytes()  # and so it is in the memory of the system
        os.sync()

        flip(image, 3)
        code, second = verify(daemon)

        assert code == 1
        assert [one["path"] for one in second["damaged"]] == [str(bad)]
        assert second["verified"] == SONGS - 1
        assert bad.stat()[6:] == times[6:], "of all that stat says nothing has changed"

        flip(image, 3)
        code, third = verify(daemon)
        assert (code, third["verified"]) == (0, SONGS)
        assert daemon.status()["checks"] == []
        assert bad.read_bytes() == kept


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[FaultFs]:
    source, music = tmp_path / "source", tmp_path / "music"
    source.mkdir()
    music.mkdir()
    fill(source)
    with closing(FaultFs(source, music)) as disk:
        yield disk


def test_what_cannot_be_read_is_named_and_the_rest_is_compared(
    failing: FaultFs, tmp_path: Path
) -> None:
    with closing(Libraries(tmp_path, {"music": tmp_path / "music"})) as daemon:
        daemon.start()
        assert daemon.shelfd("scan", "--wait").returncode == 0
        assert verify(daemon)[0] == 0

        with failing.fault("read", "Artist 2/*", errno.EIO):
            code, result = verify(daemon)

        assert code == 1
        [named] = result["unreadable"]
        assert named["path"] == str(tmp_path / "music" / "Artist 2" / "01.mp3")
        assert "Input/output error" in named["reason"]
        assert (result["verified"], result["damaged_files"]) == (SONGS - 1, 0)
        code, result = verify(daemon)
        assert (code, result["verified"]) == (0, SONGS)
