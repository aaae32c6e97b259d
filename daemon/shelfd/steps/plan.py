"""Step 3: from a settled drop to the file steps that will file it, or to the reason why it stays."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import structlog

from shelfd.core import backoff, filing, filing_notes, meeting, roles, settled
from shelfd.core.drops import Drop, Sight
from shelfd.core.errors import NotFoundError, RefusedError, ShelfdError, UsageError
from shelfd.core.granted import granted
from shelfd.core.journal import WRITE, FileStep
from shelfd.core.operations import Asker, Operation
from shelfd.core.paths import Place, RelPath, name, printable
from shelfd.core.plan import Request, Verdict
from shelfd.core.roots import Root
from shelfd.core.settled import Memory
from shelfd.steps import counterparts, cues, handing_over, inbox, partial
from shelfd.steps.late import Late
from shelfd.steps.layouts import layouts
from shelfd.steps.notes import Notes
from shelfd.steps.ports import Base, Directories, Files, Reader, Turn
from shelfd.steps.presence import Presence
from shelfd.steps.quarantining import Quarantine
from shelfd.steps.reviewing import asked_again, informed, supposed
from shelfd.steps.rivals import Rivals
from shelfd.steps.shown import shown, told
from shelfd.steps.spread import spread
from shelfd.steps.staying import asks_anew, is_asked, stay
from shelfd.store import claims, holds, journal, operations
from shelfd.store import drops as rows
from shelfd.store.holds import Hold


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """Why a drop is not filed now, though nothing speaks against filing it later."""

    error: ShelfdError
    memory: Memory
    state: str = "settling"
    look_at: float | None = 0.0
    """Unix time of the next look; None: whoever takes away the reason sees to it."""


log = structlog.get_logger()

PATIENT = frozenset({"held", "unreadable"})
"""Reasons to wait that are no failure of an import for which nobody has asked."""


SAID = {
    "file": "recognised",
    "filed": "in the library already",
    "review": "a person is asked",
    "refused": "refused",
    "left": "left in the inbox",
}
"""What the log says of a verdict."""


class Plan:
    """Plans one import."""

    def __init__(
        self, base: Base, disk: Directories, files: Files, reader: Reader, presence: Presence
    ) -> None:
        """Plan with these."""
        self._base = base
        self._presence = presence
        self._disk = disk
        self._files = files
        self._reader = reader
        self._late = Late(base, disk)
        self._notes = Notes(base, disk)
        self._rivals = Rivals(base, disk, files, reader)
        self._quarantine = Quarantine(base, disk, files, presence)

    def __call__(self, operation: Operation, _turn: Turn) -> None:
        """Write every file step as planned, or refuse the drop with its reason."""
        root = self._base.current.roots.get(operation.root)
        if root is None or root.role != "inbox":
            raise UsageError(
                f"{operation.display}: it lies in no inbox of the settings",
                code="not_in_an_inbox",
                hint="move it into an inbox; `shelfd status` lists them",
            )
        self._presence.require(root)
        if not operation.path:
            return spread(self._base, self._disk, operation, root)
        drop, here = self._facts(operation, root)
        memory = inbox.memory(here, self._base.clock.wall())
        place = Place(root.name, drop.path)
        if (later := self._unsettled(operation, root, drop, here)) is not None:
            return self._stay(operation, place, later)
        request = self._late(self._request(operation, root, drop, here))
        verdicts = asked_again(request, self._rivals.settled(request))
        _tell(verdicts)
        self._require_targets(verdicts)
        if (later := self._kept_waiting(operation, place, request, verdicts)) is not None:
            return self._stay(operation, place, later)
        if not any(verdict.state in ("file", "filed") for verdict in verdicts):
            return self._stays(operation, request, memory, verdicts)
        return self._hand_over(operation, request, memory, verdicts)

    def _facts(self, operation: Operation, root: Root) -> tuple[Drop, Sight]:
        patterns = self._base.current.settings.watch.ignore
        found = inbox.find(self._disk, root, operation.path, patterns)
        if found is not None:
            return found
        raise NotFoundError(
            f"{operation.display}: there is nothing to import",
            code="no_such_drop",
            hint="hidden names and those of watch.ignore are passed over",
        )

    def _require_targets(self, verdicts: Sequence[Verdict]) -> None:
        """Raise BrokenError when a disk is away on which something is to be filed."""
        for verdict in verdicts:
            root = self._base.current.roots.get(verdict.root)
            if verdict.state == "file" and root is not None:
                self._presence.require(root, RelPath(verdict.target))

    def _unsettled(self, operation: Operation, root: Root, drop: Drop, here: Sight) -> Later | None:
        """Say why it must not be taken now, though it was to be."""
        reader = self._base.db.read()
        now = self._base.clock.wall()
        hold = holds.touched(holds.of(reader, root.name), drop.members)
        if hold is not None:
            return _held(operation.display, hold, now)
        row = rows.one(reader, Place(root.name, drop.path))
        asked = operation.asked_by is Asker.PERSON
        if not asked and (row is None or row.memory.snapshot != settled.snapshot(here)):
            error = RefusedError(
                f"{operation.display}: it has changed since it was looked at", code="still_changing"
            )
            return Later(error=error, memory=inbox.memory(here, now), look_at=now)
        reason = partial.waits(self._disk, root, here, asked=is_asked(operation))
        if reason is None:
            return None
        return Later(error=reason, memory=inbox.memory(here, now), look_at=now)

    def _kept_waiting(
        self, operation: Operation, place: Place, request: Request, verdicts: Sequence[Verdict]
    ) -> Later | None:
        """Say why it is not to be filed yet, by what is inside its files and where they are to go."""
        reader = self._base.db.read()
        now = self._base.clock.wall()
        for verdict in verdicts:
            target = Place(verdict.root, RelPath(verdict.target))
            if verdict.state == "file" and (hold := holds.covering(reader, target)) is not None:
                return _held(self._base.current.roots.display(target), hold, now)
        if any(verdict.state == "file" for verdict in verdicts):
            return None  # what cannot be read yet waits by itself
        row = rows.one(reader, place)
        half = partial.half(self._base.current.roots, self._disk, request)
        asked = operation.asked_by is Asker.PERSON
        if half is None or asked or row is None:
            return None
        if now - row.memory.changed_at >= settled.UNREADABLE_S:
            return None
        error = RefusedError(
            f"{printable(name(half))}: it cannot be read yet: {request.readings[half].error}",
            code="unreadable",
            hint="it is read again, and refused if it stays as it is",
        )
        settle_s = self._base.current.settings.watch.settle_s
        look_at = settled.patiently(row.memory, now, settle_s)
        return Later(error=error, memory=row.memory, look_at=look_at)

    def _request(self, operation: Operation, root: Root, drop: Drop, here: Sight) -> Request:
        settings = self._base.current.settings
        playable = roles.to_read(here.files)
        absolute = [self._base.current.roots.absolute(Place(root.name, path)) for path in playable]
        readings = self._reader.submit(absolute).result() if absolute else []
        gaps = {} if is_asked(operation) else partial.gaps(self._disk, root, here)
        mode = operation.options.get("mode")
        request = Request(
            inbox=root.name,
            kind=root.kind,
            mode=str(mode) if mode else root.mode,
            after=root.after,
            libraries=self._base.current.roots.libraries(),
            layouts=layouts(self._base),
            auto_accept=settings.import_.auto_accept,
            drop=drop.path,
            files=here.files,
            markers=here.markers,
            readings=dict(zip(playable, readings, strict=True)) | gaps,
            incomplete=frozenset(gaps),
            cues=cues.sheets(self._base, self._disk, root, here.files),
            witnesses=self._notes.witnesses(root, here.files, playable),
        )
        reader = self._base.db.read()
        return informed(reader, request, supposed(operation), asked=asks_anew(operation))

    def _hand_over(
        self, operation: Operation, request: Request, memory: Memory, verdicts: Sequence[Verdict]
    ) -> None:
        """Write the steps as planned; of what is filed already and stays for others only the rest counts."""
        verdicts, steps = self._steps(operation, request, verdicts)
        dry = operation.options.get("dry_run") is True
        if not (steps or dry) and any(one.state in ("review", "refused") for one in verdicts):
            # what was filed of it before is kept here: only the rest is new
            self._stays(operation, request, memory, verdicts)
            return
        place = Place(request.inbox, request.drop)
        if (error := self._foreseen(operation, steps, place, memory)) is not None:
            look_at = self._base.clock.wall() + settled.LONGEST_WAIT
            self._stay(operation, place, Later(error=error, memory=memory, look_at=look_at))
            return
        places = handing_over.places(self._base, operation, steps, self._files)
        places |= meeting.places(verdicts, steps, request.inbox)
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if dry:
                result = {"steps": shown(steps, self._base.current.roots), "files": told(verdicts)}
                operations.complete(tx, operation.id, result, now)
                return
            if not rows.is_being_filed(tx, place, operation.id):  # by another of its names
                rows.looked(tx, place, "queued", "it is being filed", memory)
                state = ("queued", "it is being filed")
                rows.judged(tx, place, state, verdicts, (operation.id, now))
            journal.plan(tx, operation.id, steps)
            claims.carry_out(tx, operation.id, places, now)

    def _steps(
        self, operation: Operation, request: Request, verdicts: Sequence[Verdict]
    ) -> tuple[list[Verdict], list[FileStep]]:
        """Return the file steps that carry out the verdicts, and these with what metadata files make of them."""
        verdicts, writings = self._notes.planned(request, verdicts)
        needed = filing.needed(request, verdicts, operation.id)
        needed |= filing_notes.needed(writings, operation.id)
        absolute = self._base.current.roots.absolute
        there = [place for place in needed if self._disk.inode(absolute(place)) is not None]
        filed = filing.steps(request, verdicts, there, operation.id)
        filed = filing_notes.woven(filed, writings, there, operation.id)
        filed = counterparts.noted(self._base, self._files, filed)
        libraries = {root.name for root in self._base.current.roots if root.role == "library"}
        return verdicts, granted(filed, self._base.current.settings.import_, libraries)

    def _foreseen(
        self, operation: Operation, steps: Sequence[FileStep], place: Place, memory: Memory
    ) -> ShelfdError | None:
        """Return why the steps cannot all be done now; raise that where another try soon can help."""
        absolute = self._base.current.roots.absolute
        wanted = [
            (step, absolute(step.source) if step.source else b"", absolute(step.target))
            for step in steps
            if step.target and (step.source or step.mode == WRITE)
        ]
        try:
            self._files.foresee(wanted)
        except ShelfdError as error:
            most = self._base.current.settings.queue.retries
            if not backoff.can_help(error.code) or operation.retries >= most:
                return error
            reason = f"it cannot be filed now, and is tried again: {error.message}"
            with self._base.db.transaction() as tx:
                if operation.options.get("dry_run") is not True:
                    rows.looked(tx, place, "queued", reason, memory)
            raise
        return None

    def _stays(
        self, operation: Operation, request: Request, memory: Memory, verdicts: Sequence[Verdict]
    ) -> None:
        if self._quarantine.takes(operation, request, verdicts):
            self._quarantine.move(operation, request, memory, verdicts)
        else:
            stay(self._base, operation, request, memory, verdicts)

    def _stay(self, operation: Operation, place: Place, later: Later) -> None:
        """Let the drop settle again; the change that was seen is followed by its event."""
        now = self._base.clock.wall()
        patient = later.error.code in PATIENT and operation.asked_by is not Asker.PERSON
        log.info("it is not filed yet", reason=later.error.message)
        with self._base.db.transaction() as tx:
            if operation.options.get("dry_run") is not True:
                rows.looked(tx, place, later.state, later.error.message, later.memory)
                if later.look_at is not None:
                    wish = inbox.next_look(self._base.current.roots, place, later.look_at)
                    operations.enqueue(tx, wish, now)
            if patient:
                operations.complete(tx, operation.id, {"waits": later.error.message}, now)
            else:
                operations.fail(tx, operation.id, later.error, now)


def _tell(verdicts: Sequence[Verdict]) -> None:
    """Log what is to become of the files: one line for all with the same reason, and at `debug` one for each."""
    first: dict[tuple[str, str], Verdict] = {}
    number: Counter[tuple[str, str]] = Counter()
    for verdict in verdicts:
        why = verdict.state, verdict.reason or verdict.rule
        first.setdefault(why, verdict)
        number[why] += 1
        target = f"{verdict.root}:{printable(verdict.target)}" if verdict.target else ""
        log.debug("planned", path=verdict.path, state=why[0], reason=why[1], target=target)
    for why, verdict in first.items():
        log.info(SAID[why[0]], files=number[why], first=verdict.path, reason=why[1])


def _held(subject: str, hold: Hold, now: float) -> Later:
    error = RefusedError(
        f"{subject}: {settled.held(hold.held_at)}",
        code="held",
        hint="`shelfd release` lets it go on; `shelfd status` shows what is held",
    )
    return Later(error=error, memory=inbox.unseen(now), state="held", look_at=None)
