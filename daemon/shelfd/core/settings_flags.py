"""What the flags of `shelfd run` mean as settings."""

from collections.abc import Mapping, Sequence

LIBRARIES = {name: name.lower() for name in ("Movies", "Shows", "Music", "Audiobooks", "Books")}
"""The directories that `--library DIR` makes below it, with their kinds."""


def from_flags(
    inboxes: Sequence[str],
    library: str | None,
    state: str | None,
    socket: str | None,
    base: Mapping[str, object],
) -> dict[str, object]:
    """Return `base`, the content of a settings file, with what the flags say in its place.

    `--inbox` and `--library` replace all inboxes and all libraries of the file. Paths are absolute.
    """
    merged = dict(base)
    if inboxes:
        merged["inbox"] = [{"path": path} for path in inboxes]
    if library is not None:
        merged["library"] = [
            {"name": name, "path": f"{library}/{name}", "kind": kind}
            for name, kind in LIBRARIES.items()
        ]
    flags = {"state_dir": state, "socket": socket}
    given = {key: path for key, path in flags.items() if path is not None}
    daemon = merged.get("daemon", {})
    if given and isinstance(daemon, Mapping):
        merged["daemon"] = {**daemon, **given}
    return merged
