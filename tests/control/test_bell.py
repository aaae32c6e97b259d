"""Waking those who listen, from other threads."""

import asyncio
import threading

from shelfd.control.bell import Bell


def ring_elsewhere(bell: Bell, times: int = 1) -> None:
    def ring() -> None:
        for _ in range(times):
            bell.ring()

    thread = threading.Thread(target=ring)
    thread.start()
    thread.join()


def test_a_ring_in_another_thread_wakes_every_listener() -> None:
    async def listen() -> None:
        bell = Bell()
        with bell.listening() as one, bell.listening() as other:
            ring_elsewhere(bell)
            await asyncio.wait_for(asyncio.gather(one.wait(), other.wait()), 20)

    asyncio.run(listen())


def test_many_rings_wake_once() -> None:
    async def listen() -> int:
        bell = Bell()
        with bell.listening() as heard:
            ring_elsewhere(bell, 1000)
            scheduled = len(asyncio.get_running_loop()._ready)  # type: ignore[attr-defined]  # the loop's own queue
            await asyncio.wait_for(heard.wait(), 20)
        return scheduled

    assert asyncio.run(listen()) == 1


def test_a_ring_after_the_first_was_heard_wakes_again() -> None:
    async def listen() -> None:
        bell = Bell()
        with bell.listening() as heard:
            for _ in range(3):
                heard.clear()
                ring_elsewhere(bell)
                await asyncio.wait_for(heard.wait(), 20)

    asyncio.run(listen())


def test_ringing_for_nobody_does_nothing_even_when_the_loop_is_gone() -> None:
    bell = Bell()

    async def listen() -> None:
        with bell.listening():
            pass

    bell.ring()
    asyncio.run(listen())
    bell.ring()


def test_closing_wakes_those_who_listen_so_that_they_can_end() -> None:
    async def listen() -> bool:
        bell = Bell()
        with bell.listening() as heard:
            bell.close()
            await asyncio.wait_for(heard.wait(), 20)
        return bell.closed

    assert asyncio.run(listen()) is True
