"""The running daemon on disks that go and come, fail, stall, change behind its back, fold case, or lose most of their files."""

import errno
import os
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

import corpus
import media
from running import Libraries
from system.faultfs import FaultFs
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

MANY = 4_000
EMPTY_FILES, EMPTY_DIRECTORIES = 300_000, 3_000
UNMOVED = 15_000_000
"""Bytes by which the memory of the daemon may differ."""
POLLED = "poll_s = 1.0\n"

Run = Callable[..., None]
Start = Callable[..., Libraries]


@pytest.fixture
def mount() -> Iterator[Run]:
    """Mount for a test, and unmount afterwards."""
    mounted: list[Path] = []

    def mount(*arguments: str | Path) -> None:
        run("mount", *arguments)
        mounted.append(Path(arguments[-1]))

    yield mount
    for point in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(point)], check=False, capture_output=True)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    (tmp_path / "music").mkdir()
    return tmp_path / "music"


@pytest.fixture
def daemon(music: Path, request: pytest.FixtureRequest) -> Iterator[Libraries]:
    """A daemon that is not started yet; gone before its disks are unmounted."""
    request.getfixturevalue("mount")
    with closing(Libraries(music.parent, {"music": music}, POLLED)) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disk with many songs, to be copied."""
    top = tmp_path_factory.mktemp("full")
    (top / "point").mkdir()
    image = disk(top / "image")
    run("mount", "-o", "loop", image, top / "point")
    try:
        corpus.make_tiny(top / "point", MANY)
    finally:
        run("umount", top / "point")
    return image


def run(*command: str | Path) -> None:
    subprocess.run([*map(str, command)], check=True, capture_output=True)


def disk(path: Path) -> Path:
    """Make a disk, as a file to be mounted by loop."""
    run("truncate", "--size", "64M", path)
    run("mkfs.ext4", "-q", "-N", "10000", path)
    return path


def song(path: Path, title: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return media.mp3(path, artist="Ann", album="Some", title=title or path.stem)


def songs(top: Path, number: int = 3) -> None:
    for each in range(number):
        song(top / f"Album {each}" / "1.mp3", f"{top.name} {each}")


def files(daemon: Libraries) -> dict[str, int]:
    """Return the files that are not missing, with the ids of their items."""
    return {
        os.fsdecode(os.path.join(path, name)): item
        for path, name, item in daemon.rows(
            "SELECT path, name, item FROM files JOIN directories ON directories.id = directory"
            " WHERE missing_since IS NULL"
        )
    }


def missing(daemon: Libraries) -> int:
    return int(daemon.status()["catalog"]["missing"])


def until_quiet(daemon: Libraries) -> None:
    eventually(daemon.quiet, within=60)


def until_heard(daemon: Libraries, path: Path) -> None:
    """See to it that changes at and below the library are heard, by something new in it."""
    top = daemon.libraries["music"]
    song(path)
    eventually(lambda: str(path.relative_to(top)) in files(daemon))


def until_it_stands(daemon: Libraries, *states: str) -> str:
    """Wait for one of these states, and return the reason that is given."""
    eventually(lambda: daemon.root("music")["state"] in states)
    return str(daemon.root("music")["reason"])


@pytest.mark.parametrize("where", ["", "usb"])
@pytest.mark.parametrize("how", [[], ["--lazy"]])
def test_a_disk_that_goes_and_comes_while_nothing_is_done(
    daemon: Libraries, music: Path, mount: Run, where: str, how: list[str]
) -> None:
    point, image = music / where, disk(music.parent / "image")
    point.mkdir(exist_ok=True)
    mount("-o", "loop", image, point)
    songs(music)
    songs(point / "here")
    daemon.start()
    until_quiet(daemon)
    before = files(daemon)
    assert len(before) == 6

    run("umount", *how, point)

    if where:
        eventually(lambda: "not mounted" in daemon.root("music")["reason"])
    else:
        assert until_it_stands(daemon, "suspended", "absent")
    assert (missing(daemon), files(daemon)) == (0, before)
    assert daemon.shelfd("scan", "--wait").returncode == (0 if where else 1)
    assert (missing(daemon), files(daemon)) == (0, before)

    mount("-o", "loop", image, point)

    assert until_it_stands(daemon, "watching") == ""
    until_heard(daemon, point / "here" / "New" / "1.mp3")
    until_heard(daemon, point / "here" / "Album 0" / "2.mp3")
    assert missing(daemon) == 0
    assert before.items() <= files(daemon).items()


@pytest.mark.parametrize("where", ["", "usb"])
def test_a_disk_that_goes_and_comes_during_a_scan(
    daemon: Libraries, music: Path, mount: Run, full: Path, where: str
) -> None:
    image, point = music.parent / "image", music / where
    run("cp", "--sparse=always", full, image)
    point.mkdir(exist_ok=True)
    mount("-o", "loop", image, point)
    songs(music)
    daemon.start()
    eventually(lambda: len(files(daemon)) > MANY // 8)

    run("umount", "--lazy", point)

    assert len(files(daemon)) < MANY
    if not where:
        assert until_it_stands(daemon, "suspended", "absent")
    daemon.shelfd("scan", "--wait")
    assert missing(daemon) == 0
    assert MANY // 8 < len(files(daemon)) < MANY

    mount("-o", "loop", image, point)

    eventually(lambda: len(files(daemon)) == MANY + 3, within=60)
    until_quiet(daemon)
    assert until_it_stands(daemon, "watching") == ""
    until_heard(daemon, point / "New" / "1.mp3")
    assert missing(daemon) == 0


def test_a_disk_that_becomes_read_only_and_writable_again(
    daemon: Libraries, music: Path, mount: Run
) -> None:
    mount("-o", "loop", disk(music.parent / "image"), music)
    songs(music)
    daemon.start()
    until_quiet(daemon)
    before = files(daemon)

    run("mount", "-o", "remount,ro", music)

    assert daemon.shelfd("scan", "--full", "--wait").returncode == 0
    daemon.kill()
    daemon.start()
    until_quiet(daemon)
    assert (missing(daemon), files(daemon)) == (0, before)
    assert until_it_stands(daemon, "watching") == ""
    run("mount", "-o", "remount,rw", music)
    until_heard(daemon, music / "Album 0" / "2.mp3")
    assert until_it_stands(daemon, "watching") == ""


def test_a_disk_that_dies_and_is_repaired(daemon: Libraries, music: Path, mount: Run) -> None:
    image = disk(music.parent / "image")
    mount("-o", "loop", image, music)
    songs(music)
    daemon.start()
    until_quiet(daemon)
    before = files(daemon)
    shutdown = (
        "import fcntl, os, struct, sys;"
        "fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 0))"
    )
    run("python3", "-c", shutdown, music)

    scan = daemon.shelfd("scan", "--wait")

    assert (scan.returncode, "Input/output error" in scan.stderr) == (1, True)
    assert until_it_stands(daemon, "suspended", "absent")
    assert (missing(daemon), files(daemon)) == (0, before)
    run("umount", music)
    mount("-o", "loop", image, music)
    assert until_it_stands(daemon, "watching") == ""
    until_heard(daemon, music / "New" / "1.mp3")
    assert before.items() <= files(daemon).items()


# a disk that fails


@pytest.fixture
def source(music: Path) -> Path:
    """What the failing disk shows."""
    songs(music.with_name("source"), 5)
    (music.with_name("source") / "Album 1" / "Deep").mkdir()
    song(music.with_name("source") / "Album 1" / "Deep" / "1.mp3")
    return music.with_name("source")


@pytest.fixture
def failing(source: Path, music: Path) -> Iterator[FaultFs]:
    with closing(FaultFs(source, music)) as disk:
        yield disk


@pytest.fixture
def fuse(failing: FaultFs, daemon: Libraries) -> Iterator[Libraries]:
    """A daemon on a disk that fails, and that fails no longer when the daemon is to end."""
    daemon.write(f"{POLLED}[scan]\nprobe_timeout_s = 2.0\n")
    yield daemon
    for fault in failing.faults:
        fault.over.set()
    daemon.kill()


def errors(daemon: Libraries) -> list[tuple[str, str]]:
    """Return the files that could not be read, with the reasons."""
    return [
        (os.fsdecode(os.path.join(path, name)), str(error))
        for path, name, error in daemon.rows(
            "SELECT path, name, json_extract(reading, '$.error') AS error"
            " FROM files JOIN directories ON directories.id = directory WHERE error IS NOT NULL"
        )
    ]


def test_what_a_disk_refuses_costs_only_itself(fuse: Libraries, failing: FaultFs) -> None:
    with ExitStack() as faults:
        faults.enter_context(failing.fault("list", "Album 1", errno.EIO))
        faults.enter_context(failing.fault("stat", "Album 2/1.mp3", errno.EIO))
        faults.enter_context(failing.fault("read", "Album 3/1.mp3", errno.EIO))
        fuse.start()
        until_quiet(fuse)
        assert set(files(fuse)) == {"Album 0/1.mp3", "Album 3/1.mp3", "Album 4/1.mp3"}
        [(path, error)] = errors(fuse)
        assert (path, error.lower()) == ("Album 3/1.mp3", "input/output error")

    assert fuse.shelfd("scan", "--full", "--wait").returncode == 0
    before = files(fuse)
    assert (len(before), errors(fuse)) == (6, [])

    with ExitStack() as faults:
        faults.enter_context(failing.fault("list", "Album 1", errno.EIO))
        faults.enter_context(failing.fault("stat", "Album 2/1.mp3", errno.EIO))
        faults.enter_context(failing.fault("stat", "Album 4", errno.EIO))
        scan = fuse.shelfd("scan", "--wait")
        assert (scan.returncode, "unreadable" in scan.stdout) == (0, True)
        assert (missing(fuse), files(fuse)) == (0, before)


def test_a_disk_that_refuses_everything_is_not_empty(fuse: Libraries, failing: FaultFs) -> None:
    fuse.start()
    until_quiet(fuse)
    before = files(fuse)
    with failing.fault("*", "*", errno.EIO):
        scan = fuse.shelfd("scan", "--wait")
        assert (scan.returncode, "Input/output error" in scan.stderr) == (1, True)
        assert (missing(fuse), files(fuse)) == (0, before)

    assert fuse.shelfd("scan", "--wait").returncode == 0
    assert until_it_stands(fuse, "polling")
    assert (missing(fuse), files(fuse)) == (0, before)


def test_a_file_whose_disk_does_not_answer_costs_only_itself(
    fuse: Libraries, failing: FaultFs
) -> None:
    with failing.fault("read", "Album 3/1.mp3"):
        fuse.start()
        until_quiet(fuse)

        assert len(files(fuse)) == 6
        assert errors(fuse) == [("Album 3/1.mp3", "reading it took longer than 2 s")]

    assert fuse.shelfd("scan", "--full", "--wait").returncode == 0
    assert errors(fuse) == []


@pytest.mark.parametrize(
    ("operation", "path"),
    [("list", "Album 1"), ("stat", "Album 1"), ("stat", "Album 1/1.mp3"), ("*", "*")],
)
def test_while_a_disk_does_not_answer_the_daemon_does(
    fuse: Libraries, failing: FaultFs, source: Path, operation: str, path: str
) -> None:
    fuse.start()
    until_quiet(fuse)
    with failing.fault(operation, path) as stall:
        fuse.post("/v1/operations", {"kind": "scan", "full": True})
        assert stall.met.wait(20)

        for _ in range(8):  # more than there are threads that answer
            assert fuse.status()["queue"]["running"] == 1
        song(source / "Album 0" / "2.mp3")

    until_quiet(fuse)
    eventually(lambda: len(files(fuse)) == 7)
    assert (missing(fuse), errors(fuse)) == (0, [])


def test_a_disk_that_does_not_answer_at_the_start_is_waited_for(
    fuse: Libraries, failing: FaultFs
) -> None:
    with failing.fault("list", "Album 1") as stall:
        fuse.begin()
        assert stall.met.wait(20)
        eventually(lambda: os.path.exists(fuse.socket))

        assert fuse.status()["pid"]

    eventually(fuse.is_ready)
    until_quiet(fuse)
    assert len(files(fuse)) == 6


# disks that change behind inotify's back, or have other ideas of names


def test_what_is_done_on_a_branch_of_mergerfs_is_found(
    daemon: Libraries, music: Path, tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    songs(one)
    songs(other / "here")
    run("mergerfs", "-o", "minfreespace=0", f"{one}:{other}", music)
    try:
        daemon.start()
        until_quiet(daemon)
        before = files(daemon)
        assert len(before) == 6
        assert "fuse.mergerfs" in until_it_stands(daemon, "polling")

        song(other / "Album 0" / "2.mp3", "Two")
        song(one / "New" / "Disc 1" / "1.mp3")
        os.rename(one / "Album 1" / "1.mp3", one / "Album 2" / "2.mp3")
        os.unlink(other / "here" / "Album 2" / "1.mp3")

        # polled directory by directory, so that some of it is seen before the rest
        new = {"Album 0/2.mp3", "New/Disc 1/1.mp3", "Album 2/2.mp3"}
        eventually(lambda: new < files(daemon).keys() and missing(daemon) == 1)
        now = files(daemon)
        assert len(now) == 7
        assert now["Album 2/2.mp3"] == before["Album 1/1.mp3"]
        until_heard(daemon, music / "Album 0" / "3.mp3")
    finally:
        daemon.kill()
        run("umount", "--lazy", music)


def exfat(image: Path, point: Path) -> None:
    made = subprocess.run(
        ["losetup", "--find", "--show", str(image)], check=True, capture_output=True, text=True
    )
    device = made.stdout.strip()
    try:
        run("mount.exfat-fuse", device, point)
    finally:
        run("losetup", "--detach", device)


@pytest.fixture
def folding(music: Path, daemon: Libraries) -> Iterator[Libraries]:
    """A daemon on a disk that takes names for the same that differ in case only, but not twins of Unicode."""
    image = music.parent / "image"
    run("truncate", "--size", "16M", image)
    run("mkfs.exfat", image)
    exfat(image, music)
    songs(music, 2)
    song(music / "twins" / COMPOSED, "One")
    song(music / "twins" / DECOMPOSED, "Other")
    assert (music / "ALBUM 0").exists()
    try:
        daemon.start()
        until_quiet(daemon)
        yield daemon
    finally:
        daemon.kill()
        run("umount", "--lazy", music)


COMPOSED, DECOMPOSED = (f"{unicodedata.normalize(form, 'Café')}.mp3" for form in ("NFC", "NFD"))


def test_where_case_is_folded_a_change_of_case_is_a_new_name(
    folding: Libraries, music: Path
) -> None:
    before = files(folding)
    assert len(before) == len(set(before.values())) == 4

    os.rename(music / "Album 0" / "1.mp3", music / "Album 0" / "1.MP3")
    os.rename(music / "Album 1", music / "ALBUM 1")
    os.rename(music / "twins" / COMPOSED, music / "twins" / "CAFÉ.mp3")

    renamed = {
        "Album 0/1.MP3": before["Album 0/1.mp3"],
        "ALBUM 1/1.mp3": before["Album 1/1.mp3"],
        "twins/CAFÉ.mp3": before[f"twins/{COMPOSED}"],
        f"twins/{DECOMPOSED}": before[f"twins/{DECOMPOSED}"],
    }
    eventually(lambda: files(folding) == renamed)
    until_quiet(folding)
    assert folding.shelfd("scan", "--wait").returncode == 0
    assert (missing(folding), files(folding)) == (0, renamed)
    assert folding.rows("SELECT count(*) FROM files") == [(4,)]  # and no ghosts of the old names


def test_a_disk_whose_inodes_do_not_last_is_the_same_when_it_is_mounted_again(
    folding: Libraries, music: Path
) -> None:
    before = files(folding)

    run("umount", "--lazy", music)

    assert until_it_stands(folding, "suspended", "absent")
    exfat(music.parent / "image", music)
    assert "fuseblk" in until_it_stands(folding, "polling")
    assert folding.shelfd("scan", "--wait").returncode == 0
    assert (missing(folding), files(folding)) == (0, before)


# many files, and few


def test_hundreds_of_thousands_of_empty_files_do_not_move_the_daemon(
    daemon: Libraries, music: Path, mount: Run
) -> None:
    mount("-t", "tmpfs", "tmpfs", music)
    songs(music)
    daemon.start()
    until_quiet(daemon)
    before = daemon.status()["memory_bytes"]
    daemon.kill()
    for number in range(EMPTY_DIRECTORIES):
        directory = music / f"{number // 100}" / f"{number}"
        directory.mkdir(parents=True)
        for name in range(EMPTY_FILES // EMPTY_DIRECTORIES):
            os.close(os.open(f"{directory}/{name}.mp3", os.O_CREAT | os.O_WRONLY))

    daemon.start()
    until_quiet(daemon)

    assert daemon.shelfd("scan", "--wait").returncode == 0
    assert len(files(daemon)) == 3
    assert daemon.root("music")["watches"] > EMPTY_DIRECTORIES
    # what a scan needed is given back when nothing more is to be done
    eventually(lambda: daemon.status()["memory_bytes"] < before + UNMOVED, within=10)


def test_what_lost_most_of_its_files_waits_for_a_word(daemon: Libraries, music: Path) -> None:
    lost, aside = music / "Lost", music.with_name("aside")
    songs(music, 12)
    songs(lost, 8)
    daemon.start()
    until_quiet(daemon)
    before = files(daemon)

    lost.rename(aside)

    assert until_it_stands(daemon, "suspended") == "8 of its 20 files are gone at once"
    said = daemon.shelfd("status")
    assert said.returncode == 0
    assert "is degraded" in said.stdout
    assert "warn music: 8 of its 20 files are gone at once" in said.stdout
    assert "shelfd confirm music" in said.stdout
    scan = daemon.shelfd("scan", "--wait")
    assert scan.returncode == 1
    assert "8 of its 20 files are gone at once: nothing in it is taken for deleted" in scan.stderr
    assert "shelfd confirm music" in scan.stderr
    assert (missing(daemon), files(daemon)) == (0, before)
    daemon.kill()
    daemon.start()
    assert until_it_stands(daemon, "suspended")

    aside.rename(lost)

    assert daemon.shelfd("scan", "--wait").returncode == 0
    assert until_it_stands(daemon, "watching") == ""
    assert (missing(daemon), files(daemon)) == (0, before)


def test_what_is_really_gone_is_so_by_a_word(daemon: Libraries, music: Path) -> None:
    lost, aside = music / "Lost", music.with_name("aside")
    songs(music, 12)
    songs(lost, 8)
    daemon.start()
    until_quiet(daemon)
    before = files(daemon)
    lost.rename(aside)
    assert until_it_stands(daemon, "suspended")

    assert daemon.shelfd("confirm", "films").returncode == 4
    assert daemon.shelfd("confirm", str(music)).returncode == 2
    assert until_it_stands(daemon, "suspended")
    confirmed = daemon.shelfd("confirm", "music", "--wait")

    assert (confirmed.returncode, confirmed.stderr) == (0, "")
    assert "8 missing" in confirmed.stdout
    assert until_it_stands(daemon, "watching") == ""
    assert (missing(daemon), len(files(daemon))) == (8, 12)
    assert "is ready" in daemon.shelfd("status").stdout
    assert daemon.shelfd("scan", "--wait").returncode == 0
    aside.rename(lost)
    eventually(lambda: files(daemon) == before)
    daemon.kill()
    assert daemon.shelfd("confirm", "music").returncode == 3
