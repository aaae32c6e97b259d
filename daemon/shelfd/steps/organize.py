"""Step 3 of arranging a library anew: what lies in it is planned as a whole, and each item that moves is a part by itself."""

from collections.abc import Callable, Iterator, Sequence

import structlog
from msgspec.structs import replace

from shelfd.core import media, organized
from shelfd.core.errors import UsageError
from shelfd.core.granted import granted
from shelfd.core.holdings import Holdings
from shelfd.core.journal import Action, FileStep
from shelfd.core.operations import Asker, Kind, Operation, Progress, State, Step, Wish
from shelfd.core.organized import Going, Memory, Plan
from shelfd.core.paths import Place, RelPath, printable
from shelfd.core.roots import Root
from shelfd.steps.gathering import counted, gather
from shelfd.steps.ports import Base, Directories, Files, Mounts, Reader, Turn
from shelfd.steps.presence import Presence
from shelfd.steps.stock import Stock
from shelfd.store import claims, journal, operations, relations, renamed

SHOWN = 256
"""Files of one part of a dry run, or one item."""
NAMED = 100
"""Items that stay and are named in the result of the whole."""

log = structlog.get_logger()

Run = Callable[[Operation, Turn], None]


class Organize:
    """Plans how what lies in a library is to be arranged, and hands each item over."""

    def __init__(
        self,
        base: Base,
        looks: tuple[Directories, Reader, Mounts],
        files: Files,
        presence: Presence,
    ) -> None:
        """Take stock with `looks`, and ask `files` what can be done, where `presence` says that the right disk is there."""
        self._base = base
        self._stock = Stock(base, *looks)
        self._files = files
        self._presence = presence

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Begin the parts, and put it back until they have ended; or end it, when they have, or when it was a dry run."""
        ended = relations.parts(self._base.db.read(), operation.id)
        if ended:
            result = {**(operation.result or {}), **counted(ended)}
            gather(self._base, operation, ended, result, "items could not be moved")
            return
        root = self._root(operation)
        holdings = self._stock(operation, root, _kind(root), _Reports(operation, turn))
        if holdings is None:
            with self._base.db.transaction() as tx:
                operations.requeue(tx, operation.id, self._base.clock.wall())
            return
        holdings, plan = self._planned(root, holdings)
        steps = self._steps(holdings, plan)
        self._foresee(steps)
        log.info("planned", moves=len(plan.going), right=plan.right, left=len(plan.left))
        if operation.options.get("dry_run") is True:
            self._show(operation, plan)
        elif operation.parent is not None:
            self._alone(operation, plan, steps)
        else:
            self._spread(operation, plan, steps)

    def _root(self, operation: Operation) -> Root:
        root = self._base.current.roots.get(operation.root)
        if root is None or root.role != "library":
            raise UsageError(
                f"{operation.display}: it lies in no library of the settings",
                code="not_in_a_library",
                hint="only libraries are arranged anew; `shelfd status` lists them",
            )
        self._presence.require(root, operation.path)
        return root

    def _planned(self, root: Root, holdings: Holdings) -> tuple[Holdings, Plan]:
        """Return the plan, without what a program is writing to just now, and by what it was made."""
        memory = Memory(holdings)
        plan = organized.plan(holdings, memory)
        moving = [path for going in plan.going for path in going.moves if path in holdings.readings]
        if written := self._stock.written(root, moving):
            holdings = replace(holdings, fixed={**holdings.fixed, **written})
            plan = organized.plan(holdings, memory)
        return holdings, plan

    def _steps(self, holdings: Holdings, plan: Plan) -> list[list[FileStep]]:
        after = organized.in_use(holdings, plan)
        filing = self._base.current.settings.import_
        return [
            granted(organized.steps(holdings, going, after), filing, {holdings.root})
            for going in plan.going
        ]

    def _foresee(self, steps: Sequence[Sequence[FileStep]]) -> None:
        """Raise BrokenError when it can be told now that something cannot be renamed, before anything is."""
        absolute = self._base.current.roots.absolute
        self._files.foresee(
            [
                (step, absolute(step.source), absolute(step.target))
                for some in steps
                for step in some
                if step.action is Action.MOVE and step.source and step.target
            ]
        )

    def _show(self, operation: Operation, plan: Plan) -> None:
        """End a dry run with the plan: its sums, and parts of a bounded size that tell the items."""
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            number = 0
            for some in _portions(plan.going):
                wish = self._wish(operation, operation.path)
                part = operations.enqueue(tx, wish, now)
                result: dict[str, object] = {"items": [self._told(operation, one) for one in some]}
                operations.complete(tx, part, result, now)
                number += 1
            result = {**counted({str(State.COMPLETED): number}), **_sums(plan)}
            operations.complete(tx, operation.id, result, now)

    def _spread(
        self, operation: Operation, plan: Plan, steps: Sequence[Sequence[FileStep]]
    ) -> None:
        """Begin the parts: each item with the file steps that were planned for it in view of all others."""
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            for going, some in zip(plan.going, steps, strict=True):
                part = operations.enqueue(tx, self._wish(operation, going.path, Step.APPLY), now)
                journal.plan(tx, part, some)
                renamed.stand_alone(tx, part, operation.root)
            if plan.going:
                renamed.note(tx, operation.id, _sums(plan))
                operations.requeue(tx, operation.id, now)
            else:
                operations.complete(tx, operation.id, {**counted({}), **_sums(plan)}, now)

    def _alone(self, operation: Operation, plan: Plan, steps: Sequence[Sequence[FileStep]]) -> None:
        """Go on with a part that is tried again: what lies there is planned anew."""
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if not plan.going:
                left = next(iter(plan.left.values()), "it is where it belongs")
                operations.complete(tx, operation.id, {"stays": left}, now)
                return
            journal.plan(tx, operation.id, [step for some in steps for step in some])
            place = Place(operation.root, RelPath(b""))
            claims.carry_out(tx, operation.id, frozenset({place}), now)

    def _wish(self, operation: Operation, path: RelPath, step: Step = Step.PLAN) -> Wish:
        place = Place(operation.root, path)
        return Wish(
            kind=Kind.IMPORT,
            step=step,
            place=place,
            display=self._base.current.roots.display(place),
            asker=Asker.PERSON,
            options=operation.options,
            deadline=operation.deadline,
            parent=operation.id,
        )

    def _told(self, operation: Operation, going: Going) -> dict[str, object]:
        def shown(path: RelPath) -> str:
            return self._base.current.roots.display(Place(operation.root, path))

        return {
            "path": shown(going.path),
            "target": shown(going.target),
            "reason": going.rule,
            "moves": [
                {"source": printable(path), "target": printable(target)}
                for path, target in going.moves.items()
            ],
        }


class _Reports:
    """Tells how many files were read, and says whether to go on."""

    def __init__(self, operation: Operation, turn: Turn) -> None:
        self._operation = operation
        self._turn = turn

    def __call__(self, done: int, total: int, path: RelPath) -> bool:
        progress = Progress(
            phase="reading", done=done, total=total, unit="files", current=printable(path)
        )
        self._turn.report(self._operation, progress)
        return not self._turn.interrupted(self._operation)


def or_else(organize: Run, other: Run) -> Run:
    """Return what does the one for an operation that arranges a library anew, and the other for any other."""

    def run(operation: Operation, turn: Turn) -> None:
        (organize if renamed.is_organizing(operation) else other)(operation, turn)

    return run


def _kind(root: Root) -> media.Kind:
    if root.kind is None:
        raise UsageError(f"{root.name}: it has no kind", code="not_in_a_library")
    return root.kind


def _portions(going: Sequence[Going]) -> Iterator[list[Going]]:
    """Yield the items in portions of a bounded number of files."""
    some: list[Going] = []
    size = 0
    for one in going:
        if some and size + len(one.moves) > SHOWN:
            yield some
            some, size = [], 0
        some.append(one)
        size += len(one.moves)
    if some:
        yield some


def _sums(plan: Plan) -> dict[str, object]:
    return {
        "moves": len(plan.going),
        "files": sum(len(going.moves) for going in plan.going),
        "right": plan.right,
        "left": len(plan.left),
        "stays": organized.told(plan.left)[:NAMED],
    }
