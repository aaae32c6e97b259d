import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shelfd.core.filing import across, needed, steps, to_trash, trash
from shelfd.core.journal import Action, Counterpart, Expected, FileStep
from shelfd.core.listing import Facts
from shelfd.core.media import Reading
from shelfd.core.paths import Place, RelPath, ancestors, parent, within
from shelfd.core.plan import Request, Verdict

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def inbox(path: bytes) -> Place:
    return Place("inbox", RelPath(path))


def music(path: bytes) -> Place:
    return Place("music", RelPath(path))


def request(*paths: bytes, drop: bytes = b"d", mode: str = "auto", after: str = "trash") -> Request:
    return Request(
        inbox="inbox",
        kind=None,
        mode=mode,
        after=after,
        libraries={},
        auto_accept=0.8,
        drop=RelPath(drop),
        files={RelPath(path): Facts(len(path), 1, 2, 3) for path in paths},
        readings={RelPath(path): READ for path in paths if path.endswith(b".mp3")},
    )


READ = Reading(format="mp3")


def expected(path: bytes) -> Expected:
    reading = READ if path.endswith(b".mp3") else None
    return Expected(size=len(path), mtime_ns=1, inode=3, reading=reading)


def verdict(path: bytes, target: bytes, state: str = "file") -> Verdict:
    return Verdict(path=path, state=state, root="music" if target else "", target=target)


def mkdir(place: Place) -> FileStep:
    return FileStep(action=Action.MKDIR, target=place)


def rmdir(place: Place) -> FileStep:
    return FileStep(action=Action.RMDIR, source=place)


def place(source: bytes, target: bytes, mode: str = "auto") -> FileStep:
    return FileStep(
        action=Action.PLACE,
        source=inbox(source),
        target=music(target),
        mode=mode,
        expected=expected(source),
    )


def trashed(source: bytes) -> FileStep:
    return FileStep(
        action=Action.MOVE,
        source=inbox(source),
        target=inbox(b".shelfd-trash/7/" + source),
        trash=True,
        expected=expected(source),
    )


def leaving(source: bytes, counterpart: Counterpart) -> FileStep:
    step = trashed(source)
    return replace(step, expected=replace(step.expected, counterpart=counterpart))


ONE, TWO = verdict(b"d/1.mp3", b"Ann/Some/01.mp3"), verdict(b"d/2.mp3", b"Ann/Some/02.mp3")


def test_all_is_placed_before_anything_goes_to_the_trash() -> None:
    asked = request(b"d/1.mp3", b"d/2.mp3")

    assert steps(asked, [ONE, TWO], [], 7) == [
        mkdir(music(b"Ann")),
        mkdir(music(b"Ann/Some")),
        place(b"d/1.mp3", b"Ann/Some/01.mp3"),
        place(b"d/2.mp3", b"Ann/Some/02.mp3"),
        mkdir(inbox(b".shelfd-trash")),
        mkdir(inbox(b".shelfd-trash/7")),
        mkdir(inbox(b".shelfd-trash/7/d")),
        trashed(b"d/1.mp3"),
        trashed(b"d/2.mp3"),
        rmdir(inbox(b"d")),
    ]


def test_directories_that_exist_are_not_made() -> None:
    asked = request(b"1.mp3", drop=b"1.mp3")
    existing = [music(b"Ann"), inbox(b".shelfd-trash")]

    assert steps(asked, [verdict(b"1.mp3", b"Ann/Some/01.mp3")], existing, 7) == [
        mkdir(music(b"Ann/Some")),
        place(b"1.mp3", b"Ann/Some/01.mp3"),
        mkdir(inbox(b".shelfd-trash/7")),
        trashed(b"1.mp3"),
    ]


def test_with_keep_the_sources_stay() -> None:
    asked = request(b"d/1.mp3", after="keep")

    assert steps(asked, [ONE], [music(b"Ann"), music(b"Ann/Some")], 7) == [
        place(b"d/1.mp3", b"Ann/Some/01.mp3")
    ]


@pytest.mark.parametrize("after", ["trash", "keep"])
def test_what_links_point_to_stays(after: str) -> None:
    asked = request(b"d/1.mp3", b"d/2.mp3", mode="symlink", after=after)
    filed = [ONE, replace_state(TWO, "filed")]

    assert steps(asked, filed, [music(b"Ann"), music(b"Ann/Some")], 7) == [
        place(b"d/1.mp3", b"Ann/Some/01.mp3", "symlink")
    ]


def replace_state(told: Verdict, state: str) -> Verdict:
    return Verdict(path=told.path, state=state, root=told.root, target=told.target)


