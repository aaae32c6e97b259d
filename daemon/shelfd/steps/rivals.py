"""What is already there where a plan wants to file: the same content, something else, or the same item in another form."""

import itertools
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shelfd.core import doubles, drops, forms, late, media, paths, plan, recordings, wholes
from shelfd.core.conflicts import Conflict, Rival
from shelfd.core.listing import Listing
from shelfd.core.media import Kind
from shelfd.core.paths import Place, RelPath, name, parent, suffix
from shelfd.core.plan import Request, Verdict, World
from shelfd.core.quality import Copy, label
from shelfd.core.settings import Conflict as Policy
from shelfd.steps import twins
from shelfd.steps.ports import Base, Directories, Files, Reader
from shelfd.steps.versions import Versions

ONE_FORM = frozenset({Kind.MOVIES, Kind.SHOWS, Kind.MUSIC, Kind.AUDIOBOOKS})
"""In which an item in two formats is there twice; of a book, players offer every format."""


class Rivals:
    """Looks at the targets of a plan."""

    def __init__(self, base: Base, disk: Directories, files: Files, reader: Reader) -> None:
        """Look with `disk`, compare with `files`, and read what is there with `reader`."""
        self._base = base
        self._disk = disk
        self._versions = Versions(base, disk, files, reader)

    def settled(self, request: Request) -> list[Verdict]:
        """Return what is to become of each file of a drop, in view of what is already at the targets."""
        compared: dict[tuple[bytes, Place], bool] = {}
        labels: dict[bytes, str] = {}
        planned = plan.verdicts(request)
        if self._policy == "keep-both":
            labels = self._labels(request, planned)
            planned = forms.apart(planned, labels)
        conflict = self._conflict(request, planned, self._targets(request, planned, compared))
        found = self._settled(request, planned, conflict, compared)
        while there := late.others_there(planned, found) - request.known.there:
            known = request.known._replace(there=request.known.there | there)
            request = replace(request, known=known)
            # the works go where they went: only subtitles get other names
            planned = forms.apart(plan.verdicts(request), labels)
            found = self._settled(request, planned, conflict, compared)
        return found

    @property
    def _policy(self) -> Policy:
        return self._base.current.settings.import_.conflict

    def _labels(self, request: Request, planned: Sequence[Verdict]) -> dict[bytes, str]:
        """Return which works cannot lie in the directory of their movie beside what is there, and what tells them from it."""
        found: dict[bytes, str] = {}
        listings: dict[Place, Listing] = {}
        for verdict in planned:
            if not (_is_work(verdict) or forms.is_disc(verdict)):
                continue
            target = Place(verdict.root, RelPath(verdict.target))
            if any(
                forms.clash(verdict, one.file.path)
                for one in self._versions.known(request, verdict, target, listings)
            ):
                own = forms.disc(RelPath(verdict.path)) if verdict.unit else ""
                found[verdict.path] = (
                    own or label(self._versions.new(request, RelPath(verdict.path))) or "file"
                )
        for book, parts in recordings.books(planned).items():
            if book.is_alone and self._is_another(request, parts, listings):
                number = str(_free(self._base, self._disk, book.directory))
                found |= {part.path: number for part in parts}
        return found

    def _is_another(
        self, request: Request, parts: Sequence[Verdict], listings: dict[Place, Listing]
    ) -> bool:
        """Say whether a file of an audiobook meets others of its part, and none that holds the same."""
        is_another = False
        for part in parts:
            target = _spelled(self._base, self._disk, Place(part.root, RelPath(part.target)))
            met, others = self._met(request, part, target, listings)
            if any(one.form for one in others):
                return False  # that stays, whatever its directory is
            source = Place(request.inbox, RelPath(part.path))
            there = [Place(target.root, RelPath(one.file.path)) for one in (*met, *others)]
            is_another |= bool(there) and not any(self._versions.same(source, at) for at in there)
        return is_another

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
            target = _spelled(self._base, self._disk, wanted)
            spelled[wanted] = target.path
            if self._disk.exists(self._base.current.roots.absolute(target)):
                pair = verdict.path, target
                if pair not in compared:
                    source = Place(request.inbox, RelPath(verdict.path))
                    same = self._versions.same(source, target)
                    if same is None:
                        continue
                    compared[pair] = same
                taken[target] = compared[pair]
        return spelled, taken

    def _conflict(
        self,
        request: Request,
        planned: Sequence[Verdict],
        found: tuple[Mapping[Place, RelPath], Mapping[Place, bool]],
    ) -> Conflict:
        spelled, taken = found
        # a cue sheet calls its sound by the name that it has
        fixed = wholes.images(request.files, request.cues) if self._policy == "keep-both" else ()
        listings: dict[Place, Listing] = {}
        rivals: dict[Place, list[Rival]] = {}
        new: dict[bytes, Copy] = {}
        kept: dict[bytes, RelPath] = {}
        elsewhere = self._elsewhere(request, planned, found)
        for verdict in planned:
            if not (_is_work(verdict) or forms.is_disc(verdict)) or verdict.path in fixed:
                continue
            path = RelPath(verdict.path)
            target = Place(verdict.root, spelled[Place(verdict.root, RelPath(verdict.target))])
            if taken.get(target) or verdict.path in elsewhere:
                continue
            met, version = self._in_the_way(request, verdict, target, listings)
            if met:
                rivals[target] = met
                new[path] = self._versions.new(request, path)
            if version is not None:
                kept[path] = version
        works = [one for one in planned if _is_work(one) and one.path not in fixed]
        return Conflict(
            policy=self._policy,
            new=new,
            doubles=_doubles(self._versions, request, works, new),
            rivals=rivals,
            kept=kept,
            elsewhere=elsewhere,
            names={place: _names(listing) for place, listing in listings.items()},
        )

    def _in_the_way(
        self, request: Request, verdict: Verdict, target: Place, listings: dict[Place, Listing]
    ) -> tuple[list[Rival], RelPath | None]:
        """Return what a work meets, and where its content is already, if that is among it or beside its target."""
        met, others = self._met(request, verdict, target, listings)
        if not (met or others):
            return [], None
        there = listings.get(Place(target.root, parent(target.path)), Listing(files={}))
        source = Place(request.inbox, RelPath(verdict.path))
        version = self._versions.kept(source, target, others, there.files)
        if version is None and self._policy == "keep-both":
            others = _near(verdict, target, others)
        return met or others, version

    def _met(
        self, request: Request, verdict: Verdict, target: Place, listings: dict[Place, Listing]
    ) -> tuple[list[Rival], list[Rival]]:
        """Return what is called as a work is to be, and what the catalog has of its item elsewhere."""
        others = self._versions.known(request, verdict, target, listings)
        if self._policy == "keep-both":  # a disc has a directory of its own then
            others = [one for one in others if not forms.by_disc(verdict, one.file.path)]
        return [] if verdict.unit else self._rivals(target, listings), others

    def _elsewhere(
        self,
        request: Request,
        planned: Sequence[Verdict],
        found: tuple[Mapping[Place, RelPath], Mapping[Place, bool]],
    ) -> dict[bytes, Place]:
        """Return where works are already that are not at their targets."""
        spelled, taken = found
        works = [
            replace(verdict, target=target.path)
            for verdict in planned
            if _is_work(verdict)
            and (wanted := Place(verdict.root, RelPath(verdict.target))) in spelled
            and not taken.get(target := Place(wanted.root, spelled[wanted]))
        ]
        return twins.elsewhere(self._base, request, works, self._versions.same)

    def _rivals(self, target: Place, listings: dict[Place, Listing]) -> list[Rival]:
        """Return the files of the library that are the item of `target`, and note what is in its directory."""
        directory = Place(target.root, parent(target.path))
        root = self._base.current.roots.get(target.root)
        absolute = self._base.current.roots.absolute(directory)
        if root is None or root.kind is None or self._disk.inode(absolute) is None:
            return []
        if directory not in listings:
            listings[directory] = self._disk.listing(absolute)
        wanted = paths.identity(drops.stem(name(target.path)))
        met = [
            other
            for other in listings[directory].files
            if other == name(target.path)
            or (
                root.kind in ONE_FORM
                and suffix(other) in media.HOLDS[root.kind]
                and paths.identity(drops.stem(other)) == wanted
            )
        ]
        return self._versions.read(directory, met, listings[directory])


