"""What moves keeps its item: renamed, moved between directories and libraries, replaced, taken away and put back."""

import os
import shutil
from pathlib import Path

import pytest

import media
from household import Household


@pytest.fixture
def home(tmp_path: Path) -> Household:
    home = Household(tmp_path)
    song(home.library / "music/Ann/Some/01 One.mp3", "One")
    song(home.library / "music/Ann/Some/02 Two.mp3", "Two")
    song(home.library / "music/Bob/Other/01 Three.mp3", "Three")
    (home.library / "movies/Alien (1979)").mkdir()
    media.mkv(home.library / "movies/Alien (1979)/Alien (1979).mkv", seconds=1)
    for number in (1, 2):
        path = home.library / f"shows/Dark (2017)/Season 0{number}/Dark (2017) S0{number}E01.mkv"
        path.parent.mkdir(parents=True)
        media.mkv(path, seconds=number)
    for root in ("music", "movies", "shows"):
        home.scan(root, recursive=True)
    home.clock.now += 100
    home.reader.count = 0
    return home


def song(path: Path, title: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title=title, track="1")


def items(home: Household, kind: str = "track") -> dict[str, tuple[int, str]]:
    rows = home.db.read().execute(
        "SELECT title, id, state FROM items WHERE kind = ? ORDER BY id", (kind,)
    )
    return {row["title"]: (row["id"], row["state"]) for row in rows}


def files(home: Household) -> dict[str, bool]:
    """Return every file of the catalog with whether it is there."""
    rows = home.db.read().execute(
        "SELECT root, path, name, missing_since FROM files JOIN directories ON directories.id = directory"
    )
    return {
        f"{row['root']}/{os.fsdecode(os.path.join(row['path'], row['name']))}": row["missing_since"]
        is None
        for row in rows
    }


@pytest.mark.parametrize("order", [("Ann/Some", "New/Place"), ("New/Place", "Ann/Some")])
def test_nv13_a_file_in_another_directory_is_the_same_item(
    home: Household, order: tuple[str, str]
) -> None:
    before = items(home)
    target = home.library / "music/New/Place/07 One.mp3"
    target.parent.mkdir(parents=True)
    (home.library / "music/Ann/Some/01 One.mp3").rename(target)

    for directory in order:
        home.scan("music", directory.encode())

    assert items(home) == before
    assert files(home)["music/New/Place/07 One.mp3"]
    assert "music/Ann/Some/01 One.mp3" not in files(home)
    assert home.reader.count == 0


def test_a_directory_that_was_renamed_takes_its_items_along(home: Household) -> None:
    before = items(home), items(home, "album")
    (home.library / "music/Ann").rename(home.library / "music/Anne")

    operation = home.scan("music")

    assert (items(home), items(home, "album")) == before
    assert operation.result is not None
    assert (operation.result["moved"], operation.result["added"], operation.result["missing"]) == (
        2,
        0,
        0,
    )
    assert home.reader.count == 0
    assert set(files(home).values()) == {True}


def test_a_movie_whose_directory_was_renamed_is_the_same_movie(home: Household) -> None:
    before = items(home, "movie")
    (home.library / "movies/Alien (1979)").rename(home.library / "movies/Alien (1979) [x]")

    home.scan("movies")

    assert items(home, "movie") == before


def test_a_show_that_was_renamed_is_the_same_show_with_the_same_episodes(home: Household) -> None:
    [before], episodes = items(home, "show").values(), items(home, "episode")
    (home.library / "shows/Dark (2017)").rename(home.library / "shows/Dark (2017) [tmdbid-70523]")

    home.scan("shows")

    assert list(items(home, "show").values()) == [before]
    assert set(items(home, "episode").values()) == set(episodes.values())


def test_a_file_in_another_library_is_the_same_item(home: Household) -> None:
    before = items(home, "movie")
    shutil.move(home.library / "movies/Alien (1979)", home.library / "shows/Alien (1979)")

    home.scan("shows")
    home.scan("movies")

    [(number, state)] = before.values()
    rows = home.db.read().execute("SELECT id, root, state FROM items WHERE id = ?", (number,))
    assert [tuple(row) for row in rows] == [(number, "shows", state)]


def test_nv14_a_move_of_which_only_one_half_was_seen_before_a_crash_is_one_item(
    home: Household,
) -> None:
    before = items(home)
    target = home.library / "music/New/Place/07 One.mp3"
    target.parent.mkdir(parents=True)
    (home.library / "music/Ann/Some/01 One.mp3").rename(target)
    home.scan("music", b"Ann/Some")
    assert items(home)["One"][1] == "missing"
    home.close()
    home.open()

    home.scan("music", recursive=True)

    assert items(home) == before
    assert set(files(home).values()) == {True}


