"""What waits in review together with what belongs to it: discs, extras, metadata files, shows of other layouts."""

from pathlib import Path

import pytest
from msgspec.structs import replace

import media
from household import Household
from shelfd.core import roots
from shelfd.core.identity import Decision
from shelfd.core.operations import Kind, Step
from shelfd.core.paths import RelPath
from shelfd.core.pinned import Pin
from shelfd.core.review import inside
from shelfd.store import drops, pins, reviews
from shelfd.store.reviews import Review
from trees import names, plant

MATRIX = b"<movie><title>The Matrix</title><year>1999</year><uniqueid type='imdb'>tt0133093</uniqueid></movie>"


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


def film(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return media.mkv(path)


def asked(home: Household) -> Review:
    [found] = reviews.page(home.db.read(), 10)
    return found


def decide(home: Household, decision: Decision) -> None:
    """Decide of all files of the only review, and import it as the API does."""
    found = asked(home)
    with home.db.transaction() as tx:
        pins.put(
            tx,
            [
                Pin(
                    fingerprint=file.fingerprint or 0,
                    inside=inside(found.drop.path, RelPath(file.path)),
                    name="x",
                    decision=decision,
                    decided_at=home.clock.now,
                )
                for file in found.question.files
            ],
        )
    home.ask(Kind.IMPORT, Step.PLAN, home.place(found.drop.path), review=found.id)
    home.work()


def disc(top: Path) -> None:
    plant(top, {"VIDEO_TS": {"VIDEO_TS.IFO": b"i", "VTS_01_0.VOB": b"menu"}})
    film(top / "VIDEO_TS" / "VTS_01_1.VOB")


def test_a_disc_is_asked_about_as_its_largest_file_and_filed_whole(home: Household) -> None:
    disc(home.inbox / "holiday")
    home.settle()

    assert [file.path for file in asked(home).question.files] == [b"holiday/VIDEO_TS/VTS_01_1.VOB"]
    assert "more" not in asked(home).drop.reason

    decide(home, Decision(kind="movie", title="Our Holiday", year=2001))

    assert names(home.library) == [
        f"movies/Our Holiday (2001)/VIDEO_TS/{name}"
        for name in ("VIDEO_TS.IFO", "VTS_01_0.VOB", "VTS_01_1.VOB")
    ]
    assert names(home.inbox) == []


def test_a_disc_that_is_known_again_needs_no_second_answer(home: Household) -> None:
    disc(home.inbox / "holiday")
    home.settle()
    decide(home, Decision(kind="movie", title="Our Holiday", year=2001))
    disc(home.inbox / "DVD_VOLUME")

    home.settle()

    assert reviews.page(home.db.read(), 10) == []
    row = drops.one(home.db.read(), home.place(b"DVD_VOLUME"))
    assert row is not None
    assert "Our Holiday (2001)" in row.verdicts[-1].rule + row.verdicts[-1].target.decode()


def test_a_disc_that_is_said_to_be_an_episode_is_asked_about_again(home: Household) -> None:
    disc(home.inbox / "holiday")
    home.settle()

    decide(home, Decision(kind="episode", title="Show", season=1, episodes=(1,)))

    assert "players read a disc only as a movie" in asked(home).drop.reason
    assert len(asked(home).question.files) == 1


def test_a_disc_that_is_to_stay_stays(home: Household) -> None:
    disc(home.inbox / "holiday")
    home.settle()

    with home.db.transaction() as tx:
        [file] = asked(home).question.files
        kept = Pin(
            fingerprint=file.fingerprint or 0,
            inside=b"",
            name="x",
            decision=Decision(skip=True),
            decided_at=home.clock.now,
        )
        pins.put(tx, [kept])
    home.ask(Kind.IMPORT, Step.PLAN, home.place(b"holiday"), review=asked(home).id)
    home.work()

    row = drops.one(home.db.read(), home.place(b"holiday"))
    assert row is not None
    assert row.state == "held"
    assert len(names(home.inbox)) == 3


def test_extras_and_pictures_of_an_unsure_film_wait_with_it_and_follow_it(home: Household) -> None:
    top = home.inbox / "x"
    film(top / "holiday.mkv")
    film(top / "Featurettes" / "Making Of.mkv")
    plant(top, {"poster.jpg": media.jpeg(), "Subs": {"2_English.srt": b"1"}})
    # an item of this name has nothing to do with it
    film(home.library / "movies" / "x" / "x.mkv")
    home.scan("movies", recursive=True)

    home.settle()

    assert [file.path for file in asked(home).question.files] == [b"x/holiday.mkv"]
    assert len(names(home.inbox)) == 4

    decide(home, Decision(kind="movie", title="Our Holiday", year=2001))

    assert names(home.library / "movies") == [
        "Our Holiday (2001)/Featurettes/Making Of.mkv",
        "Our Holiday (2001)/Our Holiday (2001).en.srt",
        "Our Holiday (2001)/Our Holiday (2001).mkv",
        "Our Holiday (2001)/poster.jpg",
        "x/x.mkv",
    ]
    assert names(home.inbox) == []


def test_what_a_metadata_file_says_can_be_accepted(home: Household) -> None:
    film(home.inbox / "x" / "Other.Film.2011.1080p.BluRay.x264-GRP.mkv")
    plant(home.inbox, {"x/movie.nfo": MATRIX})
    home.settle()
    first = asked(home).question.candidates[0]

    assert first.source == "nfo"
    assert first.accepts is not None
    assert first.accepts.ids == {"imdb": "tt0133093"}

    decide(home, first.accepts)

    there = "The Matrix (1999) [imdbid-tt0133093]"
    assert names(home.library / "movies") == [f"{there}/{there}.mkv", f"{there}/movie.nfo"]
    assert names(home.inbox) == []


def test_that_the_library_has_it_does_not_outweigh_a_metadata_file_that_contradicts(
    home: Household,
) -> None:
    film(home.library / "movies" / "Other Film (2011)" / "Other Film (2011).mkv")
    home.scan("movies", recursive=True)
    film(home.inbox / "x" / "Other.Film.2011.1080p.BluRay.x264-GRP.mkv")
    plant(home.inbox, {"x/movie.nfo": MATRIX})

    home.settle()

    assert [one.source for one in asked(home).question.candidates] == ["library", "nfo"]


def test_what_waits_for_its_film_is_not_moved_to_the_quarantine(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    home = Household(tmp_path)
    settings = home.current.settings
    moving = replace(settings.import_, quarantine=str(away))
    home.current.settings = replace(settings, import_=moving)
    home.current.roots = roots.of(home.current.settings)
    film(home.inbox / "A.Film.2020.1080p-trailer.mkv")
    plant(home.inbox, {"B.Film.2021.1080p.en.srt": b"1"})
    home.settle()
    assert names(away) == []

    film(home.inbox / "A.Film.2020.1080p.mkv")
    film(home.inbox / "B.Film.2021.1080p.mkv")
    home.settle()
    home.settle()

    assert names(home.inbox) == []
    assert len(names(home.library / "movies")) == 4


def test_what_waits_beside_a_film_in_review_joins_its_own_film_when_that_is_filed(
    home: Household,
) -> None:
    film(home.inbox / "x" / "a" / "holiday.mkv")
    plant(home.inbox / "x", {"b": {"B.Film.2021.1080p.en.srt": b"1"}})
    home.settle()
    assert asked(home).drop.state == "review"
    film(home.inbox / "B.Film.2021.1080p.mkv")

    home.settle()
    home.settle()

    assert names(home.library / "movies") == [
        "B Film (2021)/B Film (2021).en.srt",
        "B Film (2021)/B Film (2021).mkv",
    ]
    assert [file.path for file in asked(home).question.files] == [b"x/a/holiday.mkv"]
