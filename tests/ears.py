"""Listen to real directories, and run scripts where the limits of the kernel are their own."""

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shelfd.edges.inotify import Changed, Cold, Doubt, Heard, Watcher
from waiting import eventually


class Ear:
    """Remembers what was heard; can be told to be busy or to fail."""

    def __init__(self) -> None:
        self.all: list[Heard] = []
        self.free = threading.Event()
        self.free.set()
        self.stuck = threading.Event()
        self.fails = False
        self.markers = itertools.count()
        self.budget = 1 << 20
        self.watcher = Watcher(self.hear, lambda: self.budget)

    def hear(self, heard: Heard) -> None:
        self.all.append(heard)
        if not self.free.is_set():
            self.stuck.set()
            self.free.wait()
        if self.fails:
            raise ValueError(heard)

    def paths(self) -> set[bytes]:
        return {heard.path for heard in tuple(self.all) if isinstance(heard, Changed)}

    def doubts(self) -> list[Doubt]:
        return [heard for heard in tuple(self.all) if isinstance(heard, Doubt)]

    def chilled(self) -> list[bytes]:
        """Return and forget the roots of which it was told that some directories are cold now."""
        told = [heard for heard in tuple(self.all) if isinstance(heard, Cold)]
        self.all = [heard for heard in self.all if heard not in told]
        return [heard.path for heard in told]

    def hears(self, *paths: Path) -> None:
        """Wait until each of `paths` was heard."""
        wanted = {os.fsencode(path) for path in paths}
        eventually(lambda: wanted <= self.paths())

    def gets_stuck(self, root: Path) -> None:
        """Hear one thing and then nothing more until it is `free`."""
        self.free.clear()
        (root / "busy").touch()
        eventually(self.stuck.is_set)

    def watched(self, root: Path) -> int:
        return self.watcher.hearing(bytes(root)).watched

    def fault(self, root: Path) -> str | None:
        return self.watcher.hearing(bytes(root)).fault

    def catches_up(self, root: Path) -> None:
        """Wait until everything that happened was heard: the kernel keeps the order."""
        marker = root / f"marker {next(self.markers)}"
        marker.touch()
        self.hears(marker)


IN_A_WORLD_OF_ITS_OWN = """
import os, sys
from pathlib import Path
from shelfd.core.errors import BrokenError
from shelfd.edges.inotify import Doubt, Watcher
from waiting import eventually

def allow(what, number):
    Path(f"/proc/sys/user/max_inotify_{what}").write_text(str(number))

heard = []
watcher = Watcher(heard.append, lambda: 1 << 20)
root = Path(sys.argv[1])
"""


def in_a_world_of_its_own(script: str, root: Path, *through: str) -> None:
    """Run `script` where it is root of limits and mounts that nobody else sees."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount", *through]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    command = [*unshare, sys.executable, "-c", IN_A_WORLD_OF_ITS_OWN + script, str(root)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert (done.stderr, done.returncode) == ("", 0)
