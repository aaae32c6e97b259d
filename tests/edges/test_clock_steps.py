"""Waiting for the clock to jump costs nothing and can be ended."""

import threading

from shelfd.edges.clock_steps import clock_steps


def test_the_wait_ends_when_it_is_closed() -> None:
    jumps: list[int] = []
    steps = clock_steps(lambda: jumps.append(1))
    steps.start()
    assert "clock-steps" in {thread.name for thread in threading.enumerate()}

    steps.close()

    assert "clock-steps" not in {thread.name for thread in threading.enumerate()}
    assert jumps == []


def test_a_wait_that_never_began_can_be_closed() -> None:
    clock_steps(lambda: None).close()
