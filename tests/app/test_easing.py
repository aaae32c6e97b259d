"""Less is taken in one go while memory is short, and it is said once when that begins and once when it ends."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from household import Household
from shelfd.app.easing import LOOK_S, Easing
from shelfd.core.pressure import STEP_S, Facts, Limit
from shelfd.edges import pressure
from shelfd.edges.probe_pool import ProbePool

MIB = 1 << 20


class Scene:
    """A household whose memory is what a test says."""

    def __init__(self, home: Household, pool: ProbePool) -> None:
        self.home = home
        self.pool = pool
        self.used = 10
        self.looks = 0
        self.drops = 0
        self.easing = Easing(home.base, pool, self.drop, self.facts)

    def drop(self) -> None:
        self.drops += 1

    def facts(self) -> Facts:
        self.looks += 1
        limit = Limit(what="memory.max of /a", used=self.used * MIB, allowed=100 * MIB)
        return Facts(limits=(limit,))

    def share(self, used: int, seconds: float = STEP_S) -> float:
        self.home.clock.now += seconds
        self.used = used
        return self.easing.share()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    pool = ProbePool(processes=4, timeout_s=1.0)
    with closing(pool), closing(Household(tmp_path)) as home:
        yield Scene(home, pool)


def test_batches_shrink_and_grow_again_and_the_log_has_a_line_for_each_end(scene: Scene) -> None:
    with capture_logs() as logs:
        shares = [scene.share(used) for used in (10, 85, 95, 95, 75, 10, 10, 10)]

    assert shares == [1, 1 / 2, 1 / 4, 1 / 8, 1 / 4, 1 / 2, 1, 1]
    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("warning", "memory is short: less is taken in one go"),
        ("info", "memory is no longer short"),
    ]
    assert logs[0]["reason"] == "85 of 100 MiB are used that memory.max of /a allows"


def test_caches_are_dropped_only_where_work_has_a_safe_point(scene: Scene) -> None:
    scene.used = 95
    assert scene.easing.look().level == "high"
    assert scene.drops == 0

    scene.share(95, 0.1)
    scene.share(95, 0.1)

    assert scene.drops == 1


def test_memory_is_looked_at_once_a_second_at_the_most(scene: Scene) -> None:
    for _ in range(100):
        scene.share(10, LOOK_S / 10)

    assert 9 <= scene.looks <= 11


def test_there_are_fewer_readers_while_memory_is_short(scene: Scene) -> None:
    for used, most in ((85, 2), (95, 1), (10, 2), (10, 4)):
        scene.share(used)
        assert scene.pool._allowed == most


def test_a_budget_of_the_settings_is_a_limit_and_may_change(scene: Scene) -> None:
    budget(scene.home, int(pressure.resident() / 0.85))
    assert scene.share(10) == 1 / 2
    reason = scene.easing.look().reason
    assert reason.endswith("MiB are used that daemon.memory_budget_bytes allows")

    budget(scene.home, 0)
    assert scene.share(10) == 1


def budget(home: Household, number: int) -> None:
    daemon = msgspec.structs.replace(home.current.settings.daemon, memory_budget_bytes=number)
    home.current.settings = msgspec.structs.replace(home.current.settings, daemon=daemon)
