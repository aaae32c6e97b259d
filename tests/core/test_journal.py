import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shelfd.core import filing
from shelfd.core.journal import (
    MOVES,
    Action,
    Entry,
    Expected,
    FileStep,
    Outcome,
    Seen,
    State,
    Touched,
    objections,
    resolve,
    reversal,
)
from shelfd.core.listing import Facts
from shelfd.core.paths import Place, RelPath, ancestors, parent
from shelfd.core.plan import Request, Verdict

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SONG = Expected(size=100, mtime_ns=7, inode=3)


def inbox(path: bytes) -> Place:
    return Place("inbox", RelPath(path))


def music(path: bytes) -> Place:
    return Place("music", RelPath(path))


def entry(number: int, step: FileStep, outcome: Outcome | None = None) -> Entry:
    return Entry(
        id=100 + number,
        operation=7,
        seq=number,
        step=step,
        state=State.DONE,
        outcome=outcome or Outcome(),
    )


MKDIR = FileStep(action=Action.MKDIR, target=music(b"Ann"))
RMDIR = FileStep(action=Action.RMDIR, source=inbox(b"d"))
PLACE = FileStep(
    action=Action.PLACE,
    source=inbox(b"d/1.mp3"),
    target=music(b"Ann/01.mp3"),
    mode="auto",
    expected=SONG,
)
MOVE = FileStep(
    action=Action.MOVE,
    source=inbox(b"d/1.mp3"),
    target=inbox(b".shelfd-trash/7/d/1.mp3"),
    trash=True,
    expected=SONG,
)
DISCARD = FileStep(
    action=Action.DISCARD,
    source=music(b"Ann/01.mp3"),
    target=inbox(b"d/1.mp3"),
    expected=SONG,
)
STAMP = FileStep(action=Action.STAMP, target=inbox(b"d"), expected=Expected(mtime_ns=5))
LINK = replace(PLACE, mode="symlink")
OTHER = Expected(size=1, mtime_ns=1, inode=9)
COPIED = Expected(size=100, mtime_ns=7, inode=9)


def test_what_has_ended_never_begins_again() -> None:
    assert {was for was, _ in MOVES} == {State.PLANNED, State.BEGUN, State.DONE}
    assert {became for was, became in MOVES if was is State.DONE} == {
        State.REVERSED,
        State.PURGED,
    }


def test_nothing_is_done_that_was_not_begun() -> None:
    assert {was for was, became in MOVES if became is State.DONE} == {State.BEGUN}
    assert {was for was, became in MOVES if became is State.BEGUN} == {State.PLANNED}


def test_every_state_can_be_reached_from_planned() -> None:
    reached = {State.PLANNED}
    while more := {became for was, became in MOVES if was in reached} - reached:
        reached |= more

    assert reached == set(State)


@pytest.mark.parametrize(
    ("step", "source", "target", "expected"),
    [
        (MKDIR, None, None, State.PLANNED),
        (MKDIR, None, OTHER, State.DONE),
        (RMDIR, OTHER, None, State.PLANNED),
        (RMDIR, None, None, State.DONE),
        (PLACE, SONG, None, State.PLANNED),
        (PLACE, SONG, SONG, State.DONE),
        (PLACE, SONG, COPIED, State.DONE),
        (PLACE, SONG, OTHER, State.PLANNED),
        (PLACE, None, SONG, State.DONE),
        (PLACE, None, None, State.PLANNED),
        (LINK, SONG, None, State.PLANNED),
        (LINK, SONG, Expected(size=30, mtime_ns=99, link=True), State.DONE),
        (LINK, SONG, Expected(size=30, mtime_ns=99), State.PLANNED),
        (MOVE, SONG, None, State.PLANNED),
        (MOVE, None, SONG, State.DONE),
        (MOVE, None, OTHER, State.PLANNED),
        (replace(MOVE, expected=Expected()), None, OTHER, State.DONE),
        (MOVE, SONG, SONG, State.PLANNED),
        (MOVE, SONG, OTHER, State.PLANNED),
        (MOVE, None, None, State.PLANNED),
        (DISCARD, SONG, SONG, State.PLANNED),
        (DISCARD, None, SONG, State.DONE),
        (DISCARD, None, None, State.DONE),
        (STAMP, None, OTHER, State.PLANNED),
        (STAMP, None, None, State.PLANNED),
    ],
)
def test_what_a_begun_step_came_to_shows_at_its_ends(
    step: FileStep, source: Expected | None, target: Expected | None, expected: State
) -> None:
    assert resolve(step, Seen(source, target)) is expected


