"""How roots are doing, beside a disk that does not answer."""

import threading

import pytest
from msgspec.structs import replace

from shelfd.app.glances import PATIENCE_S, SILENT, UNASKED, Glances
from shelfd.core.condition import RootState
from shelfd.core.media import Kind
from shelfd.core.paths import AbsPath
from shelfd.core.roots import Root
from waiting import eventually

WELL = RootState("watching", "", 1)
HUNG = RootState("absent", SILENT, 0, SILENT)
FILMS = Root(name="films", path=AbsPath(b"/films"), role="library", kind=Kind.MOVIES)
MUSIC = Root(name="music", path=AbsPath(b"/music"), role="library", kind=Kind.MUSIC)


class Disks:
    """Answers for roots, but not for the one that hangs."""

    def __init__(self) -> None:
        self.hung = ""
        self.answers = threading.Event()
        self.asked: list[str] = []
        self.met: threading.Barrier | None = None

    def state(self, root: Root) -> RootState:
        self.asked.append(root.name)
        if self.met is not None:
            self.met.wait(PATIENCE_S / 2)
        if root.name == self.hung:
            assert self.answers.wait(60)
        return WELL


def test_all_roots_are_asked_at_once() -> None:
    disks = Disks()
    disks.met = threading.Barrier(2)

    assert Glances(disks.state, lambda: None).of([FILMS, MUSIC]) == {"films": WELL, "music": WELL}


def test_a_disk_that_does_not_answer_is_asked_once_and_holds_up_nobody_twice() -> None:
    disks = Disks()
    glances = Glances(disks.state, lambda: None)
    disks.hung = "music"

    for _ in range(5):
        assert glances.of([MUSIC, FILMS]) == {"films": WELL, "music": HUNG}
    assert disks.asked.count("music") == 1

    disks.hung = ""
    disks.answers.set()
    eventually(lambda: glances.of([MUSIC, FILMS]) == {"films": WELL, "music": WELL})


def test_what_was_seen_a_moment_ago_will_do_for_who_asks_often() -> None:
    disks = Disks()
    glances = Glances(disks.state, lambda: None)

    for _ in range(3):
        assert glances.of([MUSIC], lately_s=3_600) == {"music": WELL}
    assert disks.asked == ["music"]

    assert glances.of([MUSIC]) == {"music": WELL}
    assert disks.asked == ["music", "music"]


def test_without_a_thread_to_be_had_it_is_said_and_the_next_question_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    glances = Glances(Disks().state, lambda: None)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refused)
        assert glances.of([MUSIC]) == {"music": RootState("absent", UNASKED, 0, UNASKED)}

    assert glances.of([MUSIC]) == {"music": WELL}


def test_a_root_that_has_another_path_by_now_is_another_disk() -> None:
    disks = Disks()
    glances = Glances(disks.state, lambda: None)
    disks.hung = "music"
    assert glances.of([MUSIC]) == {"music": HUNG}

    disks.hung = ""
    assert glances.of([replace(MUSIC, path=AbsPath(b"/elsewhere"))]) == {"music": WELL}
    disks.answers.set()
