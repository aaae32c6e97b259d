"""One reading for all who follow the events: nothing missed, nothing twice, and nobody waits for another."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.control.bell import Bell
from shelfd.control.feed import CHUNK, HEARTBEAT, Batch, Bounds, Feed, Line, Told
from shelfd.core.errors import BrokenError

AT_ONCE = 3
LARGE = 1_000
"""Bytes of an event; few of them are more than a client has room for."""


class Rows:
    """Events as they are written, and how they are read: in a moment that the chance decides."""

    def __init__(self, chance: random.Random | None = None, room: int = 10 * LARGE) -> None:
        self.all: list[Told] = []
        self.reads = 0
        self.broken = False
        self.bell = Bell()
        bounds = Bounds(streams=4, room=room, pause_s=0, heartbeat_s=0.02 if chance is None else 60)
        self.feed = Feed(self.bell, self.read, bounds)
        self.chance = chance

    def write(self, *operations: int | None, size: int = 8) -> None:
        for operation in operations:
            number = len(self.all) + 1
            text = b"%d\n" % number
            self.all.append(Told(id=number, operation=operation, text=text.rjust(size)))
        self.bell.ring()

    async def read(self, position: int, operation: int | None) -> Batch:
        self.reads += 1
        if self.broken:
            raise OSError("the disk is gone")
        await self.rest()
        newest = len(self.all)
        found = [told for told in self.all[position:] if operation in (None, told.operation)]
        told = tuple(found[:AT_ONCE])
        await self.rest()
        return Batch(told=told, position=told[-1].id if told else newest, newest=newest)

    async def rest(self) -> None:
        await turns(self.chance.randrange(4) if self.chance else 1)


class Client:
    """Follows, and comes back where it was when it is dropped."""

    def __init__(self, rows: Rows, since: int, operation: int | None = None) -> None:
        self.rows = rows
        self.position = self.since = since
        self.operation = operation
        self.ids: list[int] = []
        self.drops = self.beats = 0
        self.reads = asyncio.Event()
        """It reads as long as this is set."""
        self.turns = 0
        """Of the loop, between two readings."""
        self.reads.set()
        self.line: Line | None = None

    async def follow(self) -> None:
        while True:
            first = await self.rows.read(self.position, self.operation)
            self.line = line = Line(first, self.operation, self.drop)
            self.rows.feed.admit(line, first.newest)
            try:
                async for text in self.rows.feed.parts(line):
                    self.beats += text == HEARTBEAT
                    self.ids += [int(part) for part in text.replace(HEARTBEAT, b"").split()]
                    self.position = self.ids[-1] if self.ids else self.position
                    await self.reads.wait()
                    await self.rows.rest()
                    await turns(self.turns)
            finally:
                self.rows.feed.leave(line)

    def drop(self) -> None:
        self.drops += 1

    @property
    def wanted(self) -> list[int]:
        return [
            told.id
            for told in self.rows.all[self.since :]
            if self.operation in (None, told.operation)
        ]


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 30))


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await turns(1)


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def following(*clients: Client) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(client.follow()) for client in clients]
    await until(lambda: all(client.line is not None for client in clients))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


OPERATIONS = st.sampled_from((None, 1, 2))
SIZES = st.sampled_from((8, CHUNK // 2, CHUNK + 1))
WRITES = st.tuples(st.just("write"), st.tuples(st.lists(OPERATIONS, min_size=1), SIZES))
COMES = st.tuples(st.just("come"), st.tuples(st.integers(0, 99), OPERATIONS))
PAUSES = st.tuples(st.just("pause or go on"), st.integers(0, 3))
TURNS = st.tuples(st.just("turns"), st.integers(1, 12))
HAPPENINGS = st.lists(st.one_of(WRITES, COMES, PAUSES, TURNS), max_size=40)


class Play:
    """What happens with rows and those who follow them."""

    def __init__(self, rows: Rows, stack: contextlib.AsyncExitStack) -> None:
        self.rows = rows
        self.clients: list[Client] = []
        self._stack = stack

    async def happens(self, what: str, how: Any) -> None:
        if what == "write":
            self.rows.write(*how[0], size=how[1])
        elif what == "come" and len(self.clients) < 4:
            client = Client(self.rows, min(how[0], len(self.rows.all)), how[1])
            self.clients.append(client)
            await self._stack.enter_async_context(following(client))
        elif what == "pause or go on" and how < len(self.clients):
            reads = self.clients[how].reads
            (reads.clear if reads.is_set() else reads.set)()
        elif what == "turns":
            await turns(how)

    async def ends(self) -> None:
        """Let all read what there is, and then see that each has got what it wanted."""
        for client in self.clients:
            client.reads.set()
        await until(lambda: all(len(each.ids) >= len(each.wanted) for each in self.clients))
        await turns(20)  # in which something could come twice
        for client in self.clients:
            assert client.ids == client.wanted


@settings(deadline=None, max_examples=200)
@given(HAPPENINGS, st.integers(0, 1 << 32), st.sampled_from((10, CHUNK + 9, 10 * CHUNK)))
def test_whoever_comes_whenever_gets_each_event_once_and_in_order(
    happenings: list[tuple[str, Any]], seed: int, room: int
) -> None:
    async def play() -> None:
        rows = Rows(random.Random(seed), room)  # noqa: S311  # the same for the same seed
        async with contextlib.AsyncExitStack() as stack:
            play = Play(rows, stack)
            for what, how in happenings:
                await play.happens(what, how)
            await play.ends()

    run(play())


def test_a_commit_is_read_once_for_all() -> None:
    async def play() -> None:
        rows = Rows()
        clients = [Client(rows, 0) for _ in range(4)]
        async with following(*clients):
            rows.write(None)
            await until(lambda: all(client.ids for client in clients))
            before = rows.reads
            for _ in range(10):
                rows.write(None)
                await asyncio.sleep(0)
            await until(lambda: all(len(client.ids) == 11 for client in clients))
            assert rows.reads - before <= 2 * 10

    run(play())


def test_who_reads_nothing_is_dropped_when_its_room_is_full_and_nobody_else_is() -> None:
    async def play() -> None:
        rows = Rows(room=5 * LARGE)
        deaf, other = Client(rows, 0), Client(rows, 0)
        async with following(deaf, other):
            deaf.reads.clear()
            for number in range(1, 21):
                rows.write(None, size=LARGE)
                await until(lambda n=number: len(other.ids) == n)  # type: ignore[misc]  # of this turn
                assert deaf.line is not None
                assert deaf.line.waiting_bytes <= (5 + AT_ONCE) * LARGE
            assert (deaf.drops, other.drops) == (1, 0)
            got = len(deaf.ids)

            deaf.reads.set()
            await until(lambda: len(deaf.ids) == 20)

        assert got < 20
        assert deaf.ids == deaf.wanted

    run(play())


def test_who_reads_slowly_is_not_dropped_by_a_burst_and_reads_on_from_the_database() -> None:
    async def play() -> None:
        rows = Rows(room=4 * CHUNK)
        client = Client(rows, 0)
        client.turns = 5
        async with following(client):
            await until(lambda: client.line is not None and client.line.live)
            rows.write(*[None] * 100, size=CHUNK // 2)
            await until(lambda: client.line is not None and not client.line.live)
            await until(lambda: len(client.ids) == 100)

        assert client.drops == 0
        assert client.ids == client.wanted

    run(play())


def test_an_event_that_is_larger_than_the_room_drops_nobody_who_reads() -> None:
    async def play() -> None:
        rows = Rows(room=CHUNK)
        client = Client(rows, 0)
        async with following(client):
            await until(lambda: client.line is not None and client.line.live)
            rows.write(*[None] * 10, size=10 * CHUNK)
            await until(lambda: len(client.ids) == 10)

        assert client.drops == 0

    run(play())


def test_while_nothing_happens_all_get_signs_of_life_from_one_timer() -> None:
    async def play() -> None:
        rows = Rows()
        clients = [Client(rows, 0) for _ in range(3)]
        async with following(*clients):
            await until(lambda: all(client.beats > 2 for client in clients))
            scheduled = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]  # what the loop wakes up for
            due = [handle for handle in scheduled if not handle.cancelled()]
            assert len(due) <= 2  # and that of this test

    run(play())


def test_who_reads_nothing_for_long_is_dropped_even_where_there_is_room() -> None:
    async def play() -> None:
        rows = Rows()
        deaf, other = Client(rows, 0), Client(rows, 0)
        async with following(deaf, other):
            deaf.reads.clear()
            rows.write(None)
            await until(lambda: deaf.drops)
            assert other.drops == 0

    run(play())


def test_without_anybody_nothing_is_read_and_nothing_is_due() -> None:
    async def play() -> None:
        rows = Rows()
        async with following(Client(rows, 0)):
            pass
        before = rows.reads
        rows.write(None)
        await turns(20)

        assert rows.reads == before
        assert rows.feed._timer is None
        assert rows.feed._pump is None

    run(play())


def test_more_than_there_is_room_for_are_refused_until_one_leaves() -> None:
    async def play() -> None:
        rows = Rows()
        first = await rows.read(0, None)
        lines = [Line(first, None, print) for _ in range(5)]
        for line in lines[:4]:
            rows.feed.admit(line, 0)
        with pytest.raises(BrokenError, match="4 clients follow them already"):
            rows.feed.admit(lines[4], 0)

        rows.feed.leave(lines[0])
        rows.feed.admit(lines[4], 0)
        rows.feed.close()

    run(play())


def test_when_the_events_cannot_be_read_all_are_sent_away_and_may_come_again() -> None:
    async def play() -> None:
        rows = Rows()
        client = Client(rows, 0)
        with contextlib.suppress(OSError):
            async with following(client):
                await until(lambda: client.line is not None and client.line.live)
                rows.broken = True
                rows.write(None)
                await until(lambda: client.drops)
        rows.broken = False
        async with following(again := Client(rows, 0)):
            await until(lambda: again.ids)

        assert again.ids == [1]

    run(play())


def test_at_the_end_every_stream_ends() -> None:
    async def play() -> None:
        rows = Rows()
        line = Line(await rows.read(0, None), None, print)
        rows.feed.admit(line, 0)
        rows.feed.close()

        assert [text async for text in rows.feed.parts(line)] == []

    run(play())


def test_few_events_are_told_at_once_and_many_are_gathered() -> None:
    async def follow() -> None:
        rows = Rows()
        rows.feed = Feed(rows.bell, rows.read, Bounds(prompt=3, much_s=3600, pause_s=3600))
        client = Client(rows, since=0)
        following = asyncio.create_task(client.follow())
        await until(lambda: client.line is not None and client.line.live)
        for number in range(1, 21):
            rows.write(None)
            await turns(100)
            assert number > 3 or len(client.ids) == number
        assert len(client.ids) < 8  # the others are read together, an hour later
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following

    run(follow())