def test_a_copy_grows_hidden_beside_its_target_under_a_name_of_its_own() -> None:
    names = {entry(number, PLACE).temporary for number in (1, 2)}

    assert names == {music(b"Ann/.shelfd-7-1.tmp"), music(b"Ann/.shelfd-7-2.tmp")}
    assert entry(1, RMDIR).temporary is None
    assert entry(1, replace(PLACE, target=music(b"1.mp3"))).temporary == music(b".shelfd-7-1.tmp")


@pytest.mark.parametrize(
    ("step", "touched"),
    [
        (MKDIR, (music(b""),)),
        (RMDIR, (inbox(b""),)),
        (PLACE, (music(b"Ann"),)),
        (MOVE, (inbox(b".shelfd-trash/7/d"), inbox(b"d"))),
        (DISCARD, (music(b"Ann"),)),
        (STAMP, ()),
    ],
)
def test_a_step_changes_the_times_of_the_directories_in_which_names_change(
    step: FileStep, touched: tuple[Place, ...]
) -> None:
    assert entry(1, step).touches == touched


def test_an_expectation_of_nothing_is_stored_as_an_empty_map() -> None:
    assert msgspec.msgpack.encode(Expected()) == b"\x80"


def test_each_step_is_taken_back_by_its_opposite_and_the_last_one_first() -> None:
    left = Outcome(size=100, mtime_ns=8, inode=4)
    done = [entry(1, MKDIR), entry(2, PLACE, left), entry(3, MOVE, left)]
    done.append(entry(4, RMDIR, Outcome(mode=0o750)))
    now = Expected(size=100, mtime_ns=8, inode=4)

    assert reversal(done, {})[:4] == [
        FileStep(
            action=Action.MKDIR, target=inbox(b"d"), expected=Expected(mode=0o750), reverses=104
        ),
        FileStep(
            action=Action.MOVE,
            source=MOVE.target,
            target=MOVE.source,
            expected=now,
            reverses=103,
        ),
        FileStep(
            action=Action.DISCARD,
            source=PLACE.target,
            target=PLACE.source,
            mode="auto",
            expected=msgspec.structs.replace(now, origin=(100, 7)),
            reverses=102,
        ),
        FileStep(action=Action.RMDIR, source=music(b"Ann"), reverses=101),
    ]


def test_nothing_is_taken_back_by_nothing() -> None:
    assert reversal([], {}) == []


def test_taking_back_is_not_taken_back() -> None:
    assert reversal([entry(1, DISCARD), entry(2, STAMP)], {}) == []


def touched(place: Place, before: int, after: int) -> Outcome:
    return Outcome(touched=(Touched(root=place.root, path=place.path, before=before, after=after),))


def stamps(done: Sequence[Entry], mtimes: dict[Place, int]) -> dict[Place | None, int | None]:
    return {
        step.target: step.expected.mtime_ns
        for step in reversal(done, mtimes)
        if step.action is Action.STAMP
    }


def test_a_directory_gets_back_the_time_it_had_before_the_first_step() -> None:
    done = [
        entry(1, PLACE, touched(music(b"Ann"), 5, 10)),
        entry(2, PLACE, touched(music(b"Ann"), 10, 20)),
    ]

    assert stamps(done, {music(b"Ann"): 20}) == {music(b"Ann"): 5}


def test_a_directory_that_somebody_has_changed_since_keeps_its_own_time() -> None:
    done = [entry(1, PLACE, touched(music(b"Ann"), 5, 10))]

    assert stamps(done, {music(b"Ann"): 11}) == {}


