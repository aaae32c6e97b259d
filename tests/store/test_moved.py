"""Which rows a file could be that is new at its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import rows
from fakes.daemon import Daemon
from shelfd.core.media import Kind, Reading
from shelfd.store import moved


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path)
    yield made
    made.db.close()


def test_what_came_in_after_the_scan_began_is_known_by_its_inode_alone(daemon: Daemon) -> None:
    reader = daemon.db.read()
    assert moved.newest(reader) == 0
    reading = Reading(fingerprint=7)
    rows.shelve(daemon, "movies", Kind.MOVIES, b"A (2001)/A (2001).mkv", reading)
    began = moved.newest(reader)
    rows.shelve(daemon, "movies", Kind.MOVIES, b"B (2002)/B (2002).mkv", reading)
    [inode] = {row[0] for row in reader.execute("SELECT inode FROM files WHERE id > ?", (began,))}

    def names(newest: int, *inodes: int) -> set[bytes]:
        found = moved.alike(reader, inodes, [7], [], newest)
        return {row.place.path.rpartition(b"/")[2] for row in found}

    assert names(moved.newest(reader)) == {b"A (2001).mkv", b"B (2002).mkv"}
    assert names(began) == {b"A (2001).mkv"}
    assert b"B (2002).mkv" in names(began, inode)
    assert names(0) == set()
