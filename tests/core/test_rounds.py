from msgspec.structs import replace

from shelfd.core import rounds
from shelfd.core.journal import WRITE, Action, Entry, Expected, FileStep, State
from shelfd.core.paths import Place, RelPath


def inbox(path: bytes) -> Place:
    return Place("inbox", RelPath(path))


def music(path: bytes) -> Place:
    return Place("music", RelPath(path))


def planned(*steps: FileStep) -> list[Entry]:
    return [
        Entry(id=number, operation=7, seq=number, step=step, state=State.PLANNED, outcome=None)
        for number, step in enumerate(steps, 1)
    ]


def placed(name: bytes, size: int = 1) -> FileStep:
    return FileStep(
        action=Action.PLACE,
        source=inbox(b"d/" + name),
        target=music(b"Ann/" + name),
        mode="auto",
        expected=Expected(size=size, mtime_ns=7),
    )


def trashed(name: bytes) -> FileStep:
    return FileStep(
        action=Action.MOVE,
        source=inbox(b"d/" + name),
        target=inbox(b".shelfd-trash/7/d/" + name),
        trash=True,
        expected=Expected(size=1, mtime_ns=7),
    )


def written(name: bytes) -> FileStep:
    content = b"<musicvideo/>"
    expected = Expected(size=len(content), mtime_ns=7, content=content)
    return FileStep(
        action=Action.PLACE, target=music(b"Ann/" + name), mode=WRITE, expected=expected
    )


MKDIR = FileStep(action=Action.MKDIR, target=music(b"Ann"))
RMDIR = FileStep(action=Action.RMDIR, source=inbox(b"d"))


def test_a_directory_is_made_together_with_what_goes_into_it() -> None:
    waiting = planned(MKDIR, placed(b"1"), placed(b"2"))

    assert rounds.together(waiting) == waiting


def test_a_source_goes_to_the_trash_only_after_its_copy_is_durable() -> None:
    waiting = planned(MKDIR, placed(b"1"), placed(b"2"), trashed(b"1"), trashed(b"2"), RMDIR)

    assert rounds.together(waiting) == waiting[:3]
    assert rounds.together(waiting[3:]) == waiting[3:5]


def test_a_directory_goes_only_after_what_was_in_it_is_durable_elsewhere() -> None:
    above = FileStep(action=Action.RMDIR, source=inbox(b"e"))
    waiting = planned(trashed(b"1"), RMDIR, above)

    assert rounds.together(waiting) == waiting[:1]
    assert rounds.together(waiting[1:]) == waiting[1:]


def test_a_long_copy_waits_for_nothing_but_itself() -> None:
    waiting = planned(placed(b"1"), placed(b"2", rounds.MOST_BYTES), placed(b"3"))

    assert rounds.together(waiting) == waiting[:1]
    assert rounds.together(waiting[1:]) == waiting[1:2]


def test_one_is_written_only_after_the_old_one_is_durably_in_the_trash() -> None:
    old = replace(
        trashed(b"album.nfo"),
        source=music(b"Ann/album.nfo"),
        target=music(b".shelfd-trash/7/Ann/album.nfo"),
    )
    waiting = planned(old, written(b"album.nfo"))

    assert rounds.together(waiting) == waiting[:1]


def test_media_appear_only_after_what_was_written_about_them_is_durable() -> None:
    waiting = planned(MKDIR, written(b"album.nfo"), written(b"1.nfo"), placed(b"1"), placed(b"2"))

    assert rounds.together(waiting) == waiting[:3]
    assert rounds.together(waiting[3:]) == waiting[3:]
    moved = replace(placed(b"1"), action=Action.MOVE, mode="move")
    assert len(rounds.together(planned(written(b"1.nfo"), moved))) == 1


def test_a_round_has_an_end() -> None:
    waiting = planned(*(placed(b"%d" % number) for number in range(500)))

    assert rounds.together(waiting) == waiting[: rounds.MOST]
    assert rounds.together([]) == []


def test_new_names_are_made_durable_before_those_that_went() -> None:
    steps = planned(trashed(b"1"), replace(trashed(b"2"), source=inbox(b"e/2")))

    assert rounds.changed(steps) == [inbox(b".shelfd-trash/7/d"), inbox(b"d"), inbox(b"e")]


def test_what_was_removed_itself_needs_nothing() -> None:
    assert rounds.changed(planned(trashed(b"1"), RMDIR)) == [
        inbox(b".shelfd-trash/7/d"),
        inbox(b""),
    ]
