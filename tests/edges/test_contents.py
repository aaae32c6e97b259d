"""The content of files, read piece by piece from the disk itself, at idle priority."""

import ctypes
import os
import threading
from pathlib import Path

import pytest
import xxhash

from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.edges import idleness
from shelfd.edges.contents import CHUNK, Content
from shelfd.edges.idleness import idle

MEMORY = Path("/dev/shm")  # noqa: S108  # a file system in memory, which knows no O_DIRECT on many kernels
SIZES = [0, 1, 4095, 4096, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 4097]


class Count:
    """Counts bytes, and lets the reading go on."""

    def __init__(self) -> None:
        self.bytes = 0

    def __call__(self, size: int) -> bool:
        self.bytes += size
        return True


def digest(data: bytes) -> bytes:
    return xxhash.xxh3_128_digest(data)


def content(path: Path) -> Content:
    return Content(os.fsencode(path))


@pytest.mark.parametrize("size", SIZES)
def test_the_hash_is_that_of_all_that_is_in_the_file(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    found, count = content(tmp_path / "file"), Count()

    found.read(count)

    assert (found.is_whole, found.digest, count.bytes) == (True, digest(data), size)


def test_a_file_in_memory_is_read_as_well() -> None:
    path = MEMORY / f"shelfd-{os.getpid()}"
    path.write_bytes(b"x" * (CHUNK + 5))
    try:
        found = content(path)
        found.read(lambda _size: True)
    finally:
        path.unlink()

    assert (found.is_whole, found.digest) == (True, digest(b"x" * (CHUNK + 5)))


def test_it_stops_between_two_pieces_and_is_read_on(tmp_path: Path) -> None:
    data = os.urandom(3 * CHUNK + 7)
    (tmp_path / "file").write_bytes(data)
    found = content(tmp_path / "file")

    found.read(lambda _size: False)
    assert not found.is_whole
    count = Count()
    found.read(count)

    assert (found.is_whole, found.digest, count.bytes) == (True, digest(data), 2 * CHUNK + 7)


def test_a_file_that_is_another_by_now_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(2 * CHUNK))
    found = content(path)
    found.read(lambda _size: False)
    path.write_bytes(b"another")

    found.read(lambda _size: True)

    assert (found.is_whole, found.digest) == (True, digest(b"another"))


def test_a_file_that_changes_while_it_is_read_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(2 * CHUNK))
    found = content(path)

    def change(_size: int) -> bool:
        os.utime(path, ns=(1, 1))
        return True

    found.read(change)

    assert not found.is_whole


def test_what_is_not_there_is_gone_and_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        content(tmp_path / "none").read(lambda _size: True)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(BrokenError, match="it cannot be read: Too many levels"):
        content(tmp_path / "loop").read(lambda _size: True)


def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found = content(tmp_path / "pipe")

    found.read(lambda _size: True)

    assert not found.is_whole


def test_a_thread_is_idle_inside_of_the_block_only_and_no_other_is() -> None:
    ask = ctypes.CDLL(None).syscall
    number = idleness.CALLS[os.uname().machine][1]

    def priority() -> int:
        return int(ask(number, idleness.PROCESS, idleness.THIS_THREAD))

    is_inside, is_asked, others = threading.Event(), threading.Event(), list[int]()

    def another() -> None:
        is_inside.wait()
        others.append(priority())
        is_asked.set()

    before = priority()
    thread = threading.Thread(target=another)
    thread.start()
    with idle() as permitted:
        inside = priority()
        is_inside.set()
        is_asked.wait()
    thread.join()

    assert permitted
    assert (inside, others, priority()) == (idleness.IDLE, [before], before)
