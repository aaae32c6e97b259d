"""What people and the catalog say of the media of a drop, beyond their tags and names; a room of the plan."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from shelfd.core import decisions, known, plan, review
from shelfd.core.embedded import with_ids
from shelfd.core.identity import Decision, Identity
from shelfd.core.known import Item, Sought
from shelfd.core.paths import RelPath, guessed
from shelfd.core.plan import Request, Verdict
from shelfd.core.review import Judged
from shelfd.store import known as works
from shelfd.store import pins
from shelfd.store.database import Tx

Look = Callable[[Identity], Sequence[Item]]


def informed(reader: Tx, request: Request, *, asked: bool) -> Request:
    """Return a request with what is known of its files; `asked`: a person wants this very drop filed.

    What a person has once decided holds. Only that it is to stay gives way to who asks for its import.
    """
    seen: dict[Sought, list[Item]] = {}

    def look(identity: Identity) -> Sequence[Item]:
        sought = known.sought(identity)
        if sought is None:
            return ()
        if sought not in seen:
            seen[sought] = works.works(reader, sought)
        return seen[sought]

    judged = {}
    for path, reading in request.readings.items():
        if reading.error is not None:
            continue
        below = review.inside(request.drop, path)
        decision = pins.of(reader, reading.fingerprint, below)
        if decision is not None and decision.skip and asked:
            decision = None
        judged[path] = _judged(reader, request, path, (decision, look))
    return replace(request, judged=judged)


def _judged(
    reader: Tx, request: Request, path: RelPath, beyond: tuple[Decision | None, Look]
) -> Judged:
    decision, look = beyond
    reading = request.readings[path]
    identity = with_ids(plan.identified(request, path), reading.tags)
    if decision is not None and decision.skip:
        return Judged(identity=identity, skip=True)
    if decision is not None:
        identity = decisions.applied(decision, identity)
    found = known.joined(identity, look(identity))
    # what a person has said, no library makes doubtful
    if decision is None or found.item is not None:
        identity = found.identity
    if decision is not None and (field := decisions.lacking(identity)):
        rule = f"{decisions.RULE}, but not its {field}"
        identity = replace(identity, confidence=0.0, rule=rule)
    identity = replace(identity, candidates=(*found.seen, *identity.candidates))
    if decision is not None or review.state(identity, request.auto_accept) == "review":
        parts = tuple(guessed(part) for part in path.split(b"/"))
        asked = review.candidates(identity, parts, reading, request.kind)
        identity = replace(identity, candidates=asked)
    home = None if found.item is None else known.home(found.item)
    if home is not None and works.is_shared(reader, home):
        home = None
    season = None
    if home is not None and found.item is not None:
        season = works.season_of(reader, found.item.id, identity.season)
    return Judged(identity=identity, home=home, season=season, decided=decision is not None)


def asked_again(request: Request, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts, with a question where what a person has decided cannot be done: another answer may do."""
    return [
        replace(verdict, state="review")
        if verdict.state == "refused"
        and (found := request.judged.get(RelPath(verdict.path))) is not None
        and found.decided
        else verdict
        for verdict in verdicts
    ]
