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
    tags = {"title": "Alien", "DATE_RELEASED": "1979-05-25", "TMDB": "movie/348"}
    drop(daemon, media.mkv(tmp_path / "title_t00.mkv", **tags))

    becomes(daemon, "Movies/Alien (1979) [tmdbid-348]", "Alien (1979) [tmdbid-348].mkv")


def test_an_episode_is_filed_by_the_tags_that_mp4_has(daemon: Running, tmp_path: Path) -> None:
    tags = {"show": "A Show", "season_number": "2", "episode_sort": "13", "media_type": "10"}
    drop(daemon, media.mp4(tmp_path / "13 The Thing.mp4", **tags))

    becomes(daemon, "Shows/A Show", "Season 02/A Show S02E13.mp4")
