"""What a wish to verify files comes to: all libraries, what lies in a directory, or one file."""

from shelfd.control import places
from shelfd.control.ports import Daemon
from shelfd.core.errors import NotFoundError, UsageError
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place, printable
from shelfd.store import queries


def wish(daemon: Daemon, path: bytes | None) -> Wish:
    """Return the wish to verify what lies at an absolute path; without one all libraries.

    UsageError when it lies in no library; NotFoundError when there is nothing there, or no file that the catalog knows.
    """
    if path is None:
        return _wish(Place("", TOP), "all libraries")
    roots = daemon.current.roots
    found = places.locate(roots, path)
    if found is None or found[0].role != "library":
        raise UsageError(
            f"{printable(path)}: it lies in no library of the settings",
            code="not_in_a_library",
            hint="`shelfd status` lists them",
        )
    place = found[1]
    absolute = roots.absolute(place)
    places.require(absolute)
    known = queries.file_at(daemon.db.read(), place.root, place.path)
    if known is None and place.path and not places.is_directory(absolute):
        raise NotFoundError(
            f"{printable(path)}: the catalog does not have this file",
            code="not_in_the_catalog",
            hint="`shelfd scan` of its directory finds what is new; `shelfd why` says what shelfd knows of it",
        )
    return _wish(place, roots.display(place))


def _wish(place: Place, display: str) -> Wish:
    return Wish(
        kind=Kind.VERIFY, step=Step.VERIFY, place=place, display=display, asker=Asker.PERSON
    )
