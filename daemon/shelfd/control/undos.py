"""What a wish for an undo comes to: one import put back, or each that ended since a time."""

from datetime import datetime

from shelfd.control.answers import InvalidError
from shelfd.control.asked import missing
from shelfd.core.errors import ConflictError
from shelfd.core.operations import Asker, Kind, Operation, Step, Wish
from shelfd.core.paths import Place
from shelfd.core.roots import Roots
from shelfd.store import drops, operations, queries, renamed
from shelfd.store.database import Tx


def one(tx: Tx, roots: Roots, number: int, *, dry_run: bool) -> Wish:
    """Return the undo of one import; ConflictError says why there is nothing to put back."""
    target = operations.one(tx, number)
    if target is None:
        raise missing("operation", number)
    if (refusal := _not_undoable(tx, target)) is not None:
        raise refusal
    drop = drops.of_operation(tx, number)
    place = target.place if drop is None else Place(drop.root, drop.path)
    options: dict[str, object] = {"operation": number}
    if renamed.is_organizing(target):
        options["organize"] = True
    return Wish(
        kind=Kind.UNDO,
        step=Step.UNDO,
        place=place,
        display=roots.display(place),
        asker=Asker.PERSON,
        options=options | {"dry_run": True} if dry_run else options,
    )


def since(tx: Tx, roots: Roots, moment: datetime, *, dry_run: bool) -> list[Wish]:
    """Return the undo of each import that ended since then, the latest end first."""
    if moment.tzinfo is None:
        raise InvalidError(
            "since: it has no time zone",
            code="invalid_body",
            hint="for example 2026-11-21T18:00:00Z, or with +01:00 behind it instead of Z",
        )
    numbers = [
        number
        for number in queries.undoable(tx, moment.timestamp())
        if queries.undone_by(tx, number) is None
    ]
    if not numbers:
        raise ConflictError(
            "undo: no import that can be undone has ended since then",
            code="nothing_to_undo",
            hint="`shelfd operations --kind import` lists imports",
        )
    return [one(tx, roots, number, dry_run=dry_run) for number in numbers]


def _not_undoable(tx: Tx, target: Operation) -> ConflictError | None:
    subject = f"operation {target.id}"
    if target.kind is not Kind.IMPORT:
        return ConflictError(
            f"{subject}: it is no import but of kind {target.kind}",
            code="not_an_import",
            hint="`shelfd operations --kind import` lists imports",
        )
    if target.finished_at is None:
        return ConflictError(
            f"{subject}: it has not ended yet, it is {target.state}",
            code="not_ended",
            hint=f"wait for it: shelfd events --operation {target.id}",
        )
    if (other := queries.undone_by(tx, target.id)) is not None:
        return ConflictError(
            f"{subject}: operation {other} undoes it already",
            code="being_undone",
            hint=f"wait for it: shelfd events --operation {other}",
        )
    if not (queries.is_undoable(tx, target.id) or renamed.is_undoable(tx, target.id)):
        return ConflictError(
            f"{subject}: there is nothing to undo",
            code="nothing_to_undo",
            hint="only imports that filed something can be undone, once, and until the trash is emptied",
        )
    return None
