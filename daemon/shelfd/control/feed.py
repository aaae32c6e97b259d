"""One reading of what happens for all who follow it: read once, handed to each within bounds."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import structlog

from shelfd.control.bell import Bell
from shelfd.core.errors import BrokenError

CHUNK = 32 * 1024  # bytes that are sent to a client at once, or one event if that is longer
UNREADABLE = "the events cannot be read"
HEARTBEAT = b": still here\n\n"

log = structlog.get_logger()


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much there may be of everything."""

    streams: int = 256
    room: int = 256 * 1024
    """Bytes of events that may wait for one client before the next are read; in memory they are once, for all."""
    prompt: int = 10
    """Readings within `much_s` that follow a commit at once; when there are more, much is written."""
    much_s: float = 0.5
    pause_s: float = 0.05
    """Between two readings while much is written: what came meanwhile is read at once."""
    heartbeat_s: float = 15.0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is sent."""

    id: int
    operation: int | None
    text: bytes
    for_all: bool = False
    """True: also for those who follow one operation."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Events that follow a position, as they are sent."""

    told: tuple[Told, ...]
    position: int
    """The id up to which this is everything."""
    newest: int
    """The id of the last event that there is; more follow if that is beyond `position`."""


class Line:
    """What one client has still to be told; used in the event loop only."""

    def __init__(self, first: Batch, operation: int | None, drop: Callable[[], None]) -> None:
        """Begin with `first`, of one operation or of all; `drop` cuts the client off."""
        self.drop = drop
        self.operation = operation
        self.position = first.position
        """The id up to which everything was put in."""
        self.live = False
        """True: the feed puts in what happens; False: it is to be read from where this client is."""
        self.ended = False
        self.waiting_bytes = self.untaken_bytes = sum(len(told.text) for told in first.told)
        """How much waits, and how much was put in since something was taken last."""
        self._waiting = deque(first.told)
        self._news = asyncio.Event()
        self._beat = False
        self._beats_sending: int | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing waits."""
        return not self._waiting

    def put(self, batch: Batch) -> None:
        """Add what is new in a batch that begins where this line is, or before."""
        new = [told for told in batch.told if told.id > self.position and self._wants(told)]
        self.position = max(self.position, batch.position)
        if new:
            size = sum(len(told.text) for told in new)
            self._waiting.extend(new)
            self.waiting_bytes += size
            self.untaken_bytes += size
            self._news.set()

    async def take(self) -> bytes:
        """Return what is to be sent next; nothing when this is live no longer, or has ended."""
        while self.live and not (self._waiting or self._beat or self.ended):
            self._news.clear()
            await self._news.wait()
        parts: list[bytes] = []
        size = 0
        while self._waiting and (not parts or size + len(self._waiting[0].text) <= CHUNK):
            told = self._waiting.popleft()
            parts.append(told.text)
            size += len(told.text)
        self.waiting_bytes -= size
        self.untaken_bytes = 0
        beat, self._beat = self._beat, False
        self._beats_sending = 0
        return b"".join(parts) or (HEARTBEAT if beat else b"")

    def sent(self) -> None:
        """Note that the client's side has room for what was taken."""
        self._beats_sending = None

    def fall_behind(self) -> None:
        """Forget what waits: it is to be read again, when the client has room for it."""
        self.live = False
        self.position = self._waiting[0].id - 1
        self._waiting.clear()
        self.waiting_bytes = 0

    def end(self) -> None:
        """Let the client's stream end."""
        self.ended = True
        self._news.set()

    def beat(self) -> bool:
        """Let a sign of life be sent where nothing else is; False when nothing could be since the last time."""
        if self._beats_sending is not None:
            self._beats_sending += 1
            return self._beats_sending < 2
        if self.live and not self._waiting:
            self._beat = True
            self._news.set()
        return True

    def _wants(self, told: Told) -> bool:
        return self.operation in (None, told.operation) or told.for_all


