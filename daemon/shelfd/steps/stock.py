"""Take stock of a library before it is arranged anew: what lies in it, and all that is known of that."""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

import msgspec
import structlog

from shelfd.core import ignored, nfo_read
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.evidence import Notes
from shelfd.core.holdings import Holdings
from shelfd.core.identity import Decision
from shelfd.core.ignore_files import NAMES
from shelfd.core.listing import Facts, Listing
from shelfd.core.media import HOLDS, Kind, Reading, is_media
from shelfd.core.nfo import is_note
from shelfd.core.operations import Operation
from shelfd.core.paths import TOP, Place, RelPath, name, parent, suffix
from shelfd.core.roots import Root
from shelfd.core.xml_documents import LONGEST
from shelfd.steps.ignoring import Ignoring
from shelfd.steps.layouts import layouts
from shelfd.steps.ports import Base, Directories, Mounts, Reader
from shelfd.store import holds, pins, renamed

TOGETHER = 64
"""Files whose inside is read before it is looked whether to go on."""
HELD = "it is held: `shelfd release` lets it go on"
ELSEWHERE = "another file system is mounted there, and nothing is copied to arrange it"

log = structlog.get_logger()

GoesOn = Callable[[int, int, RelPath], bool]
"""Is told how many of how many files were read, and at which this is; says whether to go on."""


class _Hidden(IntEnum):
    """What becomes of what is none of shelfd's business."""

    NOT = 0
    ALONG = 1  #: it goes where all else in its directory goes
    LEFT = 2  #: it is never touched


class _Sorted(NamedTuple):
    """Which files of a library are not judged."""

    passed_over: Collection[RelPath]
    untouched: Collection[RelPath]


