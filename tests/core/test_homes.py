"""The directory of a known work: whose it is, what goes where in it, and how that is called."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jellyfin
from shelfd.core import homes, layout
from shelfd.core.homes import Part
from shelfd.core.identity import Identity
from shelfd.core.known import Item
from shelfd.core.paths import RelPath

FILM = Identity(kind="movie", title="Alien", year=1979, confidence=1.0)


def item(kind: str, path: bytes, title: str, year: int | None = None) -> Item:
    return Item(id=1, kind=kind, root="r", path=RelPath(path), title=title, year=year)


def part(path: bytes, **fields: int) -> Part:
    return Part(path=RelPath(path), title="x", disc=fields.get("disc"), track=fields.get("track"))


def test_an_episode_goes_to_the_directories_of_its_show_and_season() -> None:
    parts = ("The Office (2005)", "Season 03", "x.mkv")
    home, season = RelPath(b"Comedy/Office"), RelPath(b"Comedy/Office/S3")

    assert homes.placed("episode", parts, home, None) == b"Comedy/Office/Season 03/x.mkv"
    assert homes.placed("episode", parts, home, season) == b"Comedy/Office/S3/x.mkv"
    assert homes.placed("episode", parts[1:], home, None) == b"Comedy/Office/x.mkv"


@pytest.mark.parametrize("path", [b"", b"lone.mkv", b"caf\xe9"])
def test_a_show_without_a_directory_that_can_be_named_is_no_place(path: bytes) -> None:
    assert homes.directory(item("show", path, "x"), ()) is None


def test_the_directory_of_a_show_is_its_place_whatever_it_is_called() -> None:
    assert homes.directory(item("show", b"y", "x"), ()) == b"y"


@pytest.mark.parametrize(
    ("path", "own"),
    [
        (b"Alien (1979) {tmdb-348}", True),
        (b"Sci-Fi/Alien.1979.1080p.BluRay", True),
        (b"Alien", True),
        (b"Alien (1986)", False),
        (b"Alien Collection", False),
        (b"Horror", False),
        (b"", False),
        (b"Alien (1979).mkv", False),
    ],
)
def test_a_directory_is_a_films_own_when_it_is_called_after_it(path: bytes, *, own: bool) -> None:
    found = homes.directory(item("movie", path, "Alien", 1979), ())

    assert found == (path if own else None)


@pytest.mark.parametrize(
    ("paths", "home"),
    [
        ([b"Bjork/Debut/a.mp3", b"Bjork/Debut/b.mp3"], b"Bjork/Debut"),
        ([b"Bjork/1993 - Debut [FLAC]/CD1/a.mp3"], b"Bjork/1993 - Debut [FLAC]"),
        ([b"Bjork/Debut/a.mp3", b"Other/Debut/b.mp3"], None),
        ([b"Bjork/a.mp3"], None),
        ([b"a.mp3"], None),
        ([], None),
    ],
)
def test_an_albums_own_directory_has_all_its_discs(paths: list[bytes], home: bytes | None) -> None:
    found = homes.directory(item("album", b"x", "Debut"), [part(path) for path in paths])

    assert found == home


def test_tracks_go_to_the_others_of_their_disc() -> None:
    parts = [part(b"A/CD1/a.mp3", disc=1), part(b"A/CD2/a.mp3", disc=2)]
    track = Identity(kind="track", disc=2)

    assert homes.inner(track, parts) == b"A/CD2"
    assert homes.inner(Identity(kind="track", disc=3), parts) is None
    assert homes.placed("track", ("By", "A", "Disc 3", "t.mp3"), RelPath(b"B/A"), None) == (
        b"B/A/Disc 3/t.mp3"
    )


def test_broadcasts_by_date_have_no_season_to_be_found_by() -> None:
    daily = Identity(kind="episode", date="2020-01-31")

    assert homes.inner(daily, [part(b"Show/Season 2019/x.mkv")]) is None


FOLDERS = st.sampled_from(
    ["Alien (1979) {tmdb-348}", "Alien.1979.1080p", "Alien", "Alien Part 1", "x" * 250]
)
LABELS = st.sampled_from(["", "Director's Cut", "1080p", "Extended"])


@settings(deadline=None)
@given(FOLDERS, LABELS, st.sampled_from([None, 1, 2]))
def test_a_version_begins_exactly_as_its_directory(
    folder: str, edition: str, number: int | None
) -> None:
    identity = Identity(kind="movie", title="Alien", year=1979, edition=edition, part=number)
    parts = layout.target(identity, ".mkv")

    found = homes.placed("movie", parts, RelPath(folder.encode()), None)

    directory, _slash, name = found.decode().rpartition("/")
    assert directory == folder
    assert len(name.encode()) <= 255
    if len(folder) < 200 and (edition or number or "Part" not in folder):
        assert name.startswith(folder)
        assert name[len(folder) :].startswith((".mkv", " - ", "-part"))
        assert number or jellyfin.is_version(folder, name.removesuffix(".mkv"))


def test_of_a_film_the_same_cut_is_a_version_and_its_extras_are_not() -> None:
    files = [
        b"Alien/Alien 720p.mkv",
        b"Alien/Alien - Director's Cut.mkv",
        b"Alien/trailers/a.mkv",
        b"Alien/Alien-trailer.mkv",
        b"Alien/BDMV/index.bdmv",
        b"Alien/BDMV/STREAM/1.m2ts",
    ]

    found = homes.versions(FILM, [part(path) for path in files])

    assert found == (files[0], files[4])


@pytest.mark.parametrize(
    ("number", "files", "same"),
    [
        (3, [b"B/01.mp3", b"B/02.mp3"], []),
        (2, [b"B/01.mp3", b"B/02.mp3"], [b"B/02.mp3"]),
        (2, [b"B/B.m4b"], [b"B/B.m4b"]),
        (None, [b"B/01.mp3", b"B/02.mp3"], [b"B/01.mp3"]),
        (3, [b"B/One.mp3", b"B/Two.mp3"], []),
        (None, [], []),
    ],
)
def test_of_an_audiobook_the_same_part_or_the_whole_is_a_version(
    number: int | None, files: list[bytes], same: list[bytes]
) -> None:
    identity = Identity(kind="audiobook", title="B", author="A", part=number)

    assert homes.versions(identity, [part(path) for path in files]) == tuple(same)
