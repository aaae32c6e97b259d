"""Metadata files around an import: those in the drop are read, those in the library are read, filled in or made."""

from collections.abc import Container, Iterable, Sequence

import structlog
from msgspec.structs import replace

from shelfd.core import evidence, nfo_read, nfo_write, notes
from shelfd.core.errors import BrokenError
from shelfd.core.evidence import Witness
from shelfd.core.filing_notes import Writing
from shelfd.core.journal import Expected
from shelfd.core.listing import Facts
from shelfd.core.nfo import NFO, is_note
from shelfd.core.nfo_write import UntouchedError
from shelfd.core.notes import Note
from shelfd.core.paths import Place, RelPath, printable
from shelfd.core.plan import Request, Verdict
from shelfd.core.roots import Root
from shelfd.core.xml_documents import LONGEST
from shelfd.steps.ports import Base, Directories

RELEASE = b".release.nfo"
"""How the file of a scene group ends that is no metadata: beside one that is, which has its name."""

log = structlog.get_logger()


class Notes:
    """Reads metadata files, and plans those that are to be written."""

    def __init__(self, base: Base, disk: Directories) -> None:
        """Read with `disk`."""
        self._base = base
        self._disk = disk

    def witnesses(
        self, root: Root, files: Iterable[RelPath], media: Iterable[RelPath]
    ) -> dict[RelPath, tuple[Witness, ...]]:
        """Return what the metadata files of a drop say of each of its media files."""
        found = {}
        for path in files:
            if is_note(path) and (data := self._content(Place(root.name, path))) is not None:
                found[path] = nfo_read.read(path, data)
        return evidence.by_media({path: said for path, said in found.items() if said}, media)

    def planned(
        self, request: Request, verdicts: Sequence[Verdict]
    ) -> tuple[list[Verdict], list[Writing]]:
        """Return what is to be written, and the verdicts again: a dropped metadata file can be part of what is written."""
        settings = self._base.current.settings
        changed = {verdict.path: verdict for verdict in verdicts}
        writings: dict[Place, Writing] = {}
        kept: set[Place] = set()
        if settings.import_.write_nfo:
            layouts = {library.name: str(library.layout) for library in settings.library}
            tags = {path: reading.tags for path, reading in request.readings.items()}
            wanted = notes.wanted(verdicts, tags, layouts)
            dropped = notes.sources(wanted, verdicts)
            for note in wanted:
                verdict = dropped.get(note.path)
                place = self._spot(note) if verdict is None else _target(verdict)
                writing = self._filled(note, place) if verdict is None else None
                if verdict is not None:
                    writing, changed[verdict.path] = self._taken_in(request, note, verdict)
                if verdict is None or changed[verdict.path] is not verdict:
                    kept.add(place)
                if writing is not None:
                    writings.setdefault(writing.place, writing)
        return _without(changed.values(), kept), list(writings.values())

    def _spot(self, note: Note) -> Place:
        """Return where a note is, or will be."""
        place = self._spelled(note.root, note.path)
        if note.instead is None or self._exists(place):
            return place
        other = self._spelled(note.root, note.instead)
        return other if self._exists(other) else place

    def _filled(self, note: Note, place: Place) -> Writing | None:
        """Return the writing of a note where nothing like it is dropped; None when what is in the library stays."""
        absolute = self._base.current.roots.absolute(place)
        if not self._exists(place):
            return self._writing(note, place, nfo_write.new(note.sheets))
        facts = self._disk.facts(absolute)
        content = self._content(place)
        if facts is None or content is None:
            return None  # a directory, a link: somebody wants it so
        merged = self._merged(note, place, content)
        if merged is None:
            return None
        return replace(self._writing(note, place, merged), replaces=_expected(facts))

    def _taken_in(
        self, request: Request, note: Note, verdict: Verdict
    ) -> tuple[Writing | None, Verdict]:
        """Return the writing of a note of which a beginning is dropped, and what becomes of that."""
        content = self._content(Place(request.inbox, RelPath(verdict.path)))
        if content is None:
            return None, verdict
        place = _target(verdict)
        if note.sheets[0].form in NFO and not nfo_write.is_metadata(content, note.sheets):
            return self._filled(note, place), self._aside(verdict)
        merged = self._merged(note, place, content)
        if merged is None:
            return None, verdict
        reason = f"what it says is in {printable(verdict.target)}, with more"
        writing = self._writing(note, place, merged)
        facts = self._disk.facts(self._base.current.roots.absolute(place))
        if facts is not None:  # that of a worse file, for which this one comes
            writing = replace(writing, replaces=_expected(facts))
        return writing, replace(verdict, state="filed", reason=reason)

    def _merged(self, note: Note, place: Place, content: bytes) -> bytes | None:
        """Return a metadata file with what it lacks; None when it is to stay as it is."""
        try:
            merged = nfo_write.merged(content, note.sheets)
        except UntouchedError as reason:
            log.info("metadata file stays as it is", path=place.path, reason=str(reason))
            return None
        return None if merged == content else merged

    def _aside(self, verdict: Verdict) -> Verdict:
        """Return where a file goes that has the name of a metadata file and is none."""
        target = RelPath(verdict.target[: -len(b".nfo")] + RELEASE)
        if self._exists(Place(verdict.root, target)):
            reason = f"something else is already at {printable(target)}"
            return replace(verdict, state="left", reason=reason, root="", target=b"")
        return replace(verdict, target=target)

    def _writing(self, note: Note, place: Place, content: bytes) -> Writing:
        now = int(self._base.clock.wall() * 1e9)
        return Writing(place=place, content=content, mtime_ns=now, shared=note.shared)

    def _spelled(self, root: str, path: RelPath) -> Place:
        library = self._base.current.roots.absolute(Place(root, RelPath(b"")))
        parts = self._disk.spelled(library, tuple(path.split(b"/")))
        return Place(root, RelPath(b"/".join(parts)))

    def _exists(self, place: Place) -> bool:
        return self._disk.exists(self._base.current.roots.absolute(place))

    def _content(self, place: Place) -> bytes | None:
        """Return what a metadata file holds; None when it is gone, cannot be read, or is too long to be one."""
        try:
            return self._disk.content(self._base.current.roots.absolute(place), LONGEST)
        except BrokenError as error:
            log.info("metadata file is not read", path=place.path, reason=error.message)
            return None


def _target(verdict: Verdict) -> Place:
    return Place(verdict.root, RelPath(verdict.target))


def _expected(facts: Facts) -> Expected:
    return Expected(size=facts.size, mtime_ns=facts.mtime_ns, inode=facts.inode)


def _without(verdicts: Iterable[Verdict], kept: Container[Place]) -> list[Verdict]:
    """Let the metadata of an item stay in its library when a better file of it comes: it is filled in, or as it is."""
    return [
        replace(
            verdict,
            replaces=tuple(
                file
                for file in verdict.replaces
                if Place(verdict.root, RelPath(file.path)) not in kept
            ),
        )
        for verdict in verdicts
    ]
