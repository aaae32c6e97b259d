"""The event stream for as long as somebody watches: it ends with the daemon, and is there again when that is."""

import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from threading import Thread

from shelfd.cli.client import Client, Event
from shelfd.cli.failures import UnreachableError
from shelfd.core.errors import ShelfdError

News = Event | ShelfdError | None
"""An event; None when the stream begins; an error when it has ended."""

RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)  # between two tries, the last one again and again


class Feed:
    """Gathers what a thread of its own hears."""

    def __init__(self, client: Client) -> None:
        """Listen to the daemon behind this client, until the process ends."""
        self._client = client
        self._heard: SimpleQueue[News] = SimpleQueue()
        Thread(target=self._listen, daemon=True).start()

    def take(self, patience_s: float, gather_s: float) -> list[News]:
        """Return what was heard since; wait so many seconds for the first, and so many more for what follows it."""
        found = [*self._next(patience_s)]
        until = time.monotonic() + gather_s
        while found and (left := until - time.monotonic()) > 0:
            found += self._next(left)
        return found

    def _next(self, patience_s: float) -> Iterator[News]:
        try:
            yield self._heard.get(timeout=patience_s)
        except Empty:
            return

    def _listen(self) -> None:
        tries = 0
        while True:
            began = time.monotonic()
            self._heard.put(self._until_it_ends())
            lasted = time.monotonic() - began > RETRY_S[-1]
            tries = 0 if lasted else min(tries + 1, len(RETRY_S) - 1)
            time.sleep(RETRY_S[tries])

    def _until_it_ends(self) -> ShelfdError:
        try:
            with self._client.events("/v1/events") as events:
                self._heard.put(None)
                for event in events:
                    self._heard.put(event)
        except ShelfdError as error:
            return error
        return UnreachableError(f"{self._client.path}: the daemon has stopped", code="daemon_stops")
