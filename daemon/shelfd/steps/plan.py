"""Step 3: from a settled drop to the file steps that will file it, or to the reason why it stays."""

from collections.abc import Sequence

from shelfd.core import filing, media, plan, settled
from shelfd.core.drops import Drop, Sight
from shelfd.core.errors import NotFoundError, RefusedError, ShelfdError, UsageError
from shelfd.core.operations import Asker, Operation, Step
from shelfd.core.paths import Place, RelPath, printable
from shelfd.core.plan import Request, Verdict, World
from shelfd.core.roots import Root
from shelfd.core.settled import Memory
from shelfd.steps import inbox
from shelfd.steps.ports import Base, Directories, Files, Reader, Turn
from shelfd.steps.shown import shown
from shelfd.store import drops as rows
from shelfd.store import journal, operations


class Plan:
    """Plans one import."""

    def __init__(self, base: Base, disk: Directories, files: Files, reader: Reader) -> None:
        """Plan with these."""
        self._base = base
        self._disk = disk
        self._files = files
        self._reader = reader

    def __call__(self, operation: Operation, _turn: Turn) -> None:
        """Write every file step as planned, or refuse the drop with its reason."""
        root = self._base.current.roots.get(operation.root)
        if root is None or root.role != "inbox":
            raise UsageError(
                f"{operation.display}: it lies in no inbox of the settings",
                code="not_in_an_inbox",
                hint="move it into an inbox; `shelfd status` lists them",
            )
        drop, here = self._facts(operation, root)
        memory = inbox.memory(here, self._base.clock.wall())
        place = Place(root.name, drop.path)
        if (unsettled := self._unsettled(operation, root, drop, here)) is not None:
            return self._stay(operation, place, memory, unsettled)
        request = self._request(operation, root, drop, here)
        verdicts = self._against_the_world(request)
        if not any(verdict.state in ("file", "filed") for verdict in verdicts):
            return self._refuse(operation, place, memory, verdicts)
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

    def _unsettled(
        self, operation: Operation, root: Root, drop: Drop, here: Sight
    ) -> RefusedError | None:
        """Say why it must not be taken now, though it was to be."""
        row = rows.one(self._base.db.read(), Place(root.name, drop.path))
        asked = operation.asked_by is Asker.PERSON
        if not asked and (row is None or row.memory.snapshot != settled.snapshot(here)):
            return RefusedError(
                f"{operation.display}: it has changed since it was looked at", code="still_changing"
            )
        waiting = settled.whole(here, inbox.doubts(self._disk, root, here), 0.0)
        if waiting is None:
            return None
        return RefusedError(
            waiting.reason,
            code="not_whole",
            hint="it is filed by itself once that is over",
        )

    def _request(self, operation: Operation, root: Root, drop: Drop, here: Sight) -> Request:
        settings = self._base.current.settings
        playable = [path for path in here.files if media.is_media(path)]
        absolute = [self._base.current.roots.absolute(Place(root.name, path)) for path in playable]
        readings = self._reader.submit(absolute).result() if absolute else []
        mode = operation.options.get("mode")
        return Request(
            inbox=root.name,
            kind=root.kind,
            mode=str(mode) if mode else root.mode,
            after=root.after,
            libraries=self._base.current.roots.libraries(),
            auto_accept=settings.import_.auto_accept,
            drop=drop.path,
            files=here.files,
            readings=dict(zip(playable, readings, strict=True)),
        )

    def _against_the_world(self, request: Request) -> list[Verdict]:
        planned = plan.verdicts(request)
        roots = self._base.current.roots
        spelled = {}
        taken = {}
        for verdict in planned:
            if verdict.state == "file":
                wanted = Place(verdict.root, RelPath(verdict.target))
                library = roots.absolute(Place(verdict.root, RelPath(b"")))
                parts = self._disk.spelled(library, tuple(verdict.target.split(b"/")))
                spelled[wanted] = RelPath(b"/".join(parts))
                target = Place(verdict.root, spelled[wanted])
                if self._disk.exists(roots.absolute(target)):
                    taken[target] = self._same(Place(request.inbox, RelPath(verdict.path)), target)
        return plan.settled(planned, World(spelled=spelled, taken=taken))

    def _same(self, source: Place, target: Place) -> bool:
        one, other = (self._base.current.roots.absolute(place) for place in (source, target))
        mine, theirs = self._disk.facts(one), self._disk.facts(other)
        if mine is None or theirs is None or mine.size != theirs.size:
            return False
        return self._files.same_content(one, other)

    def _hand_over(
        self, operation: Operation, request: Request, memory: Memory, verdicts: Sequence[Verdict]
    ) -> None:
        needed = filing.needed(request, verdicts, operation.id)
        absolute = self._base.current.roots.absolute
        there = [place for place in needed if self._disk.inode(absolute(place)) is not None]
        steps = filing.steps(request, verdicts, there, operation.id)
        now = self._base.clock.wall()
        place = Place(request.inbox, request.drop)
        with self._base.db.transaction() as tx:
            if operation.options.get("dry_run") is True:
                result = {"steps": shown(steps, self._base.current.roots), "files": _told(verdicts)}
                operations.complete(tx, operation.id, result, now)
                return
            rows.looked(tx, place, "queued", "it is being filed", memory)
            state = ("queued", "it is being filed")
            rows.judged(tx, place, state, verdicts, (operation.id, now))
            journal.plan(tx, operation.id, steps)
            operations.advance(tx, operation.id, Step.APPLY)

    def _refuse(
        self, operation: Operation, place: Place, memory: Memory, verdicts: Sequence[Verdict]
    ) -> None:
        refused = [verdict for verdict in verdicts if verdict.state == "refused"]
        first = next(iter(refused or verdicts), None)
        reason = f"{printable(first.path)}: {first.reason}" if first else "there is nothing in it"
        error = RefusedError(
            reason,
            code="refused",
            hint="name or tag it more clearly; it is looked at again when it changes",
        )
        self._fail(operation, place, memory, (verdicts, error))

    def _stay(
        self, operation: Operation, place: Place, memory: Memory, error: RefusedError
    ) -> None:
        """Let the drop settle again; the change that was seen is followed by its event."""
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if operation.options.get("dry_run") is not True:
                rows.looked(tx, place, "settling", error.message, memory)
                wish = inbox.next_look(self._base.current.roots, place, now)
                operations.enqueue(tx, wish, now)
            operations.fail(tx, operation.id, error, now)

    def _fail(
        self,
        operation: Operation,
        place: Place,
        memory: Memory,
        outcome: tuple[Sequence[Verdict], ShelfdError],
    ) -> None:
        verdicts, error = outcome
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if operation.options.get("dry_run") is not True:
                rows.looked(tx, place, "refused", error.message, memory)
                rows.judged(tx, place, ("refused", error.message), verdicts, (operation.id, now))
            operations.fail(tx, operation.id, error, now)


def _told(verdicts: Sequence[Verdict]) -> list[dict[str, str]]:
    return [
        {
            "path": printable(verdict.path),
            "state": verdict.state,
            "reason": verdict.reason or verdict.rule,
            "target": printable(verdict.target),
        }
        for verdict in verdicts
    ]
