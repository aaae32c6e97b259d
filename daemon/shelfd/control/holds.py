"""Holds: somebody is at work at a path, so that nothing at or below it is touched until it is released."""

import msgspec
from starlette.responses import Response

from shelfd.control import places
from shelfd.control.answers import answer, moment
from shelfd.control.asked import Asked, absolute, missing
from shelfd.control.operations import end_of
from shelfd.control.ports import Daemon
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath, top
from shelfd.core.roots import Roots
from shelfd.store import holds, operations
from shelfd.store.database import Tx
from shelfd.store.holds import Hold

HINT = 'for example {"path": "/srv/inbox/Some Album"}'


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be held."""

    path: str = ""
    path_bytes: str = ""


def create(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/holds`: 201 with the hold, be it new or there already; nothing need lie there yet."""
    body = asked.content(Held, HINT)
    _root, place = places.require_root(daemon.current.roots, absolute(body.path, body.path_bytes))
    now = daemon.clock.wall()
    with daemon.db.transaction() as tx:
        hold = holds.put(tx, place, now)
        _look(tx, daemon.current.roots, hold, now)
    return answer(shown(hold, daemon.current.roots), 201)


def listed(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/holds`: the oldest first; with a path the hold of exactly this one, if there is one."""
    found = holds.of_all(daemon.db.read())
    if asked.query:
        named = places.locate(daemon.current.roots, asked.path())
        found = [hold for hold in found if named is not None and hold.place == named[1]]
    items = [shown(hold, daemon.current.roots) for hold in found]
    return answer({"items": items, "next": None})


def release(daemon: Daemon, asked: Asked) -> Response:
    """Return `DELETE /v1/holds/{id}`: 200 with what the hold was; what lies there is looked at now."""
    number = asked.id("hold")
    now = daemon.clock.wall()
    with daemon.db.transaction() as tx:
        hold = holds.release(tx, number)
        if hold is None:
            raise missing("hold", number)
        _look(tx, daemon.current.roots, hold, now)
    return answer(shown(hold, daemon.current.roots))


def shown(hold: Hold, roots: Roots) -> dict[str, object]:
    """Return a hold with the contract's names."""
    return {"id": hold.id, **end_of(hold.place, roots), "held_at": moment(hold.held_at)}


def _look(tx: Tx, roots: Roots, hold: Hold, now: float) -> None:
    """Have the drops looked at of which a hold that came or went says something."""
    for root in roots:
        # what is to be filed to a place that is held in a library waits in any inbox
        if root.role == "inbox" and hold.root in (root.name, *_libraries(roots)):
            path = top(hold.path) if hold.root == root.name else TOP
            place = Place(root.name, RelPath(path))
            wish = Wish(
                kind=Kind.SCAN,
                step=Step.LOOK,
                place=place,
                display=roots.display(place),
                asker=Asker.SHELFD,
            )
            operations.enqueue(tx, wish, now)


def _libraries(roots: Roots) -> list[str]:
    return [root.name for root in roots if root.role == "library"]
