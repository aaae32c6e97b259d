"""A film as a disc and as a file: what players cannot have in one directory goes to two."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jellyfin
from shelfd.core import forms
from shelfd.core.identity import Identity
from shelfd.core.paths import RelPath
from shelfd.core.verdicts import Verdict

FILM = Identity(kind="movie", title="Alien", year=1979, confidence=1.0)


def verdict(path: str, target: str, owner: str = "", unit: str = "") -> Verdict:
    return Verdict(
        path=path.encode(),
        state="file",
        identity=FILM,
        root="movies",
        target=target.encode(),
        owner=owner.encode(),
        unit=unit.encode(),
    )


def moved(planned: list[Verdict], labels: dict[bytes, str]) -> list[str]:
    return [one.target.decode() for one in forms.apart(planned, labels)]


def test_a_film_goes_apart_with_what_belongs_to_it_and_is_called_as_its_directory() -> None:
    planned = [
        verdict("a.mkv", "A (1979)/A (1979).mkv"),
        verdict("a.srt", "A (1979)/A (1979).en.srt", owner="a.mkv"),
        verdict("p.jpg", "A (1979)/poster.jpg", owner="a.mkv"),
        verdict("b.mkv", "B/B.mkv"),
    ]

    assert moved(planned, {b"a.mkv": "1080p"}) == [
        "A (1979) - 1080p/A (1979) - 1080p.mkv",
        "A (1979) - 1080p/A (1979) - 1080p.en.srt",
        "A (1979) - 1080p/poster.jpg",
        "B/B.mkv",
    ]


@pytest.mark.parametrize("label", ["1080p", "480p", "2160p", "Blu-ray", "DVD", "HD DVD"])
@pytest.mark.parametrize("known", ["", " [tmdbid-348]"])
def test_players_read_the_same_film_in_the_other_directory(label: str, known: str) -> None:
    name = f"Alien (1979){known}"
    [target] = moved([verdict("a.mkv", f"{name}/{name}.mkv")], {b"a.mkv": label})

    found = jellyfin.movie(target.split("/"))

    assert found is not None
    ids = {"tmdb": "348"} if known else {}
    assert (found.title, found.year, found.ids) == ("Alien", 1979, ids)


def test_a_disc_goes_apart_whole() -> None:
    owner = "d/Disc 1/BDMV/index.bdmv"
    planned = [
        verdict(owner, "A/Disc 1/BDMV/index.bdmv", owner=owner, unit="d/Disc 1"),
        verdict("d/Disc 1/BDMV/S/1.m2ts", "A/Disc 1/BDMV/S/1.m2ts", owner=owner, unit="d/Disc 1"),
    ]

    assert moved(planned, {owner.encode(): "Blu-ray"}) == [
        "A - Blu-ray/Disc 1/BDMV/index.bdmv",
        "A - Blu-ray/Disc 1/BDMV/S/1.m2ts",
    ]


def test_what_has_no_directory_stays_where_it_was_planned() -> None:
    planned = [verdict("a.mkv", "A.mkv"), verdict("b.mkv", f"{'x' * 253}/B.mkv")]

    assert moved(planned, {b"a.mkv": "1080p", b"b.mkv": "1080p"}) == [
        one.target.decode() for one in planned
    ]


def test_forms_are_told_apart() -> None:
    film = verdict("a.mkv", "A/A.mkv")
    disc = verdict("d/BDMV/index.bdmv", "A/BDMV/index.bdmv", "d/BDMV/index.bdmv", "d")

    assert forms.of(film, RelPath(b"A/A 720p.mkv")) == ""
    assert forms.of(film, RelPath(b"A/BDMV/index.bdmv")) == "a disc, a Blu-ray"
    assert forms.of(film, RelPath(b"A/A (1979) cd1.avi")) == "in several parts"
    assert forms.of(disc, RelPath(b"A/A.mkv")) == "a file"
    assert forms.of(disc, RelPath(b"A/Disc 2/BDMV/index.bdmv")) == ""
    assert forms.of(disc, RelPath(b"A/VIDEO_TS/VIDEO_TS.IFO")) == "another disc, a DVD"


NAMES = st.text(alphabet="aA /é", min_size=1, max_size=8).filter(lambda text: "//" not in text)


@settings(deadline=None)
@given(st.lists(NAMES, max_size=5), st.lists(st.integers(0, 4), max_size=3))
def test_nothing_is_lost_and_no_two_meet_that_did_not(targets: list[str], which: list[int]) -> None:
    planned = [verdict(f"{at}.mkv", target) for at, target in enumerate(targets)]

    found = forms.apart(planned, {f"{at}.mkv".encode(): "1080p" for at in which})

    assert [one.path for one in found] == [one.path for one in planned]
    assert all(
        len(part) <= 255 and part != b".." for one in found for part in one.target.split(b"/")
    )
