"""A clock that is set, to the time that it shows."""

import threading
import time

import pytest

from shelfd.edges.clock_steps import clock_steps

pytestmark = pytest.mark.system


def test_setting_the_clock_is_noticed_each_time() -> None:
    noticed = threading.Semaphore(0)
    steps = clock_steps(noticed.release)
    steps.start()

    for _ in range(3):
        time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))
        assert noticed.acquire(timeout=20)

    steps.close()
