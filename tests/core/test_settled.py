import re
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core.drops import Sight
from shelfd.core.listing import Facts
from shelfd.core.paths import RelPath
from shelfd.core.settled import (
    HEAD,
    LONGEST_WAIT,
    READY_S,
    RECENT,
    Doubts,
    Memory,
    Waiting,
    held,
    may_be_half,
    patience,
    patiently,
    quiet,
    recent,
    snapshot,
    whole,
)

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SONG = Facts(size=3_000, mtime_ns=1, ctime_ns=1, inode=7)


def sight(
    files: dict[bytes, Facts] | None = None,
    others: dict[bytes, str] | None = None,
    unfinished: tuple[bytes, ...] = (),
    *,
    ready: bool = False,
) -> Sight:
    return Sight(
        markers={RelPath(b".ready"): SONG} if ready else {},
        files={RelPath(path): facts for path, facts in (files or {}).items()},
        others={RelPath(path): what for path, what in (others or {}).items()},
        unfinished=unfinished,
    )


def seen(here: Sight, at: float, changed_at: float | None = None) -> Memory:
    return Memory(
        snapshot=snapshot(here),
        bytes=here.bytes,
        changed_at=at if changed_at is None else changed_at,
        looked_at=at,
        recent=recent(here),
    )


ALBUM = sight({b"Album/1.mp3": SONG})


def test_nothing_is_quiet_at_first_sight() -> None:
    assert quiet(ALBUM, None, 1000.0, 10.0) == Waiting(
        reason="it has just appeared", look_at=1010.0
    )


def test_what_is_the_same_after_the_quiet_time_is_quiet() -> None:
    assert quiet(ALBUM, seen(ALBUM, 1000.0), 1010.0, 10.0) is None


def test_a_look_before_the_quiet_time_is_over_is_too_early() -> None:
    assert quiet(ALBUM, seen(ALBUM, 1000.0), 1009.9, 10.0) == Waiting(
        reason="nothing in it has changed for 9 s; it is taken after 10 s", look_at=1010.0
    )


def test_looks_in_between_do_not_put_it_off() -> None:
    assert quiet(ALBUM, seen(ALBUM, 1009.0, changed_at=1000.0), 1010.0, 10.0) is None


