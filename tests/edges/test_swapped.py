"""Directories that are swapped for links while files are placed, moved and removed in them: nothing leaves the root."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from shelfd.core.errors import ShelfdError
from shelfd.core.journal import WRITE, Action, Expected, FileStep
from shelfd.edges.copier import Copier
from shelfd.edges.disk import Disk
from shelfd.edges.files import Files
from shelfd.edges.reach import Reach
from trees import plant, tree

ROUNDS = 300
MOST_ROUNDS = 10 * ROUNDS
"""Tried on a busy machine, until one of them has met the real directory all along."""
NOWHERE = Path("/nowhere")
NOTE = b"<movie/>"
SWAP = """
import ctypes, sys
renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
one, other = (arg.encode() for arg in sys.argv[1:])
print("swaps", flush=True)
while True:
    renameat2(-100, one, -100, other, 2)  # RENAME_EXCHANGE: at no moment is there nothing
"""


def confined(*tops: Path) -> Files:
    disk = Disk(Reach(lambda: [os.fsencode(top) for top in tops]))
    return Files(disk, Copier(disk))


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Return a place with an inbox, a library, and what lies outside of both."""
    plant(
        tmp_path,
        {
            "inbox/Drop/a.mkv": b"a film",
            "library/Films/A": {},
            "outside/theirs.mkv": b"theirs",
            "outside/a.mkv": b"a film",
        },
    )
    os.utime(tmp_path / "outside/a.mkv", ns=(5, 5))
    os.utime(tmp_path / "inbox/Drop/a.mkv", ns=(5, 5))
    return tmp_path


@contextmanager
def swapping(directory: Path, outside: Path) -> Iterator[int]:
    """Let another process swap a directory with a link to outside, again and again; give the real one, opened."""
    link = directory.with_name("link")
    link.symlink_to(outside, target_is_directory=True)
    arguments = [sys.executable, "-c", SWAP, str(directory), str(link)]
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as racer:
        try:
            assert racer.stdout is not None
            assert racer.stdout.readline() == b"swaps\n"
            yield opened
        finally:
            racer.kill()
            os.close(opened)


def perform(files: Files, step: FileStep, source: Path, target: Path) -> None:
    temporary = target.with_name(".shelfd-1-1.tmp")
    with suppress(ShelfdError):
        files.perform(step, *(os.fsencode(path) for path in (source, target, temporary)))


def noted(*, shared: bool = False) -> Expected:
    return Expected(size=len(NOTE), mtime_ns=5, content=NOTE, shared=shared)


def back_of(*, shared: bool = False) -> FileStep:
    return FileStep(action=Action.DISCARD, mode=WRITE, expected=noted(shared=shared))


def facts(path: Path) -> Expected:
    found = confined(path.parent).seen(os.fsencode(path))
    assert found is not None
    return found


def test_nothing_is_written_outside_and_none_of_it_is_taken_back_there(scene: Path) -> None:
    files = confined(scene / "library")
    note = scene / "library/Films/A/movie.nfo"
    (scene / "outside/movie.nfo").write_bytes(NOTE)
    os.utime(scene / "outside/movie.nfo", ns=(5, 5))
    write = FileStep(action=Action.PLACE, mode=WRITE, expected=noted())
    before = tree(scene / "outside")

    written = 0
    with swapping(note.parent, scene / "outside") as real:
        for done in range(MOST_ROUNDS):
            if done >= ROUNDS and written:
                break
            perform(files, write, NOWHERE, note)
            perform(files, back_of(shared=bool(done % 2)), note, NOWHERE)
            perform(files, write, NOWHERE, note)
            for name in os.listdir(real):
                written += name == "movie.nfo"
                os.unlink(name, dir_fd=real)

    assert tree(scene / "outside") == before
    assert written


def test_beyond_a_link_nothing_that_was_written_is_taken_back(scene: Path) -> None:
    files = confined(scene / "library")
    (scene / "outside/movie.nfo").write_bytes(NOTE)
    os.utime(scene / "outside/movie.nfo", ns=(5, 5))
    (scene / "library/Films/Linked").symlink_to(scene / "outside")
    ends = (os.fsencode(scene / "library/Films/Linked/movie.nfo"), b"", b"")

    with pytest.raises(ShelfdError) as kept:
        files.perform(back_of(), *ends)

    assert kept.value.code == "not_needed"
    assert (scene / "outside/movie.nfo").read_bytes() == NOTE


