"""Batches are halved while memory is short, by bounds, and nothing flips at one value."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core.pressure import (
    BEGINS,
    ENDS,
    HALVINGS,
    LEVELS,
    STEP_S,
    Facts,
    Limit,
    Pressure,
    Stall,
    felt,
    part,
)

PERCENT = st.floats(0, 100)
FACTS = st.builds(
    Facts,
    limits=st.lists(
        st.builds(
            Limit, what=st.just("memory.max of /a"), used=st.integers(0, 120), allowed=st.just(100)
        ),
        max_size=3,
    ).map(tuple),
    stalls=st.lists(
        st.builds(Stall, where=st.just("the machine"), some=PERCENT, full=PERCENT), max_size=2
    ).map(tuple),
)
WAITS = st.floats(0, 40)


def near(used: int) -> Facts:
    """Return that so many of 100 MiB are used."""
    return Facts(limits=(Limit(what="memory.max of /a", used=used << 20, allowed=100 << 20),))


def through(*used: int, seconds: float = STEP_S) -> list[Pressure]:
    """Return what is felt one after the other, in steps of so many seconds."""
    found = [Pressure()]
    for place, one in enumerate(used, start=1):
        found.append(felt(found[-1], near(one), 1000 + place * seconds))
    return found[1:]


def test_nothing_known_is_no_pressure() -> None:
    assert felt(Pressure(), Facts(), 5.0) == Pressure()


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        (near(79), "none"),
        (near(80), "some"),
        (near(90), "high"),
        (near(150), "high"),
        (Facts(stalls=(Stall(where="the machine", some=9.9, full=4.9),)), "none"),
        (Facts(stalls=(Stall(where="the machine", some=10.0, full=0.0),)), "some"),
        (Facts(stalls=(Stall(where="the machine", some=5.0, full=5.0),)), "some"),
        (Facts(stalls=(Stall(where="the machine", some=12.0, full=10.0),)), "high"),
    ],
)
def test_the_worst_fact_decides(facts: Facts, level: str) -> None:
    assert felt(Pressure(), facts, 1.0).level == level


def test_what_has_begun_ends_only_clearly_below() -> None:
    assert [one.level for one in through(79, 80, 79, 70, 69, 79)] == [
        "none",
        "some",
        "some",
        "some",
        "none",
        "none",
    ]
    assert [one.level for one in through(90, 81, 80, 79, 71, 69)] == [
        "high",
        "high",
        "high",
        "some",
        "some",
        "none",
    ]


def test_high_pressure_halves_again_and_again_up_to_a_bound_and_gives_back_as_slowly() -> None:
    found = through(95, 95, 95, 95, 95, 95, 10, 10, 10, 10, 10)

    assert [1 / one.share for one in found] == [2, 4, 8, 16, 16, 16, 8, 4, 2, 1, 1]


def test_looking_often_halves_no_faster() -> None:
    found = through(*[95] * 25, seconds=STEP_S / 10)

    assert [1 / one.share for one in found] == [2] * 10 + [4] * 10 + [8] * 5


def test_worse_takes_effect_at_once() -> None:
    found = through(85, 95, seconds=1.0)

    assert [(one.level, 1 / one.share) for one in found] == [("some", 2), ("high", 4)]


def test_after_a_long_pause_nothing_of_the_past_is_left() -> None:
    found = through(95, 95, 95, 95)

    assert felt(found[-1], near(10), 1e6).share == 1


def test_caches_are_dropped_when_it_begins_and_with_each_step_while_it_lasts() -> None:
    assert [one.drop for one in through(85, 85, 85, 85, 10, 10, seconds=6.0)] == [
        True,
        False,
        True,
        False,
        False,
        False,
    ]


def test_the_reason_names_what_is_behind_it_and_ends_with_it() -> None:
    stall = Stall(where="the machine", some=62.4, full=1.0)
    facts = Facts(limits=near(95).limits, stalls=(stall,))

    assert felt(Pressure(), facts, 1.0).reason == (
        "95 of 100 MiB are used that memory.max of /a allows;"
        " the machine waited for memory for 62 % of the last ten seconds"
    )
    assert felt(felt(Pressure(), facts, 1.0), Facts(), 2.0).reason == ""


@given(
    history=st.lists(st.tuples(FACTS, WAITS), max_size=20),
    facts=FACTS,
    waits=st.lists(WAITS, min_size=1),
)
@settings(deadline=None)
def test_it_never_flips_at_one_value(
    history: list[tuple[Facts, float]], facts: Facts, waits: list[float]
) -> None:
    now, pressure = 0.0, Pressure()
    for one, wait in history:
        now += wait
        pressure = felt(pressure, one, now)
    settled = felt(pressure, facts, now)
    halvings = [settled.halvings]
    for wait in waits:
        now += wait
        pressure = felt(settled, facts, now)
        assert (pressure.level, pressure.reason) == (settled.level, settled.reason)
        settled = pressure
        halvings.append(pressure.halvings)

    assert halvings in (sorted(halvings), sorted(halvings, reverse=True))


@given(st.lists(st.tuples(FACTS, WAITS)))
@settings(deadline=None)
def test_batches_are_halved_within_bounds_and_one_step_at_a_time(
    history: list[tuple[Facts, float]],
) -> None:
    now, found = 0.0, [Pressure()]
    for facts, wait in history:
        now += wait
        found.append(felt(found[-1], facts, now))

    for before, after in pairwise(found):
        assert 1 / 16 <= after.share <= 1
        assert after.halvings <= before.halvings + 1
        assert (after.level == "none") == (after.reason == "")
        assert after.level == "none" or after.share < 1
        assert not (after.drop and after.level == "none")


@given(st.integers(1, 1_000_000), st.integers(0, max(HALVINGS.values())))
@settings(deadline=None)
def test_a_part_is_never_nothing_and_never_more_than_all(number: int, halvings: int) -> None:
    found = part(number, Pressure(halvings=halvings).share)

    assert 1 <= found <= number
    assert found == max(number >> halvings, 1)


def test_every_mark_ends_below_where_it_begins_and_the_levels_follow_each_other() -> None:
    for level in LEVELS[1:]:
        assert all(end < begin for begin, end in zip(BEGINS[level], ENDS[level], strict=True))
    for marks in (BEGINS, ENDS):
        assert all(some < high for some, high in zip(marks["some"], marks["high"], strict=True))
