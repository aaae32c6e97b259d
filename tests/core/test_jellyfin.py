"""The judge of paths for Jellyfin, held against paths of which it is known what Jellyfin makes of them."""

from datetime import date

import pytest

import jellyfin
import jellyfin_numbers


@pytest.mark.parametrize(
    ("name", "title", "year"),
    [
        ("The Salt Road (2018)", "The Salt Road", 2018),
        ("The Salt Road (2018) [tmdbid-603]", "The Salt Road", 2018),
        ("The Salt Road (2018) [tmdbid-1995]", "The Salt Road (2018) [tmdbid", 1995),
        ("The Salt Road (2018) [tmdbid=1995]", "The Salt Road", 2018),
        ("Harbour 2049 (2017)", "Harbour 2049", 2017),
        ("Harbour 2049", "Harbour", 2049),
        ("1917", "1917", None),
        ("Old Film (1895)", "Old Film (1895)", None),
        ("Diary 2013.12.09", "Diary 2013.12.09", None),
    ],
)
def test_the_last_year_in_brackets_counts(name: str, title: str, year: int | None) -> None:
    assert jellyfin.dated(name) == (title, year)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("The Quiet German", "The Quiet"),
        ("The Quiet #German", ""),
        ("Harbour - 2", "Harbour"),
        ("Harbour 2", ""),
        ("The Trailer", "The"),
        ("[REC] 2", "2"),
        ("Harbour [x]", "Harbour"),
        ("Harbour E01-E03", "Harbour"),
        ("Low Tide", ""),
    ],
)
def test_words_of_releases_are_no_part_of_a_title(name: str, left: str) -> None:
    assert jellyfin.cleaned(name) == left


@pytest.mark.parametrize(
    ("name", "season", "episode", "last"),
    [
        ("Harbour S01E02 Low Tide.mkv", 1, 2, None),
        ("Harbour S01E02-E04.mkv", 1, 2, 4),
        ("Harbour S01E02E04.mkv", 1, 2, 4),
        ("Harbour S2019E112.mkv", 2019, 112, None),
        ("Harbour 3x04.mkv", 3, 4, None),
        ("Harbour S01E02 Low S03E04 Tide.mkv", 1, 2, None),
        ("Harbour S01E02 Low S03E04-E05 Tide.mkv", 1, 2, 5),
        ("Harbour S500E02.mkv", None, 2, None),
        ("Harbour - 12.mkv", None, 12, None),
        ("Harbour 102.mkv", None, 102, None),
        ("harbour_102.mkv", 1, 2, None),
    ],
)
def test_the_first_number_of_an_episode_counts(
    name: str, season: int | None, episode: int, last: int | None
) -> None:
    said = jellyfin_numbers.number(["Harbour", "Season 01", name])

    assert (said.season, said.episode, said.last) == (season, episode, last)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Harbour 2020-01-31 Guest.mkv", date(2020, 1, 31)),
        ("Harbour 31.01.2020.mkv", date(2020, 1, 31)),
        ("Harbour 2020-01.31.mkv", None),
        ("Harbour 2020-01-31 Ep 5.mkv", date(2020, 1, 31)),
        ("Harbour 2020-01-31 Ep5.mkv", None),
    ],
)
def test_a_date_counts_where_there_is_no_number(name: str, day: date | None) -> None:
    assert jellyfin_numbers.number(["Harbour", "Season 2020", name]).day == day


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Film/Film-trailer.mkv", True),
        ("Film/Film-trailer2.mkv", True),
        ("Film/Film - Sample.mkv", True),
        ("Film/The DNA Sample.mkv", False),
        ("Film/Film-short.mkv", True),
        ("The Big Short/The Big Short.mkv", False),
        ("Film/extras/Film.mkv", True),
        ("Film/trailer.mkv", True),
    ],
)
def test_what_is_beside_the_work_is_an_extra(path: str, *, expected: bool) -> None:
    assert jellyfin.is_extra(path.split("/")) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Film/sample.mkv", True),
        ("Film/sample/Film.mkv", True),
        ("Metadata/Metadata.mkv", True),
        ("Film/.hidden.mkv", True),
        ("The Sample/The Sample.mkv", False),
        (".hidden/Film.mkv", False),
    ],
)
def test_some_names_are_not_looked_at(path: str, *, expected: bool) -> None:
    assert jellyfin.ignored(path.split("/")) is expected


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("Film part 1.mkv", ("Film", 1)),
        ("Film-cd2.mkv", ("Film", 2)),
        ("Film (disc b).mkv", ("Film", 2)),
        ("Departed 2.mkv", None),
        ("Film Part #1.mkv", None),
        ("Film part 1 end.mkv", None),
    ],
)
def test_a_part_says_so_at_the_end(name: str, whole: tuple[str, int] | None) -> None:
    assert jellyfin.stacked(name) == whole


@pytest.mark.parametrize(
    ("name", "parent", "number"),
    [
        ("Season 01", "Harbour", 1),
        ("Season 2019", "Harbour", 2019),
        ("Specials", "Harbour", 0),
        ("Staffel 7 (2016)", "Harbour", 7),
        ("Season 01", "1", 0),
        ("Season 24", "24", None),
        ("Harbour 2", "Other", None),
    ],
)
def test_a_season_is_told_by_its_directory(name: str, parent: str, number: int | None) -> None:
    assert jellyfin.season(name, parent) == number


@pytest.mark.parametrize(
    ("name", "show", "year"),
    [
        ("Harbour (2011)", "Harbour", 2011),
        ("Harbour (1999) Again (2011)", "Harbour", 1999),
        ("Open Season 3", "Open", None),
        ("Open Season #3", "Open Season #3", None),
        ("S4 League", "library", None),
        ("100 Things", "library", None),
        ("Big 4x4 Racing", "Big", None),
    ],
)
def test_a_show_is_told_by_its_directory(name: str, show: str, year: int | None) -> None:
    assert jellyfin.series([name]) == (show, year)


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("Film (2010) [tmdbid-1]", True),
        ("Film (2010) [tmdbid-1] - Final Cut", True),
        ("film (2010) [TMDBID-1]_4K", True),
        ("Film (2010) - Final Cut", False),
        ("Film (2010) [tmdbid-1] Final Cut", False),
    ],
)
def test_a_version_begins_with_the_name_of_the_directory(stem: str, *, expected: bool) -> None:
    assert jellyfin.is_version("Film (2010) [tmdbid-1]", stem) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Disc 1", True), ("Vol. 3 - Drift", True), ("Act 2", True), ("Discography", False)],
)
def test_a_disc_is_told_by_its_directory(name: str, *, expected: bool) -> None:
    assert jellyfin.is_disc(name) is expected
