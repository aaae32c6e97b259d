"""`shelfd status --watch`: how it is, and each change as it comes."""

import math
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shelfd.cli import events, overview, wait
from shelfd.cli.client import Client, Event, Value
from shelfd.cli.feed import Feed, News
from shelfd.cli.text import across, bold, draws, now, number, quiet, say, say_json, warn
from shelfd.core.errors import ShelfdError

if TYPE_CHECKING:
    from shelfd.cli.drawing import Bar, Screen

GATHER_S = 0.25  # what happens within it is drawn together
TICK_S = 1.0  # after which ages are drawn anew, though nothing has happened
SURE_S = 15.0  # after which the daemon is asked anew: not all that it tells has an event
REST = 10  # how many times as long as the last answer took the next question waits
SHOWN = 20  # of what waits
NOTED = ("phase", "done", "total", "unit", "rate", "eta_s", "current")


class Picture:
    """What is known of the daemon: its last status, brought up to date by what is heard."""

    def __init__(self, client: Client, *, exact: bool) -> None:
        """Ask for the first time; with `exact` ask about progress as well, instead of noting what its events say."""
        self._client = client
        self._exact = exact
        self._due = self._soonest = 0.0
        self.lost = False
        self.word = ""
        """What became of the daemon, in a sentence; empty as long as it was there."""
        self._ask()

    def hear(self, news: Sequence[News]) -> None:
        """Take in what was heard."""
        for one in news:
            match one:
                case None:
                    self._due = 0.0
                case ShelfdError() if not self.lost:
                    self.lost, self._due = True, math.inf
                    self.word = f"{now():%H:%M:%S} {one.message}; waiting until it is back"
                case Event(name="progress") if not self._exact:
                    self._note(one.data)
                case Event():
                    self._due = min(self._due, self._soonest)
                case _:
                    pass  # it is still away

    def renew(self) -> bool:
        """Ask the daemon if there is reason to; return whether it has answered."""
        if self.patience() > 0:
            return False
        before = self.now
        try:
            self._ask()
        except ShelfdError:
            self._due = time.monotonic() + TICK_S  # the stream ends as well, and says why
            return False
        if self.lost:
            self.lost = False
            anew = (before["pid"], before["since"]) != (self.now["pid"], self.now["since"])
            pid = f", started anew with pid {self.now['pid']}" if anew else ""
            self.word = f"{now():%H:%M:%S} the daemon is back{pid}"
        return True

    def patience(self) -> float:
        """Return for how many seconds there will be no reason to ask the daemon, unless something is heard."""
        return max(self._due - time.monotonic(), 0.0)

    def _ask(self) -> None:
        began = time.monotonic()
        reply = self._client.get("/v1/status")
        ended = time.monotonic()
        self.raw, self.now = reply.raw, reply.value
        self._due = ended + SURE_S
        self._soonest = ended + max(GATHER_S, REST * (ended - began))

    def _note(self, data: Value) -> None:
        for operation in self.now["running"]:
            if operation["id"] == data["id"]:
                operation["progress"] = {name: data[name] for name in NOTED}


def watch(client: Client, *, as_json: bool) -> None:
    """Show it until ^C: drawn on a terminal, in lines elsewhere; ShelfdError when there is no daemon to begin with."""
    feed = Feed(client)
    # the stream first: what happens after the answer is in it
    while not (heard := feed.take(SURE_S, 0)):
        pass
    if isinstance(heard[0], ShelfdError):
        raise heard[0]
    picture = Picture(client, exact=as_json)
    if as_json:
        _objects(picture, feed)
    elif draws(sys.stdout):
        _live(picture, feed)
    else:
        _lines(picture, feed)


def _objects(picture: Picture, feed: Feed) -> None:
    told: Value = {}
    word = picture.word
    while True:
        # how much memory it takes is no change that anybody waits for
        current = {**picture.now, "memory_bytes": 0}
        if current != told:
            say_json(picture.raw)
            told = current
        picture.hear(feed.take(min(picture.patience(), SURE_S), GATHER_S))
        picture.renew()
        if picture.word != word:
            word = picture.word
            warn(word)


def _lines(picture: Picture, feed: Feed) -> None:
    _say_all(picture)
    while True:
        news = feed.take(SURE_S, 0)
        was_lost = picture.lost
        picture.hear(news)
        for one in news:
            if isinstance(one, Event):
                say(events.line(one))
        if picture.lost and not was_lost:
            say(picture.word)
        if picture.lost and picture.renew():
            say(picture.word)
            _say_all(picture)


def _say_all(picture: Picture) -> None:
    for line in overview.whole(picture.now, SHOWN, across()):
        say(line)


def _live(picture: Picture, feed: Feed) -> None:
    from shelfd.cli import drawing  # noqa: PLC0415  # it takes longer to load than all else

    # like ^C, so that the terminal is given back
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with drawing.screen() as screen:
        while True:
            _draw(picture, screen)
            picture.hear(feed.take(min(picture.patience(), TICK_S), GATHER_S))
            picture.renew()


def _draw(picture: Picture, screen: "Screen") -> None:
    width, height = screen.size()
    told = [bold(picture.word)] if picture.word else []
    foot = ["", *overview.sums(picture.now, width), *told, quiet("^C ends")]
    body = [*overview.head(picture.now), *_running(picture.now["running"], height // 8)]
    room = height - len(foot)
    rest = overview.rest(picture.now, SHOWN, width)
    excess = len(body) + len(rest) - room
    if excess > 0:
        rest = overview.rest(picture.now, max(SHOWN - excess, 1), width)
    screen.show([*[*body, *rest][: max(room, 1)], *foot])


def _running(operations: list[Value], most: int) -> "Iterator[str | Bar]":
    """Yield what runs, in four lines each."""
    if operations:
        yield ""
        yield bold("running")
    for operation in operations[: max(most, 1)]:
        yield from wait.drawn(operation)
    if len(operations) > max(most, 1):
        yield f"  and {number(len(operations) - max(most, 1))} more"
