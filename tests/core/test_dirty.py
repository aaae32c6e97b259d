from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from shelfd.core.dirty import Dirty, Due, Patience
from shelfd.core.paths import Place, RelPath, within

PATIENCE = Patience(quiet=2.0, longest=10.0)


def place(path: bytes, root: str = "inbox") -> Place:
    return Place(root, RelPath(path))


def names_due(path: bytes, *names: bytes) -> Due:
    return Due(place=place(path), names=frozenset(names), recursive=False)


def subtree_due(path: bytes) -> Due:
    return Due(place=place(path), names=None, recursive=True)


def test_nothing_is_due_when_nothing_was_heard() -> None:
    dirty = Dirty(PATIENCE)

    assert dirty.next_due() is None
    assert dirty.take_due(1e9) == []


def test_a_directory_is_due_when_it_has_been_quiet() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show"), b"a.mkv", 100.0)

    assert dirty.next_due() == 102.0
    assert dirty.take_due(101.9) == []
    assert dirty.take_due(102.0) == [names_due(b"Show", b"a.mkv")]


def test_each_event_puts_a_directory_off() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show"), b"a.mkv", 100.0)
    dirty.hear(place(b"Show"), b"b.mkv", 101.5)

    assert dirty.take_due(102.0) == []
    assert dirty.take_due(103.5) == [names_due(b"Show", b"a.mkv", b"b.mkv")]


def test_noise_that_never_stops_cannot_hide_a_directory() -> None:
    dirty = Dirty(PATIENCE)
    for second in range(100, 110):
        dirty.hear(place(b"Show"), b"a.mkv", float(second))

    assert dirty.next_due() == 110.0
    assert dirty.take_due(110.0) == [names_due(b"Show", b"a.mkv")]


def test_a_noisy_directory_does_not_hold_up_a_quiet_one() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Quiet"), b"a", 100.0)
    for tenth in range(1000, 1030):
        dirty.hear(place(b"Noisy"), b"b", tenth / 10)

    assert dirty.take_due(103.0) == [names_due(b"Quiet", b"a")]
    assert len(dirty) == 1


def test_what_was_taken_is_not_due_again() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show"), b"a.mkv", 100.0)
    dirty.take_due(102.0)

    assert dirty.take_due(1e9) == []
    assert len(dirty) == 0


def test_the_cap_begins_anew_when_a_directory_was_taken() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show"), b"a.mkv", 100.0)
    dirty.take_due(102.0)
    dirty.hear(place(b"Show"), b"b.mkv", 109.0)

    assert dirty.next_due() == 111.0
    assert dirty.take_due(111.0) == [names_due(b"Show", b"b.mkv")]


def test_too_many_names_become_the_whole_directory() -> None:
    dirty = Dirty(PATIENCE)
    for number in range(129):
        dirty.hear(place(b"Album"), b"%d.flac" % number, 100.0)
    dirty.hear(place(b"Album"), b"cover.jpg", 100.0)

    assert dirty.take_due(102.0) == [Due(place=place(b"Album"), names=None, recursive=False)]


def test_128_names_are_still_told_one_by_one() -> None:
    dirty = Dirty(PATIENCE)
    names = [b"%d.flac" % number for number in range(128)]
    for name in names:
        dirty.hear(place(b"Album"), name, 100.0)

    assert dirty.take_due(102.0) == [names_due(b"Album", *names)]


def test_doubt_makes_the_whole_subtree_due() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show"), b"a.mkv", 100.0)
    dirty.doubt(place(b"Show"), 100.0)
    dirty.hear(place(b"Show"), b"b.mkv", 100.0)

    assert dirty.take_due(102.0) == [subtree_due(b"Show")]


def test_a_subtree_that_is_due_absorbs_the_due_directories_below_it() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show/Season 1"), b"a.mkv", 100.0)
    dirty.doubt(place(b"Show/Season 2/Extras"), 100.0)
    dirty.hear(place(b"Showcase"), b"b.mkv", 100.0)
    dirty.doubt(place(b"Show"), 100.0)

    assert dirty.take_due(102.0) == [subtree_due(b"Show"), names_due(b"Showcase", b"b.mkv")]


def test_a_root_in_doubt_absorbs_everything_in_it_and_nothing_of_another_root() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show"), b"a.mkv", 100.0)
    dirty.hear(place(b"Show", root="tv"), b"b.mkv", 100.0)
    dirty.doubt(place(b""), 100.0)

    assert dirty.take_due(102.0) == [
        subtree_due(b""),
        Due(place=place(b"Show", root="tv"), names=frozenset({b"b.mkv"}), recursive=False),
    ]