@pytest.mark.parametrize("mode", ["auto", "copy", "hardlink", "reflink", "symlink"])
def test_a_file_is_never_placed_outside(scene: Path, mode: str) -> None:
    files = confined(scene / "inbox", scene / "library")
    source, target = scene / "inbox/Drop/a.mkv", scene / "library/Films/A/b.mkv"
    step = FileStep(action=Action.PLACE, mode=mode, expected=facts(source))
    before = tree(scene / "outside")

    placed = 0
    with swapping(target.parent, scene / "outside") as real:
        for done in range(MOST_ROUNDS):
            if done >= ROUNDS and placed:
                break
            perform(files, step, source, target)
            for name in os.listdir(real):
                os.unlink(name, dir_fd=real)
                placed += name == "b.mkv"

    assert tree(scene / "outside") == before
    assert placed or mode == "reflink"  # which this file system may not have


def test_a_file_is_never_moved_out_of_the_root_or_from_outside_of_it(scene: Path) -> None:
    files = confined(scene / "inbox", scene / "library")
    source, target = scene / "inbox/Drop/a.mkv", scene / "library/Films/A/b.mkv"
    there = FileStep(action=Action.MOVE, expected=facts(source))
    before = tree(scene / "outside")

    with (
        swapping(source.parent, scene / "outside"),
        swapping(target.parent, scene / "outside"),
    ):
        for _ in range(ROUNDS):
            perform(files, there, source, target)
            perform(files, there, target, source)

    assert tree(scene / "outside") == before
    held = [path for top in ("inbox", "library") for path in (scene / top).rglob("[ab].mkv")]
    assert [path.read_bytes() for path in held if not path.is_symlink()] == [b"a film"]


def test_nothing_outside_is_discarded_though_it_looks_the_same(scene: Path) -> None:
    files = confined(scene / "inbox", scene / "library")
    origin, placed = scene / "inbox/Drop/a.mkv", scene / "library/Films/A/a.mkv"
    step = FileStep(action=Action.DISCARD, mode="copy", expected=facts(origin))
    before = tree(scene / "outside")

    with swapping(placed.parent, scene / "outside") as real:
        for _ in range(ROUNDS):
            with suppress(FileExistsError):
                os.link(origin, "a.mkv", dst_dir_fd=real)
            perform(files, step, placed, origin)

    assert tree(scene / "outside") == before


def test_directories_outside_are_not_made_removed_or_stamped(scene: Path) -> None:
    files = confined(scene / "library")
    (scene / "outside/Empty").mkdir()
    os.utime(scene / "outside", ns=(9, 9))
    inside = scene / "library/Films/A"
    before = tree(scene / "outside")

    with swapping(inside, scene / "outside"):
        for number in range(ROUNDS):
            perform(files, FileStep(action=Action.MKDIR), NOWHERE, inside / "New")
            perform(files, FileStep(action=Action.RMDIR), inside / "Empty", NOWHERE)
            stamp = FileStep(action=Action.STAMP, expected=Expected(mtime_ns=number))
            perform(files, stamp, NOWHERE, inside)

    assert tree(scene / "outside") == before
    assert (scene / "outside").stat().st_mtime_ns == 9


def test_a_link_on_the_way_is_named_with_the_way_out(scene: Path) -> None:
    files = confined(scene / "inbox", scene / "library")
    (scene / "library/Films/Linked").symlink_to(scene / "outside")
    source, target = scene / "inbox/Drop/a.mkv", scene / "library/Films/Linked/b.mkv"
    step = FileStep(action=Action.PLACE, mode="copy", expected=facts(source))

    with pytest.raises(ShelfdError, match="symbolic links") as refused:
        files.perform(step, os.fsencode(source), os.fsencode(target), os.fsencode(target) + b".t")

    assert "never followed" in refused.value.hint
    assert files.seen(os.fsencode(scene / "library/Films/Linked/theirs.mkv")) is None


def test_a_top_that_is_a_link_itself_is_where_the_settings_say(scene: Path) -> None:
    (scene / "mounted").symlink_to(scene / "library")
    files = confined(scene / "inbox", scene / "mounted")
    source, target = scene / "inbox/Drop/a.mkv", scene / "mounted/Films/b.mkv"
    step = FileStep(action=Action.PLACE, mode="hardlink", expected=facts(source))

    files.perform(step, os.fsencode(source), os.fsencode(target), b"")

    assert (scene / "library/Films/b.mkv").read_bytes() == b"a film"


@pytest.mark.parametrize("way", [b"../outside/x", b"Films/../../outside/x"])
def test_no_path_climbs_out(scene: Path, way: bytes) -> None:
    disk = Disk(Reach(lambda: [os.fsencode(scene / "library")]))

    with pytest.raises(OSError, match="No such file"):
        disk.mkdir(os.fsencode(scene / "library") + b"/" + way, 0o777)

    assert not (scene / "outside/x").exists()
