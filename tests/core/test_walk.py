from dataclasses import dataclass

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core.listing import Changes
from shelfd.core.paths import TOP, RelPath, join, within
from shelfd.core.walk import Walk

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

TREE = {
    b"": [b"b", b"a", b"c"],
    b"a": [b"z", b"y"],
    b"a/y": [],
    b"a/z": [],
    b"b": [b"\xff"],
    b"b/\xff": [],
    b"c": [],
}


def visit(walk: Walk, tree: dict[bytes, list[bytes]]) -> bytes | None:
    """Take one directory and go on with those in it, as a scan does."""
    taken = walk.take()
    if taken is None:
        return None
    root, path = taken
    if walk.recursive:
        walk.descend(root, [join(path, name) for name in tree[path]])
    return path


def all_of(walk: Walk, tree: dict[bytes, list[bytes]]) -> list[bytes]:
    seen = []
    while (path := visit(walk, tree)) is not None:
        seen.append(path)
    return seen


def test_a_walk_is_depth_first_and_in_the_order_of_names() -> None:
    walk = Walk.over([("music", TOP)], recursive=True)

    assert all_of(walk, TREE) == [b"", b"a", b"a/y", b"a/z", b"b", b"b/\xff", b"c"]


def test_several_trees_are_walked_one_after_the_other() -> None:
    walk = Walk.over([("music", TOP), ("books", TOP)], recursive=False)

    assert [walk.take(), walk.take(), walk.take()] == [("music", b""), ("books", b""), None]


def test_a_narrow_walk_reads_only_what_it_was_told() -> None:
    walk = Walk.over([("music", RelPath(b"a")), ("music", RelPath(b"c"))], recursive=False)

    assert all_of(walk, TREE) == [b"a", b"c"]


def test_the_end_of_a_walk_stays_the_end_and_counts_nothing() -> None:
    walk = Walk.over([], recursive=True)

    assert (walk.take(), walk.take()) == (None, None)
    assert (walk.done, walk.total) == (0, 0)


def test_a_copy_does_not_walk_with_the_original() -> None:
    walk = Walk.over([("music", TOP)], recursive=True)
    visit(walk, TREE)
    saved = walk.copy()

    assert all_of(walk, TREE) == [b"a", b"a/y", b"a/z", b"b", b"b/\xff", b"c"]
    assert (saved.done, saved.total) == (1, 4)
    assert all_of(saved, TREE) == [b"a", b"a/y", b"a/z", b"b", b"b/\xff", b"c"]


def test_a_copy_keeps_what_was_counted() -> None:
    walk = Walk.over([("music", TOP)], recursive=False)
    walk.counts.added, walk.counts.changed, walk.missing, walk.unreadable = 1, 2, 3, 4

    assert walk.copy() == walk


def test_what_directories_came_to_is_added_up() -> None:
    walk = Walk.over([("music", TOP)], recursive=False)
    walk.counts.add(Changes(new=(b"a", b"b"), changed=(b"c",), back=(b"d",), gone=(b"e",)))
    walk.counts.add(Changes(new=(b"f",)))
    walk.pass_over("music", 2)
    walk.pass_over("music", 3)
    walk.pass_over("movies", 0)

    assert (walk.counts.added, walk.counts.changed) == (3, 1)
    assert walk.passed_over == {"music": 5}


def test_a_sweep_goes_on_behind_the_last_directory_it_has_compared() -> None:
    walk = Walk.sweeping([("music", TOP), ("movies", RelPath(b"A"))], files=False)
    assert (walk.sweeps[-1].root, walk.take()) == ("music", None)

    walk.swept(RelPath(b"M"), 3)
    moment = walk.copy()
    walk.swept(None, 2)

    assert moment.sweeps[-1].last == b"M"
    assert (walk.sweeps[-1].root, walk.done) == ("movies", 5)
    walk.swept(None, 0)
    assert walk.over_now


def directories(names: list[list[bytes]]) -> dict[bytes, list[bytes]]:
    """Return the directories on the way to all these paths, each with the names in it."""
    tree: dict[bytes, list[bytes]] = {b"": []}
    for parts in names:
        here = TOP
        for part in parts:
            below = join(here, part)
            if below not in tree:
                tree[here].append(part)
                tree[below] = []
            here = below
    return tree


TREES = st.lists(
    st.lists(st.sampled_from([b"a", b"a b", b"a-", b"B", b"\xff"]), max_size=4), max_size=12
).map(directories)


@dataclass
class Turn:
    """What a worker does before it is stopped."""

    visits: int
    killed_after: int
    """Visits after the last checkpoint that a restart does not know of."""


TURNS = st.lists(st.builds(Turn, visits=st.integers(0, 4), killed_after=st.integers(0, 3)))


@given(TREES, TURNS)
@unhurried
def test_however_often_it_is_killed_each_directory_is_recorded_once(
    tree: dict[bytes, list[bytes]], turns: list[Turn]
) -> None:
    walk = Walk.over([("music", TOP)], recursive=True)
    recorded: list[bytes] = []
    for turn in turns:
        taken = [visit(walk, tree) for _ in range(turn.visits)]
        recorded += [path for path in taken if path is not None]
        checkpoint = msgspec.msgpack.encode(walk.copy())
        for _ in range(turn.killed_after):
            visit(walk, tree)
        walk = msgspec.msgpack.decode(checkpoint, type=Walk)
        assert walk.done == len(recorded)
    recorded += all_of(walk, tree)

    assert recorded == sorted(tree, key=lambda path: path.split(b"/") if path else [])
    assert walk.done == walk.total == len(tree)


@given(TREES)
@unhurried
def test_what_is_known_of_so_far_only_grows_and_what_is_left_lies_ahead(
    tree: dict[bytes, list[bytes]],
) -> None:
    walk = Walk.over([("music", TOP)], recursive=True)
    total, seen = walk.total, list[RelPath]()
    while (path := visit(walk, tree)) is not None:
        seen.append(RelPath(path))
        assert walk.total >= total
        total = walk.total
        ahead = [RelPath(path) for _root, path in walk.todo]
        assert not set(ahead) & set(seen)
        assert len(set(ahead)) == len(ahead)
        assert not any(within(one, other) for one in ahead for other in ahead if one is not other)
