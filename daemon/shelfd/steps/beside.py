"""What metadata files in a library say of the books beside them: tags have no room for it, and names seldom tell it."""

from shelfd.core import evidence, nfo_read
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.evidence import Witness
from shelfd.core.media import HOLDS, Kind
from shelfd.core.names_music import disc_of
from shelfd.core.nfo import Sheet, is_note
from shelfd.core.paths import Place, RelPath, guessed, join, name, parent, suffix
from shelfd.core.roots import Root
from shelfd.core.xml_documents import LONGEST
from shelfd.steps.ports import Base, Directories

OF_BOOKS = frozenset({Kind.AUDIOBOOKS, Kind.BOOKS})


class Beside:
    """Reads metadata files, each directory once: it is good for one batch."""

    def __init__(self, base: Base, disk: Directories) -> None:
        """Read with `disk`."""
        self._base = base
        self._disk = disk
        self._read: dict[Place, dict[RelPath, tuple[Witness, ...]]] = {}

    def of(self, root: Root, path: RelPath) -> tuple[Witness, ...]:
        """Return what metadata files say of a media file of a library, nearest first."""
        if root.kind not in OF_BOOKS:
            return ()
        directory = Place(root.name, parent(path))
        if directory not in self._read:
            self._read[directory] = self._witnesses(root.kind, directory)
        return self._read[directory].get(path, ())

    def _witnesses(self, kind: Kind, place: Place) -> dict[RelPath, tuple[Witness, ...]]:
        notes, media = self._found(kind, place)
        if media and disc_of(guessed(name(place.path))) is not None:
            notes |= self._found(kind, Place(place.root, parent(place.path)))[0]
        return evidence.by_media(notes, media)

    def _found(
        self, kind: Kind, place: Place
    ) -> tuple[dict[RelPath, tuple[Sheet, ...]], list[RelPath]]:
        """Return the metadata files in a directory, and the media files there."""
        try:
            files = self._disk.listing(self._base.current.roots.absolute(place)).files
        except (NotFoundError, BrokenError):  # who reads the media says so
            return {}, []
        paths = [join(place.path, own) for own in files]
        notes = {
            path: said for path in paths if is_note(path) and (said := self._sheets(place, path))
        }
        return notes, [path for path in paths if suffix(path) in HOLDS[kind]]

    def _sheets(self, place: Place, path: RelPath) -> tuple[Sheet, ...]:
        try:
            data = self._disk.content(
                self._base.current.roots.absolute(Place(place.root, path)), LONGEST
            )
        except BrokenError:
            return ()
        return () if data is None else nfo_read.read(path, data)
