"""Metadata files: written beside what is filed, filled in where there are some, and believed where they are dropped."""

import errno
import os
from pathlib import Path
from typing import ClassVar

import pytest

import media
from household import Household
from shelfd.core import nfo_read
from shelfd.core.nfo import Form, Sheet
from shelfd.core.operations import State
from shelfd.core.settings import Import
from shelfd.edges.disk import Disk
from shelfd.store import reviews
from trees import names, plant, tree

FILM = "movies/A Film (2020) [tmdbid-7]"
MATRIX = b"<movie><title>The Matrix</title><year>1999</year></movie>"


def home(top: Path, disk: Disk | None = None) -> Household:
    return Household(top, filing=Import(write_nfo=True), disk=disk)


def film(at: Path, name: str = "A.Film.2020.{tmdb-7}.1080p.mkv") -> None:
    at.mkdir(exist_ok=True)
    media.mkv(at / name)


def read(path: Path) -> tuple[Sheet, ...]:
    return nfo_read.read(os.fsencode(path), path.read_bytes())


def test_a_film_has_its_metadata_beside_it(tmp_path: Path) -> None:
    house = home(tmp_path)
    film(house.inbox)

    house.settle()

    assert names(house.library) == [
        f"{FILM}/A Film (2020) [tmdbid-7].mkv",
        f"{FILM}/A Film (2020) [tmdbid-7].nfo",
    ]
    [sheet] = read(house.library / f"{FILM}/A Film (2020) [tmdbid-7].nfo")
    assert sheet == Sheet(form=Form.MOVIE, title="A Film", year=2020, ids={"tmdb": "7"})


def test_nothing_is_written_where_the_settings_do_not_say_so(tmp_path: Path) -> None:
    house = Household(tmp_path)
    film(house.inbox)

    house.settle()

    assert [name for name in names(house.library) if name.endswith(".nfo")] == []


def test_a_file_of_two_episodes_describes_both_and_shares_those_of_season_and_show(
    tmp_path: Path,
) -> None:
    house = home(tmp_path)
    film(house.inbox, "The.Show.S01E02E03.Second.720p.mkv")
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")

    house.settle()

    show = house.library / "shows/The Show"
    assert sorted(path.name for path in show.rglob("*.nfo")) == [
        "The Show S01E02-E03 Second.nfo",
        "The Show S01E04 Fourth.nfo",
        "season.nfo",
        "tvshow.nfo",
    ]
    double = read(show / "Season 01/The Show S01E02-E03 Second.nfo")
    assert [(one.title, one.season, one.episode) for one in double] == [
        ("Second (1)", 1, 2),
        ("Second (2)", 1, 3),
    ]
    assert read(show / "tvshow.nfo") == (Sheet(form=Form.SHOW, title="The Show"),)
    assert read(show / "Season 01/season.nfo") == (Sheet(form=Form.SEASON, season=1),)


def test_albums_and_artists_are_described_with_the_ids_of_the_tags(tmp_path: Path) -> None:
    house = home(tmp_path)
    album, artist = "b" * 8 + "-0000-4000-8000-" + "1" * 12, "c" * 8 + "-0000-4000-8000-" + "2" * 12
    media.mp3(
        house.inbox / "1.mp3",
        artist="Ann",
        albumartist="Ann",
        album="Some",
        title="One",
        track="1",
        date="2001",
        musicbrainz_albumid=album,
        musicbrainz_albumartistid=artist,
    )

    house.settle()

    [one] = read(house.library / "music/Ann/Some/album.nfo")
    assert (one.title, one.artist, one.year) == ("Some", "Ann", 2001)
    assert one.ids == {"musicbrainz_albumid": album, "musicbrainz_albumartistid": artist}
    [other] = read(house.library / "music/Ann/artist.nfo")
    assert (other.title, other.ids) == ("Ann", {"musicbrainz_artistid": artist})


def test_books_and_audiobooks_are_described_for_their_own_players(tmp_path: Path) -> None:
    house = home(tmp_path)
    media.epub(house.inbox / "x.epub", "A Book", "Bea Writer", series="Row", sequence="2")
    media.m4b(house.inbox / "y.m4b", artist="Cal", author="Cal", album="Heard", title="Heard")

    house.settle()

    [book] = read(house.library / "books/Bea Writer/A Book/metadata.opf")
    assert (book.title, book.authors, book.series, book.sequence) == (
        "A Book",
        ("Bea Writer",),
        "Row",
        "2",
    )
    [heard] = [read(path)[0] for path in house.library.rglob("metadata.json")]
    assert (heard.title, heard.authors) == ("Heard", ("Cal",))