class Stock:
    """Knows how to take stock."""

    def __init__(self, base: Base, disk: Directories, reader: Reader, mounts: Mounts) -> None:
        """Look with `disk`, at mounts with `mounts`, and have what is not known read by `reader`."""
        self._base = base
        self._disk = disk
        self._reader = reader
        self._mounts = mounts

    def __call__(
        self, operation: Operation, root: Root, kind: Kind, goes_on: GoesOn
    ) -> Holdings | None:
        """Return what lies in a library; None when it is not to go on."""
        found = self._tree(root)
        files = {RelPath(path): facts for path, facts in found.files.items()}
        aside = self._sorted(root, found)
        media = [
            path
            for path in sorted(files)
            if suffix(path) in HOLDS[kind] and path not in aside.passed_over
        ]
        readings = self._readings(root, files, media, goes_on)
        if readings is None:
            return None
        return Holdings(
            root=root.name,
            kind=kind,
            layout=layouts(self._base)[root.name],
            auto_accept=self._base.current.settings.import_.auto_accept,
            scope=operation.path,
            files=files,
            others={RelPath(path): what for path, what in found.others.items()},
            directories=frozenset(map(RelPath, found.directories)),
            passed_over=aside.passed_over,
            untouched=aside.untouched,
            fixed=self._fixed(root),
            readings=readings,
            notes=self._notes(root, files.keys() - aside.passed_over),
            decisions=self._decisions(readings),
        )

    def written(self, root: Root, paths: Sequence[RelPath]) -> dict[RelPath, str]:
        """Return which of these files a program is writing to, with that as a reason."""
        absolute = self._base.current.roots.absolute
        return {
            path: f"a program is writing to {name(path).decode('utf-8', 'backslashreplace')}"
            for path in paths
            if self._disk.has_writer(absolute(Place(root.name, path)))
        }

    def _tree(self, root: Root) -> Listing:
        try:
            return self._disk.tree(root.path)
        except NotFoundError as error:
            raise BrokenError(
                f"{root.name}: the library is not there",
                code="root_absent",
                hint="is its disk mounted? When it is, ask for it again",
            ) from error

    def _sorted(self, root: Root, found: Listing) -> _Sorted:
        """Return what is passed over, and what of that is never moved."""
        ignoring = Ignoring(self._base, self._disk)
        # without an ignore file anywhere, names alone decide
        ruled = any(name(RelPath(path)) in NAMES for path in (*found.files, *found.others))
        hidden: dict[RelPath, _Hidden] = {TOP: _Hidden.NOT}
        for path in sorted(map(RelPath, found.directories), key=lambda path: path.count(b"/")):
            above = hidden.get(parent(path), _Hidden.LEFT)
            hidden[path] = max(above, self._own(name(path), directory=True))
            if ruled and not hidden[path] and ignoring.passed_over(root, path, directory=True):
                hidden[path] = _Hidden.LEFT
        passed_over, untouched = set(), set()
        for raw, facts in found.files.items():
            here = RelPath(raw)
            above = hidden.get(parent(here), _Hidden.LEFT)
            own = max(above, self._own(name(here), directory=False), self._by_size(here, facts))
            if ruled and not own and ignoring.passed_over(root, here, directory=False):
                own = _Hidden.LEFT
            if own:
                passed_over.add(here)
            if own is _Hidden.LEFT:
                untouched.add(here)
        return _Sorted(passed_over, untouched)

    def _own(self, called: bytes, *, directory: bool) -> _Hidden:
        """Return what an entry of this name is, whatever it lies in."""
        patterns = self._base.current.settings.watch.ignore
        why = ignored.in_library(called, directory=directory)
        if why is None and ignored.in_library(called, patterns, directory=directory):
            return _Hidden.LEFT
        if why is None:
            return _Hidden.NOT
        is_own = called.startswith(ignored.TEMPORARY)
        goes_along = why == ignored.OF_PLAYER or (not directory and not is_own)
        return _Hidden.ALONG if goes_along else _Hidden.LEFT

    def _by_size(self, path: RelPath, facts: Facts) -> _Hidden:
        scan = self._base.current.settings.scan
        fits = scan.min_size_bytes <= facts.size <= scan.max_size_bytes
        return _Hidden.NOT if fits or not is_media(path) else _Hidden.ALONG

    def _readings(
        self,
        root: Root,
        files: Mapping[RelPath, Facts],
        media: Sequence[RelPath],
        goes_on: GoesOn,
    ) -> dict[RelPath, Reading] | None:
        """Return what is inside media files: as the catalog has it of those that are as it knows them, else read anew."""
        decoder = msgspec.json.Decoder(Reading)
        wanted = set(media)
        found: dict[RelPath, Reading] = {}
        for path, known, text in renamed.readings(self._base.db.read(), root.name):
            facts = files.get(path) if path in wanted else None
            if facts is not None and (facts.size, facts.mtime_ns, facts.inode) == known:
                found[path] = decoder.decode(text)
        unread = [path for path in media if path not in found]
        absolute = self._base.current.roots.absolute
        for first in range(0, len(unread), TOGETHER):
            if not goes_on(first, len(unread), unread[first]):
                return None
            some = unread[first : first + TOGETHER]
            paths = [absolute(Place(root.name, path)) for path in some]
            found.update(zip(some, self._reader.submit(paths).result(), strict=True))
        return found

    def _fixed(self, root: Root) -> dict[RelPath, str]:
        mounted = dict.fromkeys(map(RelPath, self._mounts.below(root.path)), ELSEWHERE)
        held = holds.of(self._base.db.read(), root.name)
        return mounted | {hold.path: HELD for hold in held}

    def _notes(self, root: Root, files: Collection[RelPath]) -> Notes:
        found = {}
        for path in files:
            if is_note(path):
                absolute = self._base.current.roots.absolute(Place(root.name, path))
                try:
                    data = self._disk.content(absolute, LONGEST)
                except BrokenError as error:
                    log.info("metadata file is not read", path=path, reason=error.message)
                    continue
                if data is not None and (said := nfo_read.read(path, data)):
                    found[path] = said
        return found

    def _decisions(self, readings: Mapping[RelPath, Reading]) -> dict[RelPath, Decision]:
        """Return what people have said of these files, known by their content."""
        reader = self._base.db.read()
        if not pins.newest(reader):
            return {}
        found = {
            path: pins.of(reader, reading.fingerprint, name(path))
            for path, reading in readings.items()
            if reading.fingerprint is not None
        }
        return {path: decision for path, decision in found.items() if decision is not None}
