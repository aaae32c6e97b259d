"""What a wish for a scan comes to: which directory is read, or which drop is looked at."""

from collections.abc import Mapping

from shelfd.control import places
from shelfd.control.ports import Daemon
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place, parent, top
from shelfd.core.roots import Roots
from shelfd.store import catalog as shelf
from shelfd.store import drops, queries
from shelfd.store.database import Tx


def everything(roots: Roots, options: Mapping[str, bool]) -> list[Wish]:
    """Return one scan of all libraries, and beside it a look at each inbox; `options` as a scan has them."""
    scan = Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place("", TOP),
        display="all libraries",
        asker=Asker.PERSON,
        options=_said({**options, "recursive": True}),
    )
    inboxes = [Place(root.name, TOP) for root in roots if root.role == "inbox"]
    return [scan, *(_look(roots, place, Asker.SHELFD) for place in inboxes)]


def below(daemon: Daemon, path: bytes, options: Mapping[str, bool]) -> Wish:
    """Return the scan of what lies at an absolute path; `options`: recursive, full, quick."""
    roots, reader = daemon.current.roots, daemon.db.read()
    root, place = places.require_root(roots, path)
    if root.role == "inbox":
        if drops.one(reader, Place(root.name, top(place.path))) is None:
            places.require(roots.absolute(place))
        return _look(roots, place, Asker.PERSON)
    place = _directory(reader, roots, place)
    return Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=place,
        display=roots.display(place),
        asker=Asker.PERSON,
        options=_said(options),
    )


def _directory(reader: Tx, roots: Roots, place: Place) -> Place:
    """Return the directory to read for a path in a library: of a file the one that it is, or was, in."""
    path = roots.absolute(place)
    if not place.path or places.is_directory(path):
        return place
    if places.exists(path) or queries.file_at(reader, place.root, place.path) is not None:
        return Place(place.root, parent(place.path))
    if shelf.directory_at(reader, place.root, place.path) is None:
        places.require(path)
    return place


def _said(options: Mapping[str, bool]) -> dict[str, object]:
    return {option: True for option, on in options.items() if on}


def _look(roots: Roots, place: Place, asker: Asker) -> Wish:
    return Wish(
        kind=Kind.SCAN,
        step=Step.LOOK,
        place=place,
        display=roots.display(place),
        asker=asker,
        # what was refused may be welcome by now: that is why people ask
        options={"again": True},
    )
