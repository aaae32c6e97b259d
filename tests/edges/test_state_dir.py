"""The daemon's own directory is local, and has one daemon."""

import os
from pathlib import Path

import pytest

from shelfd.core.errors import BrokenError, ConflictError
from shelfd.edges import mounts, state_dir


def test_it_is_made_and_closed_to_others(tmp_path: Path) -> None:
    os.close(state_dir.claim(os.fsencode(tmp_path / "a" / "state")))

    assert (tmp_path / "a" / "state").stat().st_mode & 0o007 == 0


def test_a_second_daemon_is_told_which_process_has_it(tmp_path: Path) -> None:
    held = state_dir.claim(os.fsencode(tmp_path))

    with pytest.raises(ConflictError, match=f"process {os.getpid()}"):
        state_dir.claim(os.fsencode(tmp_path))

    os.close(held)
    os.close(state_dir.claim(os.fsencode(tmp_path)))


def test_a_file_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")

    with pytest.raises(BrokenError, match="it cannot be used"):
        state_dir.claim(os.fsencode(tmp_path / "state"))


@pytest.mark.parametrize(
    ("kind", "network"),
    [
        ("ext4", False),
        ("tmpfs", False),
        ("btrfs", False),
        ("nfs4", True),
        ("cifs", True),
        ("fuse.mergerfs", True),
        ("fuseblk", True),
    ],
)
def test_file_systems_without_reliable_locks_are_known(kind: str, *, network: bool) -> None:
    assert mounts.is_network(kind) is network


def test_the_file_system_of_a_path_is_that_of_its_mount() -> None:
    assert mounts.file_system(b"/proc/self") == "proc"
    assert mounts.file_system(b"/dev/shm") == "tmpfs"
