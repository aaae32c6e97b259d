"""What is already there where a plan wants to file: the same content, something else, or the same item in another form."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shelfd.core import drops, forms, late, media, paths, plan, wholes
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
                    same = self._versions.same(source, target)
                    if same is None:
                        continue
                    compared[pair] = same
                taken[target] = compared[pair]
        return spelled, taken

    def _spelled(self, wanted: Place) -> Place:
        library = self._base.current.roots.absolute(Place(wanted.root, RelPath(b"")))
        parts = self._disk.spelled(library, tuple(wanted.path.split(b"/")))
        return Place(wanted.root, RelPath(b"/".join(parts)))

    def _conflict(
        self,
        request: Request,
        planned: Sequence[Verdict],
        found: tuple[Mapping[Place, RelPath], Mapping[Place, bool]],
    ) -> Conflict:
        spelled, taken = found
        policy = self._policy
        # a cue sheet calls its sound by the name that it has
        fixed = wholes.images(request.files, request.cues) if policy == "keep-both" else ()
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
            met, others = self._met(request, verdict, target, listings)
            if met or others:
                rivals[target] = met or others
                new[path] = self._versions.new(request, path)
                there = listings.get(Place(target.root, parent(target.path)), Listing(files={}))
                source = Place(request.inbox, path)
                version = self._versions.kept(source, target, others, there.files)
                if version is not None:
                    kept[path] = version
        return Conflict(
            policy=policy,
            new=new,
            rivals=rivals,
            kept=kept,
            elsewhere=elsewhere,
            names={place: _names(listing) for place, listing in listings.items()},
        )

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


def _names(listing: Listing) -> frozenset[str]:
    """Return the keys of all names in a directory."""
    entries = (*listing.files, *listing.directories, *listing.others)
    return frozenset(paths.identity(other) for other in entries)


def _is_work(verdict: Verdict) -> bool:
    """Say whether a file is an item by itself: nothing on a disc is one, and no extra."""
    identity = verdict.identity
    is_one = identity is not None and identity.kind != "extra"
    return verdict.state == "file" and is_one and not verdict.owner and not verdict.unit