def test_a_directory_that_somebody_has_changed_meanwhile_keeps_its_own_time() -> None:
    done = [
        entry(1, PLACE, touched(music(b"Ann"), 5, 10)),
        entry(2, PLACE, touched(music(b"Ann"), 15, 20)),
    ]

    assert stamps(done, {music(b"Ann"): 20}) == {}


def test_a_directory_that_was_made_needs_no_time_since_it_goes() -> None:
    done = [entry(1, MKDIR), entry(2, PLACE, touched(music(b"Ann"), 5, 10))]

    assert stamps(done, {music(b"Ann"): 10}) == {}


def test_a_directory_that_was_removed_gets_its_time_when_it_is_back() -> None:
    done = [entry(1, MOVE, touched(inbox(b"d"), 5, 10)), entry(2, RMDIR)]

    assert stamps(done, {}) == {inbox(b"d"): 5}


def test_a_trash_that_is_empty_then_goes_though_another_import_made_it() -> None:
    back = reversal([entry(1, MOVE)], {})

    assert back[-1] == FileStep(action=Action.RMDIR, source=inbox(b".shelfd-trash"))


UNDO = [
    FileStep(action=Action.MOVE, source=MOVE.target, target=MOVE.source, expected=SONG),
    DISCARD,
]
AS_LEFT: dict[Place, Expected | None] = {
    inbox(b".shelfd-trash/7/d/1.mp3"): SONG,
    inbox(b"d/1.mp3"): None,
    music(b"Ann/01.mp3"): SONG,
}


def test_nothing_stands_against_an_undo_while_all_is_as_it_was_left() -> None:
    assert objections(UNDO, AS_LEFT) == []


@pytest.mark.parametrize(
    ("place", "now", "reasons"),
    [
        (
            inbox(b".shelfd-trash/7/d/1.mp3"),
            None,
            [
                ".shelfd-trash/7/d/1.mp3 is no longer there",
                "Ann/01.mp3 is now the only copy, since d/1.mp3 is gone",
            ],
        ),
        (
            inbox(b".shelfd-trash/7/d/1.mp3"),
            OTHER,
            [".shelfd-trash/7/d/1.mp3 has been changed since"],
        ),
        (inbox(b"d/1.mp3"), OTHER, ["d/1.mp3 is in the way"]),
        (music(b"Ann/01.mp3"), None, ["Ann/01.mp3 is no longer there"]),
        (music(b"Ann/01.mp3"), OTHER, ["Ann/01.mp3 has been changed since"]),
        (
            music(b"Ann/01.mp3"),
            Expected(size=100, mtime_ns=8, inode=3),
            ["Ann/01.mp3 has been changed since"],
        ),
        (music(b"Ann/01.mp3"), COPIED, []),
    ],
)
def test_whatever_somebody_has_done_since_stands_against_an_undo(
    place: Place, now: Expected | None, reasons: list[str]
) -> None:
    found = objections(UNDO, AS_LEFT | {place: now})

    assert found[: len(reasons)] == reasons
    assert bool(found) is bool(reasons)


def test_what_goes_away_first_is_not_in_the_way() -> None:
    one, two, three = inbox(b"1"), inbox(b"2"), inbox(b"3")
    turn = [
        FileStep(action=Action.MOVE, source=one, target=three, expected=SONG),
        FileStep(action=Action.MOVE, source=two, target=one, expected=SONG),
    ]

    assert objections(turn, {one: SONG, two: SONG}) == []
    assert objections(turn[::-1], {one: SONG, two: SONG}) == ["1 is in the way"]


def test_every_reason_is_named_and_not_only_the_first() -> None:
    changed = {inbox(b"d/1.mp3"): OTHER, music(b"Ann/01.mp3"): OTHER}

    assert len(objections(UNDO, AS_LEFT | changed)) == 2


def test_directories_stand_in_nobodys_way() -> None:
    assert objections([MKDIR, RMDIR, STAMP, PLACE], {}) == []


# The tree of an inbox and a library as a dict, and what file steps do to it.


NOWHERE = Place("", RelPath(b""))


class ImpossibleError(Exception):
    """The disk would say no."""


@dataclass
class Node:
    content: str | None
    """None: a directory."""
    mtime: int
    mode: int = 0o755


