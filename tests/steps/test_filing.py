"""What is filed keeps its bytes, its time and its mode; nothing that was there before is touched."""

import errno
import os
import stat
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.journal import Action
from shelfd.core.operations import State
from shelfd.core.settings import Mode
from shelfd.edges.disk import Disk
from shelfd.store import drops, journal, queries
from trees import names, plant, tree


def song(path: Path, title: str = "One", track: str = "1") -> None:
    path.parent.mkdir(exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title=title, track=track)


FILED = "music/Ann/Some/01 One.mp3"


@pytest.mark.parametrize("mode", ["auto", "move", "copy", "hardlink"])
def test_content_time_and_mode_are_kept(tmp_path: Path, mode: Mode) -> None:
    home = Household(tmp_path, mode=mode)
    source = home.inbox / "one.mp3"
    song(source)
    source.chmod(0o640)
    os.utime(source, ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))
    content = source.read_bytes()

    home.settle()

    facts = (home.library / FILED).stat()
    assert (home.library / FILED).read_bytes() == content
    assert facts.st_mtime_ns == 1_500_000_000_123_456_789
    assert stat.S_IMODE(facts.st_mode) == 0o640


def test_a_hard_link_that_is_seeding_stays_as_it_is(tmp_path: Path) -> None:
    home = Household(tmp_path)
    seed = tmp_path / "seed.mp3"
    song(seed)
    os.link(seed, home.inbox / "one.mp3")
    before = seed.read_bytes()

    home.settle()

    assert names(home.library) == [FILED]
    assert seed.read_bytes() == before


def test_with_keep_the_source_stays_and_is_not_filed_again(tmp_path: Path) -> None:
    home = Household(tmp_path, after="keep")
    song(home.inbox / "one.mp3")
    home.settle()
    home.settle()

    assert names(home.inbox) == ["one.mp3"]
    assert names(home.library) == [FILED]
    assert len(home.imports()) == 1


def test_a_link_leaves_the_source_where_it_is(tmp_path: Path) -> None:
    home = Household(tmp_path, mode="symlink")
    song(home.inbox / "one.mp3")

    home.settle()

    assert os.readlink(home.library / FILED) == str(home.inbox / "one.mp3")