@pytest.mark.parametrize(
    ("was", "reason"),
    [
        (3_000 - 1_000, "1.mp3 grew 1000 bytes in the last 6 s"),
        (3_000 + 2_048, "1.mp3 shrank by 2 KiB in the last 6 s"),
        (3_000 + 5 * 1_048_576, "1.mp3 shrank by 5 MiB in the last 6 s"),
        (3_000 + 3 * (1 << 30) // 2, "1.mp3 shrank by 1.5 GiB in the last 6 s"),
        (3_000, "1.mp3 changed in the last 6 s"),
    ],
)
def test_it_says_which_file_has_changed_how_much_since_when(was: int, reason: str) -> None:
    before = sight({b"Album/1.mp3": SONG._replace(size=was, ctime_ns=0)})

    assert quiet(ALBUM, seen(before, 1000.0), 1006.0, 10.0) == Waiting(
        reason=reason, look_at=1016.0
    )


def why(here: Sight, before: Sight, after: float = 6.0) -> str:
    waiting = quiet(here, seen(before, 1000.0), 1000.0 + after, 10.0)
    assert waiting is not None
    return waiting.reason


def test_a_change_within_the_second_is_not_said_to_be_no_time_ago() -> None:
    before = sight({b"Album/1.mp3": SONG._replace(ctime_ns=0)})

    assert why(ALBUM, before, 0.1) == "1.mp3 changed in the last 1 s"


def test_of_several_files_the_one_that_grew_most_is_named() -> None:
    before = sight({b"a.mkv": SONG, b"b.mkv": SONG, b"c.mkv": SONG, b"d.mkv": SONG})
    here = sight(
        {
            b"a.mkv": SONG._replace(size=3_001),
            b"b.mkv": SONG._replace(size=9_000),
            b"c.mkv": SONG,
            b"e.mkv": SONG,
        }
    )

    assert why(here, before) == "b.mkv grew 6 KiB in the last 6 s, and 3 more of its files changed"


def test_a_file_that_came_and_one_that_went_are_named() -> None:
    both = sight({b"Album/1.mp3": SONG, b"Album/2.mp3": SONG})

    assert why(both, ALBUM) == "2.mp3 came in the last 6 s"
    assert why(ALBUM, both) == "2.mp3 went away in the last 6 s"
    assert why(ALBUM, sight()) == "1.mp3 came in the last 6 s"


def test_what_is_no_file_and_what_an_older_memory_lacks_is_told_without_a_name() -> None:
    linked = sight({b"Album/1.mp3": SONG}, {b"Album/x": "symbolic link"})

    assert why(linked, ALBUM) == "it changed in the last 6 s"


def test_a_clock_that_was_set_back_is_named() -> None:
    assert why(ALBUM, ALBUM, -60.0) == "the clock was set back since it was last looked at"


def many(count: int, **last: int) -> Sight:
    files = {b"%05d.mp3" % n: SONG._replace(ctime_ns=n) for n in range(count)}
    files[b"%05d.mp3" % (count - 1)] = SONG._replace(**last)
    return sight(files)


def test_of_thousands_of_files_only_the_latest_are_remembered_and_the_writer_is_among_them() -> (
    None
):
    before, here = many(5_000, ctime_ns=9_000), many(5_000, ctime_ns=9_001, size=4_024)

    assert len(recent(here)) == RECENT
    assert why(here, before) == "04999.mp3 grew 1 KiB in the last 6 s"


def test_what_comes_to_thousands_of_files_is_named_and_what_is_not_remembered_is_not() -> None:
    before = many(5_000, ctime_ns=9_000)
    here = many(5_001, ctime_ns=9_001)

    assert why(here, before) == "05000.mp3 changed in the last 6 s, and 1 more of its files changed"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"Film.r01", "Film.r01 came in the last 6 s: volumes of an archive are still coming"),
        (b"Film.mkv", "Film.mkv came in the last 6 s: it is being unpacked"),
    ],
)
def test_what_is_being_unpacked_is_said_to_be(name: bytes, reason: str) -> None:
    before = {b"d/Film.rar": SONG, b"d/Film.r00": SONG}

    assert why(sight({**before, b"d/" + name: SONG}), sight(before)) == reason


@pytest.mark.parametrize(
    ("here", "directory", "expected"),
    [
        (sight({b"x.mkv": SONG}), False, 5.0),
        (ALBUM, True, 10.0),
        (sight({b"x.rar": SONG, b"x.mkv": SONG}), False, 10.0),
        (sight({b"d/x.rar": SONG, b"d/x.mkv": SONG}), True, 20.0),
        (sight({b"d/x.rar": SONG, b"d/x.nfo": SONG}), True, 10.0),
        (sight({b"d/x.rar": SONG, b"d/x.mkv": SONG}, ready=True), True, READY_S),
    ],
)
def test_the_more_may_still_come_the_longer_it_waits(
    here: Sight, expected: float, *, directory: bool
) -> None:
    assert patience(here, 5.0, directory=directory) == expected


def test_a_sender_that_is_done_does_not_make_it_wait_longer_than_the_settings() -> None:
    assert patience(sight(ready=True), 0.2, directory=True) == 0.2


@pytest.mark.parametrize(
    "other",
    [
        sight({b"Album/1.mp3": SONG._replace(size=3_001)}),
        sight({b"Album/1.mp3": SONG._replace(mtime_ns=2)}),
        sight({b"Album/1.mp3": SONG._replace(ctime_ns=2)}),
        sight({b"Album/1.mp3": SONG._replace(inode=8)}),
        sight({b"Album/2.mp3": SONG}),
        sight({b"Album/1.mp3": SONG, b"Album/2.mp3": SONG}),
        sight({b"Album/1.mp3": SONG}, {b"Album/x": "symbolic link"}),
        sight(),
    ],
)
def test_every_change_of_any_file_is_a_change(other: Sight) -> None:
    assert snapshot(other) != snapshot(ALBUM)
    assert quiet(other, seen(ALBUM, 1000.0), 5000.0, 10.0) is not None


def test_reading_it_and_linking_to_it_is_no_change() -> None:
    linked = sight({b"Album/1.mp3": SONG._replace(links=2, blocks=8, mode=0o100600)})

    assert snapshot(linked) == snapshot(ALBUM)


