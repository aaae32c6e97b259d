from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shelfd.core.operations import (
    MOVES,
    Asker,
    Kind,
    Operation,
    Pace,
    Progress,
    State,
    Step,
    Wish,
    priority,
    strength,
)
from shelfd.core.paths import Place, RelPath

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ENDED = {State.COMPLETED, State.FAILED, State.CANCELLED}


def wish(
    path: bytes = b"Show",
    *,
    root: str = "shows",
    kind: Kind = Kind.SCAN,
    asker: Asker = Asker.WATCH,
    **options: object,
) -> Wish:
    return Wish(
        kind=kind,
        step=Step.SCAN,
        place=Place(root, RelPath(path)),
        display="/shows/Show",
        asker=asker,
        options=options,
    )


def test_of_what_has_ended_only_what_has_not_ended_well_can_go_on() -> None:
    again = {(was, became) for was, became in MOVES if was in ENDED}
    assert again == {(State.CANCELLED, State.QUEUED), (State.FAILED, State.QUEUED)}


def test_every_state_can_be_reached_from_waiting_and_every_one_can_still_end() -> None:
    for start in set(State) - ENDED:
        reached = {start}
        while more := {became for was, became in MOVES if was in reached} - reached:
            reached |= more
        assert reached >= ENDED
        assert reached == set(State)


def test_nothing_moves_to_where_it_is() -> None:
    assert all(was is not became for was, became in MOVES)


def test_a_person_comes_before_an_event_and_an_event_before_the_schedule() -> None:
    scan = [priority(Kind.SCAN, asker) for asker in (Asker.PERSON, Asker.WATCH, Asker.SCHEDULE)]

    assert scan == sorted(scan)
    assert len(set(scan)) == 3
    assert priority(Kind.IMPORT, Asker.PERSON) < priority(Kind.IMPORT, Asker.SHELFD)
    assert priority(Kind.IMPORT, Asker.SHELFD) < priority(Kind.SCAN, Asker.SHELFD)


@pytest.mark.parametrize(("kind", "asker"), list(product(Kind, Asker)))
def test_every_priority_is_from_1_to_10(kind: Kind, asker: Asker) -> None:
    assert 1 <= priority(kind, asker) <= 10


def test_the_same_wish_twice_is_one() -> None:
    assert wish().unique_key == wish().unique_key
    assert wish().unique_key == wish(asker=Asker.SCHEDULE).unique_key


def test_what_a_person_asks_for_is_never_merged_with_anything() -> None:
    assert wish(asker=Asker.PERSON).unique_key is None


def test_wishes_that_are_to_stand_alone_are_one_among_themselves_and_no_other() -> None:
    alone = replace(wish(), alone=True)

    assert alone.unique_key == replace(wish(asker=Asker.SHELFD), alone=True).unique_key
    assert alone.unique_key != wish().unique_key
    assert replace(wish(asker=Asker.PERSON), alone=True).unique_key is None


def test_a_full_scan_looks_at_more_than_a_normal_one_and_that_at_more_than_a_quick_one() -> None:
    scans: list[dict[str, object]] = [{"quick": True}, {}, {"full": True}]

    assert [strength(options) for options in scans] == sorted({strength(one) for one in scans})
    assert strength({"quick": False, "recursive": True}) == strength({})


def at(done: int, total: int = 100, phase: str = "reading") -> Progress:
    return Progress(phase=phase, done=done, total=total, unit="directories")


def test_the_rate_is_that_of_the_last_reports_and_not_of_what_was_done_before() -> None:
    pace = Pace()

    assert pace.take(at(500_000), 1000.0) is None
    assert pace.take(at(500_010), 1002.0) == 5.0
    later = [pace.take(at(500_010 + 20 * second), 1002.0 + second) for second in range(1, 100)]
    assert later[-1] == 20.0


def test_a_clock_that_stands_still_gives_no_rate() -> None:
    pace = Pace()
    pace.take(at(1), 5.0)

    assert pace.take(at(2), 5.0) is None


@pytest.mark.parametrize("other", [at(90, phase="filing"), at(10)])
def test_another_phase_or_another_count_begins_anew(other: Progress) -> None:
    pace = Pace()
    pace.take(at(50), 1.0)
    pace.take(at(60), 2.0)

    assert pace.take(other, 3.0) is None


@unhurried
@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), max_size=30))
def test_a_rate_is_never_negative(reports: list[tuple[float, int]]) -> None:
    pace, now, done = Pace(), 0.0, 0
    for later, more in reports:
        now, done = now + later, done + more
        rate = pace.take(at(done, total=2000), now)
        assert rate is None or rate >= 0


def test_what_is_left_is_told_from_the_rate_and_unknown_without_one() -> None:
    assert replace(at(40), rate=3.0).eta_s == 20.0
    assert replace(at(40), rate=0.0).eta_s is None
    assert at(40).eta_s is None


@pytest.mark.parametrize(
    "other",
    [
        wish(b"show"),
        wish(b"Show/Season 01"),
        wish(root="anime"),
        wish(kind=Kind.IMPORT),
        wish(recursive=True),
        wish(full=True, recursive=True),
    ],
)
def test_wishes_for_different_work_stay_apart(other: Wish) -> None:
    assert other.unique_key != wish().unique_key


def test_the_order_of_options_and_those_that_are_off_make_no_other_wish() -> None:
    assert wish(full=True, recursive=True).unique_key == wish(recursive=True, full=True).unique_key
    assert wish(recursive=False).unique_key == wish().unique_key


PLACES = st.builds(
    Place,
    root=st.text(alphabet="a:,6 ", max_size=5),
    path=st.binary(max_size=3).map(RelPath),
)
OPTIONS = st.sets(st.sampled_from(["full", "recursive"]))


@given(PLACES, PLACES, OPTIONS, OPTIONS)
@unhurried
def test_no_two_places_share_a_key(
    one: Place, other: Place, first: set[str], second: set[str]
) -> None:
    mine, theirs = (
        wish(place.path, root=place.root, full="full" in on, recursive="recursive" in on)
        for place, on in ((one, first), (other, second))
    )

    assert (mine.unique_key == theirs.unique_key) is ((one, first) == (other, second))


def test_an_operation_knows_its_place() -> None:
    operation = Operation(
        id=1,
        kind=Kind.SCAN,
        step=Step.SCAN,
        root="shows",
        path=RelPath(b"Show"),
        display="/shows/Show",
        state=State.QUEUED,
        priority=5,
        asked_by=Asker.WATCH,
        options={},
        created_at=0.0,
        not_before=0.0,
        started_at=None,
        finished_at=None,
        attempts=0,
        phase="",
        done=0,
        total=0,
        unit="",
        current="",
        error=None,
        result=None,
    )

    assert operation.place == Place("shows", RelPath(b"Show"))
