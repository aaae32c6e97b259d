"""Where the cover of an item is looked for."""

import pytest

from shelfd.core.covers import OF_A_DIRECTORY, Embedded, Source, sources
from shelfd.core.paths import RelPath

FILM = RelPath(b"Dune (2021)/Dune (2021).mkv")
SONG = RelPath(b"Ann/Some/Disc 1/01 One.mp3")


def places(found: list[Source]) -> list[tuple[bytes, str]]:
    """Return the paths, each with its hash or the first name that is looked for there."""
    return [(one.path, one.hash or one.stems[0]) for one in found]


def test_a_film_has_the_picture_of_its_name_then_its_poster_then_what_is_inside() -> None:
    found = sources("movie", RelPath(b"Dune (2021)"), [FILM], [Embedded(FILM, "1f")])

    assert places(found) == [
        (b"Dune (2021)", "dune (2021)"),
        (b"Dune (2021)", "poster"),
        (FILM, "1f"),
    ]


def test_a_song_has_its_own_picture_before_that_of_the_album_above_its_disc() -> None:
    found = sources("track", SONG, [SONG], [Embedded(SONG, "1f")])

    assert places(found) == [
        (b"Ann/Some/Disc 1", "01 one"),
        (SONG, "1f"),
        (b"Ann/Some/Disc 1", "cover"),
        (b"Ann/Some", "cover"),
    ]


def test_an_album_has_the_picture_of_its_directory_before_that_of_a_track() -> None:
    found = sources("album", RelPath(b"Ann/Some"), [], [Embedded(SONG, "1f")])

    assert places(found) == [(b"Ann/Some", "cover"), (SONG, "1f")]


def test_an_episode_has_not_the_picture_of_its_season() -> None:
    path = RelPath(b"Dark/Season 01/Dark S01E01.mkv")

    found = sources("episode", path, [path], [])

    assert found == [
        Source(
            RelPath(b"Dark/Season 01"),
            stems=(
                "dark s01e01",
                "dark s01e01-poster",
                "dark s01e01-cover",
                "dark s01e01-thumb",
            ),
        )
    ]


def test_two_versions_of_a_film_are_looked_for_at_once() -> None:
    other = RelPath(b"Dune (2021)/Dune (2021) - 4K.mkv")

    first, *_rest = sources("movie", RelPath(b"Dune (2021)"), [FILM, other], [])

    assert first.stems[::4] == ("dune (2021)", "dune (2021) - 4k")


def test_the_same_picture_in_every_file_is_looked_for_once() -> None:
    parts = [RelPath(b"Cal/B/%02d.mp3" % number) for number in range(9)]

    same = sources("audiobook", RelPath(b"Cal/B"), parts, [Embedded(part, "1f") for part in parts])
    different = [Embedded(part, str(number)) for number, part in enumerate(parts)]

    assert places(same) == [(b"Cal/B", "cover"), (parts[0], "1f")]
    assert [one.hash for one in sources("audiobook", RelPath(b"Cal/B"), parts, different)] == [
        "",
        "0",
        "1",
        "2",
    ]


@pytest.mark.parametrize("kind", OF_A_DIRECTORY)
def test_a_file_in_the_library_itself_has_not_its_picture(kind: str) -> None:
    path = RelPath(b"a.mkv")

    assert "cover" not in [stem for one in sources(kind, path, [path], []) for stem in one.stems]