def test_a_copy_on_another_disk_whose_original_is_gone_is_the_same_item(home: Household) -> None:
    before = items(home)
    source, target = home.library / "music/Ann/Some/01 One.mp3", home.library / "music/New/1.mp3"
    target.parent.mkdir()
    keep = target.with_name("keep.txt")
    keep.write_bytes(b"")  # so that the inode of the original is not given out again at once
    shutil.copyfile(source, target)
    source.unlink()

    home.scan("music", recursive=True)

    assert items(home) == before
    assert set(files(home).values()) == {True}


def test_nv15_a_better_file_of_the_same_track_is_the_same_item(home: Household) -> None:
    before = items(home)
    (home.library / "music/Ann/Some/01 One.mp3").unlink()
    media.flac(
        home.library / "music/Ann/Some/01 One.flac",
        artist="Ann",
        album="Some",
        title="One",
        track="1",
    )

    home.scan("music", b"Ann/Some")

    assert items(home) == before
    assert set(files(home).values()) == {True}


@pytest.mark.parametrize("place", ["Ann/Some/01 One.mp3", "Elsewhere/One.mp3"])
def test_nv16_a_missing_file_that_was_put_back_is_the_same_record(
    home: Household, place: str
) -> None:
    before = items(home)
    away = home.top / "away.mp3"
    (home.library / "music/Ann/Some/01 One.mp3").rename(away)
    home.scan("music", recursive=True)
    assert items(home)["One"][1] == "missing"

    target = home.library / "music" / place
    target.parent.mkdir(exist_ok=True)
    away.rename(target)
    home.scan("music", recursive=True)

    assert items(home) == before
    assert set(files(home).values()) == {True}


def test_of_two_copies_of_a_missing_file_none_is_taken_for_it(home: Household) -> None:
    source = home.library / "music/Ann/Some/01 One.mp3"
    for name in ("x", "y"):
        (home.library / "music" / name).mkdir()
        shutil.copyfile(source, home.library / "music" / name / f"{name}.mp3")
    source.unlink()

    home.scan("music", recursive=True)

    assert files(home)["music/Ann/Some/01 One.mp3"] is False


def test_a_hard_link_is_another_name_and_is_not_read_again(home: Household) -> None:
    os.link(home.library / "music/Ann/Some/01 One.mp3", home.library / "music/Ann/Some/09 Link.mp3")
    (home.library / "music/Ann/Some/01 One.mp3").touch()  # a new link changes the status time
    home.scan("music", b"Ann/Some")
    home.reader.count = 0
    os.link(home.library / "music/Bob/Other/01 Three.mp3", home.library / "music/Bob/Link.mp3")

    home.scan("music", b"Bob")

    assert files(home)["music/Bob/Link.mp3"]
    assert files(home)["music/Bob/Other/01 Three.mp3"]
    assert home.reader.count == 0


def test_wm10_a_change_of_case_keeps_the_item(home: Household) -> None:
    before = items(home)
    some = home.library / "music/Ann/Some"
    (some / "01 One.mp3").rename(some / "01 ONE.mp3")
    some.rename(some.with_name("SOME"))

    home.scan("music", b"Ann")

    assert items(home) == before
    assert files(home) == {
        "music/Ann/SOME/01 ONE.mp3": True,
        "music/Ann/SOME/02 Two.mp3": True,
        "music/Bob/Other/01 Three.mp3": True,
    } | {name: True for name in files(home) if not name.startswith("music")}


def test_two_directories_that_were_swapped_swap_their_items(home: Household) -> None:
    before = items(home)
    music = home.library / "music"
    (music / "Ann").rename(music / "aside")
    (music / "Bob").rename(music / "Ann")
    (music / "aside").rename(music / "Bob")

    home.scan("music", recursive=True)

    assert items(home) == before
    assert set(files(home).values()) == {True}


def test_a_link_to_a_file_that_is_linked_once_more_stays_where_it_is(home: Household) -> None:
    music = home.library / "music"
    (music / "Ann/link.mp3").symlink_to(music / "Ann/Some/01 One.mp3")
    home.scan("music", b"Ann")
    (music / "Bob/second link.mp3").symlink_to(music / "Ann/Some/01 One.mp3")

    home.scan("music", b"Bob")

    assert files(home)["music/Ann/link.mp3"]
    assert files(home)["music/Bob/second link.mp3"]


