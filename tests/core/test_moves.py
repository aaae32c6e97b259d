"""A moved file stays the same file; what could be either of two is neither."""

import hypothesis.strategies as st
from hypothesis import given, settings

from shelfd.core.listing import Facts
from shelfd.core.moves import Newcomer, Row, pair
from shelfd.core.paths import Place, RelPath


def place(path: str, root: str = "music") -> Place:
    return Place(root, RelPath(path.encode()))


def facts(inode: int, size: int = 10, mtime: int = 1) -> Facts:
    return Facts(size, mtime, 1, inode)


def new(path: str, inode: int, mark: int | None = None, like: int | None = None) -> Newcomer:
    return Newcomer(place=place(path), facts=facts(inode), fingerprint=mark, likeness=like)


def row(
    number: int,
    path: str,
    inode: int,
    marks: tuple[int | None, int | None] = (None, None),
    *,
    gone: bool = True,
) -> Row:
    return Row(
        id=number,
        place=place(path),
        facts=facts(inode),
        fingerprint=marks[0],
        likeness=marks[1],
        gone=gone,
    )


def ids(news: list[Newcomer], rows: list[Row]) -> dict[str, int]:
    return {at.path.decode(): found.id for at, found in pair(news, rows).items()}


def test_the_same_inode_with_the_same_size_and_time_is_the_same_file() -> None:
    assert ids([new("b/x.mp3", 5)], [row(1, "a/x.mp3", 5)]) == {"b/x.mp3": 1}


def test_an_inode_that_was_given_out_again_is_another_file() -> None:
    other = Newcomer(place=place("b"), facts=facts(5, size=11))

    assert ids([other], [row(1, "a", 5)]) == {}


def test_a_file_that_is_still_at_its_place_was_linked_not_moved() -> None:
    assert ids([new("b", 5)], [row(1, "a", 5, gone=False)]) == {}


def test_nv23_the_same_content_comes_before_the_same_work() -> None:
    exact, alike = row(1, "a", 5, (77, 9)), row(2, "c", 6, (78, 9))

    assert ids([new("b", 7, mark=77, like=9)], [alike, exact]) == {"b": 1}


def test_nv24_one_missing_and_two_of_the_same_content_is_no_move() -> None:
    news = [new("b/one.mp3", 7, mark=77), new("c/two.mp3", 8, mark=77)]

    assert ids(news, [row(1, "a/x.mp3", 5, (77, None))]) == {}


def test_of_two_with_the_same_content_the_one_that_kept_its_name_has_moved() -> None:
    news = [new("b/x.mp3", 7, mark=77), new("c/two.mp3", 8, mark=77)]

    assert ids(news, [row(1, "a/X.mp3", 5, (77, None))]) == {"b/x.mp3": 1}


def test_nv25_two_missing_and_one_candidate_use_it_once() -> None:
    rows = [row(1, "a/x.mp3", 5, (77, None)), row(2, "a/y.mp3", 6, (77, None))]

    assert ids([new("b/z.mp3", 7, mark=77)], rows) == {"b/z.mp3": 1}


def test_nv15_a_better_file_of_the_same_work_takes_its_place() -> None:
    assert ids([new("a/x.flac", 7, 78, 9)], [row(1, "a/x.mp3", 5, (77, 9))]) == {"a/x.flac": 1}


def test_all_names_of_one_file_may_move_at_once() -> None:
    rows = [row(1, "a/x", 5), row(2, "a/y", 5)]

    assert ids([new("b/x", 5), new("b/z", 5)], rows) == {"b/x": 1, "b/z": 2}


numbers = st.integers(0, 3)
marks = st.none() | numbers
newcomers = st.lists(
    st.builds(
        lambda name, inode, mark, like: new(f"n{name}", inode, mark, like),
        numbers,
        numbers,
        marks,
        marks,
    ),
    max_size=5,
    unique_by=lambda one: one.place,
)
known = st.lists(
    st.builds(
        lambda number, inode, both, gone: row(number, f"r{number}", inode, both, gone=gone),
        numbers,
        numbers,
        st.tuples(marks, marks),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda one: one.id,
)


@settings(deadline=None)
@given(newcomers, known)
def test_each_row_is_used_once_and_only_when_it_is_gone(
    news: list[Newcomer], rows: list[Row]
) -> None:
    found = pair(news, rows)

    used = [each.id for each in found.values()]
    assert len(used) == len(set(used))
    assert all(each.gone for each in found.values())
    for at, each in found.items():
        one = next(each for each in news if each.place == at)
        assert (
            one.facts.inode == each.facts.inode
            or (one.fingerprint is not None and one.fingerprint == each.fingerprint)
            or (one.likeness is not None and one.likeness == each.likeness)
        )
