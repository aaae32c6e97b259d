"""What files say inside, what lies beside them and what the libraries have, shown on the running daemon with real media."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from running import Running, running
from trees import names
from waiting import eventually


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("known")) as daemon:
        yield daemon


def drop(daemon: Running, ready: Path) -> None:
    """Move what was made elsewhere into the inbox at once, as a download client does."""
    shutil.move(ready, daemon.inbox / ready.name)


def becomes(daemon: Running, directory: str, *expected: str) -> None:
    """Wait until exactly these files lie below a directory of the libraries."""
    top = daemon.library / directory
    eventually(lambda: names(top) == sorted(expected), within=30)


def test_a_film_without_a_name_is_filed_by_the_tags_that_matroska_has(
    daemon: Running, tmp_path: Path
) -> None:
    path = tmp_path / "title_t00.mkv"
    drop(daemon, media.mkv(path, title="Alien", DATE_RELEASED="1979-05-25", TMDB="movie/348"))

    becomes(daemon, "Movies/Alien (1979) [tmdbid-348]", "Alien (1979) [tmdbid-348].mkv")


def test_an_episode_is_filed_by_the_tags_that_mp4_has(daemon: Running, tmp_path: Path) -> None:
    path = tmp_path / "13 The Thing.mp4"
    drop(daemon, media.mp4(path, show="A Show", season_number="2", episode_sort="13"))

    becomes(daemon, "Shows/A Show", "Season 02/A Show S02E13.mp4")


def test_a_pack_of_numbers_is_a_show_and_the_odd_one_out_is_no_film(
    daemon: Running, tmp_path: Path
) -> None:
    pack = tmp_path / "Night Shift Pack"
    pack.mkdir()
    for number in range(1, 14):
        dash = "" if number == 10 else " -"
        media.mkv(pack / f"Night Shift{dash} {number:02}.mkv", comment=str(number))

    drop(daemon, pack)

    becomes(
        daemon,
        "Shows/Night Shift",
        *(f"Season 01/Night Shift S01E{number:02}.mkv" for number in range(1, 14)),
    )


def test_a_whole_disc_is_filed_as_its_cue_sheet_says_and_keeps_the_name_that_it_has_there(
    daemon: Running, tmp_path: Path
) -> None:
    rip = tmp_path / "rip"
    rip.mkdir()
    media.wav(rip / "CDImage.wav")
    tracks = "".join(f"  TRACK {number:02} AUDIO\n" for number in (1, 2, 3))
    said = f'REM DATE 1993\nPERFORMER "Cälle"\nTITLE "Début"\nFILE "CDImage.wav" WAVE\n{tracks}'
    rip.joinpath("rip.cue").write_bytes(said.encode("cp1252"))

    drop(daemon, rip)

    becomes(daemon, "Music/Cälle/Début", "CDImage.wav", "rip.cue")
    filed = daemon.library / "Music/Cälle/Début/rip.cue"
    assert filed.read_bytes() == said.encode("cp1252")


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A daemon that keeps both of what it has and what comes, on a library that others have made."""
    settings = (
        "[watch]\ndebounce_s = 0.1\nsettle_s = 0.5\n"
        '[import]\nmin_free_bytes = 0\nconflict = "keep-both"\n'
    )
    top = tmp_path_factory.mktemp("keeping")
    shelf = top / "library"
    for directory in ("Movies/Sci-Fi/Alien (1979) {tmdb-348}", "Music/Bjork/Debut"):
        (shelf / directory).mkdir(parents=True)
    media.mkv(shelf / "Movies/Sci-Fi/Alien (1979) {tmdb-348}/alien.1979.dvdrip.mkv")
    media.mp3(shelf / "Music/Bjork/Debut/a.mp3", title="One", track="1", **DEBUT)
    with running(top, settings) as daemon:
        eventually(lambda: daemon.get("/v1/items?kind=album")[1]["items"], within=30)
        eventually(lambda: daemon.get("/v1/items?kind=movie")[1]["items"], within=30)
        yield daemon


DEBUT = {"artist": "Björk", "album": "Debut", "date": "1993"}


def test_another_version_of_a_film_joins_it_where_it_lies(keeping: Running, tmp_path: Path) -> None:
    drop(keeping, media.mkv(tmp_path / "Alien.1979.BluRay.x264-GRP.mkv", seconds=2))

    becomes(
        keeping,
        "Movies",
        "Sci-Fi/Alien (1979) {tmdb-348}/Alien (1979) {tmdb-348} - 480p.mkv",
        "Sci-Fi/Alien (1979) {tmdb-348}/alien.1979.dvdrip.mkv",
    )
    path = str(keeping.library / "Movies/Sci-Fi/Alien (1979) {tmdb-348}/alien.1979.dvdrip.mkv")
    assert "Alien" in keeping.shelfd("why", path).stdout


def test_a_new_track_and_a_new_disc_join_their_album(keeping: Running, tmp_path: Path) -> None:
    drop(keeping, media.mp3(tmp_path / "x.mp3", title="Two", track="2", **DEBUT))
    drop(keeping, media.mp3(tmp_path / "y.mp3", title="Three", track="1", disc="2/2", **DEBUT))

    becomes(
        keeping,
        "Music",
        *(f"Bjork/Debut/{name}.mp3" for name in ("02 Two", "Disc 2/01 Three", "a")),
    )


def test_a_disc_beside_a_film_of_the_same_title_is_another_version(
    keeping: Running, tmp_path: Path
) -> None:
    drop(keeping, media.mkv(tmp_path / "Old Film (1962).mkv"))
    film = "Old Film (1962)/Old Film (1962).mkv"
    eventually(lambda: film in names(keeping.library / "Movies"), within=30)
    eventually(lambda: "Old Film" in keeping.shelfd("find", "old film").stdout, within=30)
    disc = tmp_path / "Old.Film.1962.PAL.DVD9"
    disc.joinpath("VIDEO_TS").mkdir(parents=True)
    media.mkv(disc / "VIDEO_TS/VTS_01_1.VOB", seconds=2)
    disc.joinpath("VIDEO_TS/VIDEO_TS.IFO").write_bytes(b"i")

    drop(keeping, disc)

    expected = [
        f"Old Film (1962) - DVD/VIDEO_TS/{name}" for name in ("VIDEO_TS.IFO", "VTS_01_1.VOB")
    ]
    top = keeping.library / "Movies"
    eventually(
        lambda: (
            [name for name in names(top) if name.startswith("Old")] == sorted([*expected, film])
        ),
        within=30,
    )
