"""End the import of a drop of which nothing can be filed: a person is asked, has said so, or it is refused."""

from collections.abc import Mapping, Sequence

import structlog

from shelfd.core import hints, review, units
from shelfd.core.errors import RefusedError
from shelfd.core.operations import Asker, Operation
from shelfd.core.paths import Place, RelPath, printable
from shelfd.core.plan import Request, Verdict
from shelfd.core.settled import Memory
from shelfd.steps.ports import Base
from shelfd.steps.shown import told
from shelfd.store import drops as rows
from shelfd.store import operations, reviews

log = structlog.get_logger()


def is_asked(operation: Operation) -> bool:
    """Say whether a person wants this very drop filed, and not just all that lies in its inbox."""
    return operation.asked_by is Asker.PERSON and operation.parent is None


def asks_anew(operation: Operation) -> bool:
    """Say whether a person who wants it filed has said nothing of what it is."""
    return is_asked(operation) and "review" not in operation.options


def stay(
    base: Base,
    operation: Operation,
    request: Request,
    memory: Memory,
    verdicts: Sequence[Verdict],
) -> None:
    """End an import with why its drop stays, and write that down unless it was a dry run."""
    state, reason = _why(verdicts)
    place = Place(request.inbox, request.drop)
    log.info("nothing in it is filed", state=state, reason=reason)
    now = base.clock.wall()
    with base.db.transaction() as tx:
        result: dict[str, object] = {"stays": reason}
        if operation.options.get("dry_run") is True:
            result |= {"steps": [], "files": told(verdicts)}
        else:
            rows.looked(tx, place, state, reason, memory)
            rows.judged(tx, place, (state, reason), verdicts, (operation.id, now))
            if state == "review":
                result["review"] = reviews.put(tx, place, _question(request, verdicts), now)
        # that a person is asked is no failure of an import for which none has asked
        if state == "refused" or is_asked(operation):
            error = _error(state, result, _hint(request, verdicts))
            operations.fail(tx, operation.id, error, now, result)
        else:
            operations.complete(tx, operation.id, result, now)


def _hint(request: Request, verdicts: Sequence[Verdict]) -> str:
    """Return the way out for a drop that is refused."""
    refused = [verdict for verdict in verdicts if verdict.state == "refused"]
    first = next(iter(refused or verdicts), None)
    return hints.hint(first, request) if first else "put something into it, or remove it"


def _error(state: str, result: Mapping[str, object], hint: str) -> RefusedError:
    reason = str(result["stays"])
    if state == "held":
        hint = "`shelfd import` asks again what it is"
    if state == "review":
        hint = "without --dry-run it is asked what it is: `shelfd review`"
        if "review" in result:
            hint = f"say what it is: `shelfd review {result['review']}`"
    code = {"review": "not_sure", "held": "skipped"}.get(state, "refused")
    return RefusedError(reason, code=code, hint=hint)


def _why(verdicts: Sequence[Verdict]) -> tuple[str, str]:
    """Return the state of a drop that stays, and the reason."""
    for state in ("review", "refused"):
        found = [verdict for verdict in verdicts if verdict.state == state]
        if found:
            others = len({verdict.unit or verdict.path for verdict in found}) - 1
            more = f", and {others} more" if state == "review" and others else ""
            return state, f"{printable(found[0].path)}: {found[0].reason}{more}"
    first = next(iter(verdicts), None)
    if any(verdict.reason == review.SKIPPED for verdict in verdicts):
        return "held", f"{review.SKIPPED}: `shelfd import` asks again"
    return (
        "refused",
        f"{printable(first.path)}: {first.reason}" if first else "there is nothing in it",
    )


def _question(request: Request, verdicts: Sequence[Verdict]) -> review.Question:
    """Return what to ask; a disc is asked about as its main file."""
    mains = {units.main(disc, request) for disc in units.discs(request.files)}
    unsure = {
        path: (verdict.identity, request.readings[path].fingerprint)
        for verdict in verdicts
        if verdict.state == "review"
        and verdict.identity is not None
        and ((path := RelPath(verdict.path)) in mains or not verdict.unit)
    }
    return review.question(unsure)