FACTS = st.tuples(
    st.sampled_from([0, 1, 11]),
    st.sampled_from([0, 1, 11]),
    st.sampled_from([0, 1, -1]),
    st.sampled_from([0, 1, -1]),
).map(lambda told: Facts(*told))
NAMES = st.sampled_from([b"a", b"b", b"a\n", b"1 1 1 1\n", b"a/b", b"\xff"])
SIGHTS = st.builds(
    sight,
    st.dictionaries(NAMES, FACTS, max_size=3),
    st.dictionaries(NAMES, st.sampled_from(["pipe", "symbolic link", "unreadable: x"]), max_size=2),
)


@given(SIGHTS, SIGHTS)
@unhurried
def test_only_the_same_sight_has_the_same_snapshot(one: Sight, other: Sight) -> None:
    assert (snapshot(one) == snapshot(other)) is (
        (one.files, one.others) == (other.files, other.others)
    )


def test_the_order_in_which_files_are_seen_does_not_matter() -> None:
    files = [(b"a", SONG), (b"b", SONG._replace(inode=8))]

    assert snapshot(sight(dict(files))) == snapshot(sight(dict(files[::-1])))


@dataclass
class Look:
    after: float
    """Seconds by the wall clock; below zero: it was set back."""
    inode: int
    """Another one: the item was replaced."""


QUIET_S = 10.0
LOOKS = st.lists(
    st.builds(
        Look,
        after=st.sampled_from([0.0, 0.5, 4.0, 9.5, 10.0, 300.0, -1.0, -86_400.0]),
        inode=st.sampled_from([7, 7, 7, 8]),
    ),
    max_size=20,
)


@given(LOOKS)
@unhurried
def test_it_is_never_quiet_before_the_quiet_time_and_always_says_why(looks: list[Look]) -> None:
    now, memory = 1_000_000.0, None
    same_since = 0.0  # seconds that have really passed since it was first seen as it is now
    before = None
    for look in looks:
        now += look.after
        here = sight({b"x.mkv": SONG._replace(inode=look.inode)})
        same_since = same_since + max(look.after, 0.0) if look.inode == before else 0.0
        before = look.inode

        waiting = quiet(here, memory, now, QUIET_S)

        if waiting is None:
            assert same_since >= QUIET_S
        else:
            assert waiting.reason
            assert waiting.state == "settling"
            assert waiting.look_at is not None
            assert waiting.look_at > now
        same = memory is not None and memory.snapshot == snapshot(here)
        changed_at = memory.changed_at if memory is not None and same else now
        memory = seen(here, now, changed_at)


@given(LOOKS)
@unhurried
def test_whoever_looks_again_when_told_finds_it_quiet(looks: list[Look]) -> None:
    now, memory = 1_000_000.0, None
    for look in looks:
        now += max(look.after, 0.0)
        here = sight({b"x.mkv": SONG._replace(inode=look.inode)})
        same = memory is not None and memory.snapshot == snapshot(here)
        changed_at = memory.changed_at if memory is not None and same else now
        waiting = quiet(here, memory, now, QUIET_S)
        memory = seen(here, now, changed_at)

        if waiting is not None and waiting.look_at is not None:
            assert waiting.look_at <= now + QUIET_S
            assert quiet(here, memory, waiting.look_at, QUIET_S) is None


def test_what_is_still_and_whole_is_taken() -> None:
    assert whole(ALBUM, Doubts(), 1300.0) is None


