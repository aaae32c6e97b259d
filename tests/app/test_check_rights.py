"""`shelfd check` says whether the mode and group of the settings can be given, and what goes before them."""

import grp
import os
import struct
from pathlib import Path

import pytest
from msgspec.structs import replace

from shelfd.app.check_rights import of_group, of_rights
from shelfd.app.groups import Groups
from shelfd.core import roots
from shelfd.core.settings import Daemon, Import, Library, Settings
from shelfd.edges.groups import may_be_given_by
from shelfd.steps.ports import Current

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give any group")
NOBODY = 65534
FOREIGN = next(
    group.gr_name for group in grp.getgrall() if not may_be_given_by(group.gr_gid, NOBODY)
)


def settings(top: Path, filing: Import) -> Settings:
    (top / "Music").mkdir(exist_ok=True)
    return Settings(
        daemon=Daemon(state_dir=str(top)),
        library=(Library(name="Music", path=str(top / "Music"), kind="music"),),
        import_=filing,
    )


def said(top: Path, **filing: str) -> list[tuple[str, str, str]]:
    made = settings(top, replace(Import(), **filing))
    return list(of_rights(made, roots.of(made)))


def test_where_nothing_is_wanted_nothing_is_said(tmp_path: Path) -> None:
    assert said(tmp_path) == []


def test_what_can_be_given_is_said(tmp_path: Path) -> None:
    own = str(os.getgid())

    assert said(tmp_path, file_mode="0664", dir_mode="0775", group=own) == [
        ("ok", f"files 0664, new directories 0775, group {own}", "")
    ]


def test_a_group_that_is_not_there_has_a_way_out(tmp_path: Path) -> None:
    [(severity, message, fix)] = said(tmp_path, group="no-such-group-here")

    assert severity == "warn"
    assert "there is no group no-such-group-here" in message
    assert fix.startswith("groupadd no-such-group-here")


def test_a_group_that_the_user_of_the_daemon_is_not_in_has_a_way_out() -> None:
    found = of_group(FOREIGN, NOBODY)

    assert found is not None
    assert f"is not in the group {FOREIGN}" in found[0]
    assert found[1].startswith(f"usermod -aG {FOREIGN} ")


@needs_root
def test_the_user_of_the_daemon_is_the_owner_of_its_state_directory(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, -1)

    [(severity, _message, fix)] = said(tmp_path, group=FOREIGN)

    assert (severity, fix.startswith(f"usermod -aG {FOREIGN} ")) == ("warn", True)


@needs_root
def test_a_library_that_hands_on_another_group_is_named(tmp_path: Path) -> None:
    (tmp_path / "Music").mkdir()
    os.chown(tmp_path / "Music", -1, 4711)
    (tmp_path / "Music").chmod(0o2775)

    _can, (severity, message, fix) = said(tmp_path, group="4712")

    assert (severity, fix) == (
        "warn",
        f"chgrp 4712 {tmp_path}/Music, or take import.group away",
    )
    assert "hands on its group, 4711" in message


def test_a_library_without_the_bit_that_its_directories_are_to_have_is_named(
    tmp_path: Path,
) -> None:
    _can, (severity, _message, fix) = said(tmp_path, dir_mode="2775")

    assert (severity, fix) == ("warn", f"chmod g+s {tmp_path}/Music")


def test_a_default_access_list_is_said_to_go_first(tmp_path: Path) -> None:
    (tmp_path / "Music").mkdir()
    rows = [(1, 7, 0xFFFFFFFF), (4, 5, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)
    try:
        os.setxattr(tmp_path / "Music", "system.posix_acl_default", acl)
    except OSError as error:
        pytest.skip(f"this file system has no access lists: {error}")

    _can, (severity, message, _fix) = said(tmp_path, file_mode="0664")

    assert severity == "ok"
    assert "its default access list goes before import.file_mode" in message


def test_the_status_goes_by_the_settings_in_force(tmp_path: Path) -> None:
    wrong = settings(tmp_path, Import(group="no-such-group-here"))
    current = Current(wrong, roots.of(wrong))
    groups = Groups(current)

    found = groups.problem()
    assert found is not None
    assert (found["check"], found["severity"]) == ("rights", "warn")
    current.settings = settings(tmp_path, Import())
    assert groups.problem() is None
