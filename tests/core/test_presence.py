"""What vanished is gone only where the disk is there and is the one that it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shelfd.core import presence
from shelfd.core.paths import TOP, RelPath, join
from shelfd.core.presence import Known, Seen, stand, too_much

DISK = RelPath(b"disk")
FILE = join(DISK, b"a.mkv")
BESIDE = RelPath(b"disk2/a.mkv")

KNOWN = Known(marker="ours", filesystem="ext4 1 /", files=True)
SEEN = Seen(there=True, marker="ours", filesystem="ext4 1 /")
MOUNTED = replace(KNOWN, mounts={DISK: "xfs 1 /"})


@pytest.mark.parametrize(
    ("known", "seen", "state", "reason"),
    [
        (KNOWN, SEEN, "present", ""),
        (KNOWN, Seen(there=False), "absent", presence.NOT_THERE),
        (Known(), Seen(there=False), "absent", presence.NOT_THERE),
        # with our marker it is our disk, wherever and however it is mounted, and even when it is empty
        (KNOWN, replace(SEEN, filesystem="xfs 2 /"), "present", ""),
        (KNOWN, replace(SEEN, empty=True), "present", ""),
        # but not where a copy of the marker lies in the directory that the disk is mounted on
        (
            KNOWN,
            replace(SEEN, filesystem="xfs 2 /", empty=True),
            "suspended",
            presence.ANOTHER_DISK,
        ),
        (
            replace(KNOWN, files=False),
            replace(SEEN, filesystem="xfs 2 /", empty=True),
            "present",
            "",
        ),
        # with the marker of another, it is another
        (KNOWN, replace(SEEN, marker="theirs"), "suspended", presence.ANOTHER_MARKER),
        (
            replace(KNOWN, files=False),
            replace(SEEN, marker="theirs"),
            "suspended",
            presence.ANOTHER_MARKER,
        ),
        # without one, the file system tells
        (KNOWN, replace(SEEN, marker=None), "present", ""),
        (KNOWN, replace(SEEN, marker=None, damaged=True), "present", ""),
        (
            KNOWN,
            replace(SEEN, marker=None, filesystem="xfs 2 /"),
            "suspended",
            presence.ANOTHER_DISK,
        ),
        (KNOWN, replace(SEEN, marker=None, empty=True), "suspended", presence.EMPTY),
        # and so it does for a root that never had one, as an inbox that cannot be written
        (replace(KNOWN, marker=None), replace(SEEN, marker=None), "present", ""),
        (
            replace(KNOWN, marker=None),
            replace(SEEN, filesystem="xfs 2 /"),
            "suspended",
            presence.ANOTHER_DISK,
        ),
        # a database that is new takes over whatever is there
        (Known(), replace(SEEN, marker="theirs"), "present", ""),
        (Known(), replace(SEEN, marker=None, empty=True), "present", ""),
        (Known(files=True), replace(SEEN, marker=None, empty=True), "suspended", presence.EMPTY),
        # nothing is known but the empty directory that a disk is now mounted on, or was mounted on
        (
            replace(KNOWN, files=False),
            replace(SEEN, marker=None, filesystem="xfs 2 /"),
            "present",
            "",
        ),
        (
            replace(KNOWN, files=False),
            replace(SEEN, marker=None, filesystem="xfs 2 /", empty=True),
            "suspended",
            presence.ANOTHER_DISK,
        ),
        (replace(KNOWN, files=False), replace(SEEN, marker=None, empty=True), "present", ""),
    ],
)
def test_a_root_is_known_by_its_marker_and_else_by_its_file_system(
    known: Known, seen: Seen, state: str, reason: str
) -> None:
    standing = stand(known, seen)

    assert (standing.state, standing.reason) == (state, reason)
    assert standing.sees(FILE) is (state == "present")
    assert standing.sees(TOP) is (state == "present")


@pytest.mark.parametrize(
    ("seen", "mark"),
    [
        (SEEN, False),
        (replace(SEEN, marker=None), True),
        (replace(SEEN, marker=None, damaged=True), False),
        (replace(SEEN, marker=None, filesystem="xfs 2 /"), False),
        (replace(SEEN, marker=None, empty=True), False),
        (Seen(there=False), False),
    ],
)
def test_a_marker_is_written_only_where_the_root_is_present_without_one(
    seen: Seen, *, mark: bool
) -> None:
    assert stand(KNOWN, seen).mark is mark


def test_a_disk_that_was_awaited_does_not_get_the_marker_of_the_directory_it_is_mounted_on() -> (
    None
):
    awaited = stand(replace(KNOWN, files=False), replace(SEEN, marker=None, filesystem="xfs 2 /"))
    again = stand(KNOWN, replace(SEEN, marker=None))

    assert (awaited.mark, awaited.keep.marker) == (True, None)
    assert (again.mark, again.keep.marker) == (True, "ours")


def test_what_is_found_is_remembered() -> None:
    found = replace(SEEN, marker="theirs", mounts={DISK: "xfs 1 /"})

    assert stand(Known(), found).keep == Known(
        marker="theirs", filesystem="ext4 1 /", mounts={DISK: "xfs 1 /"}
    )
    assert stand(KNOWN, replace(SEEN, filesystem="xfs 2 /")).keep.filesystem == "xfs 2 /"


@pytest.mark.parametrize("mounts", [{}, {DISK: "xfs 2 /"}], ids=["is unmounted", "is another one"])
def test_below_a_mount_nothing_is_taken_for_deleted_while_it(mounts: dict[RelPath, str]) -> None:
    standing = stand(MOUNTED, replace(SEEN, mounts=mounts, concerned=frozenset({DISK})))

    assert (standing.state, standing.hidden) == ("present", (DISK,))
    assert standing.reason.startswith("disk: ")
    assert not standing.sees(FILE)
    assert not standing.sees(DISK)
    assert standing.sees(BESIDE)
    assert standing.keep == MOUNTED


def test_a_mount_over_known_files_hides_them_and_is_not_remembered() -> None:
    standing = stand(KNOWN, replace(SEEN, mounts={DISK: "xfs 1 /"}, concerned=frozenset({DISK})))

    assert standing.hidden == (DISK,)
    assert standing.keep == KNOWN


def test_a_mount_without_known_files_or_with_all_of_them_is_remembered() -> None:
    come = stand(KNOWN, replace(SEEN, mounts={DISK: "xfs 1 /"}))
    gone = stand(MOUNTED, SEEN)

    assert (come.hidden, come.reason, come.keep) == ((), "", MOUNTED)
    assert (gone.hidden, gone.reason, gone.keep) == ((), "", KNOWN)


def test_a_mount_that_is_what_it_was_is_not_asked_for_its_files() -> None:
    seen = replace(SEEN, mounts=MOUNTED.mounts, concerned=frozenset({DISK}))

    assert stand(MOUNTED, seen).hidden == ()


def test_a_person_has_the_last_word() -> None:
    seen = replace(
        SEEN, marker="theirs", filesystem="xfs 2 /", empty=True, concerned=frozenset({DISK})
    )

    standing = stand(MOUNTED, seen, confirmed=True)

    assert (standing.state, standing.hidden) == ("present", ())
    assert standing.keep == Known(marker="theirs", filesystem="xfs 2 /", files=True)
    assert stand(KNOWN, Seen(there=False), confirmed=True).state == "absent"


words = st.sampled_from(["a", "b"])
paths = st.sampled_from([RelPath(b"x"), RelPath(b"x/y"), RelPath(b"z")])
mounts = st.dictionaries(paths, words)
knowns = st.builds(
    Known,
    marker=words | st.none(),
    filesystem=words | st.none(),
    mounts=mounts,
    files=st.booleans(),
)
seens = st.builds(
    Seen,
    there=st.booleans(),
    marker=words | st.none(),
    filesystem=words,
    mounts=mounts,
    empty=st.booleans(),
    concerned=st.frozensets(paths),
)


@given(knowns, seens)
@settings(deadline=None)
def test_whatever_is_found_nothing_is_forgotten_of_what_is_out_of_sight(
    known: Known, seen: Seen
) -> None:
    standing = stand(known, seen)

    if standing.state != "present":
        assert standing.keep == known
        assert not standing.mark
    for path in standing.hidden:
        assert standing.keep.mounts.get(path) == known.mounts.get(path)
        assert path in seen.concerned
    assert bool(standing.reason) is (standing.state != "present" or bool(standing.hidden))


@given(knowns, seens)
@settings(deadline=None)
def test_a_second_look_at_the_same_says_the_same(known: Known, seen: Seen) -> None:
    first = stand(known, seen)
    second = stand(first.keep, seen)

    assert (second.state, second.hidden) == (first.state, first.hidden)
    assert second.keep == first.keep


@pytest.mark.parametrize(
    ("lost", "known", "believed"),
    [
        (0, 0, True),
        (0, 100, True),
        (1, 1, True),  # the only one
        (1, 4, True),  # few are no share
        (4, 5, True),
        (2, 2, False),  # all of them
        (5, 100, True),
        (20, 100, True),
        (21, 100, False),
        (50, 1000, True),
        (51, 1000, False),
        (5, 24, False),
        (5, 25, True),
    ],
)
def test_a_large_loss_is_not_believed(lost: int, known: int, *, believed: bool) -> None:
    reason = too_much(lost, known, 0.2, 50)

    assert (reason is None) is believed
    if reason is not None:
        assert str(known) in reason


@given(
    lost=st.integers(0, 200),
    more=st.integers(0, 200),
    known=st.integers(0, 300),
    share=st.floats(0, 1),
)
@settings(deadline=None)
def test_a_larger_loss_is_never_believed_sooner(
    lost: int, more: int, known: int, share: float
) -> None:
    if too_much(lost, known, share, 50) is not None:
        assert too_much(lost + more, known, share, 50) is not None


@given(
    lost=st.integers(0, 200),
    known=st.integers(0, 3000),
    share=st.floats(0, 1),
    files=st.integers(0, 100),
)
@settings(deadline=None)
def test_to_judge_a_loss_no_more_files_need_be_counted_than_enough(
    lost: int, known: int, share: float, files: int
) -> None:
    enough = presence.enough(lost, share)
    counted = known if enough is None else min(known, enough)

    assert (too_much(lost, counted, share, files) is None) is (
        too_much(lost, known, share, files) is None
    )


def test_a_suspension_tells_whether_it_is_for_losses() -> None:
    for lost, known in ((3, 3), (10, 30), (60, 1000)):
        reason = too_much(lost, known, 0.2, 50)
        assert reason is not None
        assert presence.for_losses(reason)
    for reason in (presence.ANOTHER_DISK, presence.ANOTHER_MARKER, presence.EMPTY):
        assert not presence.for_losses(reason)
