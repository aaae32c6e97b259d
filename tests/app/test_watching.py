import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.app.healing import Trial, attempt
from shelfd.app.watching import Knowledge, Watching
from shelfd.core.condition import RootState
from shelfd.core.paths import AbsPath
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Watch
from shelfd.edges import abilities
from waiting import eventually

NOON = 1_800_000_000.0


class House:
    """An inbox and a library that are watched, and what was told of them."""

    def __init__(self, top: Path) -> None:
        self.inbox, self.library, self.state = top / "inbox", top / "tv", top / "state"
        for directory in (self.inbox, self.library, self.state):
            directory.mkdir()
        roles = {"inbox": self.inbox, "library": self.library}
        self.roots = {
            role: Root(name=role, role=role, kind=None, path=AbsPath(bytes(path)))
            for role, path in roles.items()
        }
        self.changes: set[bytes] = set()
        self.doubts: list[tuple[bytes, str]] = []
        self.known: dict[str, Iterable[bytes]] = {}
        self.polled: dict[str, str] = {}
        self.suspended: dict[str, str] = {}
        self.share = 0.5
        self.free = True
        self.watching = Watching(
            lambda: Roots(self.roots.values()),
            self.changed,
            lambda path, reason: self.doubts.append((path, reason)),
            Knowledge(
                known=lambda root: self.known.get(root.name, ()),
                polled=lambda root: self.polled.get(root.name),
                suspended=lambda root: self.suspended.get(root.name),
                settings=lambda: Watch(budget_share=self.share, poll_s=300),
            ),
        )

    def changed(self, path: bytes, **_kind: bool) -> None:
        self.changes.add(path)
        if not self.free:
            eventually(lambda: self.free)

    def hears(self, path: Path) -> None:
        path.touch()
        eventually(lambda: bytes(path) in self.changes)

    def of(self, role: str) -> RootState:
        return self.watching.state(self.roots[role])

    def lose(self) -> None:
        """Delete the library, and wait until that is known."""
        shutil.rmtree(self.library)
        eventually(lambda: (bytes(self.library), "the root was deleted") in self.doubts)
        self.doubts.clear()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    house.watching.begin()
    yield house
    house.free = True
    house.watching.close()


def test_all_roots_are_watched_and_need_no_healing(house: House) -> None:
    house.hears(house.inbox / "a")
    house.hears(house.library / "a")

    assert house.of("library") == RootState("watching", "", 1)
    assert house.watching.heal(NOON) is None
    assert house.watching.heal(NOON, at_once=True) is None
    assert house.doubts == []
    assert house.watching.healthy(bytes(house.state), 10)


def test_a_root_that_comes_back_is_watched_and_scanned_again(house: House) -> None:
    house.lose()
    assert house.of("library").state == "absent"
    house.library.mkdir()
    assert house.of("library") == RootState(
        "polling",
        "nothing is heard of it (the root was deleted); it is tried again soon",
        0,
        "the root was deleted",
    )

    assert house.watching.heal(NOON) is None
    assert house.doubts == [(bytes(house.library), "it is watched again")]
    assert house.of("library") == RootState("watching", "", 1)
    house.hears(house.library / "b")


def test_a_root_that_stays_away_is_tried_less_and_less_often(house: House) -> None:
    house.lose()
    now, waits = NOON, []
    for _ in range(9):
        due = house.watching.heal(now)
        assert due is not None
        assert house.watching.heal(due - 1) == due
        waits.append(due - now)
        now = due

    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert house.doubts == []
    house.library.mkdir()
    again = time.strftime("%H:%M", time.localtime(now))
    fault = "cannot be watched: No such file or directory"
    reason = f"watching stopped ({fault}); it is tried again at"
    assert house.of("library") == RootState("polling", f"{reason} {again}", 0, fault)
    assert house.watching.heal(now) is None
    house.hears(house.library / "b")


def test_when_something_is_mounted_nobody_waits(house: House) -> None:
    house.lose()
    house.watching.heal(NOON)
    house.watching.heal(NOON + 60)
    house.library.mkdir()
    assert house.watching.heal(NOON + 61) == NOON + 180

    assert house.watching.heal(NOON + 61, at_once=True) is None
    house.hears(house.library / "b")


def test_a_root_that_is_lost_again_and_again_is_not_scanned_again_and_again(house: House) -> None:
    house.lose()
    house.library.mkdir()
    assert house.watching.heal(NOON) is None
    house.lose()
    house.library.mkdir()

    assert house.watching.heal(NOON + 1) == NOON + 60
    assert house.doubts == []
    assert house.watching.heal(NOON + 60) is None
    assert house.doubts == [(bytes(house.library), "it is watched again")]