Tree = dict[Place, Node]


@dataclass
class World:
    tree: Tree
    now: int = 1_000_000

    def perform(self, step: FileStep) -> Outcome | None:
        """Do one step as the disk does it; None when a directory is there already, or not empty."""
        source, target = step.source or NOWHERE, step.target or NOWHERE
        acts: dict[Action, Callable[[], Outcome | None]] = {
            Action.MKDIR: lambda: self._mkdir(target, step.expected.mode),
            Action.RMDIR: lambda: self._rmdir(source),
            Action.PLACE: lambda: self._place(step, source, target),
            Action.MOVE: lambda: self._move(step, source, target),
            Action.DISCARD: lambda: self._discard(step, source, target),
            Action.STAMP: lambda: self._stamp(step, target),
        }
        return acts[step.action]()

    def seen(self, place: Place | None) -> Expected | None:
        node = self.tree.get(place) if place is not None else None
        if node is None:
            return None
        return Expected(
            size=len(node.content or ""),
            mtime_ns=node.mtime,
            mode=node.mode,
            link=(node.content or "").startswith("->"),
        )

    def times(self, places: Iterable[Place]) -> dict[Place, int]:
        return {place: self.tree[place].mtime for place in places if place in self.tree}

    def tick(self) -> int:
        self.now += 1
        return self.now

    def put(self, place: Place, content: str) -> None:
        """Write a file as somebody else does."""
        for above in reversed(_above(place)):
            if above not in self.tree:
                self._put(above, Node(None, self.tick()))
        self.tree.pop(place, None)
        self._put(place, Node(content, self.tick()))

    def remove(self, place: Place) -> None:
        """Remove a file as somebody else does."""
        self._remove(place)

    def _mkdir(self, target: Place, mode: int | None) -> Outcome | None:
        if target in self.tree:
            if self.tree[target].content is not None:
                raise ImpossibleError(f"a file is in the way: {target}")
            return None
        return self._put(target, Node(None, self.tick(), 0o755 if mode is None else mode))

    def _rmdir(self, source: Place) -> Outcome | None:
        if source not in self.tree or any(
            _home(place) == source for place in self.tree if place.path
        ):
            return None
        mode = self.tree[source].mode
        self._remove(source)
        return Outcome(mode=mode)

    def _place(self, step: FileStep, source: Place, target: Place) -> Outcome:
        original = self._as_expected(source, step.expected)
        link = Node(f"-> {source}", self.tick(), 0o777)
        return self._put(target, link if step.mode == "symlink" else copy.copy(original))

    def _move(self, step: FileStep, source: Place, target: Place) -> Outcome:
        outcome = self._put(target, self._as_expected(source, step.expected))
        self._remove(source)
        return outcome

    def _discard(self, step: FileStep, source: Place, origin: Place) -> Outcome:
        self._as_expected(source, step.expected)
        self._require(origin)
        self._remove(source)
        return Outcome()

    def _stamp(self, step: FileStep, target: Place) -> Outcome:
        self._require(target)
        self.tree[target].mtime = step.expected.mtime_ns or 0
        return Outcome()

    def _require(self, place: Place) -> None:
        if place not in self.tree:
            raise ImpossibleError(f"not there: {place}")

    def _as_expected(self, place: Place, expected: Expected) -> Node:
        seen = self.seen(place)
        if seen is None or (seen.size, seen.mtime_ns) != (expected.size, expected.mtime_ns):
            raise ImpossibleError(f"not as expected: {place}")
        return self.tree[place]

    def _put(self, place: Place, node: Node) -> Outcome:
        home = self.tree.get(_home(place))
        if place in self.tree or home is None or home.content is not None:
            raise ImpossibleError(f"cannot be put there: {place}")
        self.tree[place] = node
        home.mtime = self.tick()
        return Outcome(size=len(node.content or ""), mtime_ns=node.mtime)

    def _remove(self, place: Place) -> None:
        del self.tree[place]
        self.tree[_home(place)].mtime = self.tick()


def _home(place: Place) -> Place:
    return Place(place.root, parent(place.path))


def _above(place: Place) -> list[Place]:
    return [Place(place.root, path) for path in ancestors(place.path)]