def test_a_file_whose_old_place_has_a_new_one_is_moved_and_the_new_one_is_there(
    home: Household,
) -> None:
    before = items(home)
    some = home.library / "music/Ann/Some"
    (some / "01 One.mp3").rename(home.library / "music/Bob/Other/05 One.mp3")
    song(some / "01 One.mp3", "Another")

    home.scan("music", recursive=True)

    after = items(home)
    assert after.pop("Another")[0] not in {number for number, _state in before.values()}
    assert after == before
    assert files(home)["music/Ann/Some/01 One.mp3"]
    assert files(home)["music/Bob/Other/05 One.mp3"]


def test_two_files_that_swap_their_names_keep_their_items(home: Household) -> None:
    before = items(home)
    some = home.library / "music/Ann/Some"
    (some / "01 One.mp3").rename(some / "aside")
    (some / "02 Two.mp3").rename(some / "01 One.mp3")
    (some / "aside").rename(some / "02 Two.mp3")

    home.scan("music", b"Ann/Some")

    assert items(home) == before
    assert home.reader.count == 2  # by their names they are others


def test_files_that_were_renumbered_keep_their_items(home: Household) -> None:
    before = items(home)
    some = home.library / "music/Ann/Some"
    (some / "02 Two.mp3").rename(some / "03.mp3")
    (some / "01 One.mp3").rename(some / "02 Two.mp3")

    home.scan("music", b"Ann/Some")

    assert items(home) == before
    assert set(files(home).values()) == {True}


def test_a_file_that_was_written_over_by_another_keeps_its_item(home: Household) -> None:
    number = items(home)["One"][0]
    some = home.library / "music/Ann/Some"
    (some / "02 Two.mp3").rename(some / "01 One.mp3")

    home.scan("music", b"Ann/Some")

    rows = home.db.read().execute("SELECT title, state FROM items WHERE id = ?", (number,))
    assert [tuple(row) for row in rows] == [("Two", "present")]


def test_a_file_that_was_restored_from_a_backup_is_not_taken_for_its_copy(home: Household) -> None:
    before = items(home)
    path = home.library / "music/Ann/Some/01 One.mp3"
    shutil.copy2(path, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").rename(path)
    (home.library / "music/A").mkdir()
    shutil.copy(path, home.library / "music/A/copy.mp3")

    home.scan("music", recursive=True)

    row = home.db.read().execute(
        "SELECT item FROM files JOIN directories ON directories.id = directory WHERE path = ?",
        (b"Ann/Some",),
    )
    assert {each[0] for each in row} == {before["One"][0], before["Two"][0]}


def test_an_album_of_which_one_disc_goes_to_another_library_stays_with_the_other(
    home: Household,
) -> None:
    for disc in (1, 2):
        path = home.library / f"music/Dbl/CD{disc}/01.mp3"
        path.parent.mkdir(parents=True)
        media.mp3(path, artist="Ann", album="Dbl", title=f"T{disc}", track="1", disc=str(disc))
    home.scan("music", b"Dbl", recursive=True)
    shutil.move(home.library / "music/Dbl/CD2", home.library / "audiobooks/CD")

    home.scan("audiobooks", recursive=True)
    home.scan("music", recursive=True)

    rows = home.db.read().execute(
        "SELECT parts.root, wholes.root FROM items AS parts JOIN items AS wholes"
        " ON wholes.id = parts.parent WHERE wholes.title = 'Dbl'"
    )
    assert [tuple(row) for row in rows] == [("music", "music")]


def test_a_remake_of_a_show_that_went_is_another_show(home: Household) -> None:
    shutil.rmtree(home.library / "shows/Dark (2017)")
    home.scan("shows", recursive=True, confirmed=True)
    before = items(home, "show")
    path = home.library / "shows/Dark (2031)/Season 01/Dark (2031) S01E01.mkv"
    path.parent.mkdir(parents=True)
    media.mkv(path, seconds=3)

    home.scan("shows", recursive=True)

    rows = home.db.read().execute("SELECT id FROM items WHERE kind = 'show' AND year = 2031")
    assert rows.fetchone()[0] not in {number for number, _state in before.values()}


def test_an_album_whose_tracks_were_retagged_into_another_is_missing(home: Household) -> None:
    for path in sorted((home.library / "music").rglob("*.mp3")):
        media.mp3(path, artist="Ann", album="Any", title=path.stem, track="1")

    home.scan("music", recursive=True)

    assert {title: state for title, (_id, state) in items(home, "album").items()} == {
        "Some": "missing",
        "Any": "present",
    }
