"""Threads that end by themselves."""

import os
import threading
from collections.abc import Callable, Iterator

import pytest

from shelfd.edges.threads import Threads
from waiting import eventually


class Left:
    """Counts the threads that have ended."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def __call__(self) -> None:
        self.threads.add(threading.get_ident())


@pytest.fixture
def made() -> Iterator[Callable[..., Threads]]:
    pools: list[Threads] = []

    def make(most: int, leave: Callable[[], None] = lambda: None, idle_s: float = 60) -> Threads:
        pools.append(Threads(most, "test", leave, idle_s))
        return pools[-1]

    yield make
    for pool in pools:
        pool.shutdown(wait=False)
        assert pool.join(20)


def test_a_call_brings_back_what_it_returns_and_what_it_raises(
    made: Callable[..., Threads],
) -> None:
    pool = made(2)

    assert pool.submit(divmod, 7, 2).result(20) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 7, 0).result(20)
    assert pool.submit(dict, one=1).result(20) == {"one": 1}


def test_threads_step_back_for_others_and_those_that_called_them_do_not() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    pool = Threads(1, "test", lambda: None, niceness=3)

    assert pool.submit(os.getpriority, os.PRIO_PROCESS, 0).result(20) == min(own + 3, 19)
    assert os.getpriority(os.PRIO_PROCESS, 0) == own
    pool.shutdown(wait=False)
    assert pool.join(20)


def test_one_thread_that_waits_is_enough(made: Callable[..., Threads]) -> None:
    pool = made(4)

    for number in range(20):
        assert pool.submit(int, number).result(20) == number
        eventually(lambda: pool._spare == 1)

    assert pool.alive == 1


def test_no_more_calls_are_made_at_once_than_allowed(made: Callable[..., Threads]) -> None:
    pool, gate = made(3), threading.Event()
    lock = threading.Lock()
    now, most = [0], [0]

    def call() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        gate.wait(20)
        with lock:
            now[0] -= 1

    calls = [pool.submit(call) for _ in range(9)]
    eventually(lambda: now[0] == 3)
    gate.set()
    for each in calls:
        each.result(20)

    assert (most[0], pool.alive) == (3, 3)


def test_threads_without_work_end_and_new_ones_take_their_place(
    made: Callable[..., Threads],
) -> None:
    left = Left()
    pool = made(1, left, 0.01)

    for number in range(5):
        first = pool.submit(threading.get_ident).result(20)
        eventually(lambda: not pool.alive)
        assert first in left.threads, number


def test_no_call_is_lost_while_threads_end(made: Callable[..., Threads]) -> None:
    pool = made(1, lambda: threading.Event().wait(0.001), 0.001)

    for number in range(300):
        assert pool.submit(int, number).result(20) == number
        threading.Event().wait(0.0005 * (number % 5))  # about as long as a thread waits for more


def test_what_was_taken_is_done_after_the_shutdown_and_nothing_more_is_taken(
    made: Callable[..., Threads],
) -> None:
    pool, gate = made(1), threading.Event()
    calls = [pool.submit(gate.wait, 20), pool.submit(gate.wait, 20)]
    eventually(calls[0].running)

    pool.shutdown(wait=False)

    assert not pool.join(0.01)
    with pytest.raises(RuntimeError):
        pool.submit(int)
    gate.set()
    assert pool.join(20)
    assert all(call.result(0) for call in calls)


def test_what_was_not_begun_can_be_cancelled(made: Callable[..., Threads]) -> None:
    pool, gate = made(1), threading.Event()
    begun, other = pool.submit(gate.wait, 20), pool.submit(gate.wait, 20)
    third = pool.submit(gate.wait, 20)
    eventually(begun.running)
    assert third.cancel()

    pool.shutdown(wait=False, cancel_futures=True)
    gate.set()
    pool.shutdown()

    assert (begun.result(0), other.cancelled(), pool.alive) == (True, True, 0)


def test_without_a_new_thread_another_one_makes_the_call(
    made: Callable[..., Threads], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, gate = made(4), threading.Event()
    first = pool.submit(gate.wait, 20)

    def refused(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        second = pool.submit(int, 2)
        with pytest.raises(RuntimeError):
            made(1).submit(int)
    gate.set()

    assert (first.result(20), second.result(20)) == (True, 2)
