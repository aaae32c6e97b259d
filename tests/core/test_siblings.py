"""What names beside one another tell: numbers that count on, one unsure file among sure ones, and what speaks against it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core import siblings
from shelfd.core.identity import Identity, identify
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import RelPath

EPISODE_MS = 1_320_000


def told(
    names: Sequence[str], kind: Kind | None = None, duration_ms: int | None = EPISODE_MS
) -> dict[str, Identity]:
    readings = {RelPath(one.encode()): Reading(duration_ms=duration_ms) for one in names}
    found = {
        path: identify(tuple(path.decode().split("/")), reading, kind)
        for path, reading in readings.items()
    }
    return {path.decode(): one for path, one in siblings.told(found, readings, kind).items()}


def numbered(form: str, first: int = 1, last: int = 13) -> list[str]:
    return [form.format(number) for number in range(first, last + 1)]


@pytest.mark.parametrize(
    "form",
    [
        "Pack/Some Show - {:02}.mkv",
        "Pack/Some Show {:02}.mkv",
        "Pack/Some.Show.{:02}.mkv",
        "Pack/Some Show {:02} The Title.mkv",
        "Pack/[Grp] Some Show - {:02} [1080p].mkv",
        "Some Show/Some Show {}.mkv",
    ],
)
def test_a_number_that_counts_on_is_that_of_an_episode(form: str) -> None:
    found = told(numbered(form))

    for number, path in enumerate(numbered(form), 1):
        one = found[path]
        assert (one.kind, one.show, one.season, one.episodes) == (
            "episode",
            "Some Show",
            1,
            (number,),
        )
        assert one.confidence >= siblings.CLEAR


def test_a_file_without_the_dash_of_the_others_is_one_of_them() -> None:
    others = [name for name in numbered("Pack/Some Show - {:02}.mkv") if "10" not in name]

    found = told([*others, "Pack/Some Show 10.mkv"])["Pack/Some Show 10.mkv"]

    assert (found.kind, found.show, found.episodes) == ("episode", "Some Show", (10,))
    assert found.confidence >= siblings.CLEAR


@pytest.mark.parametrize(
    ("directory", "kind", "season", "sure"),
    [
        ("Some Show S2", None, 2, True),
        ("Some Show/Season 2", None, 2, True),
        ("Some Show", Kind.SHOWS, 1, True),
        ("Some Show", None, 1, False),
    ],
)
def test_bare_numbers_are_episodes_of_what_their_directory_says(
    directory: str, kind: Kind | None, season: int, *, sure: bool
) -> None:
    found = told(numbered(directory + "/{:02}.mkv", last=12), kind)

    assert [(one.show, one.season, one.episodes) for one in found.values()] == [
        ("Some Show", season, (number,)) for number in range(1, 13)
    ]
    assert all((one.confidence >= siblings.CLEAR) == sure for one in found.values())


def test_films_of_a_series_stay_films_or_unsure() -> None:
    plain = told(numbered("Rocky/Rocky {}.mkv", last=5), duration_ms=6_000_000)
    found = told(numbered("Rocky/Rocky - {:02}.mkv", last=5), duration_ms=6_000_000)

    assert all(one.confidence <= siblings.IN_DOUBT for one in (*found.values(), *plain.values()))
    assert all(one.rule.endswith("as long as a film") for one in found.values())


def test_films_with_years_are_left_alone_though_they_are_counted() -> None:
    names = ["F/01 Alien (1979).mkv", "F/02 Aliens (1986).mkv", "F/03 Alien 3 (1992).mkv"]

    assert {path: one.kind for path, one in told(names).items()} == dict.fromkeys(names, "movie")


def test_an_inbox_of_films_knows_no_episodes() -> None:
    names = numbered("Pack/Some Show {:02}.mkv")

    assert all(one.kind == "movie" for one in told(names, Kind.MOVIES).values())


def test_parts_of_a_film_are_no_episodes() -> None:
    names = numbered("Some Film (2001)/Some Film (2001) CD{}.avi", last=3)

    assert all(one.kind == "movie" for one in told(names).values())


SURE = [f"Pack/Some.Show.2011.S01E{number:02}.mkv" for number in (1, 2, 3)]


def test_one_unsure_file_has_title_and_year_of_the_sure_ones() -> None:
    found = told([*SURE, "Pack/some show 104.mkv"])["Pack/some show 104.mkv"]

    assert (found.show, found.year, found.season, found.episodes) == ("Some Show", 2011, 1, (4,))
    assert found.confidence >= siblings.CLEAR


def test_a_file_of_another_show_is_not_drawn_in() -> None:
    alone = told(["Pack/other thing 104.mkv"])["Pack/other thing 104.mkv"]

    assert told([*SURE, "Pack/other thing 104.mkv"])["Pack/other thing 104.mkv"] == alone


def test_an_episode_that_is_there_for_sure_makes_another_unsure() -> None:
    found = told([*SURE, "Pack/some show 103.mkv"])["Pack/some show 103.mkv"]

    assert found.confidence <= siblings.TAKEN
    assert found.rule.endswith("another file beside it is that episode")


def test_tracks_that_count_from_the_first_are_surer() -> None:
    names = [f"Ann - Some/Ann - Some - {at:02} - T{at}.mp3" for at in range(1, 5)]

    assert all(one.confidence < siblings.CLEAR for one in told(names[1:]).values())
    assert all(one.confidence >= siblings.CLEAR for one in told(names).values())


WIDE = "Wide Film (2014) [1080p]/"


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (f"{WIDE}Wide Film (2014).mkv", f"{WIDE}etrg.mp4"),
        (f"{WIDE}wide.film.2014.1080p.mkv", f"{WIDE}visit.mp4"),
        ("The Wide Film (2014)/Wide Film (2014).mkv", "The Wide Film (2014)/etrg.mp4"),
    ],
)
def test_a_video_of_any_name_is_not_the_film_that_another_one_is(own: str, other: str) -> None:
    found = told([own, other])

    assert found[own].confidence >= siblings.CLEAR
    assert found[other].confidence <= siblings.IN_DOUBT
    assert "another file beside it" in found[other].rule


def test_a_film_of_any_name_alone_is_that_of_its_directory() -> None:
    found = told([f"{WIDE}wf-grp.mkv", "Other Film (2015)/Other Film (2015).mkv"])

    assert found[f"{WIDE}wf-grp.mkv"].title == "Wide Film"
    assert found[f"{WIDE}wf-grp.mkv"].confidence >= siblings.CLEAR


def test_two_versions_that_carry_the_title_are_both_the_film() -> None:
    found = told([f"{WIDE}Wide Film (2014) - 4K.mkv", f"{WIDE}Wide.Film.mkv"])

    assert min(one.confidence for one in found.values()) >= siblings.CLEAR


FORMS = st.sampled_from(
    [
        "d/Some Show - {:02}.mkv",
        "d/Some Show {}.mkv",
        "d/Other {:02} Words.mkv",
        "d/{:02}.mkv",
        "d/Some Show S01E{:02}.mkv",
        "d/Some Show 1{:02}.mkv",
        "e/Some Show {}.mkv",
        "d/Film ({}).mkv",
        "d/A - B - {:02} - C.mp3",
        "d/cd {}.mkv",
    ]
)
NAMES = st.lists(st.builds(str.format, FORMS, st.integers(1, 20)), max_size=14, unique=True)
KINDS = st.sampled_from([None, Kind.SHOWS, Kind.MOVIES])


@settings(deadline=None, max_examples=60)
@given(NAMES, KINDS, st.randoms())
def test_the_order_of_files_does_not_matter(
    names: list[str], kind: Kind | None, by: object
) -> None:
    shuffled = sorted(names, key=lambda name: hash((name, id(by))))

    assert told(shuffled, kind) == told(names, kind)


@settings(deadline=None, max_examples=60)
@given(NAMES, KINDS)
def test_a_file_alone_is_as_before_and_none_is_lost(names: list[str], kind: Kind | None) -> None:
    assert set(told(names, kind)) == set(names)
    for name in names[:3]:
        read = identify(tuple(name.split("/")), Reading(duration_ms=EPISODE_MS), kind)
        assert told([name], kind)[name] == read


@settings(deadline=None, max_examples=60)
@given(NAMES, KINDS)
def test_what_is_sure_does_not_change(names: list[str], kind: Kind | None) -> None:
    for name, one in told(names, kind).items():
        read = identify(tuple(name.split("/")), Reading(duration_ms=EPISODE_MS), kind)
        assert one == read or read.confidence < siblings.CLEAR
