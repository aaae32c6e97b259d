"""What is already there where a plan wants to file: the same content, something else, or the same item in another form."""

from collections.abc import Mapping, Sequence

import structlog
from msgspec.structs import replace

from shelfd.core import drops, late, media, paths, plan, wholes
from shelfd.core.conflicts import Conflict, Replaced, Rival
from shelfd.core.errors import BrokenError
from shelfd.core.listing import Facts, Listing
from shelfd.core.media import Kind
from shelfd.core.paths import Place, RelPath, join, name, parent, printable, suffix
from shelfd.core.plan import Request, Verdict, World
from shelfd.core.quality import Copy
from shelfd.steps.ports import Base, Directories, Files, Reader

log = structlog.get_logger()

ONE_FORM = frozenset({Kind.MOVIES, Kind.SHOWS, Kind.MUSIC, Kind.AUDIOBOOKS})
"""In which an item in two formats is there twice; of a book, players offer every format."""


class Rivals:
    """Looks at the targets of a plan."""

    def __init__(self, base: Base, disk: Directories, files: Files, reader: Reader) -> None:
        """Look with `disk`, compare with `files`, and read what is there with `reader`."""
        self._base = base
        self._disk = disk
        self._files = files
        self._reader = reader

    def settled(self, request: Request) -> list[Verdict]:
        """Return what is to become of each file of a drop, in view of what is already at the targets."""
        compared: dict[tuple[bytes, Place], bool] = {}
        planned = plan.verdicts(request)
        conflict = self._conflict(request, planned, self._targets(request, planned, compared))
        found = self._settled(request, planned, conflict, compared)
        while there := late.others_there(planned, found) - request.known.there:
            known = request.known._replace(there=request.known.there | there)
            request = replace(request, known=known)
            # the works go where they went: only subtitles get other names
            planned = plan.verdicts(request)
            found = self._settled(request, planned, conflict, compared)
        return found

    def _settled(
        self,
        request: Request,
        planned: Sequence[Verdict],
        conflict: Conflict,
        compared: dict[tuple[bytes, Place], bool],
    ) -> list[Verdict]:
        spelled, taken = self._targets(request, planned, compared)
        world = World(spelled=spelled, taken=taken, conflict=conflict)
        moved = plan.travelled(planned, world)
        spelled, taken = self._targets(request, moved, compared)
        return plan.settled(moved, World(spelled=spelled, taken=taken, conflict=conflict))

    def _targets(
        self,
        request: Request,
        planned: Sequence[Verdict],
        compared: dict[tuple[bytes, Place], bool],
    ) -> tuple[dict[Place, RelPath], dict[Place, bool]]:
        """Return how the libraries spell each target, and what lies there, as in World; `compared` is added to."""
        spelled: dict[Place, RelPath] = {}
        taken: dict[Place, bool] = {}
        for verdict in planned:
            if verdict.state != "file":
                continue
            wanted = Place(verdict.root, RelPath(verdict.target))
            target = self._spelled(wanted)
            spelled[wanted] = target.path
            if self._disk.exists(self._base.current.roots.absolute(target)):
                pair = verdict.path, target
                if pair not in compared:
                    source = Place(request.inbox, RelPath(verdict.path))
                    same = self._same(source, target)
                    if same is None:
                        continue
                    compared[pair] = same
                taken[target] = compared[pair]
        return spelled, taken

    def _spelled(self, wanted: Place) -> Place:
        library = self._base.current.roots.absolute(Place(wanted.root, RelPath(b"")))
        parts = self._disk.spelled(library, tuple(wanted.path.split(b"/")))
        return Place(wanted.root, RelPath(b"/".join(parts)))

    def _same(self, source: Place, target: Place) -> bool | None:
        """Say whether two files hold the same; None when what was at the target has gone meanwhile."""
        one, other = (self._base.current.roots.absolute(place) for place in (source, target))
        mine, theirs = self._disk.facts(one), self._disk.facts(other)
        if mine is None or theirs is None or mine.size != theirs.size:
            return False  # what is there is perhaps no file
        try:
            return self._files.same_content(one, other)
        except FileNotFoundError:  # the source is looked at again when it is moved
            return None
        except BrokenError as error:
            if error.code == "stopped":
                raise
            log.warning("it is taken for something else", reason=error.message)
            return False

    def _conflict(
        self,
        request: Request,
        planned: Sequence[Verdict],
        found: tuple[Mapping[Place, RelPath], Mapping[Place, bool]],
    ) -> Conflict:
        spelled, taken = found
        policy = self._base.current.settings.import_.conflict
        # a cue sheet calls its sound by the name that it has
        fixed = wholes.images(request.files) if policy == "keep-both" else ()
        listings: dict[Place, Listing] = {}
        rivals: dict[Place, list[Rival]] = {}
        new: dict[bytes, Copy] = {}
        kept: dict[bytes, RelPath] = {}
        for verdict in planned:
            if not _is_work(verdict) or verdict.path in fixed:
                continue
            target = Place(verdict.root, spelled[Place(verdict.root, RelPath(verdict.target))])
            if taken.get(target):
                continue
            met = self._rivals(target, listings)
            if met:
                rivals[target] = met
                new[verdict.path] = self._new(request, RelPath(verdict.path))
                version = self._version(request, RelPath(verdict.path), target, listings)
                if version is not None:
                    kept[verdict.path] = version
        return Conflict(
            policy=policy,
            new=new,
            rivals=rivals,
            kept=kept,
            names={
                place: frozenset(
                    paths.identity(other)
                    for other in (*listing.files, *listing.directories, *listing.others)
                )
                for place, listing in listings.items()
            },
        )

    def _rivals(self, target: Place, listings: dict[Place, Listing]) -> list[Rival]:
        """Return the files of the library that are the item of `target`, and note what is in its directory."""
        directory = Place(target.root, parent(target.path))
        root = self._base.current.roots.get(target.root)
        absolute = self._base.current.roots.absolute(directory)
        if root is None or root.kind is None or self._disk.inode(absolute) is None:
            return []
        if directory not in listings:
            listings[directory] = self._disk.listing(absolute)
        files = listings[directory].files
        wanted = paths.identity(drops.stem(name(target.path)))
        met = [
            other
            for other in files
            if other == name(target.path)
            or (
                root.kind in ONE_FORM
                and suffix(other) in media.HOLDS[root.kind]
                and paths.identity(drops.stem(other)) == wanted
            )
        ]
        readings = (
            self._reader.submit([absolute + b"/" + other for other in met]).result() if met else []
        )
        return [
            Rival(
                file=_replaced(directory, other, files[other]),
                copy=Copy(
                    reading,
                    printable(other),
                    files[other].size,
                    self._disk.missing(absolute + b"/" + other),
                ),
                sidecars=tuple(
                    _replaced(directory, beside, files[beside])
                    for beside in _sidecars(other, files)
                ),
            )
            for other, reading in zip(met, readings, strict=True)
        ]

    def _new(self, request: Request, path: RelPath) -> Copy:
        absolute = self._base.current.roots.absolute(Place(request.inbox, path))
        missing = self._disk.missing(absolute)
        return Copy(request.readings[path], printable(path), request.files[path].size, missing)

    def _version(
        self, request: Request, path: RelPath, target: Place, listings: Mapping[Place, Listing]
    ) -> RelPath | None:
        """Return where a file was kept beside what is at its target, when its drop came before; None when it did not."""
        directory = parent(target.path)
        stem = paths.identity(drops.stem(name(target.path)))
        for other, facts in listings[Place(target.root, directory)].files.items():
            place = Place(target.root, join(directory, other))
            is_version = (
                facts.size == request.files[path].size
                and suffix(other) == suffix(target.path)
                and paths.identity(other).startswith((f"{stem} - ", f"{stem} ("))
            )
            if is_version and self._same(Place(request.inbox, path), place):
                return place.path
        return None


def _is_work(verdict: Verdict) -> bool:
    """Say whether a file is an item by itself: nothing on a disc is one, and no extra."""
    identity = verdict.identity
    is_one = identity is not None and identity.kind != "extra"
    return verdict.state == "file" and is_one and not verdict.owner and not verdict.unit


def _replaced(directory: Place, file: bytes, facts: Facts) -> Replaced:
    return Replaced(
        path=join(directory.path, file),
        size=facts.size,
        mtime_ns=facts.mtime_ns,
        inode=facts.inode,
    )


def _sidecars(main: bytes, files: Mapping[bytes, Facts]) -> list[bytes]:
    """Return what is named after a media file, and not more exactly after another one in its directory."""
    stem = drops.stem(main)
    longer = [
        found
        for other in files
        if media.is_media(other) and drops.belongs_to((found := drops.stem(other)) + b".", stem)
    ]
    return [
        other
        for other in files
        if not media.is_media(other)
        and drops.belongs_to(other, stem)
        and not any(found != stem and drops.belongs_to(other, found) for found in longer)
    ]
