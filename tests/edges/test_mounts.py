"""Mounts are found as the kernel finds them, and a file system keeps its identity."""

import errno
import os
from pathlib import Path

import pytest

from shelfd.core.errors import BrokenError
from shelfd.edges import mounts


def lines(*text: str) -> mounts.Table:
    """Return the table that these lines of mountinfo make."""
    return mounts.Table([line.encode() for line in text])


ROOT = "1 0 8:1 / / rw - ext4 /dev/sda1 rw"


def test_the_identity_of_a_directory_stays() -> None:
    first = mounts.identity(b"/dev/shm")

    assert first == mounts.identity(b"/dev/shm")
    assert first.startswith("tmpfs ")


def test_two_directories_of_one_file_system_differ(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    assert mounts.identity(os.fsencode(tmp_path / "a")) != mounts.identity(
        os.fsencode(tmp_path / "b")
    )


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")

    assert mounts.identity(os.fsencode(tmp_path / "link")) == mounts.identity(
        os.fsencode(tmp_path / "a")
    )


def test_what_is_gone_has_no_identity(tmp_path: Path) -> None:
    with pytest.raises(BrokenError, match="No such file"):
        mounts.identity(os.fsencode(tmp_path / "gone"))


def test_mounts_below_are_named_relative_with_their_identity() -> None:
    assert mounts.below(b"/dev")[b"shm"] == mounts.identity(b"/dev/shm")
    assert mounts.below(b"/dev/shm") == {}


def test_a_file_system_of_this_machine_alone_is_heard() -> None:
    assert mounts.blind(b"/dev/shm") is None


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("nfs4", "elsewhere"),
        ("cifs", "elsewhere"),
        ("virtiofs", "elsewhere"),
        ("vboxsf", "elsewhere"),
        ("fuse.mergerfs", "behind"),
        ("fuseblk", "behind"),
        ("overlay", "made of"),
        ("autofs", "mounts"),
    ],
)
def test_where_inotify_is_blind_the_reason_is_said(kind: str, word: str) -> None:
    reason = mounts.blindness(kind)

    assert reason is not None
    assert kind in reason
    assert word in reason


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "vfat", "zfs", ""])
def test_where_inotify_sees_everything_there_is_no_reason(kind: str) -> None:
    assert mounts.blindness(kind) is None


def covering(table: mounts.Table, path: bytes) -> int:
    found = table.covering(path)
    assert found is not None
    return found.id


def test_the_last_of_two_on_one_point_covers_the_first() -> None:
    table = lines(ROOT, "2 1 8:2 / /m rw - xfs /dev/sdb1 rw", "3 2 8:3 / /m rw - xfs /dev/sdc1 rw")

    assert covering(table, b"/m/a") == 3
    assert covering(table, b"/ma") == 1
    assert [mount.id for mount in table.below(b"/")] == [3]


def test_a_mount_under_another_one_is_out_of_reach() -> None:
    table = lines(
        ROOT, "2 1 8:2 / /m/deep rw - xfs /dev/sdb1 rw", "3 1 8:3 / /m rw - xfs /dev/sdc1 rw"
    )

    assert covering(table, b"/m/deep/a") == 3
    assert [mount.id for mount in table.below(b"/")] == [3]
    assert table.below(b"/m") == []


def test_a_mount_is_found_where_the_root_is_none() -> None:
    table = lines("7 5 8:2 / /m rw - xfs /dev/sdb1 rw", "8 7 8:3 / /m/n rw - xfs /dev/sdc1 rw")

    assert covering(table, b"/m/n/o") == 8
    assert table.covering(b"/") is None


def test_blanks_and_optional_fields_are_read() -> None:
    table = lines(ROOT, r"2 1 8:2 / /my\040disk rw shared:1 master:2 - fuse.x some\040thing rw")

    [found] = table.below(b"/")
    assert (found.point, found.kind, found.source) == (b"/my disk", "fuse.x", b"some thing")


def test_a_bind_mount_of_the_very_same_directory_changes_nothing() -> None:
    table = lines(
        ROOT,
        "2 1 8:1 /srv/media /srv/media rw - ext4 /dev/sda1 rw",
        "3 1 8:1 /other /srv/films rw - ext4 /dev/sda1 rw",
    )

    assert [table.changes_nothing(mount) for mount in table.below(b"/srv")] == [True, False]


def test_every_mount_of_this_machine_is_read() -> None:
    table = mounts.read()

    assert {mount.kind for mount in table.below(b"/")} >= {"proc", "tmpfs"}


def test_mounts_that_could_not_be_read_are_read_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fresh = mounts.Fresh()

    def refused(_descriptor: int, _size: int) -> bytes:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    with monkeypatch.context() as patched:
        patched.setattr(os, "read", refused)
        with pytest.raises(OSError, match="memory"):
            fresh.table()

    assert fresh.table().covering(b"/") is not None


def nfs(*points: Path) -> mounts.Table:
    """Return the mounts of a machine with several directories of one server's disk."""
    return lines(
        ROOT,
        *(
            f"{number} 1 0:50 / {point} rw - nfs4 nas:/volume1/{point.name} rw"
            for number, point in enumerate(points, 2)
        ),
    )


def test_two_directories_of_one_server_are_told_apart_and_one_is_known_again(
    tmp_path: Path,
) -> None:
    movies, drops = tmp_path / "movies", tmp_path / "drops"
    movies.mkdir()
    drops.mkdir()
    (tmp_path / "link").symlink_to("movies")
    table = nfs(movies, drops)
    first, second, third = (
        mounts.extents(os.fsencode(tmp_path / name), table) for name in ("movies", "drops", "link")
    )

    assert first == third != second
    assert not {device for device, _path in first} & {device for device, _path in second}


def test_of_a_local_disk_the_directory_within_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    table = lines(ROOT, f"2 1 8:2 /media {tmp_path} rw - ext4 /dev/sdb1 rw")

    assert mounts.extents(os.fsencode(tmp_path / "a"), table) == [("8:2", b"/media/a")]
    assert mounts.extents(os.fsencode(tmp_path / "gone"), table) == []