def test_the_source_goes_to_the_trash_not_away(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    home.settle()

    [operation] = home.imports()
    assert (home.inbox / ".shelfd-trash" / str(operation.id) / "one.mp3").exists()


def test_what_is_in_the_way_is_never_replaced(tmp_path: Path) -> None:
    home = Household(tmp_path)
    plant(home.library, {FILED: b"mine, and older"})
    song(home.inbox / "one.mp3")

    home.settle()

    assert (home.library / FILED).read_bytes() == b"mine, and older"
    assert names(home.inbox) == ["one.mp3"]
    drop = drops.one(home.db.read(), home.place(b"one.mp3"))
    assert drop is not None
    assert drop.state == "refused"
    assert "something else is already at" in drop.reason


def test_the_same_content_that_is_there_already_is_success(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    content = (home.inbox / "one.mp3").read_bytes()
    plant(home.library, {FILED: content})

    home.settle()

    assert [operation.state for operation in home.imports()] == [State.COMPLETED]
    assert names(home.inbox) == []
    assert (home.library / FILED).read_bytes() == content


def test_what_exists_in_another_spelling_is_used(tmp_path: Path) -> None:
    home = Household(tmp_path)
    plant(home.library, {"music/ANN/some": {}})
    song(home.inbox / "one.mp3")

    home.settle()

    assert names(home.library) == ["music/ANN/some/01 One.mp3"]


def test_subtitles_and_covers_travel_with_the_film(tmp_path: Path) -> None:
    home = Household(tmp_path)
    release = home.inbox / "A.Film.2020.1080p.WEB.x264-GRP"
    release.mkdir()
    media.mkv(release / "a.film.2020.mkv")
    plant(
        release, {"a.film.2020.en.forced.srt": b"1\n", "poster.jpg": media.jpeg(), "x.exe": b"no"}
    )

    home.settle()

    assert names(home.library) == [
        "movies/A Film (2020)/A Film (2020).en.forced.srt",
        "movies/A Film (2020)/A Film (2020).mkv",
        "movies/A Film (2020)/poster.jpg",
    ]
    assert names(home.inbox) == ["A.Film.2020.1080p.WEB.x264-GRP/x.exe"]


def test_one_bad_file_does_not_keep_the_others(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "Album" / "1.mp3")
    plant(home.inbox, {"Album/2.mp3": b"no music"})

    home.settle()
    home.clock.now += 20
    home.work()

    assert names(home.library) == [FILED]
    assert names(home.inbox) == ["Album/2.mp3"]
    drop = drops.one(home.db.read(), home.place(b"Album"))
    assert drop is not None
    assert (drop.state, drop.reason[:28]) == ("refused", "Album/2.mp3: it cannot be re")


def test_a_file_that_comes_late_is_filed_too(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "Album" / "1.mp3")
    home.settle()
    song(home.inbox / "Album" / "2.mp3", "Two", "2")

    home.settle()

    assert names(home.library) == [FILED, "music/Ann/Some/02 Two.mp3"]
    assert names(home.inbox) == []


def test_shows_books_and_audiobooks_find_their_places(tmp_path: Path) -> None:
    home = Household(tmp_path)
    media.mkv(home.inbox / "Some.Show.S01E02.The.Title.720p.HDTV.x264-GRP.mkv")
    media.epub(home.inbox / "b.epub", title="A Book", author="Bea Writer")
    media.m4b(home.inbox / "c.m4b", artist="Cal Author", album="An Audiobook", title="An Audiobook")

    home.settle()

    assert names(home.library) == [
        "audiobooks/Cal Author/An Audiobook/An Audiobook.m4b",
        "books/Bea Writer/A Book/A Book.epub",
        "shows/Some Show/Season 01/Some Show S01E02 The Title.mkv",
    ]


def test_an_undo_is_refused_as_a_whole_when_what_was_filed_has_changed(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    home.settle()
    [operation] = home.imports()
    (home.library / FILED).write_bytes(b"retagged")
    before = tree(home.library)

    undone = home.undo(operation.id)

    assert undone.state is State.FAILED
    assert undone.error is not None
    assert "has been changed since" in undone.error["message"]
    assert tree(home.library) == before


def test_an_undo_of_an_undone_import_is_refused(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    home.settle()
    [operation] = home.imports()
    assert home.undo(operation.id).state is State.COMPLETED

    again = home.undo(operation.id)

    assert again.error is not None
    assert again.error["code"] == "nothing_to_undo"


def test_an_import_is_undone_though_its_directory_has_to_stay_for_others(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    home.settle()
    song(home.inbox / "two.mp3", "Two", "2")
    home.settle()
    first, _second = home.imports()
    assert home.undo(first.id).state is State.COMPLETED
    assert names(home.library) == ["music/Ann/Some/02 Two.mp3"]

    again = home.undo(first.id)

    assert again.error is not None
    assert again.error["code"] == "nothing_to_undo"
    assert not queries.is_undoable(home.db.read(), first.id)


def joined(home: Household) -> tuple[int, int]:
    """File a track, and then another one into the directory that was made for the first."""
    song(home.inbox / "one.mp3")
    home.settle()
    song(home.inbox / "two.mp3", "Two", "2")
    home.settle()
    first, second = home.imports()
    return first.id, second.id


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_last_undo_removes_the_directories_that_another_import_had_made(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    home = Household(tmp_path)
    imports = joined(home)

    before, last = (home.undo(imports[one]) for one in order)

    assert (before.state, last.state) == (State.COMPLETED, State.COMPLETED)
    assert not (home.library / "music" / "Ann").exists()
    done = [entry for entry in journal.of(home.db.read(), last.id) if entry.state == "done"]
    removed = [entry.step.source for entry in done if entry.step.action is Action.RMDIR]
    assert [place.path for place in removed if place and place.root == "music"] == [
        *(b"Ann/Some", b"Ann")
    ]


def test_an_undo_leaves_directories_of_imports_that_were_not_undone(tmp_path: Path) -> None:
    home = Household(tmp_path)
    _first, second = joined(home)
    (home.library / FILED).unlink()

    assert home.undo(second).state is State.COMPLETED

    assert (home.library / FILED).parent.is_dir()


def test_an_undo_leaves_an_empty_directory_that_somebody_made_anew(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    home.settle()
    [first] = home.imports()
    home.undo(first.id)
    album = (home.library / FILED).parent
    album.mkdir(parents=True)
    song(home.inbox / "two.mp3", "Two", "2")
    home.settle()
    second = home.imports()[-1]

    assert home.undo(second.id).state is State.COMPLETED

    assert album.is_dir()


def test_an_undo_leaves_a_directory_in_which_something_else_lies(tmp_path: Path) -> None:
    home = Household(tmp_path)
    first, second = joined(home)
    home.undo(first)
    plant(home.library, {"music/Ann/mine.txt": b"x"})

    assert home.undo(second).state is State.COMPLETED

    assert names(home.library) == ["music/Ann/mine.txt"]
    assert not (home.library / FILED).parent.exists()


def test_what_was_put_back_is_not_filed_again_by_itself(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    home.settle()
    [operation] = home.imports()
    home.undo(operation.id)

    home.settle()
    home.settle()

    assert names(home.inbox) == ["one.mp3"]
    assert names(home.library) == []


def test_an_album_that_is_only_half_there_is_joined(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    home.settle()
    song(home.inbox / "two.mp3", "Two", "2")
    home.settle()

    assert names(home.library) == [FILED, "music/Ann/Some/02 Two.mp3"]


def test_undoing_several_imports_in_any_order_leaves_no_trace(tmp_path: Path) -> None:
    home = Household(tmp_path)
    for name in ("a", "b", "c"):
        media.mp3(home.inbox / f"{name}.mp3", artist=name, album="Some", title="One", track="1")
    before = tree(home.inbox)
    home.settle()
    first, second, third = home.imports()

    for operation in (first, third, second):
        undone = home.undo(operation.id)
        assert undone.state is State.COMPLETED, undone.error

    assert tree(home.inbox) == before
    assert names(home.library) == []


def test_an_undo_keeps_the_only_copy_when_the_source_was_overwritten(tmp_path: Path) -> None:
    home = Household(tmp_path, mode="copy", after="keep")
    song(home.inbox / "one.mp3")
    home.settle()
    [operation] = home.imports()
    (home.inbox / "one.mp3").write_bytes(b"another")

    undone = home.undo(operation.id)

    assert undone.state is State.FAILED
    assert names(home.library) == [FILED]


def test_a_new_file_of_the_same_name_that_came_meanwhile_is_filed_too(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3")
    home.look()
    home.clock.now += 20
    home.stop_after(11)
    home.work()
    song(home.inbox / "one.mp3", "Another", "2")
    home.close()
    home.open()
    home.settle()
    home.settle()

    assert names(home.library) == [FILED, "music/Ann/Some/02 Another.mp3"]


def test_a_disk_that_dies_in_the_middle_ends_the_operation(tmp_path: Path) -> None:
    disk = DyingDisk()
    home = Household(tmp_path, mode="copy", disk=disk)
    song(home.inbox / "Album" / "1.mp3")
    song(home.inbox / "Album" / "2.mp3", "Two", "2")
    home.look()
    home.clock.now += 20
    disk.renames_left = 3
    home.work()

    [operation] = home.imports()
    assert operation.state is State.FAILED
    assert home.open_steps() == 0


class DyingDisk(Disk):
    """A disk that becomes read-only after some renames."""

    renames_left: int | None = None

    def rename(self, source: bytes, target: bytes) -> None:
        if self.renames_left is not None:
            self.renames_left -= 1
        if self.dead():
            raise OSError(errno.EROFS, "Read-only file system")
        super().rename(source, target)

    def unlink(self, path: bytes) -> None:
        if self.dead():
            raise OSError(errno.EROFS, "Read-only file system")
        super().unlink(path)

    def rmdir(self, path: bytes) -> None:
        if self.dead():
            raise OSError(errno.EROFS, "Read-only file system")
        super().rmdir(path)

    def utime(self, path: int | bytes, mtime_ns: int) -> None:
        if self.dead():
            raise OSError(errno.EROFS, "Read-only file system")
        super().utime(path, mtime_ns)

    def dead(self) -> bool:
        return self.renames_left is not None and self.renames_left < 0


class ForgetfulDisk(Disk):
    """A disk that renames, and then cannot make that durable."""

    failing = False

    def sync(self, what: int | bytes) -> None:
        if self.failing and isinstance(what, bytes) and what.endswith(b"Some"):
            raise OSError(errno.EIO, "Input/output error")
        super().sync(what)


@pytest.mark.parametrize("mode", ["move", "copy"])
def test_a_change_that_could_not_be_made_durable_is_put_back_too(
    tmp_path: Path, mode: Mode
) -> None:
    disk = ForgetfulDisk()
    home = Household(tmp_path, mode=mode, disk=disk)
    song(home.inbox / "one.mp3")
    home.look()
    home.clock.now += 20
    disk.failing = True
    home.work()

    [operation] = home.imports()
    assert (operation.state, operation.retries) == (State.QUEUED, 1)
    assert operation.fault is not None
    assert operation.fault["code"] == "disk_error"
    assert names(home.inbox) == ["one.mp3"]
    assert home.open_steps() == 0
    disk.failing = False
    home.clock.now += 30
    home.work()
    assert names(home.library) == [FILED]
    assert home.operation(operation.id).state is State.COMPLETED
    assert names(home.inbox) == []


def test_a_link_in_the_library_that_leads_out_of_it_is_never_followed(tmp_path: Path) -> None:
    home = Household(tmp_path)
    plant(tmp_path, {"outside/theirs.txt": b"theirs"})
    (home.library / "music/Ann").symlink_to(tmp_path / "outside")
    song(home.inbox / "one.mp3")
    content = (home.inbox / "one.mp3").read_bytes()

    home.settle()

    assert names(tmp_path / "outside") == ["theirs.txt"]
    assert (home.inbox / "one.mp3").read_bytes() == content
    [operation] = home.imports()
    assert operation.error is not None
    assert "symbolic link" in operation.error["message"] + operation.error["hint"]


def test_an_undo_is_refused_when_what_was_filed_holds_something_else_at_the_same_size_and_time(
    tmp_path: Path,
) -> None:
    home = Household(tmp_path, mode="copy")
    song(home.inbox / "one.mp3")
    home.settle()
    filed = home.library / "music/Ann/Some/01 One.mp3"
    facts = filed.stat()
    edited = filed.read_bytes()[:-3] + b"EDT"
    (tmp_path / "edited").write_bytes(edited)
    os.utime(tmp_path / "edited", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    (tmp_path / "edited").replace(filed)

    undone = home.undo(home.imports()[0].id)

    assert undone.error is not None
    assert "has been changed since" in undone.error["message"]
    assert "nothing was changed" in undone.error["hint"]
    assert filed.read_bytes() == edited


def test_an_edit_in_place_at_the_same_size_and_time_survives_an_undo(tmp_path: Path) -> None:
    home = Household(tmp_path, mode="copy")
    song(home.inbox / "one.mp3")
    home.settle()
    filed = home.library / "music/Ann/Some/01 One.mp3"
    facts = filed.stat()
    with filed.open("r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"EDT")
    os.utime(filed, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    undone = home.undo(home.imports()[0].id)

    assert undone.error is not None
    assert "holds something else" in undone.error["message"]
    assert filed.read_bytes().endswith(b"EDT")
    assert (home.inbox / "one.mp3").exists()


class CrowdedDisk(Disk):
    """A disk on which somebody removes a file in the midst of the first copy."""

    gone: Path | None = None

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        super().write(descriptor, data)
        if self.gone is not None:
            self.gone.unlink(missing_ok=True)


def test_what_was_there_already_and_goes_meanwhile_is_filed_after_all(tmp_path: Path) -> None:
    disk = CrowdedDisk()
    home = Household(tmp_path, mode="copy", disk=disk)
    song(home.inbox / "album/one.mp3")
    song(home.inbox / "album/two.mp3", "Two", "2")
    content = (home.inbox / "album/one.mp3").read_bytes()
    plant(home.library, {FILED: content})
    disk.gone = home.library / FILED

    home.settle()
    disk.gone = None
    home.settle()

    assert (home.library / FILED).read_bytes() == content
    assert names(home.library) == [FILED, "music/Ann/Some/02 Two.mp3"]
    assert names(home.inbox) == []
