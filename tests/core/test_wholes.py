"""What the files of a drop tell of one another."""

import pytest
from msgspec.structs import replace

from dropped import Files, dropped, filed, part, track
from shelfd.core.cue import Cue
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import RelPath, parent
from shelfd.core.plan import verdicts
from shelfd.core.wholes import images


def test_discs_are_known_by_their_directories_when_tags_lack_them() -> None:
    assert filed({b"d/cd01/a.mp3": track("One"), b"d/cd02/a.mp3": track("Two")}) == {
        b"d/cd01/a.mp3": "Ann/Some/Disc 1/01 One.mp3",
        b"d/cd02/a.mp3": "Ann/Some/Disc 2/01 Two.mp3",
    }


def test_tags_that_call_each_disc_the_first_are_not_believed() -> None:
    told = filed(
        {
            b"d/CD1/a.mp3": track("One", disc="1"),
            b"d/CD2/a.mp3": track("Two", disc="1"),
        }
    )

    assert told[b"d/CD2/a.mp3"] == "Ann/Some/Disc 2/01 Two.mp3"


def test_the_first_disc_of_several_lies_in_a_directory_too() -> None:
    told = filed({b"d/a.mp3": track("One", disc="1"), b"d/b.mp3": track("Two", disc="2")})

    assert list(told.values()) == ["Ann/Some/Disc 1/01 One.mp3", "Ann/Some/Disc 2/01 Two.mp3"]


def test_a_directory_of_several_albums_is_no_album_of_those_that_name_none() -> None:
    alone = Reading(tags={"title": "One", "artist": "Bob"})
    told = filed(
        {
            b"rips/a.mp3": track("Two"),
            b"rips/b.mp3": alone,
            b"Some/a.mp3": track("Three"),
            b"Some/01 b.mp3": alone,
            b"Tides/01 b.mp3": alone,
        }
    )

    assert told[b"rips/b.mp3"] == "Bob/Singles/One.mp3"
    assert told[b"Some/01 b.mp3"] == "Bob/Some/01 One.mp3"
    assert told[b"Tides/01 b.mp3"] == "Bob/Tides/01 One.mp3"


@pytest.mark.parametrize("form", ["Some (Disc {})", "Some [CD{}]", "Some - CD {}", "Some, Disc {}"])
def test_albums_that_name_their_discs_are_one_album(form: str) -> None:
    told = filed(
        {
            b"d/a/1.mp3": track("One", album=form.format(1)),
            b"d/b/1.mp3": track("Two", album=form.format(2)),
        }
    )

    assert told[b"d/b/1.mp3"] == "Ann/Some/Disc 2/01 Two.mp3"


def test_an_album_of_many_artists_lies_in_one_directory() -> None:
    files: Files = {
        b"d/%d.mp3" % number: track(f"T{number}", number, artist)
        for number, artist in enumerate(("Ann", "Bob", "Cat"), 1)
    }

    assert set(filed(files).values()) == {f"Various Artists/Some/0{n} T{n}.mp3" for n in (1, 2, 3)}


def test_the_main_artist_of_an_album_has_its_guests_with_him() -> None:
    told = filed(
        {
            b"d/1.mp3": track("One", 1, "Ann"),
            b"d/2.mp3": track("Two", 2, "Ann feat. Bob"),
            b"d/3.mp3": track("Three", 3, "Bob & Ann"),
        }
    )

    assert [text.partition("/")[0] for text in told.values()] == ["Ann"] * 3


def test_the_album_artist_of_the_tags_is_that_of_all_tracks() -> None:
    told = filed(
        {
            b"d/1.mp3": track("One", 1, "Bob", albumartist="Ann"),
            b"d/2.mp3": track("Two", 2, "Cat"),
        }
    )

    assert [text.partition("/")[0] for text in told.values()] == ["Ann", "Ann"]


def test_two_albums_of_one_name_are_kept_apart() -> None:
    told = filed({b"d/1.mp3": track("One", 1, "Ann"), b"d/2.mp3": track("Two", 1, "Bob")})

    assert list(told.values()) == ["Ann/Some/01 One.mp3", "Bob/Some/01 Two.mp3"]


def test_a_track_without_tags_is_of_the_album_of_the_others() -> None:
    told = filed(
        {
            b"d/1.mp3": track("One", 1),
            b"d/2.mp3": track("Two", 2),
            b"d/03 - Three.mp3": Reading(format="mp3"),
        }
    )

    assert told[b"d/03 - Three.mp3"] == "Ann/Some/03 Three.mp3"


