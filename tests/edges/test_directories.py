"""A look at the disk tells what is there, and follows no link that leads out of it."""

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import Links, Listing
from shelfd.edges import directories
from trees import plant


def raw(path: Path) -> bytes:
    return os.fsencode(path)


def test_a_listing_tells_files_directories_and_what_is_neither(tmp_path: Path) -> None:
    plant(tmp_path, {"file": b"12345", "below/deep": b"x"})
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")

    found = directories.listing(raw(tmp_path))

    assert {name: facts.size for name, facts in found.files.items()} == {b"file": 5}
    assert found.directories == (b"below",)
    assert found.others == {b"link": "symbolic link", b"pipe": "pipe"}
    assert found.inode == tmp_path.stat().st_ino


def test_a_tree_names_everything_from_its_top(tmp_path: Path) -> None:
    plant(tmp_path, {"a/b/c.mp3": b"x", "a/d.mp3": b"x"})
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a", target_is_directory=True)

    found = directories.tree(raw(tmp_path / "a"))

    assert sorted(found.files) == [b"b/c.mp3", b"d.mp3"]
    assert found.directories == (b"b",)
    assert found.others == {b"loop": "symbolic link"}


def test_a_directory_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="it is not there"):
        directories.listing(raw(tmp_path / "nowhere"))


def test_names_that_are_no_text_are_bytes(tmp_path: Path) -> None:
    Path(os.fsdecode(raw(tmp_path) + b"/\xff.mp3")).write_bytes(b"x")

    assert list(directories.listing(raw(tmp_path)).files) == [b"\xff.mp3"]


def test_a_writer_is_seen_while_it_writes(tmp_path: Path) -> None:
    plant(tmp_path, {"file": b"x"})
    path = tmp_path / "file"
    with path.open("ab"):
        assert directories.has_writer(raw(path))
    with path.open("rb"):
        assert not directories.has_writer(raw(path))
    assert not directories.has_writer(raw(path))


def test_what_cannot_be_asked_for_writers_has_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert not directories.has_writer(raw(tmp_path / "s"))
    assert not directories.has_writer(raw(tmp_path / "nowhere"))


def test_bytes_that_were_never_written_are_counted(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.write(b"x" * 65_536)
        file.truncate(1_000_000)
    plant(tmp_path, {"whole": b"x" * 1_000_000})
    facts = directories.listing(raw(tmp_path)).files

    assert directories.holes(raw(tmp_path / "sparse"), facts[b"sparse"]) == 1_000_000 - 65_536
    assert directories.holes(raw(tmp_path / "whole"), facts[b"whole"]) == 0


def test_what_exists_in_another_spelling_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"The Beatles/Help!": {}, "Cafe\u0301": {}})

    spelled = directories.spelled(raw(tmp_path), (b"the beatles", b"HELP!", b"01.mp3"))
    composed = directories.spelled(raw(tmp_path), ("Café".encode(),))

    assert spelled == (b"The Beatles", b"Help!", b"01.mp3")
    assert composed == ("Cafe\u0301".encode(),)


def links(top: Path, policy: Links, *tops: Path) -> Listing:
    """List a directory whose links may lead to these trees, and into itself."""
    inside = directories.among(raw(tree) for tree in (top, *tops))
    return directories.listing(raw(top), policy, inside)


def test_a_link_to_a_file_counts_with_the_facts_of_the_file(tmp_path: Path) -> None:
    plant(tmp_path, {"inbox/x.mp3": b"12345", "library": {}})
    os.utime(tmp_path / "inbox/x.mp3", ns=(5, 7_000_000_000))
    (tmp_path / "library/1.mp3").symlink_to(tmp_path / "inbox/x.mp3")
    (tmp_path / "library/2.mp3").symlink_to("1.mp3")
    (tmp_path / "library/3.mp3").symlink_to("2.mp3")

    found = links(tmp_path / "library", "files", tmp_path / "inbox")

    assert sorted(found.files) == [b"1.mp3", b"2.mp3", b"3.mp3"]
    assert {(facts.size, facts.mtime_ns) for facts in found.files.values()} == {(5, 7_000_000_000)}
    assert found.files[b"3.mp3"] == directories.facts(raw(tmp_path / "inbox/x.mp3"))
    assert found.others == {}


def test_a_link_that_counts_for_nothing_says_why(tmp_path: Path) -> None:
    plant(tmp_path, {"library/below": {}, "library/notes.txt": b"x", "elsewhere/x.mp3": b"x"})
    library = tmp_path / "library"
    os.mkfifo(library / "pipe")
    for name, leads_to in {
        "out.mp3": "../elsewhere/x.mp3",
        "back.mp3": "below/../../elsewhere/x.mp3",
        "broken.mp3": "nowhere.mp3",
        "through.mp3": "notes.txt/x.mp3",
        "loop.mp3": "pool.mp3",
        "pool.mp3": "loop.mp3",
        "text.mp3": "notes.txt",
        "pipe.mp3": "pipe",
        "directory": "below",
    }.items():
        (library / name).symlink_to(leads_to)

    found = links(library, "files")

    assert list(found.files) == [b"notes.txt"]
    assert found.others == {
        b"pipe": "pipe",
        b"out.mp3": "link out of the libraries",
        b"back.mp3": "link out of the libraries",
        b"broken.mp3": "broken link",
        b"through.mp3": "broken link",
        b"loop.mp3": "link that leads to itself",
        b"pool.mp3": "link that leads to itself",
        b"text.mp3": "link to a file that is no media file",
        b"pipe.mp3": "link to a special file",
        b"directory": "link to a directory",
    }


