"""Real SIGKILL at each system call by which an import, a replacement and an undo change files; then a restart.

On ext4, XFS and btrfs. A run takes a sample of the points; `KILL_POINTS_EVERY=1` takes all of them.
"""

import collections
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import Operation
from shelfd.core.settings import Import, Mode
from shelfd.store import operations
from trees import names, tree

pytestmark = [pytest.mark.system, pytest.mark.timeout(3600)]

EVERY = int(os.environ.get("KILL_POINTS_EVERY", "61"))
CALLS = (
    "mkdir,mkdirat,rename,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,ftruncate,ioctl,"
    "utimensat,fchmod,fsync,fdatasync,sync_file_range"
)
RUN = """
import sys
from pathlib import Path
from household import Household
from shelfd.core.settings import Import
home = Household(Path(sys.argv[1]), mode=sys.argv[2], filing=Import(conflict="replace-better"))
if sys.argv[3] == "undo":
    home.undo(home.imports()[-1].id)
else:
    home.settle()
"""
TAGS = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}


@pytest.fixture(scope="module", params=["ext4", "xfs", "btrfs"])
def volume(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Mount a new file system of each sort."""
    top = tmp_path_factory.mktemp(str(request.param))
    image, point = top / "image", top / "point"
    point.mkdir()
    with image.open("wb") as file:
        file.truncate(512 << 20)
    subprocess.run(
        [f"mkfs.{request.param}", "-q", str(image)], check=True, stdout=subprocess.DEVNULL
    )
    subprocess.run(["mount", "-o", "loop", str(image), str(point)], check=True)
    try:
        yield point
    finally:
        subprocess.run(["umount", str(point)], check=True)


def begun(top: Path, what: str, mode: Mode) -> None:
    """Make a household in which an import, a replacement or an undo is the next thing that happens."""
    top.mkdir()
    home = Household(top, mode=mode, filing=Import(conflict="replace-better"))
    album = home.inbox / "Album"
    album.mkdir()
    media.mp3(album / "1.mp3", **TAGS)
    (album / "cover.jpg").write_bytes(media.jpeg())
    if what != "import":
        home.settle()
        media.flac(home.inbox / "one.flac", **TAGS)
    if what == "undo":
        home.settle()
    home.close()


def traced(top: Path, what: str, mode: Mode, *options: str) -> None:
    subprocess.run(
        [
            "strace",
            "-f",
            "-qq",
            "--seccomp-bpf",
            *options,
            sys.executable,
            "-c",
            RUN,
            str(top),
            mode,
            what,
        ],
        check=False,
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
    )


def kill_points(top: Path, what: str, mode: Mode) -> list[tuple[str, int]]:
    """Return a sample of the moments to kill at, as the n-th of a call; it has happened at `top` then."""
    trace = top.parent / "trace"
    traced(top, what, mode, "-o", str(trace), "-e", f"trace={CALLS}")
    counted = collections.Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))
    points = [(call, at) for call, count in sorted(counted.items()) for at in range(1, count + 1)]
    assert len(points) > 20
    return points[::EVERY]


@pytest.mark.parametrize(
    ("what", "mode"),
    [
        ("import", "copy"),
        ("import", "move"),
        ("import", "hardlink"),
        ("import", "auto"),
        ("replacement", "copy"),
        ("undo", "copy"),
        ("undo", "move"),
    ],
)
def test_a_real_kill_at_a_call_leaves_nothing_half(volume: Path, what: str, mode: Mode) -> None:
    whole = volume / "whole"
    begun(whole, what, mode)
    before = shelved(whole)
    points = kill_points(whole, what, mode)
    after = shelved(whole)
    assert after != before

    for call, at in points:
        top = volume / "killed"
        begun(top, what, mode)
        inject = f"inject={call}:signal=KILL:when={at}"
        traced(top, what, mode, "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)
        home = Household(top, mode=mode, filing=Import(conflict="replace-better"))
        home.settle()
        home.clock.now += 20
        home.work()
        asked = any(one.kind == "undo" for one in operations_of(home))
        expected = after if what != "undo" or asked else before
        assert shelved(top) == expected, (call, at)
        assert home.open_steps() == 0, (call, at)
        assert not [path for path in tree(top / "library") if path.endswith(".tmp")], (call, at)
        home.close()
        shutil.rmtree(top)
    sys.stdout.write(f"{len(points)} points\n")
    shutil.rmtree(whole)


def operations_of(home: Household) -> list[Operation]:
    return operations.page(home.db.read())


def shelved(top: Path) -> list[tuple[str, int]]:
    """Return what lies in the library and the inbox, with sizes; not what is in a trash."""
    return [
        (f"{part}/{name}", (top / part / name).stat().st_size)
        for part in ("library", "inbox")
        for name in names(top / part)
    ]
