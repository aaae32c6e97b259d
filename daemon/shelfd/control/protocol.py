"""HTTP/1.1 as shelfd speaks it: what is wrong with a request is told in JSON, and nobody keeps one open for ever."""

import asyncio
import select
import sys

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from shelfd.control import peers
from shelfd.control.answers import refusal

REQUEST_S = (
    10.0  # from the first byte of a request to its last; from the beginning of a connection, too
)
LONGEST_HEAD = 32 * 1024  # a path of 4096 bytes has 20 KiB when each of them is encoded twice

HINTS = {
    "no_http": "what is sent must be HTTP/1.1, and whole",
    "too_slow": "send all of it at once",
    "too_large": "send a shorter address, and fewer headers",
}
"""The way out, by code."""
PHRASES = {
    400: b"Bad Request",
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
}


class Protocol(H11Protocol):
    """One connection. While it waits for a client to say all that it has to say, a timer runs, and only then."""

    _patience: asyncio.TimerHandle | None = None
    _said_all = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, note who has connected, for all requests that come by this connection, and expect one."""
        super().connection_made(transport)
        peer = peers.of(transport.get_extra_info("socket"))
        self.app_state = {"peer": peer, "transport": transport}
        self._attend()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take the next part of a request."""
        super().data_received(data)
        self._attend()

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """Answer what was asked, also half a request, after which its client says no more; then end the connection."""
        # a stream that runs ends: by TCP who has gone looks the same
        waits = self.conn.our_state is h11.SEND_RESPONSE and not self._half()
        self._said_all = waits and not self._hung_up()
        if self._half():
            self._refuse(400, "no_http", "it ends in the middle")
        return self._said_all

    def on_response_complete(self) -> None:
        """Go on to the next request; until its first byte comes, uvicorn's own timer runs."""
        if self.conn.their_state is h11.DONE:
            self._forget()
        super().on_response_complete()
        if self._said_all and self.conn.our_state is not h11.SEND_RESPONSE:
            self.eof_received()
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP; uvicorn calls this while it handles what h11 has found."""
        fault = sys.exc_info()[1]
        if isinstance(fault, h11.RemoteProtocolError) and fault.error_status_hint == 431:
            self._refuse(431, "too_large", f"its head is longer than {LONGEST_HEAD} bytes")
        else:
            self._refuse(400, "no_http", msg)

    def _attend(self) -> None:
        """Let the timer run exactly while something of a request is still to come."""
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY) or self.transport.is_closing():
            self._forget()
        elif self._patience is None:
            self._patience = self.loop.call_later(REQUEST_S, self._give_up)

    def _forget(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self._half():
            self._refuse(408, "too_slow", f"it was not whole within {REQUEST_S:g} seconds")
        else:
            self.transport.close()  # nothing was asked, or it is answered already

    def _half(self) -> bool:
        """Say whether a part of a request is there, and no answer to it has begun."""
        begun = self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0])
        return begun and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE)

    def _hung_up(self) -> bool:
        """Say whether the client is sure to read no more; by TCP that shows only when something is sent."""
        poll = select.poll()
        poll.register(self.transport.get_extra_info("socket"), 0)  # what it tells is told unasked
        return bool(poll.poll(0))

    def _refuse(self, status: int, code: str, why: str) -> None:
        """Answer with an error unless an answer has begun already, and end the connection."""
        self._forget()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        asked = self.conn.our_state is h11.SEND_RESPONSE
        response = refusal(status, code, f"request: {why}", HINTS[code])
        headers = [*response.raw_headers, (b"connection", b"close")]
        events: list[h11.Event] = [
            h11.Response(status_code=status, headers=headers, reason=PHRASES[status])
        ]
        if not (asked and self.scope["method"] == "HEAD"):
            events.append(h11.Data(data=bytes(response.body)))
        for event in (*events, h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        if asked:
            # whoever was about to answer it is too late
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()