def carry_out(world: World, steps: Sequence[FileStep], stop_after: int = 1_000) -> list[Entry]:
    """Perform steps one after the other and return what was done, with the times as the journal has them."""
    done: list[Entry] = []
    for number, step in enumerate(steps[:stop_after], 1):
        planned = Entry(
            id=number, operation=7, seq=number, step=step, state=State.BEGUN, outcome=None
        )
        source, target = world.seen(step.source), world.seen(step.target)
        assert resolve(step, Seen(source, target)) is State.PLANNED or step.action is Action.MKDIR
        before = world.times(planned.touches)
        outcome = world.perform(step)
        if outcome is None:
            continue
        source, target = world.seen(step.source), world.seen(step.target)
        assert resolve(step, Seen(source, target)) is State.DONE or step.action is Action.STAMP
        after = world.times(planned.touches)
        changed = tuple(
            Touched(root=place.root, path=place.path, before=mtime, after=after.get(place, mtime))
            for place, mtime in before.items()
        )
        left = msgspec.structs.replace(outcome, touched=changed)
        done.append(replace(planned, state=State.DONE, outcome=left))
    return done


def take_back(world: World, done: Sequence[Entry]) -> tuple[list[FileStep], list[str]]:
    """Return the steps that take these back, and what stands against them."""
    places = {
        Place(one.root, RelPath(one.path))
        for entry in done
        if entry.outcome
        for one in entry.outcome.touched
    }
    steps = reversal(done, world.times(places))
    ends = {end for step in steps for end in (step.source, step.target) if end is not None}
    return steps, objections(steps, {end: world.seen(end) for end in ends})


DIRECTORIES = st.sampled_from([b"d/", b"d/", b"d/a/", b"d/a/b/", b"d/ab/"])
PATHS = st.tuples(DIRECTORIES, st.sampled_from([b"1", b"2", b"3", b"x.exe"])).map(b"".join)
SHELVES = st.sampled_from([b"", b"Ann/", b"Ann/Some/", b"Ann/Other/", b"Bob/Some/"])
EMPTY: Tree = {inbox(b""): Node(None, 1), music(b""): Node(None, 2)}


@st.composite
def drops(draw: st.DrawFn) -> tuple[World, list[FileStep]]:
    """Return a household into which something was dropped, and the steps that file it."""
    world = World(copy.deepcopy(EMPTY))
    for path in draw(st.sets(SHELVES, max_size=3)):
        world.put(music(path + b"theirs"), "theirs")
    if draw(st.booleans()):
        world.put(inbox(b".shelfd-trash/3/other"), "of another import")
    paths = draw(st.lists(PATHS, min_size=1, max_size=6, unique=True))
    verdicts = []
    for number, path in enumerate(paths):
        world.put(inbox(path), f"content {path!r}")
        state = draw(st.sampled_from(["file", "file", "filed", "left"]))
        target = b"" if state == "left" else b"%b%d.mp3" % (draw(SHELVES), number)
        if state == "filed":
            world.put(music(target), f"content {path!r}")
        root = "music" if target else ""
        verdicts.append(Verdict(path=path, state=state, root=root, target=target))
    if draw(st.booleans()):
        world.put(inbox(draw(DIRECTORIES) + b".hidden"), "passed over")
    for number, node in enumerate(world.tree.values()):
        node.mtime = 10 * number
        if node.content is None:
            node.mode = draw(st.sampled_from([0o755, 0o2775]))
    return world, _steps(world, draw, verdicts)


def _steps(world: World, draw: st.DrawFn, verdicts: Sequence[Verdict]) -> list[FileStep]:
    files = {
        RelPath(verdict.path): Facts(len(node.content or ""), node.mtime, 0, 0)
        for verdict in verdicts
        for node in [world.tree[inbox(verdict.path)]]
    }
    request = Request(
        inbox="inbox",
        kind=None,
        mode=draw(st.sampled_from(["auto", "move", "copy", "symlink"])),
        after=draw(st.sampled_from(["trash", "trash", "keep"])),
        libraries={},
        auto_accept=0.8,
        drop=RelPath(b"d"),
        files=files,
        readings={},
    )
    existing = [place for place in filing.needed(request, verdicts, 7) if place in world.tree]
    return filing.steps(request, verdicts, existing, 7)


