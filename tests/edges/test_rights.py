"""Modes, groups and access lists are given where they may be, and never to a file that has other names."""

import os
import stat
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfd.core.rights import NOBODY, Rights, inherited, plain
from shelfd.edges import rights
from shelfd.edges.disk import Disk
from trees import plant

ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give any group")


def entries(*rows: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)


FAMILY = entries((1, 7, NOBODY), (4, 5, NOBODY), (8, 7, 4711), (16, 7, NOBODY), (32, 0, NOBODY))
"""Owner rwx, group r-x, group 4711 rwx, mask rwx, others nothing."""


def settle(path: Path, wanted: Rights) -> Rights | None:
    return rights.settle(Disk(), os.fsencode(path), wanted)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def default(directory: Path, acl: bytes = FAMILY) -> None:
    try:
        os.setxattr(directory, DEFAULT, acl)
    except OSError as error:
        pytest.skip(f"this file system has no access lists: {error}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    plant(tmp_path, {"file": b"content"})
    (tmp_path / "file").chmod(0o600)
    return tmp_path / "file"


def test_a_file_gets_a_mode_and_it_is_known_what_it_had(file: Path) -> None:
    had = settle(file, Rights(mode=0o664))

    assert mode(file) == 0o664
    assert had == Rights(mode=0o600, group=str(file.stat().st_gid), acl=b"", exact=True)


def test_what_has_its_mode_already_is_left_alone(file: Path) -> None:
    before = file.stat().st_ctime_ns

    assert settle(file, Rights(mode=0o600)) is None
    assert file.stat().st_ctime_ns == before


def test_a_file_with_another_name_is_never_changed(file: Path) -> None:
    os.link(file, file.parent / "seeded")

    assert settle(file, Rights(mode=0o664, group=str(os.getgid() + 1))) is None
    assert settle(file, Rights(mode=0o664, exact=True)) is None
    assert mode(file) == 0o600


@needs_root
def test_a_group_is_given_by_its_number_and_taken_back(file: Path) -> None:
    had = settle(file, Rights(group="4711"))

    assert file.stat().st_gid == 4711
    assert had is not None
    settle(file, had)
    assert file.stat().st_gid == os.getgid()


def test_a_group_that_is_not_there_leaves_all_else_done(file: Path) -> None:
    settle(file, Rights(mode=0o640, group="no-such-group-here"))

    assert (mode(file), file.stat().st_gid) == (0o640, os.getgid())


def test_what_is_gone_is_no_fault(tmp_path: Path) -> None:
    assert settle(tmp_path / "gone", Rights(mode=0o640)) is None
    assert rights.had(Disk(), os.fsencode(tmp_path / "gone")) is None


def test_a_default_access_list_goes_before_the_mode(file: Path) -> None:
    default(file.parent)

    had = settle(file, Rights(mode=0o600))

    assert os.getxattr(file, ACCESS) == inherited(FAMILY, 0o666)
    assert mode(file) == 0o660
    assert had is not None
    settle(file, had)
    assert mode(file) == 0o600
    assert ACCESS not in os.listxattr(file)


def test_a_directory_keeps_what_it_inherited(tmp_path: Path) -> None:
    default(tmp_path)
    (tmp_path / "new").mkdir()
    inherits = os.getxattr(tmp_path / "new", ACCESS)

    assert settle(tmp_path / "new", Rights(mode=0o700)) is None
    assert os.getxattr(tmp_path / "new", ACCESS) == inherits


def test_a_directory_keeps_the_bit_by_which_it_hands_on_its_group(tmp_path: Path) -> None:
    tmp_path.chmod(0o2755)
    (tmp_path / "new").mkdir()

    settle(tmp_path / "new", Rights(mode=0o775))

    assert mode(tmp_path / "new") == 0o2775


@needs_root
def test_a_directory_that_hands_on_its_group_goes_before_the_group_of_the_settings(
    file: Path,
) -> None:
    os.chown(file.parent, -1, 4712)
    file.parent.chmod(0o2755)

    settle(file, Rights(group="4711"))

    assert file.stat().st_gid == 4712


class Sandboxed(Disk):
    """Refuses as a service with RestrictSUIDSGID=yes does."""

    def chmod(self, descriptor: int, mode: int) -> None:
        if mode & stat.S_ISGID:
            raise PermissionError(1, "Operation not permitted")
        super().chmod(descriptor, mode)


def test_where_the_bit_may_not_be_set_it_is_still_not_lost(tmp_path: Path) -> None:
    tmp_path.chmod(0o2755)
    (tmp_path / "new").mkdir(mode=0o700)

    rights.settle(Sandboxed(), os.fsencode(tmp_path / "new"), Rights(mode=0o775))

    assert mode(tmp_path / "new") == 0o2775


def test_where_the_bit_may_not_be_set_the_rest_of_the_mode_is(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir(mode=0o700)

    rights.settle(Sandboxed(), os.fsencode(tmp_path / "new"), Rights(mode=0o2775))

    assert mode(tmp_path / "new") == 0o775


PERMISSIONS = st.integers(0, 7)
NAMED = st.lists(
    st.tuples(st.sampled_from((2, 8)), PERMISSIONS, st.integers(0, 1 << 20)),
    max_size=4,
    unique_by=lambda row: (row[0], row[2]),
)


@given(base=st.tuples(*[PERMISSIONS] * 4), named=NAMED, made=st.integers(0, 0o777))
def test_a_default_list_is_handed_on_as_the_kernel_does_it(
    tmp_path_factory: pytest.TempPathFactory,
    base: tuple[int, ...],
    named: list[tuple[int, int, int]],
    made: int,
) -> None:
    top = tmp_path_factory.mktemp("acl")
    users = sorted(row for row in named if row[0] == 2)
    groups = sorted(row for row in named if row[0] == 8)
    rows = [(1, base[0], NOBODY), *sorted(users, key=lambda row: row[2]), (4, base[1], NOBODY)]
    rows += sorted(groups, key=lambda row: row[2])
    rows += [(16, base[2], NOBODY)] * bool(named) + [(32, base[3], NOBODY)]
    default(top, entries(*rows))
    os.close(os.open(top / "kernel", os.O_CREAT | os.O_WRONLY, made))
    (top / "own").touch()

    os.setxattr(top / "own", ACCESS, inherited(os.getxattr(top, DEFAULT), made))

    assert mode(top / "own") == mode(top / "kernel")
    assert rights.had(Disk(), os.fsencode(top / "own")) == rights.had(
        Disk(), os.fsencode(top / "kernel")
    )


@given(made=st.integers(0, 0o777))
def test_a_plain_list_is_a_mode(tmp_path_factory: pytest.TempPathFactory, made: int) -> None:
    file = tmp_path_factory.mktemp("plain") / "file"
    file.touch()
    try:
        os.setxattr(file, ACCESS, plain(made))
    except OSError as error:
        pytest.skip(f"this file system has no access lists: {error}")

    assert mode(file) == made
    assert ACCESS not in os.listxattr(file)