@pytest.mark.parametrize("after", ["trash", "keep"])
def test_what_is_moved_needs_no_trash(after: str) -> None:
    asked = request(b"d/1.mp3", mode="move", after=after)
    moved = FileStep(
        action=Action.MOVE,
        source=inbox(b"d/1.mp3"),
        target=music(b"Ann/Some/01.mp3"),
        mode="move",
        expected=expected(b"d/1.mp3"),
    )

    assert steps(asked, [ONE], [music(b"Ann"), music(b"Ann/Some")], 7) == [
        moved,
        rmdir(inbox(b"d")),
    ]


def test_what_the_library_has_already_goes_to_the_trash_even_when_the_rest_is_moved() -> None:
    asked = request(b"d/1.mp3", mode="move")
    existing = [inbox(b".shelfd-trash"), inbox(b".shelfd-trash/7"), inbox(b".shelfd-trash/7/d")]

    assert steps(asked, [replace_state(ONE, "filed")], existing, 7) == [
        leaving(b"d/1.mp3", Counterpart(root="music", path=b"Ann/Some/01.mp3")),
        rmdir(inbox(b"d")),
    ]


def test_a_directory_in_which_something_stays_stays() -> None:
    asked = request(b"d/1.mp3", b"d/cd2/2.mp3", b"d/x.exe", mode="move", after="keep")
    filed = [
        ONE,
        verdict(b"d/cd2/2.mp3", b"Ann/Some/02.mp3"),
        verdict(b"d/x.exe", b"", state="left"),
    ]

    told = steps(asked, filed, [music(b"Ann"), music(b"Ann/Some")], 7)

    assert [step for step in told if step.action is Action.RMDIR] == [rmdir(inbox(b"d/cd2"))]


def test_emptied_directories_go_deepest_first() -> None:
    asked = request(b"d/a/b/1.mp3", b"d/c/2.mp3", mode="move")
    filed = [
        verdict(b"d/a/b/1.mp3", b"Ann/Some/01.mp3"),
        verdict(b"d/c/2.mp3", b"Ann/Some/02.mp3"),
    ]

    assert steps(asked, filed, [music(b"Ann"), music(b"Ann/Some")], 7)[2:] == [
        rmdir(inbox(b"d/a/b")),
        rmdir(inbox(b"d/a")),
        rmdir(inbox(b"d/c")),
        rmdir(inbox(b"d")),
    ]


def test_a_plan_that_files_nothing_does_nothing() -> None:
    stays = [verdict(b"d/1.mp3", b"", "refused"), verdict(b"d/x", b"", "left")]

    assert steps(request(b"d/1.mp3", b"d/x"), stays, [], 7) == []


def test_the_trash_of_an_operation_repeats_the_path_in_the_inbox() -> None:
    assert trash("inbox", 7, RelPath(b"d/caf\xe9")) == inbox(b".shelfd-trash/7/d/caf\xe9")
    assert to_trash(inbox(b"d/1.mp3"), 7, set(), expected(b"d/1.mp3"))[-1] == trashed(b"d/1.mp3")


def test_a_move_between_mounts_becomes_a_copy_and_then_the_source_goes_to_the_trash() -> None:
    move = replace(place(b"d/1.mp3", b"Ann/01.mp3", "move"), action=Action.MOVE)

    assert across(move, 7) == [
        place(b"d/1.mp3", b"Ann/01.mp3", "copy"),
        mkdir(inbox(b".shelfd-trash")),
        mkdir(inbox(b".shelfd-trash/7")),
        mkdir(inbox(b".shelfd-trash/7/d")),
        trashed(b"d/1.mp3"),
    ]


def test_what_cannot_reach_the_trash_goes_to_one_beside_it() -> None:
    beside = inbox(b"d/.shelfd-trash/7/1.mp3")

    assert across(trashed(b"d/1.mp3"), 7) == [
        mkdir(inbox(b"d")),
        mkdir(inbox(b"d/.shelfd-trash")),
        mkdir(inbox(b"d/.shelfd-trash/7")),
        replace(trashed(b"d/1.mp3"), target=beside),
    ]


def test_there_is_no_third_way() -> None:
    beside = replace(trashed(b"d/1.mp3"), target=inbox(b"d/.shelfd-trash/7/1.mp3"))

    assert across(beside, 7) == []
    assert across(trashed(b"1.mp3"), 7) == []
    assert across(mkdir(music(b"Ann")), 7) == []
    assert across(rmdir(inbox(b"d")), 7) == []


DIRECTORIES = st.sampled_from([b"d/", b"d/", b"d/a/", b"d/a/b/", b"d/ab/", b"d/c/\xff/"])
PATHS = st.tuples(DIRECTORIES, st.sampled_from([b"1", b"2", b"3"])).map(b"".join)
SHELVES = st.sampled_from([b"", b"Ann/", b"Ann/Some/", b"Ann/Other/", b"Bob/Some/"])


