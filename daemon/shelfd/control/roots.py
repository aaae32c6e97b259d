"""What people say of a root: it is right as it is now."""

import os

from starlette.responses import Response

from shelfd.control.answers import answer
from shelfd.control.asked import Asked
from shelfd.control.ports import Daemon
from shelfd.control.queue import Nothing
from shelfd.core.errors import ConflictError, NotFoundError
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place
from shelfd.core.presence import NOT_THERE, Known
from shelfd.core.roots import Root, Roots
from shelfd.store import operations, roots


def confirm(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/roots/{name}/confirm`: 202 with the id of the scan that takes what vanished for deleted."""
    asked.content(Nothing, "it is empty")
    root = _named(daemon.current.roots, asked.place["name"])
    if not os.path.isdir(root.path):
        raise ConflictError(
            f"{root.name}: {NOT_THERE}",
            code="root_absent",
            hint="mount it first; if it is really gone, take it out of the settings",
        )
    now = daemon.clock.wall()
    with daemon.db.transaction() as tx:
        # it is known no longer by what it was, but by what the next look finds there
        roots.remember(tx, root.name, Known())
        roots.lift(tx, root.name)
        number = operations.enqueue(tx, _scan(daemon.current.roots, root), now)
    return answer({"id": number}, 202)


def _named(all_roots: Roots, name: str) -> Root:
    root = all_roots.get(name)
    if root is None:
        shown = name.encode("utf-8", "backslashreplace").decode()
        raise NotFoundError(
            f"{shown}: there is no library and no inbox of this name",
            code="no_such_root",
            hint="`shelfd status` lists them",
        )
    return root


def _scan(all_roots: Roots, root: Root) -> Wish:
    place = Place(root.name, TOP)
    library = root.role == "library"
    return Wish(
        kind=Kind.SCAN,
        step=Step.SCAN if library else Step.LOOK,
        place=place,
        display=all_roots.display(place),
        asker=Asker.PERSON,
        options={"recursive" if library else "again": True, "confirmed": True},
    )
