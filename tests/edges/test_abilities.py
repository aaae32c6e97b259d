"""What a place can do is found out by trying, and no trial leaves anything behind."""

import contextlib
import ctypes
import errno
import grp
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfd.edges import abilities, state_dir

NOBODY = 65534
NOBODYS_GROUP = grp.getgrgid(NOBODY).gr_name
ANOTHER_GROUP = grp.getgrgid(1).gr_name
MEMORY = Path("/dev/shm")  # noqa: S108  # another file system than the disk, on nearly every Linux
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")

LOOK = """
import os, sys
from shelfd.edges import abilities
one, other = (os.fsencode(path) for path in sys.argv[1:3])
refused = abilities.refusal(other)
print(refused and (refused.call, refused.number, refused.fix))
if refused is None:
    ways = abilities.ways(one, other)
    print(sorted(ways.refused.items()), ways.two_mounts)
print(os.listdir(one), os.listdir(other))
"""


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Act as a user who owns nothing and is in no group."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that everybody can reach, and only its owner can write to."""
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)  # noqa: S103  # that is its purpose
        yield Path(path)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A directory on another file system than tmp_path."""
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=MEMORY) as path:
        yield Path(path)


def mounted(setup: str, top: Path) -> str:
    """Look at `one` and `other` below `top` where these mounts are, which end with the process."""
    script = f'set -e; cd "$1"; mkdir one other; {setup}; exec "$2" -c "$3" "$1/one" "$1/other"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(top), sys.executable, LOOK],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_directory_that_takes_files_refuses_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    assert abilities.refusal(bytes(tmp_path)) is None

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_check_left_is_no_hindrance_and_goes(tmp_path: Path) -> None:
    (tmp_path / f".shelfd-check-{os.getpid()}").write_text("left")
    (tmp_path / f".shelfd-check-{os.getpid()}.2").write_text("left")

    assert abilities.refusal(bytes(tmp_path)) is None

    assert list(tmp_path.iterdir()) == []


def test_other_files_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / ".shelfd-check-0").write_text("of another process")
    (tmp_path / "film.mkv").write_text("film")

    abilities.refusal(bytes(tmp_path))
    abilities.ways(bytes(tmp_path), bytes(tmp_path))

    assert sorted(path.name for path in tmp_path.iterdir()) == [".shelfd-check-0", "film.mkv"]


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    refused = abilities.refusal(bytes(tmp_path / "file"))

    assert refused is not None
    assert (refused.call, refused.number) == ("list", errno.ENOTDIR)
    assert refused.why == "list: Not a directory"
    assert refused.fix == "name a directory in the settings"


def test_a_directory_that_is_not_there_can_be_made(tmp_path: Path) -> None:
    missing = bytes(tmp_path / "not here" / "at all")

    refused = abilities.refusal(missing)

    assert refused is not None
    assert refused.fix.endswith(f"mkdir -p '{tmp_path}/not here/at all'")
    assert abilities.existing(missing) == bytes(tmp_path)
    assert abilities.refusal_to_make(missing) is None
    assert list(tmp_path.iterdir()) == []


def test_nothing_can_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    refused = abilities.refusal_to_make(bytes(tmp_path / "file" / "below"))

    assert refused is not None
    assert (refused.call, refused.number) == ("mkdir", errno.ENOTDIR)


@AS_ROOT
def test_who_may_not_write_is_told_whose_it_is_and_what_to_do(public: Path) -> None:
    with as_nobody():
        refused = abilities.refusal(bytes(public))
        unmade = abilities.refusal_to_make(bytes(public / "below"))

    assert refused is not None
    assert refused.why == (
        f"create: Permission denied ({public} belongs to root:root, mode 755; this is user nobody)"
    )
    assert refused.fix == f"chgrp {NOBODYS_GROUP} {public} && chmod g+rwx {public}"
    assert unmade is not None
    assert (unmade.call, unmade.number) == ("mkdir", errno.EACCES)


@AS_ROOT
@pytest.mark.parametrize(
    ("owner", "group", "mode", "fix"),
    [
        (NOBODY, 0, 0o555, "chmod u+rwx {}"),
        (0, NOBODY, 0o755, "chmod g+rwx {}"),
        (0, 1, 0o775, f"usermod -aG {ANOTHER_GROUP} nobody, then start shelfd anew"),
        (0, 0, 0o775, f"chgrp {NOBODYS_GROUP} {{0}} && chmod g+rwx {{0}}"),
    ],
)
def test_the_least_that_lets_somebody_in_is_proposed(
    public: Path, owner: int, group: int, mode: int, fix: str
) -> None:
    place = public / "place"
    place.mkdir()
    os.chown(place, owner, group)
    place.chmod(mode)

    with as_nobody():
        refused = abilities.refusal(bytes(place))

    assert refused is not None
    assert refused.fix == fix.format(place)


@AS_ROOT
def test_a_place_that_cannot_be_reached_is_not_taken_for_missing(public: Path) -> None:
    (public / "closed" / "library").mkdir(parents=True)
    (public / "closed").chmod(0o700)

    with as_nobody():
        refused = abilities.refusal(bytes(public / "closed" / "library"))

    assert refused is not None
    assert (refused.call, refused.number) == ("list", errno.EACCES)
    assert f"{public}/closed belongs to root:root, mode 700" in refused.why


def test_within_one_file_system_files_are_linked_and_renamed(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "library").mkdir()

    ways = abilities.ways(bytes(tmp_path / "inbox"), bytes(tmp_path / "library"))

    assert set(ways.refused) <= {"reflink"}
    assert ways.same_device
    assert ways.same_mount
    assert not ways.two_mounts
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["inbox", "library"]


def test_between_file_systems_there_is_only_a_copy(tmp_path: Path, elsewhere: Path) -> None:
    ways = abilities.ways(bytes(tmp_path), bytes(elsewhere))

    assert ways.refused["hardlink"] == ways.refused["rename"] == errno.EXDEV
    assert "reflink" in ways.refused
    assert "symlink" not in ways.refused
    assert not ways.same_device
    assert not ways.two_mounts
    assert [*tmp_path.iterdir(), *elsewhere.iterdir()] == []


def test_ways_to_where_nothing_can_be_made_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        abilities.ways(bytes(tmp_path / "none"), bytes(tmp_path))

    assert list(tmp_path.iterdir()) == []


@AS_ROOT
def test_somebody_without_rights_may_link_own_files_only(public: Path) -> None:
    public.chmod(0o777)

    with as_nobody():
        ways = abilities.ways(bytes(public), bytes(public))

    assert ways.own_files_only is (abilities.limit("fs/protected_hardlinks") == 1)


@pytest.mark.system
def test_two_mounts_of_one_file_system_are_told_from_two_file_systems(tmp_path: Path) -> None:
    said = mounted("mount --bind one one; mount --bind other other", tmp_path).splitlines()

    assert said[0] == "None"
    assert said[1].startswith(f"[('hardlink', {errno.EXDEV}), ")
    assert said[1].endswith("True")
    assert said[2] == "[] []"


@pytest.mark.system
def test_a_read_only_mount_is_named_as_such(tmp_path: Path) -> None:
    said = mounted(
        "mount --bind other other; mount -o remount,bind,ro other", tmp_path
    ).splitlines()

    assert said[0].startswith(f"('create', {errno.EROFS}, 'mount it read-write;")
    assert said[1] == "[] []"


@pytest.mark.system
def test_on_a_full_disk_nothing_is_left(tmp_path: Path) -> None:
    said = mounted("mount -t tmpfs -o size=16k none other", tmp_path).splitlines()

    assert said == [f"('write', {errno.ENOSPC}, 'free space there')", "[] []"]


@pytest.mark.system
@pytest.mark.parametrize("kind", ["btrfs", "xfs"])
def test_clones_are_made_where_the_file_system_can(tmp_path: Path, kind: str) -> None:
    setup = (
        f"truncate -s 400M disk; mkfs.{kind} -q disk >/dev/null; mkdir top; mount -o loop disk top;"
        " rm disk; rmdir one other; mkdir top/one top/other; ln -s top/one top/other ."
    )

    said = mounted(setup, tmp_path).splitlines()

    assert said == ["None", "[] False", "[] []"]


def test_directories_are_counted_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file").write_text("")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "c").mkdir()

    count = abilities.count_directories([bytes(tmp_path / "a"), bytes(tmp_path / "c")], 60.0)

    assert count == abilities.Count(number=3, complete=True)


def test_counting_ends_when_its_time_is_over(tmp_path: Path) -> None:
    count = abilities.count_directories([bytes(tmp_path)], 0.0)

    assert count == abilities.Count(number=0, complete=False)


def test_a_limit_is_a_number_or_cannot_be_seen() -> None:
    assert abilities.limit("fs/inotify/no_such_limit") is None
    assert (abilities.limit("fs/file-max") or 0) > 0


@AS_ROOT
def test_instances_that_ran_out_are_noticed() -> None:
    libc = ctypes.CDLL(None)
    allowed = abilities.limit("fs/inotify/max_user_instances") or 0
    if not 0 < allowed <= 256:
        pytest.skip("too many instances are allowed, or it is not known how many")
    opened: list[int] = []
    with as_nobody():
        while (descriptor := libc.inotify_init1(os.O_CLOEXEC)) >= 0:
            opened.append(descriptor)
        refused = abilities.inotify_refused()
        os.close(opened.pop())
        again = abilities.inotify_refused()
    for descriptor in opened:
        os.close(descriptor)

    assert (refused, again) == (errno.EMFILE, 0)


def test_a_daemon_is_known_by_its_lock(tmp_path: Path) -> None:
    lock = bytes(tmp_path / "lock")
    before = abilities.holder(lock)

    descriptor = state_dir.claim(bytes(tmp_path))
    during = abilities.holder(lock)
    os.close(descriptor)

    assert (before, during, abilities.holder(lock)) == (None, str(os.getpid()), None)


def test_a_socket_is_told_by_who_listens_and_not_by_a_connection(tmp_path: Path) -> None:
    path = tmp_path / "a socket"
    seen = [abilities.socket_at(bytes(path))]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(bytes(path))
        seen.append(abilities.socket_at(bytes(path)))
        listener.listen()
        listener.setblocking(False)  # noqa: FBT003  # it takes no keyword
        seen.append(abilities.socket_at(bytes(path)))
        with pytest.raises(BlockingIOError):
            listener.accept()
    seen.append(abilities.socket_at(bytes(path)))
    path.unlink()
    path.write_text("")
    seen.append(abilities.socket_at(bytes(path)))

    assert seen == ["absent", "stale", "listening", "stale", "other"]


def test_sizes_are_for_people() -> None:
    sizes = [0, 1023, 1024, 79 << 30, 3 << 40]

    assert [abilities.size(size) for size in sizes] == [
        "0 bytes",
        "1023 bytes",
        "1 KiB",
        "79 GiB",
        "3.0 TiB",
    ]