class Feed:
    """Reads new events after a commit, while somebody follows them; used in the event loop only."""

    def __init__(
        self,
        bell: Bell,
        read: Callable[[int, int | None], Awaitable[Batch]],
        bounds: Bounds | None = None,
    ) -> None:
        """`read` returns what follows a position, of one operation or of all."""
        self._bell = bell
        self._read = read
        self._bounds = bounds or Bounds()
        self._position = 0
        self._lines: set[Line] = set()
        self._read_at: deque[float] = deque(maxlen=self._bounds.prompt)
        self._pump: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def admit(self, line: Line, newest: int) -> None:
        """Take in a client, when `newest` is the last event; BrokenError when there are too many."""
        if len(self._lines) >= self._bounds.streams:
            raise BrokenError(
                f"events: {len(self._lines)} clients follow them already: more are not possible at once",
                code="too_many_streams",
                hint="end some of them, or try again later",
            )
        self._lines.add(line)
        if self._bell.closed:
            line.end()
        elif self._pump is None:
            self._position = newest
            loop = asyncio.get_running_loop()
            self._pump = loop.create_task(self._follow())
            self._timer = loop.call_later(self._bounds.heartbeat_s, self._beat)

    def leave(self, line: Line) -> None:
        """Forget a client; after the last one nothing is read any more, and no timer runs."""
        self._lines.discard(line)
        line.end()
        if not self._lines:
            self._stop()

    async def parts(self, line: Line) -> AsyncIterator[bytes]:
        """Yield what a client is to be sent, until it leaves or all is over."""
        while not line.ended:
            if line.is_empty and not self._joined(line):
                await self._replay(line)
                continue
            text = await line.take()
            if text:
                yield text
            line.sent()

    def close(self) -> None:
        """Let every stream end."""
        self._bell.close()
        self._stop()
        for line in self._lines:
            line.end()

    async def _replay(self, line: Line) -> None:
        try:
            line.put(await self._read(line.position, line.operation))
        except Exception:
            log.exception("the events cannot be read")
            self._drop(line, UNREADABLE)

    def _joined(self, line: Line) -> bool:
        """Say whether a client hears what happens from now on; it does as soon as it is where the feed is.

        What the feed has not handed out yet begins at the line's position or before it, and the line passes over
        what it has: so nothing is missed, and nothing told twice.
        """
        line.live = line.live or line.position >= self._position
        return line.live

    def _stop(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _follow(self) -> None:
        try:
            while True:
                with self._bell.listening() as heard:
                    await self._hand_out()
                    await heard.wait()
                await self._hand_out()
                if self._much_is_written(asyncio.get_running_loop().time()):
                    # meanwhile nobody listens, so that what is written wakes nobody
                    await asyncio.sleep(self._bounds.pause_s)
        except Exception:
            log.exception("the events cannot be read")
            self._pump = None
            for line in [*self._lines]:
                self._drop(line, UNREADABLE)

    def _much_is_written(self, now: float) -> bool:
        many = len(self._read_at) == self._bounds.prompt
        much = many and now - self._read_at[0] < self._bounds.much_s
        self._read_at.append(now)
        return much

    async def _hand_out(self) -> None:
        more = True
        while more:
            batch = await self._read(self._position, None)
            self._position = batch.position
            more = batch.position < batch.newest
            for line in [each for each in self._lines if each.live]:
                # before: a single event may be larger than the room, and a client that reads takes it at once
                if line.untaken_bytes > self._bounds.room:
                    self._drop(line, f"it does not read: {line.untaken_bytes} bytes wait for it")
                elif line.waiting_bytes > self._bounds.room:
                    line.fall_behind()
                else:
                    line.put(batch)

    def _beat(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._bounds.heartbeat_s, self._beat)
        for line in [*self._lines]:
            if not line.beat():
                self._drop(line, f"it has not read for {self._bounds.heartbeat_s:g} s")

    def _drop(self, line: Line, reason: str) -> None:
        log.info("a client of the events is dropped", reason=reason)
        # out of its own stream, which waits for the client
        line.drop()
        self.leave(line)
