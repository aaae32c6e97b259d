"""Many clients that follow the events of a daemon at once, in one thread; some of them never read."""

import asyncio
import socket
import threading
from contextlib import closing, suppress
from typing import Self

from waiting import eventually

SMALL = 4096
"""Bytes that the kernel keeps for a client that does not read: as few as it can be asked for."""


class Crowd:
    """Their ids of events, as far as they have come."""

    def __init__(self, path: str, reading: int, deaf: int = 0, target: str = "/v1/events") -> None:
        self.path = path
        self.request = f"GET {target} HTTP/1.1\r\nHost: shelfd\r\n\r\n".encode()
        self.ids: list[list[int]] = [[] for _ in range(reading)]
        self.deaf = deaf
        self.ended = 0
        """How many of those who read have been sent away."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._begun = 0
        self._fault: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        eventually(lambda: self._begun == len(self.ids) + self.deaf or self._fault)
        if self._fault is not None:
            self._thread.join()
            raise self._fault
        return self

    def __exit__(self, *_how: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._all.cancel)
        self._thread.join()

    def heard(self, newest: int) -> bool:
        """Say whether all who read have got the event with this id."""
        return all(ids and ids[-1] >= newest for ids in self.ids)

    def _run(self) -> None:
        with closing(self._loop), suppress(asyncio.CancelledError):
            try:
                self._loop.run_until_complete(self._follow_all())
            except (OSError, AssertionError) as error:
                self._fault = error  # raised by the thread that waits for this one

    async def _follow_all(self) -> None:
        followers = [self._follow(ids) for ids in self.ids]
        self._all = asyncio.gather(*followers, *(self._ignore() for _ in range(self.deaf)))
        await self._all

    async def _follow(self, ids: list[int]) -> None:
        reader, writer = await asyncio.open_unix_connection(self.path)
        writer.write(self.request)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            self._begun += 1
            # a chunk may end anywhere, but an event begins on a line of its own
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    ids.append(int(line[4:]))
            self.ended += 1
        finally:
            writer.close()

    async def _ignore(self) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            await self._loop.sock_connect(client, self.path)
            await self._loop.sock_sendall(client, self.request)
            head = await self._loop.sock_recv(client, 12)
            assert head == b"HTTP/1.1 200", head
            self._begun += 1
            await asyncio.Event().wait()
