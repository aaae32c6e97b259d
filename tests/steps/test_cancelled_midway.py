"""An import that is cancelled while it waits to go on puts back what it has moved, also when nothing interrupts it then."""

from pathlib import Path

import pytest

import media
from household import Household
from inline import Calm
from shelfd.core.operations import State, Step
from shelfd.steps.course import Course
from shelfd.store import claims, journal, operations
from trees import names, tree


@pytest.mark.parametrize("commits", range(6, 9))
def test_its_next_turn_puts_everything_back(tmp_path: Path, commits: int) -> None:
    home = Household(tmp_path, mode="copy")
    (home.inbox / "Album").mkdir()
    for track in ("1", "2", "3"):
        media.mp3(
            home.inbox / f"Album/{track}.mp3", artist="Ann", album="Some", title=track, track=track
        )
    before = tree(home.inbox)
    home.look()
    home.clock.now += 20
    home.stop_after(commits)
    home.work()
    imports = home.imports()
    moved = journal.has_left_something(home.db.read(), imports[0].id)
    if (imports[0].state, imports[0].step) != (State.QUEUED, Step.APPLY) or not moved:
        pytest.skip("nothing was moved by then, or all of it")
    with home.db.transaction() as tx:
        operations.call_off(tx, imports[0].id)
        waiting = claims.claim(tx, home.clock.now)
    assert waiting is not None

    Course(home.base, home.steps)(waiting, Calm())

    assert home.operation(imports[0].id).state is State.CANCELLED
    assert tree(home.inbox) == before
    assert names(home.library) == []
    assert home.open_steps() == 0
