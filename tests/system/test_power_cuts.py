"""A power cut at any change of files, or commit, of an import, a replacement and an undo, on XFS; then a restart.

The file system is shut down without writing its log (XFS_IOC_GOINGDOWN): all that was not made durable is gone, as when
the power fails. A run takes a sample; `make crash` cuts at each of them.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crashes import Case, shelved, unfinished

pytestmark = [pytest.mark.system, pytest.mark.timeout(7200)]

EVERY = int(os.environ.get("POWER_CUTS_EVERY", "47"))
RUN = """
import fcntl, json, os, struct, sys
from pathlib import Path
from crashes import Case
from stopping import Killed, StoppingDisk

GOINGDOWN, NO_LOG_FLUSH = 0x8004587D, 2
case = Case(*json.loads(sys.argv[2]))
top, at, when = Path(sys.argv[1]), int(sys.argv[3]), sys.argv[4]

def cut():
    fcntl.ioctl(os.open(top, os.O_RDONLY), GOINGDOWN, struct.pack("I", NO_LOG_FLUSH))
    os._exit(9)

class Cutting(StoppingDisk):
    def __init__(self):
        super().__init__(at if when != "commit" else None, after=when == "after")

disk = Cutting()
home = case.household(top, disk)
commits = [0]

def committed():
    commits[0] += 1
    if when == "commit" and commits[0] == at:
        cut()

home.db.committed.append(committed)
try:
    case.go_on(home)
except Killed:
    cut()
print(disk.count, commits[0])
"""
CASES = [
    Case("import", "copy", notes=True),
    Case("import", "move", rights=True),
    Case("import", "hardlink"),
    Case("import", "reflink", notes=True),
    Case("replacement", "copy", notes=True),
    Case("undo", "move", notes=True, rights=True),
    Case("undo of a replacement", "copy"),
]


def ran(top: Path, case: Case, at: int, when: str) -> str:
    """Let it happen, or be cut off, and return how many changes and commits it took."""
    told = f'["{case.what}", "{case.mode}", {int(case.notes)}, {int(case.rights)}]'
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(top), told, str(at), when],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode in (0, 9), done.stderr
    return done.stdout.splitlines()[-1] if done.returncode == 0 else ""


class Volume:
    """An XFS in a file, as it was when something was about to happen; anew for each cut."""

    def __init__(self, top: Path) -> None:
        """Make it below `top`."""
        self.image, self.saved, self.point = top / "image", top / "saved", top / "point"
        self.point.mkdir()
        with self.image.open("wb") as file:
            file.truncate(320 << 20)
        subprocess.run(["mkfs.xfs", "-q", str(self.image)], check=True)
        self.is_mounted = False

    def mount(self) -> None:
        """Mount it; the log is replayed."""
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.point)], check=True)
        self.is_mounted = True

    def unmount(self) -> None:
        """Unmount it, if it is mounted."""
        if self.is_mounted:
            subprocess.run(["umount", str(self.point)], check=True)
            self.is_mounted = False

    def save(self) -> None:
        """Keep it as it is now."""
        self.unmount()
        self._copy(self.image, self.saved)

    def restore(self) -> None:
        """Mount it as it was kept."""
        self.unmount()
        self._copy(self.saved, self.image)
        self.mount()

    def _copy(self, source: Path, target: Path) -> None:
        subprocess.run(["cp", "--sparse=always", str(source), str(target)], check=True)


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    made = Volume(tmp_path)
    try:
        yield made
    finally:
        made.unmount()
        made.image.unlink()
        made.saved.unlink(missing_ok=True)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_power_cut_loses_nothing(volume: Volume, case: Case) -> None:
    volume.mount()
    top = volume.point / "house"
    case.begin(top)
    before = shelved(top)
    volume.save()
    volume.restore()
    changes, commits = map(int, ran(top, case, 0, "never").split())
    after = shelved(top)
    assert after != before

    cuts = [(when, at) for when in ("before", "after") for at in range(1, changes + 1)]
    cuts += [("commit", at) for at in range(1, commits + 1)]
    sample = cuts[CASES.index(case) * 7 % EVERY :: EVERY]
    for when, at in sample:
        volume.restore()
        assert ran(top, case, at, when) == "", (when, at)
        volume.unmount()
        volume.mount()
        home, asked = case.recover(top)
        assert shelved(top) == (after if asked else before), (when, at)
        assert unfinished(top, home) == [], (when, at)
        home.close()
    sys.stdout.write(f"power cuts: {len(sample)} of {len(cuts)}\n")