DROPS = drops()
Dropped = tuple[World, list[FileStep]]


@given(DROPS)
@unhurried
def test_an_undo_gives_back_every_file_every_directory_and_every_time(dropped: Dropped) -> None:
    world, steps = dropped
    before = copy.deepcopy(world.tree)
    done = carry_out(world, steps)
    assume(done)
    assert world.tree != before

    back, reasons = take_back(world, done)
    carry_out(world, back)

    assert reasons == []
    assert world.tree == before


@given(DROPS, st.integers(0, 30))
@unhurried
def test_a_fault_at_any_step_is_put_back_without_a_trace(dropped: Dropped, at: int) -> None:
    world, steps = dropped
    before = copy.deepcopy(world.tree)
    done = carry_out(world, steps, stop_after=at)

    back, reasons = take_back(world, done)
    carry_out(world, back)

    assert reasons == []
    assert world.tree == before


@given(DROPS, st.integers(0, 30))
@unhurried
def test_an_undo_that_stops_anywhere_goes_on_where_it_stood(dropped: Dropped, at: int) -> None:
    world, steps = dropped
    before = copy.deepcopy(world.tree)
    back, _reasons = take_back(world, carry_out(world, steps))

    carry_out(world, back[:at])
    carry_out(world, back[at:])

    assert world.tree == before


@given(DROPS)
@unhurried
def test_no_step_ever_loses_content(dropped: Dropped) -> None:
    world, steps = dropped
    contents = {node.content for node in world.tree.values()}
    done: list[Entry] = []
    for step in steps:
        done += carry_out(world, [step])
        assert {node.content for node in world.tree.values()} >= contents
    for step in take_back(world, done)[0]:
        carry_out(world, [step])
        assert {node.content for node in world.tree.values()} >= contents


@dataclass
class Meddling:
    """What somebody else does between an import and its undo."""

    what: str
    which: int


MEDDLING = st.lists(
    st.builds(
        Meddling,
        what=st.sampled_from(["edit", "remove", "add beside", "block"]),
        which=st.integers(0, 20),
    ),
    min_size=1,
    max_size=3,
)


def meddle(world: World, done: Sequence[Entry], meddling: Sequence[Meddling]) -> bool:
    """Change the tree as somebody else may; say whether an end of a step is no longer as it was left."""
    ends = [entry.step for entry in done if entry.step.action in (Action.PLACE, Action.MOVE)]
    in_the_way = False
    for number, one in enumerate(meddling):
        if not ends:
            continue
        step = ends[one.which % len(ends)]
        filed, source = step.target or NOWHERE, step.source or NOWHERE
        match one.what:
            case "edit" if filed in world.tree:
                world.put(filed, f"edited {number}, and now longer")
                in_the_way = True
            case "remove" if filed in world.tree:
                world.remove(filed)
                in_the_way = True
            case "add beside" if _home(filed) in world.tree:
                world.put(Place(filed.root, RelPath(filed.path + b".nfo")), f"added {number}")
            case "block" if step.action is Action.MOVE and source not in world.tree:
                world.put(source, f"blocking {number}")
                in_the_way = True
    return in_the_way


@given(DROPS, MEDDLING)
@unhurried
def test_an_undo_is_refused_or_succeeds_whatever_somebody_did_meanwhile(
    dropped: Dropped, meddling: list[Meddling]
) -> None:
    world, steps = dropped
    done = carry_out(world, steps)
    in_the_way = meddle(world, done, meddling)
    found = {place: node.content for place, node in world.tree.items() if node.content}

    back, reasons = take_back(world, done)

    assert bool(reasons) is in_the_way
    if not reasons:
        carry_out(world, back)
        contents = {node.content for node in world.tree.values()}
        assert contents >= {content for content in found.values() if not content.startswith("->")}
        assert all(
            world.tree[place].content == content
            for place, content in found.items()
            if content.startswith(("added", "theirs", "of another", "passed over"))
        )
