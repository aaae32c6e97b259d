"""What the libraries have of the same item as a new file, wherever it lies and whatever it is called; a room of the plan."""

from collections.abc import Iterable, Mapping, Sequence

import structlog

from shelfd.core import drops, forms, media, paths
from shelfd.core.conflicts import Replaced, Rival
from shelfd.core.errors import BrokenError
from shelfd.core.listing import Facts, Listing
from shelfd.core.media import Reading
from shelfd.core.paths import Place, RelPath, join, name, parent, printable, suffix
from shelfd.core.plan import Request, Verdict
from shelfd.core.quality import Copy
from shelfd.steps.ports import Base, Directories, Files, Reader

log = structlog.get_logger()


class Versions:
    """Looks at files of libraries that are the same item as a new one."""

    def __init__(self, base: Base, disk: Directories, files: Files, reader: Reader) -> None:
        """Look with `disk`, compare with `files`, and read with `reader`."""
        self._base = base
        self._disk = disk
        self._files = files
        self._reader = reader

    def known(
        self, request: Request, verdict: Verdict, target: Place, listings: dict[Place, Listing]
    ) -> list[Rival]:
        """Return what the catalog has of the same item in the library of a target, as far as it is there.

        What is there in another form is not read. What is in the directories is noted in `listings`.
        """
        judged = request.judged.get(RelPath(verdict.owner or verdict.path))
        met: list[Rival] = []
        for place in judged.versions if judged is not None else ():
            if place.root != target.root or place == target:
                continue
            directory, file = Place(place.root, parent(place.path)), name(place.path)
            listing = self._listing(directory, listings)
            if file not in listing.files:
                continue
            form = forms.of(verdict, place.path)
            if form:
                there = _replaced(directory, file, listing.files[file])
                met.append(Rival(file=there, copy=Copy(Reading(), "", 0), form=form))
            elif not verdict.unit:
                met += self.read(directory, [file], listing)
        return met

    def new(self, request: Request, path: RelPath) -> Copy:
        """Return what of a file of the drop matters beside what is there."""
        missing = self._disk.missing(self._base.current.roots.absolute(Place(request.inbox, path)))
        reading = request.readings.get(path, Reading())  # not everything on a disc is read
        return Copy(reading, printable(path), request.files[path].size, missing)

    def read(self, directory: Place, files: Sequence[bytes], listing: Listing) -> list[Rival]:
        """Return files of a directory with what is inside them and what is named after them."""
        if not files:
            return []
        absolute = self._base.current.roots.absolute(directory)
        readings = self._reader.submit([absolute + b"/" + file for file in files]).result()
        facts = listing.files
        return [
            Rival(
                file=_replaced(directory, file, facts[file]),
                copy=Copy(
                    reading,
                    printable(file),
                    facts[file].size,
                    self._disk.missing(absolute + b"/" + file),
                ),
                sidecars=tuple(
                    _replaced(directory, beside, facts[beside]) for beside in _sidecars(file, facts)
                ),
            )
            for file, reading in zip(files, readings, strict=True)
        ]

    def same(self, source: Place, target: Place) -> bool | None:
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

    def kept(
        self, source: Place, target: Place, others: Sequence[Rival], beside: Iterable[bytes]
    ) -> RelPath | None:
        """Return where the content of a new file is already; None: nowhere.

        That is among the `others` of its item, or among the files `beside` its target, where it was kept when its drop
        came before.
        """
        directory, stem = parent(target.path), paths.identity(drops.stem(name(target.path)))
        versions = [
            join(directory, file)
            for file in beside
            if suffix(file) == suffix(target.path)
            and paths.identity(file).startswith((f"{stem} - ", f"{stem} ("))
        ]
        known = [RelPath(one.file.path) for one in others]
        there = (Place(target.root, path) for path in dict.fromkeys((*known, *versions)))
        return next((place.path for place in there if self.same(source, place)), None)

    def _listing(self, directory: Place, listings: dict[Place, Listing]) -> Listing:
        if directory not in listings:
            absolute = self._base.current.roots.absolute(directory)
            if self._disk.inode(absolute) is None:
                return Listing(files={})
            listings[directory] = self._disk.listing(absolute)
        return listings[directory]


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
