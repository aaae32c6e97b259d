"""Rules between settings: what each allows by itself but not together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, get_args

import msgspec

from shelfd.core.layout_words import Player
from shelfd.core.paths import RelPath, overlap
from shelfd.core.settings import Problem, Settings
from shelfd.core.settings_values import choice, shown


class Root(NamedTuple):
    """A library or an inbox, by its key in the settings."""

    key: str
    name: str
    path: str


def with_names(settings: Settings) -> Settings:
    """Return the settings with a name for each inbox that has none: the last part of its path, made unique."""
    taken = {root.name for root in _roots(settings)}
    inboxes = []
    for inbox in settings.inbox:
        name = inbox.name or _free(inbox.path.rpartition("/")[2] or "inbox", taken)
        taken.add(name)
        inboxes.append(msgspec.structs.replace(inbox, name=name))
    return msgspec.structs.replace(settings, inbox=tuple(inboxes))


def contradictions(settings: Settings) -> Iterator[Problem]:
    """Yield what cannot be meant together; each problem names both keys."""
    watch = settings.watch
    if watch.debounce_s > watch.debounce_cap_s:
        yield Problem(
            key="watch.debounce_s",
            found=shown(watch.debounce_s),
            allowed=f"at most watch.debounce_cap_s, which is {watch.debounce_cap_s}",
            against="watch.debounce_cap_s",
        )
    yield from _inboxes_without_library(settings)
    yield from _layouts(settings)
    roots = _roots(settings)
    for first, second in combinations(roots, 2):
        yield from _same_name(first, second)
        yield from _nested(second, first)
    yield from _quarantine(settings, roots)
    for root in roots:
        if _inside(settings.daemon.state_dir, root.path):
            yield _misplaced("daemon.state_dir", settings.daemon.state_dir, "outside", root)


def aliases(
    settings: Settings, extents: Mapping[str, Sequence[tuple[str, bytes]]]
) -> Iterator[Problem]:
    """Yield a problem for two directories that show the same files, by links or mounts.

    `extents` has for each path which directories of which file systems are seen there. A file of a library that comes
    in by an inbox as well would be found to be there already, and cleared away.
    """
    away = Root("import.quarantine", "", settings.import_.quarantine)
    roots = [*_roots(settings), *([away] if away.path else [])]
    for first, second in combinations(roots, 2):
        if any(_meet(one, other) for one in extents[first.path] for other in extents[second.path]):
            key = second.key if second is away else f"{second.key}.path"
            yield Problem(
                key=key,
                found=shown(second.path),
                allowed=f"a directory with other files than {first.key}.path, {shown(first.path)}: by a link"
                " or a mount both show the same",
                against=f"{first.key}.path",
            )


def _meet(one: tuple[str, bytes], other: tuple[str, bytes]) -> bool:
    (device, path), (other_device, other_path) = one, other
    return device == other_device and overlap(
        RelPath(path.strip(b"/")), RelPath(other_path.strip(b"/"))
    )


def _quarantine(settings: Settings, roots: list[Root]) -> Iterator[Problem]:
    """Yield a problem when what is moved there would be found again, or would lie among shelfd's own files."""
    path, state_dir = settings.import_.quarantine, settings.daemon.state_dir
    if not path:
        return
    for root in roots:
        if _inside(path, root.path) or _inside(root.path, path):
            where = "outside" if _inside(path, root.path) else "that does not contain"
            yield _misplaced("import.quarantine", path, where, root)
    if _inside(path, state_dir) or _inside(state_dir, path):
        yield Problem(
            key="import.quarantine",
            found=shown(path),
            allowed=f"a directory beside daemon.state_dir, {shown(state_dir)}",
            against="daemon.state_dir",
        )


def _inboxes_without_library(settings: Settings) -> Iterator[Problem]:
    if settings.inbox and not settings.library:
        allowed = "at least one [[library]], because there is an inbox to file from"
        yield Problem(key="library", found="nothing", allowed=allowed, against="inbox")
        return
    kinds = sorted({library.kind for library in settings.library})
    for place, inbox in enumerate(settings.inbox):
        if inbox.kind not in ("auto", *kinds):
            yield Problem(
                key=f"inbox[{place}].kind",
                found=shown(inbox.kind),
                allowed=f"{choice(map(shown, ['auto', *kinds]))}, for which there is a library",
                against="library",
            )


def _layouts(settings: Settings) -> Iterator[Problem]:
    for place, library in enumerate(settings.library):
        reason = NOT_SHOWN.get((library.layout, library.kind))
        if reason is not None:
            others = [
                player for player in get_args(Player) if (player, library.kind) not in NOT_SHOWN
            ]
            yield Problem(
                key=f"library[{place}].layout",
                found=shown(library.layout),
                allowed=f"{choice(map(shown, others))} for {library.kind}: {reason}",
                against=f"library[{place}].kind",
            )


def _same_name(first: Root, second: Root) -> Iterator[Problem]:
    if first.name == second.name:
        yield Problem(
            key=f"{second.key}.name",
            found=shown(second.name),
            allowed=f"a name of its own; {first.key} has this one",
            against=f"{first.key}.name",
        )


def _nested(root: Root, other: Root) -> Iterator[Problem]:
    """Yield a problem when one would file, scan or watch what belongs to the other."""
    if root.path == other.path:
        yield _misplaced(f"{root.key}.path", root.path, "other than", other)
    elif _inside(root.path, other.path):
        yield _misplaced(f"{root.key}.path", root.path, "outside", other)
    elif _inside(other.path, root.path):
        yield _misplaced(f"{root.key}.path", root.path, "that does not contain", other)


def _misplaced(key: str, path: str, where: str, root: Root) -> Problem:
    return Problem(
        key=key,
        found=shown(path),
        allowed=f"a directory {where} {root.key}.path, {shown(root.path)}",
        against=f"{root.key}.path",
    )


def _inside(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def _roots(settings: Settings) -> list[Root]:
    libraries = [
        Root(f"library[{place}]", library.name, library.path)
        for place, library in enumerate(settings.library)
    ]
    inboxes = [
        Root(f"inbox[{place}]", inbox.name, inbox.path)
        for place, inbox in enumerate(settings.inbox)
    ]
    return libraries + inboxes


def _free(name: str, taken: set[str]) -> str:
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


NOT_SHOWN = {
    **{
        ("audiobookshelf", kind): "Audiobookshelf shows audiobooks and books only"
        for kind in ("movies", "shows", "music")
    },
    ("plex", "books"): "Plex shows no books",
    ("kodi", "books"): "Kodi shows no books",
}
"""Players to which a kind of library says nothing, and why."""
