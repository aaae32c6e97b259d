"""The only loop sleeps while nothing is due, and wakes for nothing."""

from pathlib import Path

import media
from household import Household
from shelfd.store import claims


def test_while_something_waits_for_its_time_nothing_is_written(tmp_path: Path) -> None:
    home = Household(tmp_path)
    media.mp3(home.inbox / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    home.look()
    commits: list[int] = []
    home.db.committed.append(lambda: commits.append(1))
    assert claims.outlook(home.db.read(), home.clock.now).next_moment is not None

    assert not home.runner.once()

    assert commits == []