def test_metadata_stands_in_the_journal_before_its_media(tmp_path: Path) -> None:
    class Watching(Disk):
        """Looks what is there whenever a film gets its name in the library."""

        seen: ClassVar[list[bool]] = []

        def link(self, source: bytes, target: bytes) -> None:
            self.look(target)
            super().link(source, target)

        def rename(self, source: bytes, target: bytes) -> None:
            self.look(target)
            super().rename(source, target)

        def look(self, target: bytes) -> None:
            if target.endswith(b".mkv") and b"trash" not in target:
                self.seen.append(os.path.exists(target[:-3] + b"nfo"))

    house = home(tmp_path, Watching())
    film(house.inbox)
    film(house.inbox, "The.Matrix.1999.1080p.mkv")
    plant(house.inbox, {"The.Matrix.1999.1080p.nfo": MATRIX})

    house.settle()

    assert Watching.seen == [True, True]


def test_an_undo_takes_back_what_was_written(tmp_path: Path) -> None:
    house = home(tmp_path)
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")
    before = tree(tmp_path / "library"), tree(tmp_path / "inbox")
    house.settle()

    house.undo(house.imports()[0].id)

    assert (tree(tmp_path / "library"), tree(tmp_path / "inbox")) == before


def test_what_describes_others_as_well_stays_when_one_import_is_undone(tmp_path: Path) -> None:
    house = home(tmp_path)
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")
    house.settle()
    film(house.inbox, "The.Show.S01E05.Fifth.720p.mkv")
    house.settle()

    first, _second = house.imports()
    assert house.undo(first.id).state is State.COMPLETED
    assert names(house.library) == [
        "shows/The Show/Season 01/The Show S01E05 Fifth.mkv",
        "shows/The Show/Season 01/The Show S01E05 Fifth.nfo",
        "shows/The Show/Season 01/season.nfo",
        "shows/The Show/tvshow.nfo",
    ]


def test_what_a_player_has_changed_since_stays_and_is_in_nobodys_way(tmp_path: Path) -> None:
    house = home(tmp_path)
    film(house.inbox)
    house.settle()
    note = house.library / f"{FILM}/A Film (2020) [tmdbid-7].nfo"
    note.write_bytes(b"<movie><title>Mine</title></movie>")

    assert house.undo(house.imports()[0].id).state is State.COMPLETED
    assert names(house.library) == [f"{FILM}/A Film (2020) [tmdbid-7].nfo"]
    assert note.read_bytes() == b"<movie><title>Mine</title></movie>"


def test_one_in_the_library_gets_what_it_lacks_and_an_undo_brings_back_the_old(
    tmp_path: Path,
) -> None:
    house = home(tmp_path)
    old = b"<tvshow>\n  <plot>Kept</plot>\n  <!-- so -->\n  <own x='1'/>\n</tvshow>\n"
    plant(house.library, {"shows/The Show/tvshow.nfo": old})
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")

    house.settle()

    note = house.library / "shows/The Show/tvshow.nfo"
    assert note.read_text() == (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<tvshow>\n  <plot>Kept</plot>\n'
        '  <!-- so -->\n  <own x="1" />\n  <title>The Show</title>\n</tvshow>\n'
    )
    [number] = [operation.id for operation in house.imports()]
    trashed = house.library / f"shows/.shelfd-trash/{number}/The Show/tvshow.nfo"
    assert trashed.read_bytes() == old

    house.undo(number)

    assert names(house.library) == ["shows/The Show/tvshow.nfo"]
    assert note.read_bytes() == old