def test_a_directory_that_is_still_noisy_outlives_the_subtree_around_it() -> None:
    dirty = Dirty(PATIENCE)
    dirty.doubt(place(b"Show"), 100.0)
    dirty.hear(place(b"Show/Season 1"), b"a.mkv", 101.0)

    assert dirty.take_due(102.0) == [subtree_due(b"Show")]
    assert dirty.take_due(103.0) == [names_due(b"Show/Season 1", b"a.mkv")]


def test_what_became_due_first_is_taken_first_and_equals_by_place() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Late"), b"a", 101.0)
    dirty.hear(place(b"B"), b"a", 100.0)
    dirty.hear(place(b"A"), b"a", 100.0)

    assert [due.place.path for due in dirty.take_due(200.0)] == [b"A", b"B", b"Late"]


def test_its_repr_shows_what_waits_and_until_when() -> None:
    dirty = Dirty(PATIENCE)
    assert repr(dirty) == "<Dirty nothing>"

    dirty.hear(place(b"Caf\xe9"), b"a.mkv", 101.0)
    dirty.doubt(place(b"", root="tv"), 100.0)

    assert repr(dirty) == r"<Dirty tv:/** all at 102, inbox:/Caf\xe9 1 names at 103>"


@dataclass
class Step:
    wait: float
    path: bytes
    name: bytes
    doubt: bool
    take: bool


STEPS = st.lists(
    st.builds(
        Step,
        wait=st.sampled_from([0.0, 0.1, 1.0, 1.9, 2.0, 5.0, 30.0]),
        path=st.sampled_from([b"", b"a", b"a/b", b"a/b/c", b"ab", b"d"]),
        name=st.sampled_from([b"1", b"2", b"3"]),
        doubt=st.integers(0, 9).map(lambda number: number == 0),
        take=st.booleans(),
    ),
    max_size=60,
)


@dataclass
class Told:
    """What a slow and plain reading of the rules remembers of one directory."""

    moments: list[float] = field(default_factory=list)
    names: set[bytes] = field(default_factory=set)
    doubt: bool = False

    def due(self) -> float:
        return min(self.moments[-1] + PATIENCE.quiet, self.moments[0] + PATIENCE.longest)


def taken_by_the_rules(told: dict[bytes, Told], now: float) -> list[Due]:
    due = {path: told.pop(path) for path in list(told) if told[path].due() <= now}
    subtrees = [path for path, each in due.items() if each.doubt]
    return [
        subtree_due(path) if each.doubt else names_due(path, *each.names)
        for path, each in sorted(due.items(), key=lambda item: (item[1].due(), item[0]))
        if not any(path != top and within(RelPath(path), RelPath(top)) for top in subtrees)
    ]


@given(STEPS)
def test_any_sequence_of_events_is_taken_as_the_rules_say(steps: list[Step]) -> None:
    dirty, told, now = Dirty(PATIENCE), dict[bytes, Told](), 1000.0
    for step in steps:
        now += step.wait
        if step.take:
            assert dirty.take_due(now) == taken_by_the_rules(told, now)
        each = told.setdefault(step.path, Told())
        each.moments.append(now)
        if step.doubt:
            dirty.doubt(place(step.path), now)
            each.doubt = True
        else:
            dirty.hear(place(step.path), step.name, now)
            each.names.add(step.name)

        assert dirty.next_due() == min(waiting.due() for waiting in told.values())
        assert len(dirty) == len(told)


@given(STEPS)
def test_a_loop_that_sleeps_until_next_due_misses_nothing_and_wakes_for_nothing(
    steps: list[Step],
) -> None:
    dirty, now = Dirty(PATIENCE), 1000.0
    waiting_since: dict[bytes, float] = {}
    for step in steps:
        then = now + step.wait
        while (moment := dirty.next_due()) is not None and moment <= then:
            due = dirty.take_due(moment)
            assert due, "woke up for nothing"
            now = moment
            for path in list(waiting_since):
                if any(
                    each.place.path == path
                    or (each.recursive and within(RelPath(path), each.place.path))
                    for each in due
                ):
                    del waiting_since[path]
        now = then
        assert all(now - since <= PATIENCE.longest for since in waiting_since.values())
        if step.doubt:
            dirty.doubt(place(step.path), now)
        else:
            dirty.hear(place(step.path), step.name, now)
        waiting_since.setdefault(step.path, now)
