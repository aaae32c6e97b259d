"""Lines of a log are short, whatever is logged, and of very many the first and the last are kept."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core import lines
from shelfd.core.lines import FIELDS_CHARS, FIRST, MESSAGE_CHARS, NEWEST, Level, Lines

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.text(st.characters(categories=["Cs"]))
    | st.just(object()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
)


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters()), ANYTHING))
def test_fields_are_an_object_of_json_whatever_is_in_them(fields: dict[str, object]) -> None:
    assert isinstance(json.loads(lines.encoded(fields)), dict)
    lines.encoded(fields).encode()


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.text(st.characters()).map(lambda text: text * 500)))
def test_fields_are_never_much_longer_than_a_line(fields: dict[str, object]) -> None:
    # a character can take six in JSON, and one field may pass the end
    assert len(lines.encoded(fields)) <= 8 * FIELDS_CHARS


def test_what_is_short_stays_as_it_is() -> None:
    fields = {"path": "/srv/ä", "files": 3, "ok": True, "why": None, "rest": ["a", {"b": 1.5}]}

    assert json.loads(lines.encoded(fields)) == fields


def test_what_is_too_long_says_so() -> None:
    found = json.loads(lines.encoded({"a": "x" * 10_000, "b": "not reached"}))

    assert list(found) == ["a"]
    assert found["a"].endswith("x…")
    assert len(found["a"]) == FIELDS_CHARS


def test_a_loop_is_told_by_its_type() -> None:
    loop: list[object] = []
    loop.append(loop)

    assert json.loads(lines.encoded({"a": loop, "b": 1})) == {"a": "<list>", "b": 1}


def test_a_message_is_cut() -> None:
    some = Lines()
    some.add(1.0, Level.INFO, "x" * 5000, {})

    [line] = some.waiting()

    assert len(line.message) == MESSAGE_CHARS


@pytest.mark.parametrize("more", [0, 1, 500])
def test_of_very_many_the_first_and_the_newest_stay(more: int) -> None:
    some = Lines()
    for number in range(FIRST + NEWEST + more):
        some.add(float(number), Level.INFO, str(number), {})

    found = [line.id for line in some.waiting()]

    last = FIRST + NEWEST + more
    assert found == [*range(1, FIRST + 1), *range(last - NEWEST + 1, last + 1)]


def test_what_is_written_waits_no_longer_and_the_count_goes_on() -> None:
    some = Lines()
    for _ in range(3):
        some.add(1.0, Level.INFO, "x", {})
    some.written(2)
    some.add(1.0, Level.INFO, "x", {})

    assert [line.id for line in some.waiting()] == [3, 4]


def test_levels_go_up() -> None:
    assert [*lines.upward(Level.WARNING)] == [Level.WARNING, Level.ERROR]
    assert [*lines.upward(Level.DEBUG)] == [*Level]
