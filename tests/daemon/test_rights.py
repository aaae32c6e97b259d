"""A daemon without the powers of root gives the modes and the group of its settings where it may, and says where it may not."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from running import Powerless
from waiting import eventually

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may have other groups")

OWN, SHARED, FOREIGN, ANN = 0, 4711, 4712, 4242
"""The daemon's group, one that it is also in, one that it is not, and another user; no account needs to have them."""
SETTINGS = "[watch]\ndebounce_s = 0.1\nsettle_s = 0.5\n[import]\nmin_free_bytes = 0\n"


class Sharing(Powerless):
    """A daemon that is also in another group."""

    groups = f"{SHARED}"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Powerless]:
    made = Sharing(tmp_path)
    try:
        yield made
    finally:
        made.close()


def settled(daemon: Powerless, more: str) -> None:
    daemon.write(SETTINGS + more)
    text = daemon.config.read_text().replace("[[inbox]]\n", '[[inbox]]\nmode = "move"\n', 1)
    daemon.config.write_text(text)


def drop(daemon: Powerless) -> Path:
    file = daemon.inbox / "one.mp3"
    media.mp3(daemon.top / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    (daemon.top / "one.mp3").chmod(0o640)
    os.rename(daemon.top / "one.mp3", file)
    return file


def filed(daemon: Powerless) -> Path:
    file = daemon.library / "Music/Ann/Some/01 One.mp3"
    eventually(lambda: file.exists() and daemon.quiet())
    return file


def owned(path: Path) -> tuple[int, int]:
    return stat.S_IMODE(path.stat().st_mode), path.stat().st_gid


def imported(daemon: Powerless) -> int:
    _status, answer = daemon.get("/v1/operations?kind=import")
    return int(answer["items"][0]["id"])


def said(daemon: Powerless) -> list[dict[str, Any]]:
    """Return what the log of the import says of modes and groups."""
    _status, answer = daemon.get(f"/v1/operations/{imported(daemon)}/log")
    return [line for line in answer["items"] if "group" in line["message"]]


def test_a_group_that_the_daemon_is_in_is_given_and_taken_back(daemon: Powerless) -> None:
    settled(daemon, f'file_mode = "0664"\ndir_mode = "2775"\ngroup = "{SHARED}"\n')
    daemon.start()
    file = drop(daemon)

    there = filed(daemon)

    assert owned(there) == (0o664, SHARED)
    assert owned(there.parent) == (0o2775, SHARED)
    assert daemon.get("/v1/status")[1]["checks"] == []
    assert daemon.shelfd("undo", str(imported(daemon)), "--wait").returncode == 0
    assert owned(file) == (0o640, OWN)


def test_a_group_that_it_is_not_in_is_said_and_the_file_is_filed(daemon: Powerless) -> None:
    settled(daemon, f'file_mode = "0664"\ngroup = "{FOREIGN}"\n')
    daemon.start()
    drop(daemon)

    assert owned(filed(daemon)) == (0o664, OWN)
    [wrong] = daemon.get("/v1/status")[1]["checks"]
    assert wrong["check"] == "rights"
    assert f"root is not in the group {FOREIGN}" in wrong["message"]
    assert wrong["fix"].startswith(f"usermod -aG {FOREIGN} root")
    assert "Operation not permitted" in str(said(daemon))


def test_a_file_of_somebody_else_is_filed_as_it_is(daemon: Powerless) -> None:
    settled(daemon, 'file_mode = "0664"\n')
    daemon.start()
    media.mp3(daemon.top / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    os.chown(daemon.top / "one.mp3", ANN, ANN)
    os.rename(daemon.top / "one.mp3", daemon.inbox / "one.mp3")

    assert owned(filed(daemon)) == (0o644, ANN)
    assert "Operation not permitted" in str(said(daemon))


def test_a_file_that_is_seeded_is_filed_as_it_is(daemon: Powerless) -> None:
    settled(daemon, f'file_mode = "0664"\ngroup = "{SHARED}"\n')
    daemon.start()
    media.mp3(daemon.top / "seed.mp3", artist="Ann", album="Some", title="One", track="1")
    (daemon.top / "seed.mp3").chmod(0o640)
    os.link(daemon.top / "seed.mp3", daemon.inbox / "one.mp3")

    assert owned(filed(daemon)) == (0o640, OWN)
    assert owned(daemon.top / "seed.mp3") == (0o640, OWN)
    assert "since it has other names" in str(said(daemon))