@st.composite
def plans(draw: st.DrawFn) -> tuple[Request, list[Verdict], list[Place]]:
    """Return a drop, what is to become of its files, and which of the directories needed exist."""
    paths = draw(st.lists(PATHS, min_size=1, max_size=8, unique=True))
    asked = request(
        *paths,
        mode=draw(st.sampled_from(["auto", "move", "copy", "symlink"])),
        after=draw(st.sampled_from(["trash", "keep"])),
    )
    planned = []
    for number, path in enumerate(paths):
        state = draw(st.sampled_from(["file", "file", "filed", "refused", "left"]))
        target = b"%b%d.mp3" % (draw(SHELVES), number)
        planned.append(verdict(path, target if state.startswith("file") else b"", state))
    existing: list[Place] = []
    for above in sorted(needed(asked, planned, 7)):
        if set(_above(above)) <= set(existing) and draw(st.booleans()):
            existing.append(above)
    return asked, planned, existing


def _above(place: Place) -> list[Place]:
    return [Place(place.root, path) for path in ancestors(place.path)]


PLANS = plans()
Plan = tuple[Request, list[Verdict], list[Place]]


@given(PLANS)
@unhurried
def test_every_directory_is_made_once_and_before_it_is_used(plan: Plan) -> None:
    asked, planned, existing = plan
    there = {*existing, inbox(b""), music(b"")}
    for step in steps(asked, planned, existing, 7):
        if step.target is not None:
            assert Place(step.target.root, parent(step.target.path)) in there
        if step.action is Action.MKDIR and step.target is not None:
            assert step.target not in there
            there.add(step.target)


@given(PLANS)
@unhurried
def test_whoever_asks_what_is_needed_knows_every_directory_that_is_made(plan: Plan) -> None:
    asked, planned, _existing = plan
    made = {step.target for step in steps(asked, planned, [], 7) if step.action is Action.MKDIR}

    assert made <= needed(asked, planned, 7)


@given(PLANS)
@unhurried
def test_first_all_is_filed_then_sources_go_then_directories(plan: Plan) -> None:
    asked, planned, existing = plan
    told = [step for step in steps(asked, planned, existing, 7) if step.action is not Action.MKDIR]

    order = [_phase(step) for step in told]

    assert order == sorted(order)


def _phase(step: FileStep) -> int:
    if step.action is Action.RMDIR:
        return 3
    return 2 if step.trash else 1


@given(PLANS)
@unhurried
def test_what_stays_is_not_touched_and_what_goes_can_be_found_again(plan: Plan) -> None:
    asked, planned, existing = plan
    by_path = {verdict.path: verdict for verdict in planned}
    told = steps(asked, planned, existing, 7)

    sources = [step.source for step in told if step.source and step.action is not Action.RMDIR]
    targets = [step.target for step in told if step.target]
    assert all(by_path[source.path].state in ("file", "filed") for source in sources)
    assert len(targets) == len(set(targets))
    assert {step.action for step in told} <= {
        Action.MKDIR,
        Action.PLACE,
        Action.MOVE,
        Action.RMDIR,
    }
    for step in told:
        if step.action is Action.MOVE and step.source and step.target:
            assert asked.mode == "move" or asked.after == "trash"
            assert asked.mode != "symlink"
            own = by_path[step.source.path]
            wanted = trash("inbox", 7, step.source.path) if step.trash else music(own.target)
            assert step.target == wanted
            assert replace(step.expected, counterpart=None) == expected(step.source.path)
            assert (step.expected.counterpart is not None) == (own.state == "filed")


@given(PLANS)
@unhurried
def test_every_file_that_is_to_be_filed_is_filed_once(plan: Plan) -> None:
    asked, planned, existing = plan
    told = steps(asked, planned, existing, 7)

    filed = [
        (step.source, step.target)
        for step in told
        if step.action in (Action.PLACE, Action.MOVE) and not step.trash
    ]
    assert filed == [
        (inbox(verdict.path), music(verdict.target))
        for verdict in planned
        if verdict.state == "file"
    ]


@given(PLANS)
@unhurried
def test_only_directories_of_the_drop_that_are_then_empty_are_removed(plan: Plan) -> None:
    asked, planned, existing = plan
    left = {inbox(path) for path in asked.files}
    removed: list[Place] = []
    for step in steps(asked, planned, existing, 7):
        if step.source is not None and step.action is Action.MOVE:
            left.remove(step.source)
        if step.source is not None and step.action is Action.RMDIR:
            gone = step.source
            assert gone.root == "inbox"
            assert within(gone.path, asked.drop)
            assert not any(within(file.path, gone.path) for file in left)
            assert not any(within(gone.path, before.path) for before in removed)
            removed.append(gone)
    if not left:
        assert inbox(b"d") in removed
