"""Drops as values, for what is decided of them without a disk."""

from collections.abc import Mapping

from shelfd.core.listing import Facts
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import RelPath
from shelfd.core.plan import Library, Request, Verdict, verdicts
from shelfd.core.roles import to_read

LIBRARIES = {kind: kind.value for kind in Kind}
FACTS = Facts(size=1, mtime_ns=1, ctime_ns=1, inode=1)
Files = Mapping[bytes, Reading | None]
"""What is inside each media file; None where nothing is known of it, or it is none."""


def dropped(
    files: Files,
    kind: Kind | None = None,
    known: Library | None = None,
    libraries: Mapping[Kind, str] = LIBRARIES,
    auto_accept: float = 0.8,
) -> Request:
    """Return a drop of these files, named after the directory of the first."""
    paths = [RelPath(path) for path in files]
    return Request(
        inbox="inbox",
        kind=kind,
        mode="auto",
        after="trash",
        libraries=libraries,
        auto_accept=auto_accept,
        drop=RelPath(paths[0].partition(b"/")[0]) if paths else RelPath(b"d"),
        files=dict.fromkeys(paths, FACTS),
        readings={path: files[path] or Reading() for path in to_read(paths)},
        known=known or Library(),
    )


def filed(files: Files, kind: Kind | None = None, known: Library | None = None) -> dict[bytes, str]:
    """Return for each file its target without the library, or in brackets why it stays."""
    return {verdict.path: shown(verdict) for verdict in verdicts(dropped(files, kind, known))}


def shown(verdict: Verdict) -> str:
    """Return where a file goes, or in brackets why it stays."""
    return verdict.target.decode() if verdict.root else f"({verdict.reason})"


def track(title: str, number: int = 1, artist: str = "Ann", **tags: str) -> Reading:
    """Return what is inside a track of the album `Some`."""
    told = {"title": title, "artist": artist, "album": "Some", "track": str(number)}
    return Reading(format="mp3", tags={**told, **tags})


def part(**tags: str) -> Reading:
    """Return what is inside a part of an audiobook."""
    return Reading(format="mp3", tags={"author": "Bea", "album": "The Book", **tags})