@pytest.mark.parametrize(
    ("here", "doubts", "reason"),
    [
        (
            sight({b"Album/1.mp3": SONG}, unfinished=(b"Album/2.mp3.part",)),
            Doubts(),
            "Album/2.mp3.part: a program is still writing this",
        ),
        (
            sight(unfinished=(b"_UNPACK_Film/Film.mkv",)),
            Doubts(),
            "_UNPACK_Film: a program is unpacking into it",
        ),
        (
            sight(unfinished=(b"Films/_failed_Film/Film.mkv",)),
            Doubts(),
            "_failed_Film: unpacking it has failed",
        ),
        (
            ALBUM,
            Doubts(writers=[RelPath(b"Album/1.mp3")]),
            "1.mp3: a process has it open for writing",
        ),
        (
            ALBUM,
            Doubts(holes={RelPath(b"Album/1.mp3"): 1_500}),
            "1.mp3: 1 KiB of its 3 KiB were never written (a download that reserved its space?)",
        ),
        (
            sight({b"Album/1.mp3": SONG}, {b"Album/CD2": "unreadable: permission denied"}),
            Doubts(),
            "Album/CD2: unreadable: permission denied",
        ),
    ],
)
def test_what_somebody_may_still_work_on_is_looked_at_again(
    here: Sight, doubts: Doubts, reason: str
) -> None:
    assert whole(here, doubts, 1300.0) == Waiting(reason=reason, look_at=1300.0)


@pytest.mark.parametrize(
    ("here", "reason"),
    [
        (sight(), "there is nothing in it"),
        (sight({b"Caf\xe9.mkv": SONG._replace(size=0)}), r"Caf\xe9.mkv: it is empty (0 bytes)"),
    ],
)
def test_what_waiting_does_not_help_is_refused_until_it_changes(here: Sight, reason: str) -> None:
    assert whole(here, Doubts(), 1300.0) == Waiting(reason=reason, look_at=None, state="refused")


@pytest.mark.parametrize(
    "here",
    [
        sight({b"Album/1.mp3": SONG, b"Album/readme.txt": SONG._replace(size=0)}),
        sight({b"Album/1.mp3": SONG}, {b"Album/link": "symbolic link"}),
    ],
)
def test_what_is_no_media_holds_nothing_up(here: Sight) -> None:
    assert whole(here, Doubts(), 1300.0) is None


def test_a_complete_file_may_have_a_hole_of_one_percent() -> None:
    path = RelPath(b"Album/1.mp3")

    assert whole(ALBUM, Doubts(holes={path: 30}), 1300.0) is None
    assert whole(ALBUM, Doubts(holes={path: 31}), 1300.0) is not None


def test_what_is_still_written_comes_before_what_is_empty() -> None:
    here = sight({b"x.mkv": SONG._replace(size=0)}, unfinished=(b"x.mkv.part",))

    waiting = whole(here, Doubts(), 1300.0)

    assert waiting is not None
    assert waiting.state == "settling"


@pytest.mark.parametrize(
    ("waited", "pause"),
    [(0.0, 10.0), (9.0, 10.0), (60.0, 60.0), (86_400.0, LONGEST_WAIT), (-3_600.0, 10.0)],
)
def test_the_longer_it_is_not_whole_the_rarer_it_is_looked_at(waited: float, pause: float) -> None:
    now = 1_000_000.0

    assert patiently(seen(ALBUM, now, changed_at=now - waited), now, 10.0) == now + pause


@given(st.floats(0, 1e7), st.floats(0, 86_400))
@unhurried
def test_it_never_gives_up(waited: float, quiet_s: float) -> None:
    now = 1_000_000_000.0
    again = patiently(seen(ALBUM, now, changed_at=now - waited), now, quiet_s)

    assert now <= again <= now + LONGEST_WAIT


def test_a_sender_that_is_done_knows_about_holes_but_not_about_writers() -> None:
    song = RelPath(b"Album/1.mp3")
    here = sight({b"Album/1.mp3": SONG}, ready=True)

    assert whole(here, Doubts(holes={song: 3_000}), 1300.0) is None
    assert whole(here, Doubts(writers=[song]), 1300.0) is not None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x20ftypisom", True),
        (b"\0\0\x10\0mdat\0\0\0\0", True),
        (b"PK\x03\x04", True),
        (b"ID3\x04\0", True),
        (bytes(HEAD), True),
        (bytes(HEAD - 1), False),
        (b"Dear aunt,\n", False),
        (b"", False),
        (b"<html><body>", False),
    ],
)
def test_half_a_file_begins_like_a_whole_one(head: bytes, *, expected: bool) -> None:
    assert may_be_half(head) is expected


def test_what_is_held_says_since_when_on_the_clock_of_the_machine() -> None:
    assert re.fullmatch(r"held since [0-2]\d:40 by `shelfd hold`", held(1_800_002_400.0))
