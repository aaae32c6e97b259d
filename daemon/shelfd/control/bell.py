"""Wake those who follow the events when rows were written, and nobody otherwise."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Bell:
    """Rung by whoever commits; heard in the event loop."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self.closed = False
        """True: those who listen are to end."""
        self._listeners: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = False

    def ring(self) -> None:
        """Wake every listener; from any thread. Until they are awake, ringing again costs nothing."""
        if not self._listeners or self._rung or self._loop is None:
            return
        self._rung = True
        with suppress(RuntimeError):  # the loop has just been closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """Let every listener end; in the event loop."""
        self.closed = True
        self._wake()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Yield what is set at each ring; to be cleared before looking at what came."""
        self._loop = asyncio.get_running_loop()
        self._rung = False
        heard = asyncio.Event()
        self._listeners.add(heard)
        try:
            yield heard
        finally:
            self._listeners.discard(heard)

    def _wake(self) -> None:
        # before they look: what is committed from now on rings again
        self._rung = False
        for heard in self._listeners:
            heard.set()
