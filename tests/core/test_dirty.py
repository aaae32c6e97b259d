from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core.dirty import MOST_CHILDREN, MOST_DIRECTORIES, MOST_NAMES, Dirty, Due, Patience
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

    assert dirty.take_due(102.0) == [names_due(b"Showcase", b"b.mkv"), subtree_due(b"Show")]


def test_a_root_in_doubt_absorbs_everything_in_it_and_nothing_of_another_root() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show"), b"a.mkv", 100.0)
    dirty.hear(place(b"Show", root="tv"), b"b.mkv", 100.0)
    dirty.doubt(place(b""), 100.0)

    assert dirty.take_due(102.0) == [
        Due(place=place(b"Show", root="tv"), names=frozenset({b"b.mkv"}), recursive=False),
        subtree_due(b""),
    ]


def test_what_happens_below_a_subtree_that_waits_only_puts_it_off() -> None:
    dirty = Dirty(PATIENCE)
    dirty.doubt(place(b"Show"), 100.0)
    dirty.hear(place(b"Show/Season 1"), b"a.mkv", 101.0)
    dirty.doubt(place(b"Show/Season 2"), 101.5)

    assert len(dirty) == 1
    assert dirty.take_due(103.4) == []
    assert dirty.take_due(103.5) == [subtree_due(b"Show")]


def test_a_subtree_is_due_no_later_than_the_first_event_in_it_allows() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show/Season 1"), b"a.mkv", 100.0)
    for second in range(101, 110):
        dirty.doubt(place(b"Show"), float(second))

    assert dirty.next_due() == 110.0


def test_128_dirty_directories_in_one_are_still_told_one_by_one() -> None:
    dirty = Dirty(PATIENCE)
    for number in range(128):
        dirty.hear(place(b"Ann/%d" % number), b"1.flac", 100.0)

    assert len(dirty.take_due(102.0)) == 128


def test_more_dirty_directories_in_one_become_everything_below_it() -> None:
    dirty = Dirty(PATIENCE)
    for number in range(129):
        dirty.hear(place(b"Ann/%d" % number), b"1.flac", 100.0)
        dirty.hear(place(b"Ann/0/CD1"), b"1.flac", 100.0)
    dirty.hear(place(b"Anna"), b"1.flac", 100.0)

    assert dirty.take_due(102.0) == [subtree_due(b"Ann"), names_due(b"Anna", b"1.flac")]


def test_subtrees_that_crowd_a_directory_become_one_subtree() -> None:
    dirty = Dirty(PATIENCE)
    for number in range(128):
        dirty.hear(place(b"A/%d" % number), b"x", 100.0)
    for number in range(129):
        dirty.hear(place(b"A/deep/%d" % number), b"x", 101.0)

    assert dirty.take_due(103.0) == [subtree_due(b"A")]


def test_more_than_512_dirty_directories_of_a_root_become_all_of_it() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Ann/Some", root="music"), b"1.flac", 100.0)
    for number in range(512):
        dirty.hear(place(b"%d/%d" % (number // 100, number)), b"x", 100.0)
    assert len(dirty) == 513

    dirty.hear(place(b""), b"x", 101.0)
    dirty.hear(place(b"late"), b"x", 101.0)

    assert dirty.take_due(103.0) == [
        Due(place=place(b"Ann/Some", root="music"), names=frozenset({b"1.flac"}), recursive=False),
        subtree_due(b""),
    ]


def test_a_storm_is_held_in_bounded_memory_and_ends_as_one_look_at_the_root() -> None:
    dirty = Dirty(PATIENCE)
    most = 0
    for number in range(100_000):
        where = place(b"%d/%d/%d" % (number % 97, number % 89, number))
        dirty.hear(where, b"%d.flac" % number, 100.0 + number / 100_000)
        most = max(most, len(dirty))

    assert most <= MOST_DIRECTORIES
    assert dirty.take_due(103.0) == [subtree_due(b"")]
    assert len(dirty) == 0


def test_what_was_folded_together_leaves_nothing_behind() -> None:
    dirty = Dirty(PATIENCE)
    for _again in range(3):
        for number in range(129):
            dirty.hear(place(b"Ann/%d" % number), b"x", 100.0)
        assert dirty.take_due(102.0) == [subtree_due(b"Ann")]
        for number in range(128):
            dirty.hear(place(b"Ann/%d" % number), b"x", 100.0)
        assert len(dirty.take_due(102.0)) == 128


def test_what_only_lost_something_is_taken_after_what_gained() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"A lost"), b"a", 100.0, gone=True)
    dirty.hear(place(b"B both"), b"b", 100.1, gone=True)
    dirty.hear(place(b"B both"), b"c", 100.2)
    dirty.hear(place(b"C gained"), b"a", 100.3)
    dirty.hear(place(b"D gained"), b"b", 100.3)

    assert [due.place.path for due in dirty.take_due(200.0)] == [
        b"C gained",
        b"D gained",
        b"B both",
        b"A lost",
    ]


def test_a_loss_is_due_after_its_quiet_time_whatever_else_is_noisy() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"A"), b"a", 100.0, gone=True)
    for tenth in range(1000, 1030):
        dirty.hear(place(b"B"), b"a", tenth / 10)

    assert dirty.take_due(102.0) == [names_due(b"A", b"a")]