@pytest.mark.parametrize(
    "content",
    [
        b"<tvshow><lockdata>true</lockdata></tvshow>",
        b"<tvshow><title>Another way to write it</title></tvshow>",
        b"<tvshow><title>torn",
        b"<!DOCTYPE tvshow [<!ENTITY a 'b'>]><tvshow>&a;</tvshow>",
        b"no XML at all",
        b"",
    ],
)
def test_one_that_is_locked_complete_or_no_metadata_is_not_touched(
    tmp_path: Path, content: bytes
) -> None:
    house = home(tmp_path)
    plant(house.library, {"shows/The Show/tvshow.nfo": content})
    note = house.library / "shows/The Show/tvshow.nfo"
    os.utime(note, ns=(1, 1_500_000_000_000_000_000))
    before = note.stat()
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")

    house.settle()

    assert note.read_bytes() == content
    assert (note.stat().st_ino, note.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "shows/The Show/Season 01/The Show S01E04 Fourth.mkv" in names(house.library)


def test_the_one_that_jellyfin_has_written_for_a_film_is_filled_in_and_gets_no_second(
    tmp_path: Path,
) -> None:
    house = home(tmp_path)
    plant(house.library, {f"{FILM}/movie.nfo": b"<movie><plot>p</plot></movie>"})
    film(house.inbox)

    house.settle()

    assert sorted(path.name for path in house.library.rglob("*.nfo")) == [
        "movie.nfo",  # the old one, in the trash
        "movie.nfo",
    ]
    [sheet] = read(house.library / FILM / "movie.nfo")
    assert (sheet.title, sheet.ids) == ("A Film", {"tmdb": "7"})


def test_one_that_says_all_already_is_not_written_again(tmp_path: Path) -> None:
    house = home(tmp_path)
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")
    house.settle()
    note = house.library / "shows/The Show/tvshow.nfo"
    before = note.stat()

    film(house.inbox, "The.Show.S01E05.Fifth.720p.mkv")
    house.clock.now += 100
    house.settle()

    assert (note.stat().st_ino, note.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_a_dropped_one_says_counts_before_the_name_of_the_file(tmp_path: Path) -> None:
    house = home(tmp_path)
    film(house.inbox / "x", "mtrx-hd.mkv")
    plant(
        house.inbox, {"x/mtrx-hd.nfo": MATRIX.replace(b"</movie>", b"<id>tt0133093</id></movie>")}
    )

    house.settle()

    assert names(house.library) == [
        "movies/The Matrix (1999) [imdbid-tt0133093]/The Matrix (1999) [imdbid-tt0133093].mkv",
        "movies/The Matrix (1999) [imdbid-tt0133093]/The Matrix (1999) [imdbid-tt0133093].nfo",
    ]
    [note] = house.library.rglob("*.nfo")
    assert note.read_text().count("<title>") == 1
    assert read(note)[0].ids == {"imdb": "tt0133093"}
    assert names(house.inbox) == []

    house.undo(house.imports()[0].id)
    assert names(house.inbox) == ["x/mtrx-hd.mkv", "x/mtrx-hd.nfo"]
    assert names(house.library) == []


def test_the_art_of_a_scene_group_gives_its_id_and_makes_room_for_metadata(tmp_path: Path) -> None:
    house = home(tmp_path)
    art = "▄█▀ GRP proudly presents\n imdb: https://www.imdb.com/title/tt0133093/ ▀█▄\n".encode(
        "cp437", "replace"
    )
    film(house.inbox, "The.Matrix.1999.1080p.BluRay.x264-GRP.mkv")
    plant(house.inbox, {"The.Matrix.1999.1080p.BluRay.x264-GRP.nfo": art})

    house.settle()

    stem = "movies/The Matrix (1999) [imdbid-tt0133093]/The Matrix (1999) [imdbid-tt0133093]"
    assert names(house.library) == [f"{stem}.mkv", f"{stem}.nfo", f"{stem}.release.nfo"]
    assert (house.library / f"{stem}.release.nfo").read_bytes() == art
    assert read(house.library / f"{stem}.nfo")[0].title == "The Matrix"


def test_a_dropped_one_that_is_locked_travels_as_it_is(tmp_path: Path) -> None:
    house = home(tmp_path)
    locked = MATRIX.replace(b"</movie>", b"<lockdata>true</lockdata></movie>")
    film(house.inbox, "The.Matrix.1999.1080p.mkv")
    plant(house.inbox, {"The.Matrix.1999.1080p.nfo": locked})

    house.settle()

    assert (house.library / "movies/The Matrix (1999)/The Matrix (1999).nfo").read_bytes() == locked


@pytest.mark.parametrize("write", [True, False])
def test_two_films_that_contradict_each_other_are_not_filed_unseen(
    tmp_path: Path, *, write: bool
) -> None:
    house = Household(tmp_path, filing=Import(write_nfo=write))
    film(house.inbox / "x", "Other.Film.2011.1080p.BluRay.x264-GRP.mkv")
    plant(house.inbox, {"x/movie.nfo": MATRIX})

    house.settle()

    assert names(house.library) == []
    [review] = reviews.page(house.db.read(), 10)
    assert "movie.nfo says The Matrix (1999)" in review.drop.reason
    assert [(one.title, one.year, one.source) for one in review.question.candidates] == [
        ("The Matrix", 1999, "nfo"),
        ("Other Film", 2011, "names"),
    ]


def test_an_undo_is_refused_where_an_old_one_would_overwrite_what_was_changed_since(
    tmp_path: Path,
) -> None:
    house = home(tmp_path)
    plant(house.library, {"shows/The Show/tvshow.nfo": b"<tvshow><plot>p</plot></tvshow>"})
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")
    house.settle()
    note = house.library / "shows/The Show/tvshow.nfo"
    note.write_bytes(b"<tvshow><title>Mine, and newer</title></tvshow>")

    undone = house.undo(house.imports()[0].id)

    assert undone.state is State.FAILED
    assert "The Show/tvshow.nfo is in the way" in (undone.error or {})["message"]
    assert note.read_bytes() == b"<tvshow><title>Mine, and newer</title></tvshow>"
    assert "shows/The Show/Season 01/The Show S01E04 Fourth.mkv" in names(house.library)


def test_one_that_is_linked_elsewhere_is_changed_only_in_the_library(tmp_path: Path) -> None:
    house = home(tmp_path)
    old = b"<tvshow><plot>p</plot></tvshow>"
    plant(tmp_path, {"seed.nfo": old})
    (house.library / "shows/The Show").mkdir()
    os.link(tmp_path / "seed.nfo", house.library / "shows/The Show/tvshow.nfo")
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")

    house.settle()

    assert (tmp_path / "seed.nfo").read_bytes() == old
    assert b"<title>" in (house.library / "shows/The Show/tvshow.nfo").read_bytes()


@pytest.mark.parametrize("kind", ["link", "directory", "pipe", "long"])
def test_what_is_no_ordinary_file_where_one_belongs_stays(tmp_path: Path, kind: str) -> None:
    house = home(tmp_path)
    (house.library / "shows/The Show").mkdir()
    note = house.library / "shows/The Show/tvshow.nfo"
    outside = tmp_path / "outside.nfo"
    outside.write_bytes(b"<tvshow/>")
    match kind:
        case "link":
            note.symlink_to(outside)
        case "directory":
            note.mkdir()
        case "pipe":
            os.mkfifo(note)
        case _:
            note.write_bytes(b"<tvshow/>" + b" " * (1 << 20))
    before = note.lstat()
    film(house.inbox, "The.Show.S01E04.Fourth.720p.mkv")

    house.settle()

    assert (note.lstat().st_ino, note.lstat().st_size) == (before.st_ino, before.st_size)
    assert outside.read_bytes() == b"<tvshow/>"
    assert (house.library / "shows/The Show/Season 01/The Show S01E04 Fourth.mkv").exists()


@pytest.mark.parametrize("title", ["../../../x", "/etc/x", "a\nb", "CON", "]]>&<!--", "\u202ex"])
def test_a_hostile_title_is_written_whole_and_below_the_library(tmp_path: Path, title: str) -> None:
    house = home(tmp_path)
    media.mp3(house.inbox / "1.mp3", artist=title, album=title, title=title, track="1")

    house.settle()

    written = [path for path in tree(tmp_path) if path.endswith(".nfo")]
    assert [path for path in written if not path.startswith("library/music/")] == []
    [album] = house.library.rglob("album.nfo")
    assert read(album)[0].title.split() == title.split()


class HoldingDisk(Disk):
    """A disk on which a metadata file is immutable."""

    def rename(self, source: bytes, target: bytes) -> None:
        if source.endswith(b".nfo") and b"trash" in target:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), source)
        super().rename(source, target)


def test_one_that_cannot_be_moved_stays_and_its_film_is_filed(tmp_path: Path) -> None:
    house = home(tmp_path, HoldingDisk())
    old = f"{FILM}/A Film (2020) [tmdbid-7].nfo"
    content = b"<movie><title>A Film</title></movie>"
    plant(house.library, {old: content})
    film(house.inbox)

    house.settle()

    [operation] = house.imports()
    assert operation.state is State.COMPLETED
    assert f"{FILM}/A Film (2020) [tmdbid-7].mkv" in names(house.library)
    assert (house.library / old).read_bytes() == content
    assert house.undo(operation.id).state is State.COMPLETED
    assert (house.library / old).read_bytes() == content