def _spelled(base: Base, disk: Directories, wanted: Place) -> Place:
    """Return a place as its library spells it."""
    library = base.current.roots.absolute(Place(wanted.root, RelPath(b"")))
    parts = disk.spelled(library, tuple(wanted.path.split(b"/")))
    return Place(wanted.root, RelPath(b"/".join(parts)))


def _free(base: Base, disk: Directories, directory: Place) -> int:
    """Return the first number, from 2, by which no directory beside this one is told from it."""
    absolute = base.current.roots.absolute(_spelled(base, disk, directory))
    return next(at for at in itertools.count(2) if not disk.exists(absolute + b" - %d" % at))


def _names(listing: Listing) -> frozenset[str]:
    """Return the keys of all names in a directory."""
    entries = (*listing.files, *listing.directories, *listing.others)
    return frozenset(paths.identity(other) for other in entries)


def _near(verdict: Verdict, target: Place, others: Sequence[Rival]) -> list[Rival]:
    """Return what is in the way of a file: an audiobook in another directory is another recording, kept apart already."""
    if verdict.identity is None or verdict.identity.kind != "audiobook":
        return list(others)
    directory = parent(target.path)
    return [one for one in others if one.form or parent(RelPath(one.file.path)) == directory]


def _doubles(
    versions: Versions, request: Request, works: Sequence[Verdict], new: dict[bytes, Copy]
) -> dict[bytes, bytes]:
    """Return which works are there in the drop more than once, and note what is compared in `new`."""

    def copy(path: bytes) -> Copy:
        if path not in new:
            new[path] = versions.new(request, RelPath(path))
        return new[path]

    return doubles.doubles(works, copy)


def _is_work(verdict: Verdict) -> bool:
    """Say whether a file is an item by itself: nothing on a disc is one, and no extra."""
    identity = verdict.identity
    is_one = identity is not None and identity.kind != "extra"
    return verdict.state == "file" and is_one and not verdict.owner and not verdict.unit
