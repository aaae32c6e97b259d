"""A disc is filed as it is, or not at all."""

import pytest

from dropped import dropped, filed
from shelfd.core.media import Reading
from shelfd.core.paths import Place, RelPath
from shelfd.core.plan import World, settled, verdicts
from shelfd.core.units import discs, home_of

BLURAY = (
    b"A Film (2010)/BDMV/index.bdmv",
    b"A Film (2010)/BDMV/STREAM/00001.m2ts",
    b"A Film (2010)/BDMV/BACKUP/index.bdmv",
    b"A Film (2010)/CERTIFICATE/id.bdmv",
)


def test_a_disc_is_judged_by_its_directory_and_keeps_all_its_names() -> None:
    broken = Reading(error="no video in it")
    told = filed(
        {
            **dict.fromkeys(BLURAY),
            b"A Film (2010)/BDMV/STREAM/00001.m2ts": broken,
            b"A Film (2010)/cover.jpg": None,
            b"A Film (2010)/movie.nfo": None,
            b"A Film (2010)/x.en.srt": None,
            b"A Film (2010)/Extras/a.mkv": None,
        }
    )

    assert told == {
        **{path: path.decode() for path in BLURAY},
        b"A Film (2010)/cover.jpg": "A Film (2010)/cover.jpg",
        b"A Film (2010)/movie.nfo": "A Film (2010)/movie.nfo",
        b"A Film (2010)/x.en.srt": "A Film (2010)/A Film (2010).en.srt",
        b"A Film (2010)/Extras/a.mkv": "A Film (2010)/Extras/a.mkv",
    }


def test_the_discs_of_one_movie_lie_beside_each_other_in_it() -> None:
    paths = [b"A Film (2010)/DVD%d/VIDEO_TS/VTS_01_1.VOB" % number for number in (1, 2)]

    assert filed(dict.fromkeys(paths)) == {path: path.decode() for path in paths}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (b"VIDEO_TS/a.vob", "nothing names the disc"),
        (b"Disc 1/VIDEO_TS/a.vob", "nothing names the disc"),
        (b"Show.S01.D1/VIDEO_TS/a.vob", "not sure enough"),
        (b"Show.S01E01/BDMV/a.m2ts", "players read a disc only as a movie"),
        (b"A Film (2010)/BDMV/a:b.m2ts", "nothing in a disc is renamed"),
        (b"A Film (2010)/BDMV/\xff.m2ts", "nothing in a disc is renamed"),
    ],
)
def test_a_disc_that_is_not_understood_stays_whole(path: bytes, reason: str) -> None:
    other = RelPath(path).rpartition(b"/")[0] + b"/other.m2ts"
    told = filed({path: None, other: None})

    assert reason in told[path]
    assert told[other].startswith("(")


@pytest.mark.parametrize("same", [True, False])
def test_something_else_in_the_place_of_one_file_keeps_the_whole_disc(*, same: bool) -> None:
    planned = verdicts(dropped({**dict.fromkeys(BLURAY), b"A Film (2010)/cover.jpg": None}))
    world = World(spelled={}, taken={Place("movies", RelPath(BLURAY[1])): same})

    states = {verdict.path: verdict.state for verdict in settled(planned, world)}

    if same:
        assert states == {
            **dict.fromkeys(states, "file"),
            BLURAY[1]: "filed",
        }
    else:
        assert states == {
            **dict.fromkeys(BLURAY, "refused"),
            b"A Film (2010)/cover.jpg": "left",
        }


def test_files_beside_the_tree_are_none_of_the_disc() -> None:
    paths = [RelPath(path) for path in (*BLURAY, b"A Film (2010)/readme.txt", b"x/VIDEO_TS")]

    [disc] = discs(paths)

    assert disc.home == b"A Film (2010)"
    assert set(disc.files) == set(BLURAY)


@pytest.mark.parametrize(
    ("path", "home"),
    [
        (b"A Film (2010)/BDMV/STREAM/1.m2ts", b"A Film (2010)"),
        (b"A Film (2010)/Disc 2/VIDEO_TS/1.vob", b"A Film (2010)"),
        (b"A Film (2010)/A Film (2010).mkv", None),
        (b"VIDEO_TS/1.vob", None),
    ],
)
def test_the_home_of_a_disc_in_a_library(path: bytes, home: bytes | None) -> None:
    assert home_of(RelPath(path)) == home
