"""Real SIGKILL at each system call by which an import changes files; then a restart."""

import collections
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.settings import Mode
from trees import names, tree

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

CALLS = "mkdir,rename,renameat2,link,linkat,symlink,symlinkat,unlink,rmdir,ftruncate,ioctl,utimensat,fchmod,fsync"
IMPORT = """
import sys
from pathlib import Path
from household import Household
household = Household(Path(sys.argv[1]), mode=sys.argv[2])
open(sys.argv[1] + "/begun", "w").close()
household.settle()
"""


def drop(top: Path) -> None:
    household = Household(top)
    album = household.inbox / "Album"
    album.mkdir()
    media.mp3(album / "1.mp3", artist="Ann", album="Some", title="One", track="1")
    (album / "cover.jpg").write_bytes(media.jpeg())
    household.close()


def traced(top: Path, mode: Mode, *options: str) -> None:
    subprocess.run(
        [
            "strace",
            "-f",
            "-qq",
            "--seccomp-bpf",
            *options,
            sys.executable,
            "-c",
            IMPORT,
            str(top),
            mode,
        ],
        check=False,
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
    )


def kill_points(dropped: Path, top: Path, mode: Mode) -> list[tuple[str, int]]:
    """Return a sample of the moments to kill at, as the n-th of a call: every fourth one of all of them."""
    shutil.copytree(dropped, top, symlinks=True)
    trace = top.parent / "trace"
    traced(top, mode, "-o", str(trace), "-e", f"trace={CALLS}")
    counted = collections.Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))
    points = [(call, at) for call, count in sorted(counted.items()) for at in range(1, count + 1)]
    assert len(points) > 20
    return points[::4]


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_a_real_kill_at_a_call_leaves_nothing_half(mode: Mode, tmp_path: Path) -> None:
    dropped = tmp_path / "dropped"
    dropped.mkdir()
    drop(dropped)
    points = kill_points(dropped, tmp_path / "counted", mode)
    after = names(tmp_path / "counted" / "library")
    assert len(after) == 2

    for call, at in points:
        top = tmp_path / f"{call}-{at}"
        shutil.copytree(dropped, top, symlinks=True)
        traced(
            top,
            mode,
            "-o",
            "/dev/null",
            "-e",
            f"trace={call}",
            "-e",
            f"inject={call}:signal=KILL:when={at}",
        )
        household = Household(top, mode=mode)
        household.settle()
        household.clock.now += 20
        household.work()
        assert names(top / "library") == after, (call, at)
        assert names(top / "inbox") == [], (call, at)
        assert household.open_steps() == 0, (call, at)
        assert not [path for path in tree(top / "library") if ".shelfd-" in path], (call, at)
        household.close()
        shutil.rmtree(top)