def test_who_takes_late_waits_no_longer_for_what_was_heard_meanwhile() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"A"), b"a", 100.0)
    assert len(dirty.take_due(102.0)) == 1
    # the taker is busy with that until 105
    dirty.hear(place(b"B"), b"b", 102.5)
    dirty.hear(place(b"C"), b"c", 104.0)

    assert dirty.take_due(105.0) == [names_due(b"B", b"b")]
    assert dirty.next_due() == 106.0


def test_a_directory_can_be_heard_itself() -> None:
    dirty = Dirty(PATIENCE)
    dirty.hear(place(b"Show"), b"", 100.0)

    assert dirty.take_due(102.0) == [names_due(b"Show", b"")]


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
    gone: bool
    take: bool
    crowd: int


STEPS = st.lists(
    st.builds(
        Step,
        wait=st.sampled_from([0.0, 0.1, 1.0, 1.9, 2.0, 5.0, 30.0]),
        path=st.sampled_from([b"", b"a", b"a/b", b"a/b/c", b"ab", b"d"]),
        name=st.sampled_from([b"1", b"2", b"3"]),
        doubt=st.integers(0, 9).map(lambda number: number == 0),
        gone=st.booleans(),
        take=st.booleans(),
        crowd=st.sampled_from([1, 1, 1, 1, 1, 128, 129, 300]),
    ),
    max_size=40,
)


@dataclass
class Event:
    """What a slow and plain reading of the rules remembers of one event that nobody looked at."""

    path: RelPath
    name: bytes | None
    at: float


def events(step: Step, now: float) -> list[Event]:
    """Return one event, or one in each of many directories."""
    if step.doubt:
        return [Event(RelPath(step.path), None, now)]
    if step.crowd == 1:
        return [Event(RelPath(step.path), step.name, now)]
    below = step.path + b"/" if step.path else b""
    return [Event(RelPath(below + b"%d" % n), step.name, now) for n in range(step.crowd)]


def tell(dirty: Dirty, event: Event, *, gone: bool) -> None:
    if event.name is None:
        dirty.doubt(place(event.path), event.at)
    else:
        dirty.hear(place(event.path), event.name, event.at, gone=gone)


def covers(due: Due, event: Event) -> bool:
    """Say whether a look at what is due is a look at what the event told of."""
    if due.recursive:
        return within(event.path, due.place.path)
    if event.name is None or due.place.path != event.path:
        return False
    return due.names is None or event.name in due.names


@settings(deadline=None)
@given(STEPS)
def test_every_event_is_covered_by_what_is_taken_neither_early_nor_late(steps: list[Step]) -> None:
    dirty, now = Dirty(PATIENCE), 1000.0
    waiting: list[Event] = []
    for step in steps:
        now += step.wait
        if step.take:
            for due in dirty.take_due(now):
                covered = [event for event in waiting if covers(due, event)]
                first, last = min(e.at for e in covered), max(e.at for e in covered)
                assert min(last + PATIENCE.quiet, first + PATIENCE.longest) <= now
                assert due.names is None or due.names == {event.name for event in covered}
                waiting = [event for event in waiting if not covers(due, event)]
            assert all(now - event.at < PATIENCE.longest for event in waiting)
        for event in events(step, now):
            tell(dirty, event, gone=step.gone)
            waiting.append(event)

        assert bool(dirty) == bool(waiting)
        assert len(dirty) <= MOST_DIRECTORIES
    for due in dirty.take_due(now + PATIENCE.longest):
        waiting = [event for event in waiting if not covers(due, event)]
    assert waiting == []
    assert len(dirty) == 0


@settings(deadline=None)
@given(STEPS)
def test_a_loop_that_sleeps_until_next_due_misses_nothing_and_wakes_for_nothing(
    steps: list[Step],
) -> None:
    dirty, now = Dirty(PATIENCE), 1000.0
    waiting: list[Event] = []
    for step in steps:
        then = now + step.wait
        while (moment := dirty.next_due()) is not None and moment <= then:
            due = dirty.take_due(moment)
            assert due, "woke up for nothing"
            now = moment
            waiting = [event for event in waiting if not any(covers(one, event) for one in due)]
        now = then
        assert all(now - event.at <= PATIENCE.longest for event in waiting)
        asleep_until = dirty.next_due()
        for event in events(step, now):
            tell(dirty, event, gone=step.gone)
            waiting.append(event)
        moment = dirty.next_due()
        assert moment is not None
        assert asleep_until is None or moment >= asleep_until, "would have to be woken"


@settings(deadline=None)
@given(STEPS)
def test_no_directory_waits_below_a_subtree_and_none_is_crowded(steps: list[Step]) -> None:
    dirty, now = Dirty(PATIENCE), 1000.0
    for step in steps:
        now += step.wait / 1000
        for event in events(step, now):
            tell(dirty, event, gone=step.gone)
    due = dirty.take_due(now + PATIENCE.longest)

    subtrees = [each.place.path for each in due if each.recursive]
    paths = [each.place.path for each in due]
    parents = [path.rpartition(b"/")[0] for path in paths if path]
    assert not any(path != top and within(path, top) for path in paths for top in subtrees)
    assert all(parents.count(above) <= MOST_CHILDREN for above in set(parents))
    assert all(each.names is None or len(each.names) <= MOST_NAMES for each in due)
