"""A file that is somebody else's cannot be linked where the kernel protects that: it stays whole and says why, or is copied."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from running import Powerless
from trees import names
from waiting import eventually

PROTECTED = Path("/proc/sys/fs/protected_hardlinks")
ANN = 4242
SETTINGS = "[watch]\ndebounce_s = 0.1\nsettle_s = 0.5\n[import]\nmin_free_bytes = 0\n[queue]\nretries = 0\n"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not PROTECTED.exists() or PROTECTED.read_text().strip() != "1",
    reason="only root has files of others, and fs.protected_hardlinks is to be on",
)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Powerless]:
    made = Powerless(tmp_path)
    try:
        yield made
    finally:
        made.close()


def drop(daemon: Powerless, mode: str) -> None:
    """Start with this mode of the inbox, and drop a file of somebody else's."""
    daemon.write(SETTINGS)
    text = daemon.config.read_text().replace("[[inbox]]\n", f'[[inbox]]\nmode = "{mode}"\n', 1)
    daemon.config.write_text(text)
    daemon.start()
    file = media.mp3(daemon.top / "1.mp3", artist="Ann", album="Some", title="One", track="1")
    os.chown(file, ANN, ANN)
    os.rename(file, daemon.inbox / "one.mp3")


def test_where_only_a_link_will_do_it_stays_and_why_says_so(daemon: Powerless) -> None:
    drop(daemon, "hardlink")

    why = eventually(lambda: refused(daemon))

    assert "Operation not permitted" in why
    assert names(daemon.inbox) == ["one.mp3"]
    assert names(daemon.library) == []
    [operation] = daemon.get("/v1/operations?kind=import")[1]["items"]
    assert operation["state"] == "failed"
    assert "fs.protected_hardlinks" in operation["error"]["hint"]


def refused(daemon: Powerless) -> str:
    answer = daemon.shelfd("why", str(daemon.inbox / "one.mp3")).stdout
    return answer if "put back" in answer else ""


def test_where_a_copy_will_do_it_is_copied(daemon: Powerless) -> None:
    drop(daemon, "auto")

    eventually(lambda: names(daemon.library) == ["Music/Ann/Some/01 One.mp3"])
    eventually(daemon.quiet)

    assert names(daemon.inbox) == []
