"""Nobody has to look whether a disk has come or gone."""

import subprocess
import sys
from pathlib import Path

import pytest

from shelfd.edges.mount_changes import mount_changes

SCRIPT = """
import subprocess, sys, threading
from shelfd.edges.mount_changes import mount_changes

told = threading.Semaphore(0)
changes = mount_changes(told.release)
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", sys.argv[1]], check=True)
changes.start()
assert told.acquire(timeout=20), "nothing was told of a mount before the start"
while told.acquire(blocking=False):
    pass
subprocess.run(["umount", sys.argv[1]], check=True)
assert told.acquire(timeout=20), "nothing was told of the unmount"
changes.close()
"""


def test_a_mount_and_an_unmount_are_told(tmp_path: Path) -> None:
    space = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*space, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no namespaces")

    ran = subprocess.run(
        [*space, sys.executable, "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        check=False,
        timeout=50,
    )

    assert ran.returncode == 0, ran.stderr.decode()


def test_it_ends_when_it_is_told_to() -> None:
    running = mount_changes(lambda: None)
    running.start()
    running.close()
    mount_changes(lambda: None).close()
