"""What is not heard is polled, as soon as that is so."""

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from household import Household
from shelfd.app.sights import Sights
from shelfd.app.watching import Watching
from shelfd.edges import abilities, directories
from shelfd.steps.poll import Poll
from trees import plant
from waiting import eventually


class Ear:
    """Remembers what polling tells."""

    def __init__(self) -> None:
        self.told: set[bytes] = set()

    def changed(self, path: bytes, *, directory: bool, gone: bool = False) -> None:
        assert not (directory and gone), path

    def differs(self, path: bytes) -> None:
        self.told.add(path)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    """A household in which hardly more than its roots may be watched."""
    home = Household(tmp_path)
    allowed = abilities.limit("fs/inotify/max_user_watches")
    assert allowed
    watch = msgspec.structs.replace(
        home.current.settings.watch, budget_share=8.5 / allowed, poll_s=0.1
    )
    home.current.settings = msgspec.structs.replace(home.current.settings, watch=watch)
    yield home
    home.close()


def test_what_is_beyond_the_budget_is_polled_from_the_moment_on_when_it_is_so(
    home: Household,
) -> None:
    plant(home.library, {f"music/{number}/1.mp3": b"x" for number in range(2)})
    home.scan("music", recursive=True)
    ear, sights = Ear(), Sights(home.base, home.presence)
    watching = Watching(
        lambda: home.current.roots,
        lambda *_place, **_kind: None,
        lambda _path, _reason: None,
        sights.knowledge(),
    )
    poll = Poll(home.base, directories, sights.of(watching), ear)
    watching.begin()
    music = home.current.roots.get("music")
    assert music is not None
    assert watching.unheard(music) == 0
    known = [music.path + b"/0", music.path + b"/1"]
    thread = threading.Thread(target=poll.run)
    thread.start()
    try:
        plant(home.library, {f"music/{number}/1.mp3": b"x" for number in range(2, 3)})
        eventually(lambda: not all(map(watching.is_watched, known)))
        [cold] = [path for path in known if not watching.is_watched(path)]
        plant(home.library, {f"music/{number}/2.mp3": b"x" for number in range(2)})
        eventually(lambda: at_its_time(home, ear))
        eventually(lambda: watching.is_watched(cold))
    finally:
        poll.close()
        thread.join(10)
        watching.close()

    assert cold in ear.told


def at_its_time(home: Household, ear: Ear) -> bool:
    """Let the time until the next poll pass, and say whether it has told anything."""
    home.clock.now += 1
    return bool(ear.told)