def test_a_whole_disc_in_one_file_keeps_the_name_that_its_sheet_refers_to() -> None:
    told = filed(
        {
            b"d/Ann - Some.flac": Reading(tags={"artist": "Ann", "album": "Some"}),
            b"d/Ann - Some.cue": None,
            b"d/Ann - Some.log": None,
        }
    )

    assert list(told.values()) == [
        f"Ann/Some/Ann - Some.{ending}" for ending in ("cue", "flac", "log")
    ]


SHEET = Cue(performer="Ann", title="Some (Disc 2)", year=1993, files=("Image.wav",), tracks=12)


def test_a_sheet_tells_whose_disc_it_is_when_its_file_does_not() -> None:
    path = RelPath(b"rips/image.flac")
    asked = dropped({path: Reading(), b"rips/CDImage.cue": None, b"rips/x.log": None})

    [sheet, disc, log] = verdicts(replace(asked, cues={RelPath(b"rips/CDImage.cue"): SHEET}))

    assert disc.target == b"Ann/Some/Disc 2/image.flac"
    assert disc.identity is not None
    assert (disc.identity.year, disc.identity.album) == (1993, "Some")
    assert disc.rule == "a whole disc in one file with its cue sheet of 12 tracks"
    assert {parent(RelPath(one.target)) for one in (sheet, disc, log)} == {b"Ann/Some/Disc 2"}
    assert sheet.target.endswith(b"/CDImage.cue")


def test_tags_say_more_than_a_sheet() -> None:
    path = RelPath(b"rips/image.flac")
    asked = dropped({path: Reading(tags={"artist": "Bea", "album": "Else", "date": "2001"})})

    [disc] = verdicts(replace(asked, cues={RelPath(b"rips/image.cue"): SHEET}))

    assert disc.target == b"Bea/Else/image.flac"
    assert disc.identity is not None
    assert disc.identity.year == 2001


@pytest.mark.parametrize(
    "cue",
    [
        Cue(performer="Ann", title="Some", files=("a.flac", "b.flac"), tracks=2),
        Cue(performer="Ann", title="Some", files=("other.flac",), tracks=2),
        Cue(performer="Ann", title="Some", files=("01 One.flac",), tracks=1),
    ],
)
def test_a_sheet_of_several_files_or_of_another_makes_no_whole_disc(cue: Cue) -> None:
    path = RelPath(b"d/01 One.flac")

    assert images([path], {RelPath(b"d/x.cue"): cue}) == frozenset()


def test_tracks_that_have_no_sheet_are_no_whole_discs() -> None:
    files = [
        RelPath(path) for path in (b"d/a.flac", b"d/a.cue", b"d/b.flac", b"e/c.flac", b"e/c.cue")
    ]

    assert images(files) == {b"e/c.flac"}


def test_a_season_pack_is_one_show_with_one_year() -> None:
    told = filed({b"d/Show.2011.S01E01.mkv": Reading(), b"d/show.S01E02.mkv": Reading()})

    assert {text.split("/")[0] for text in told.values()} == {"Show (2011)"}


def test_the_parts_of_a_book_are_in_the_order_of_people() -> None:
    files: Files = {b"d/CD%d/end.mp3" % number: part() for number in (1, 2, 10)}
    told = filed(files, Kind.AUDIOBOOKS)

    assert [told[b"d/CD%d/end.mp3" % number] for number in (1, 2, 10)] == [
        f"Bea/The Book/0{part} The Book.mp3" for part in (1, 2, 3)
    ]


def test_a_part_without_tags_is_of_the_book_of_the_others() -> None:
    told = filed(
        {b"d/1.mp3": part(), b"d/2.mp3": part(), b"d/3.mp3": Reading(format="mp3")},
        Kind.AUDIOBOOKS,
    )

    assert told[b"d/3.mp3"] == "Bea/The Book/03 The Book.mp3"


def test_one_unreadable_track_keeps_no_other() -> None:
    told = filed({b"d/1.mp3": track("One"), b"d/2.mp3": Reading(error="no MPEG audio in it")})

    assert told == {
        b"d/1.mp3": "Ann/Some/01 One.mp3",
        b"d/2.mp3": "(it cannot be read: no MPEG audio in it)",
    }