@settings(deadline=None)
@given(pauses=st.lists(st.floats(0, 1e6), max_size=20), back=st.booleans())
def test_a_trial_is_never_sooner_than_a_minute_and_never_later_than_an_hour_after_the_last(
    pauses: list[float],
    back: bool,  # noqa: FBT001  # a case, not a switch
) -> None:
    now, trial = NOON, attempt(None, NOON)
    for pause in pauses:
        now += -pause if back else pause
        assert trial.due(now) <= max(now, trial.at + 3600)
        if trial.due(now) <= now:
            assert back or now - trial.at >= 60
            trial = attempt(trial, now)
            assert 60 <= trial.wait_s <= 3600
    assert Trial(NOON, 60).over(NOON + 120)
    assert not Trial(NOON, 60).over(NOON + 119)


def test_a_thread_that_delivers_nothing_is_replaced_and_all_is_scanned(house: House) -> None:
    house.free = False
    (house.inbox / "a").touch()
    eventually(lambda: house.changes)
    assert not house.watching.healthy(bytes(house.state), 0.1)
    assert "events were no longer delivered" in str(house.of("inbox").fault)
    assert house.watching.watches() == 0

    assert house.watching.heal(NOON) is None
    house.free = True
    assert {path for path, _ in house.doubts} == {bytes(house.inbox), bytes(house.library)}
    assert house.watching.healthy(bytes(house.state), 10)
    house.hears(house.library / "b")


def test_a_root_that_a_scan_meets_first_is_watched_as_a_whole(house: House) -> None:
    house.lose()
    (house.library / "Show").mkdir(parents=True)
    house.watching.ensure(bytes(house.library))

    assert house.of("library") == RootState("watching", "", 2)
    assert house.watching.is_watched(bytes(house.library / "Show"))


def test_a_root_left_the_settings(house: House) -> None:
    house.watching.end(Roots([house.roots.pop("library")]))

    assert house.watching.watches() == 1
    assert house.watching.heal(NOON) is None


def test_known_directories_are_watched_without_a_search(tmp_path: Path) -> None:
    house = House(tmp_path)
    for name in "AB":
        (house.library / name).mkdir()
    house.known["library"] = iter([bytes(house.library / "B")])
    house.watching.begin()

    assert not house.watching.is_watched(bytes(house.library / "A"))
    assert house.watching.is_watched(bytes(house.library / "B"))
    house.watching.close()


def test_why_a_root_is_polled_or_suspended_is_told(house: House) -> None:
    house.polled["library"] = "nfs4: inotify does not see changes made by other machines"
    assert house.of("library") == RootState("polling", house.polled["library"], 1)
    house.suspended["library"] = "60 of 100 files are gone: run shelfd confirm library"
    assert house.of("library") == RootState("suspended", house.suspended["library"], 1)
    assert house.of("inbox") == RootState("watching", "", 1)


def test_what_is_not_watched_for_want_of_room_is_told_with_the_setting_that_allows_more(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    for role in (house.inbox, house.library):
        for number in range(9):
            (role / str(number)).mkdir()
    allowed = abilities.limit("fs/inotify/max_user_watches")
    assert allowed
    house.share = 15.5 / allowed
    house.watching.begin()

    assert house.of("inbox") == RootState("watching", "", 10)
    state, reason, watches, _fault = house.of("library")
    assert (state, watches) == ("polling", 5)
    told, more = reason.split(": ", 1)
    assert told == "5 of 10 directories are watched, the others are compared every 300 s"
    raised = int(more.split("max_user_watches=")[1].split(" ")[0])
    assert int(raised * house.share) >= 20
    assert more.endswith("(about 23 KiB of kernel memory)")
    house.polled["library"] = "nfs4"
    assert house.of("library").reason == f"nfs4; {reason}"
    house.watching.walked(bytes(house.library), 10)
    assert house.of("library").reason == f"nfs4; {reason}"
    house.watching.close()


def test_a_budget_of_nothing_is_told_as_the_setting_that_it_is(tmp_path: Path) -> None:
    house = House(tmp_path)
    (house.library / "Show").mkdir()
    house.share = 0
    house.watching.begin()

    assert house.of("library").reason == (
        "1 of 2 directories are watched, the others are compared every 300 s:"
        " allow some with watch.budget_share"
    )
    house.watching.ensure(bytes(house.library / "Show"), hot=True)
    assert not house.watching.is_watched(bytes(house.library / "Show"))
    house.watching.close()
