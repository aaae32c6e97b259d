"""A mount that makes one of an inbox and a library is found before anything is moved."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from running import PROGRAM, Running
from trees import tree

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


@pytest.fixture(params=["inbox", "inbox/films"])
def bound(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    """A daemon that is not started, whose music is mounted at the inbox or below it."""
    daemon = Running(tmp_path)
    point = tmp_path / request.param
    point.mkdir(exist_ok=True)
    subprocess.run(["mount", "--bind", daemon.library / "Music", point], check=True)
    try:
        yield daemon
    finally:
        subprocess.run(["umount", point], check=True)


def test_a_bind_mount_of_a_library_in_an_inbox_is_refused(bound: Running) -> None:
    album = bound.library / "Music" / "Ann" / "Some"
    album.mkdir(parents=True)
    media.mp3(album / "01 One.mp3", artist="Ann", album="Some", title="One", track="1")
    before = tree(bound.library)

    ran = subprocess.run(
        [*PROGRAM, "run", "--config", str(bound.config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 2
    assert "inbox[0].path" in ran.stderr
    assert "library[2].path" in ran.stderr
    assert tree(bound.library) == before
