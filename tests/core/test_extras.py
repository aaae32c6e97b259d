"""Extras: known by directory and suffix, filed where Jellyfin looks for them, and no items of their own."""

import pytest

from shelfd.core.catalog import describe
from shelfd.core.extras import home_of, is_sample, target, told
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import RelPath

READ_BY_JELLYFIN = frozenset(
    "behind the scenes|deleted scenes|interviews|scenes|shorts|featurettes|clips|other|extras|trailers|theme-music"
    "|backdrops".split("|")
)


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        (b"Film/Featurettes/a.mkv", "Featurettes"),
        (b"Film/Behind.The.Scenes/a.mkv", "Behind The Scenes"),
        (b"Film/deleted_scenes/a.mkv", "Deleted Scenes"),
        (b"Film/Trailers/a.mkv", "Trailers"),
        (b"Film/Extras/Disc 1/a.mkv", "Extras"),
        (b"Film/Extras/Interviews/a.mkv", "Interviews"),
        (b"Film/Bonus/a.mkv", "Extras"),
        (b"Film/Other/a.mkv", "Other"),
        (b"Film/Film-trailer.mkv", "Trailers"),
        (b"Film/Film.trailer2.mkv", "Trailers"),
        (b"Film/Film - trailer.mkv", "Trailers"),
        (b"Film/trailer.mp4", "Trailers"),
        (b"Film/Film-behindthescenes.mkv", "Behind The Scenes"),
        (b"Film/Film-deletedscene.mkv", "Deleted Scenes"),
        (b"Film/Film-short.mkv", "Shorts"),
        (b"Extras/a.mkv", "Extras"),
        (b"Film/backdrops/a.mp4", "backdrops"),
        (b"Film/theme-music/a.mp3", "theme-music"),
        (b"Film/theme.mp3", ""),
    ],
)
def test_an_extra_goes_to_a_directory_that_jellyfin_reads(path: bytes, folder: str) -> None:
    found = told(RelPath(path), with_video=True)

    assert found is not None
    assert found.folder == folder
    assert not folder or folder.lower() in READ_BY_JELLYFIN
    directories = target(("A Film (2020)",), found, RelPath(path), 1)[:-1]
    assert directories == (("A Film (2020)", folder) if folder else ("A Film (2020)",))


@pytest.mark.parametrize(
    "path",
    [
        *(b"Film/Film.mkv", b"The Big Short/a.mkv", b"Film/The DNA Sample.mp4", b"Shorts/Film.mkv"),
        *(b"Film/theme.mkv", b"Album/Extras/a.mp3", b"Film/trailer.mp3", b"Film/Film-trailer.srt"),
        *(b"Not a scene/Film.mkv", b"Film/Film trailer.mkv", b"Specials/Show S00E01.mkv"),
    ],
)
def test_anything_else_is_none(path: bytes) -> None:
    assert told(RelPath(path), with_video=True) is None


def test_a_song_called_theme_is_one_where_there_is_no_film() -> None:
    assert told(RelPath(b"Album/theme.mp3"), with_video=False) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"Film/Sample/a.mkv", True),
        (b"Film/sample.mkv", True),
        (b"Film/film-sample.mkv", True),
        (b"Film/sample-film.mkv", True),
        (b"Film/Proof/a.mkv", True),
        (b"Film/The DNA Sample.mkv", False),
        (b"Album/Samples/a.mp3", False),
        (b"Film/Free.Sample.2012.mkv", False),
    ],
)
def test_samples_are_known(path: bytes, *, expected: bool) -> None:
    assert is_sample(RelPath(path)) is expected


@pytest.mark.parametrize(
    ("path", "home"),
    [
        (b"Film (2010)/Trailers/a.mkv", b"Film (2010)"),
        (b"Film (2010)/Film (2010)-trailer.mkv", b"Film (2010)"),
        (b"Show/Season 01/Extras/a.mkv", b"Show/Season 01"),
        (b"Shorts/Film.mkv", None),
        (b"Artist/Album/One-short.flac", None),
        (b"Film (2010)/Film (2010).mkv", None),
        (b"Film-trailer.mkv", None),
    ],
)
def test_the_home_of_an_extra_in_a_library(path: bytes, home: bytes | None) -> None:
    assert home_of(RelPath(path)) == home


@pytest.mark.parametrize(
    "path",
    [
        b"A Film (2010)/Featurettes/Making Of.mkv",
        b"A Film (2010)/A Film (2010)-trailer.mkv",
        b"A Film (2010)/BDMV/STREAM/00001.m2ts",
        b"A Film (2010)/Disc 1/VIDEO_TS/VTS_01_1.VOB",
    ],
)
def test_extras_and_discs_are_files_of_their_movie(path: bytes) -> None:
    movie = describe(Kind.MOVIES, RelPath(b"A Film (2010)/A Film (2010).mkv"), Reading())
    found = describe(Kind.MOVIES, RelPath(path), Reading())

    assert found.item == movie.item
    assert found.likeness is None


@pytest.mark.parametrize(
    "path", [b"Show (2011)/Season 01/Extras/a.mkv", b"Show (2011)/Trailers/a.mkv"]
)
def test_extras_of_a_show_are_files_of_the_show(path: bytes) -> None:
    episode = describe(
        Kind.SHOWS, RelPath(b"Show (2011)/Season 01/Show (2011) S01E02.mkv"), Reading()
    )

    assert describe(Kind.SHOWS, RelPath(path), Reading()).item == episode.whole
