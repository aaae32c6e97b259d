"""From an absolute path that somebody names to a place in a root, through symbolic links if need be."""

import os

from shelfd.core.errors import ConflictError, NotFoundError, UsageError
from shelfd.core.paths import AbsPath, Place, RelPath, printable
from shelfd.core.roots import Root, Roots


def locate(roots: Roots, path: bytes) -> tuple[Root, Place] | None:
    """Return root and place of a path; None when it lies in no root.

    Where the path or a root goes through a symbolic link, real paths are compared: a shell that
    stands in a linked directory tells its programs the real one.
    """
    place = roots.locate(path) or _real(roots).locate(_parent_resolved(path))
    root = roots.get(place.root) if place is not None else None
    return None if place is None or root is None else (root, place)


def require_root(roots: Roots, path: bytes) -> tuple[Root, Place]:
    """Return root and place of a path; UsageError when it lies in no root."""
    found = locate(roots, path)
    if found is None:
        raise UsageError(
            f"{printable(path)}: it lies in no library and no inbox of the settings",
            code="not_in_a_root",
            hint="`shelfd status` lists them",
        )
    return found


def require_inbox(roots: Roots, path: bytes) -> tuple[Root, Place]:
    """Return root and place of what lies in an inbox, or is one; UsageError when it does not."""
    found = locate(roots, path)
    if found is None or found[0].role != "inbox":
        raise UsageError(
            f"{printable(path)}: it lies in no inbox of the settings",
            code="not_in_an_inbox",
            hint="`shelfd status` lists them",
        )
    return found


def require_library(roots: Roots, path: bytes) -> Place:
    """Return the place of what lies in a library, or is one; UsageError when it does not."""
    found = locate(roots, path)
    if found is None or found[0].role != "library":
        raise UsageError(
            f"{printable(path)}: it lies in no library of the settings",
            code="not_in_a_library",
            hint="only libraries are organized; `shelfd status` lists them",
        )
    return found[1]


def exists(path: bytes) -> bool:
    """Say whether something lies there; ConflictError when the daemon may not look."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ConflictError(
            f"{printable(path)}: the daemon cannot look at it: {os.strerror(error.errno or 0)}",
            code="cannot_look",
            hint="the user that shelfd runs as needs to read the directory and all above it",
        ) from error
    return True


def is_directory(path: bytes) -> bool:
    """Say whether a directory lies there, and not a link to one."""
    return os.path.isdir(path) and not os.path.islink(path)


def require(path: bytes) -> None:
    """Raise NotFoundError unless something lies there."""
    if not exists(path):
        raise NotFoundError(
            f"{printable(path)}: there is no such file or directory",
            code="no_such_path",
            hint="look at its spelling, upper and lower case too; it is a path as the daemon sees it, which may run in a container",
        )


def _real(roots: Roots) -> Roots:
    return Roots(
        Root(
            name=root.name,
            role=root.role,
            kind=root.kind,
            path=AbsPath(os.path.realpath(root.path)),
        )
        for root in roots
    )


def _parent_resolved(path: bytes) -> RelPath:
    # a link in an inbox is what it is, not what it points to
    above, _slash, last = path.rstrip(b"/").rpartition(b"/")
    return RelPath(os.path.realpath(above or b"/").rstrip(b"/") + b"/" + last)