def test_no_link_counts_where_links_are_skipped(tmp_path: Path) -> None:
    plant(tmp_path, {"x.mp3": b"x"})
    (tmp_path / "y.mp3").symlink_to("x.mp3")

    assert links(tmp_path, "skip").others == {b"y.mp3": "symbolic link"}


def test_a_link_to_a_directory_counts_when_all_do(tmp_path: Path) -> None:
    plant(tmp_path, {"a/real/x.mp3": b"x", "b": {}, "elsewhere": {}})
    (tmp_path / "b/link").symlink_to("../a/real")
    (tmp_path / "b/out").symlink_to("../elsewhere")

    found = links(tmp_path / "b", "all", tmp_path / "a")

    assert found.directories == (b"link",)
    assert found.others == {b"out": "link out of the libraries"}
    assert list(directories.listing(raw(tmp_path / "b/link")).files) == [b"x.mp3"]


def test_a_walk_over_links_in_circles_ends(tmp_path: Path) -> None:
    plant(tmp_path, {"a/deep": {}, "b/deep": {}, "c": {}})
    for link, leads_to in {
        "a/self": ".",
        "a/deep/up": "..",
        "a/to_b": "../b",
        "b/to_a": "../a",
        "b/deep/to_top": "../..",
        "c/into": "../b/deep",
    }.items():
        (tmp_path / link).symlink_to(leads_to)
    inside = directories.among([raw(tmp_path)])

    todo, found = [raw(tmp_path)], 0
    while todo:
        here = todo.pop()
        found += 1
        assert found < 100
        listed = directories.listing(here, "all", inside)
        todo += [here + b"/" + name for name in listed.directories]


def test_a_root_may_be_reached_over_a_link(tmp_path: Path) -> None:
    plant(tmp_path, {"disk/music/x.mp3": b"x", "disk/music2/y.mp3": b"x"})
    (tmp_path / "media").symlink_to("disk")
    inside = directories.among([raw(tmp_path / "media/music")])

    assert inside(raw(tmp_path.resolve() / "disk/music/x.mp3"))
    assert inside(raw(tmp_path.resolve() / "disk/music"))
    assert not inside(raw(tmp_path.resolve() / "disk/music2/y.mp3"))


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that everybody can reach."""
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)  # noqa: S103  # that is its purpose
        yield Path(path)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Act as a user who may not look everywhere; one who is not root is such a user."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_entry_that_may_not_be_looked_at_spoils_no_other(public: Path) -> None:
    plant(public, {"names/x.mp3": b"x", "names/below": {}})
    (public / "names").chmod(0o744)  # its names can be read, and nothing of what they stand for
    if os.geteuid() != 0:
        (public / "names").chmod(0o444)
    try:
        with as_nobody():
            found = directories.listing(raw(public / "names"))
    finally:
        (public / "names").chmod(0o755)

    assert found.directories == (b"below",)
    assert found.others == {b"x.mp3": "unreadable: Permission denied"}


def test_a_directory_that_may_not_be_read_is_no_empty_one(public: Path) -> None:
    plant(public, {"closed/x.mp3": b"x"})
    (public / "closed").chmod(0)
    try:
        with as_nobody(), pytest.raises(BrokenError, match="Permission denied") as caught:
            directories.listing(raw(public / "closed"))
    finally:
        (public / "closed").chmod(0o755)

    assert caught.value.hint


def test_a_directory_that_goes_while_it_is_listed_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, {"going/x.mp3": b"x", "going/y.mp3": b"x"})
    scandir = os.scandir

    def late(path: bytes) -> contextlib.AbstractContextManager[Iterator[os.DirEntry[bytes]]]:
        with scandir(path) as entries:
            read = list(entries)
        monkeypatch.undo()
        shutil.rmtree(path)
        return contextlib.nullcontext(iter(read))

    monkeypatch.setattr(os, "scandir", late)
    with pytest.raises(NotFoundError):
        directories.listing(raw(tmp_path / "going"))


def test_the_content_of_a_small_file_is_returned(tmp_path: Path) -> None:
    plant(tmp_path, {"small": b"12345", "empty": b"", "below": {}})
    os.mkfifo(tmp_path / "pipe")

    assert directories.content(raw(tmp_path / "small"), 5) == b"12345"
    assert directories.content(raw(tmp_path / "empty"), 5) == b""
    assert directories.content(raw(tmp_path / "nowhere"), 5) is None
    assert directories.content(raw(tmp_path / "small/x"), 5) is None
    for name, what in {"small": "longer than 4", "below": "no regular", "pipe": "no reg"}.items():
        with pytest.raises(BrokenError, match=what):
            directories.content(raw(tmp_path / name), 4)
