"""What each file of a drop is there for: a work, part of a disc, an extra, a sample, or something beside them."""

from collections.abc import Collection
from typing import NamedTuple

from shelfd.core import extras, units
from shelfd.core.extras import Extra
from shelfd.core.media import VIDEO, is_media
from shelfd.core.paths import RelPath, suffix
from shelfd.core.units import Disc


class Roles(NamedTuple):
    """The files of a drop, each of which is in exactly one of these."""

    works: list[RelPath]
    """What is to be played or read."""
    discs: list[Disc]
    extras: dict[RelPath, Extra]
    samples: list[RelPath]
    rest: list[RelPath]
    """What may belong to a work."""


def roles(files: Collection[RelPath]) -> Roles:
    """Return what the files of a drop are there for, by their names alone; each list in the order of paths."""
    discs = units.discs(files)
    on_disc = {path for disc in discs for path in disc.files}
    open_files = sorted(set(files) - on_disc)
    playable = [path for path in open_files if is_media(path)]
    samples = [path for path in playable if extras.is_sample(path)]
    videos = {
        path
        for path in set(playable) - set(samples)
        if suffix(path) in VIDEO and extras.told(path, with_video=True) is None
    }
    found = {
        path: extra
        for path in playable
        if path not in samples
        and (extra := extras.told(path, with_video=bool(videos or discs))) is not None
    }
    return Roles(
        works=[path for path in playable if path not in found and path not in samples],
        discs=discs,
        extras=found,
        samples=samples,
        rest=[path for path in open_files if not is_media(path)],
    )


def judged_by_inside(files: Collection[RelPath]) -> set[RelPath]:
    """Return the files of a drop that must be readable to be filed: in a disc, some never are."""
    found = roles(files)
    return {*found.works, *found.extras}


def to_read(files: Collection[RelPath]) -> list[RelPath]:
    """Return the files of a drop whose inside is of interest: all media but samples."""
    samples = set(roles(files).samples)
    return [path for path in files if is_media(path) and path not in samples]
