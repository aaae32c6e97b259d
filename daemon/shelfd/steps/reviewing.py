"""What people and the catalog say of the media of a drop, beyond what it says itself; a room of the plan."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from shelfd.core import decisions, evidence, known, known_series, pinned, plan, review, units
from shelfd.core.identity import Decision, Identity
from shelfd.core.known import Item, Joined, Sought
from shelfd.core.media import Reading
from shelfd.core.operations import Operation
from shelfd.core.paths import RelPath, guessed
from shelfd.core.plan import Request, Verdict
from shelfd.core.review import Judged
from shelfd.core.roles import roles
from shelfd.steps.homes import Homes
from shelfd.store import known as shelved
from shelfd.store import pins, series
from shelfd.store.database import Tx

Look = Callable[[Identity], Sequence[Item]]
Supposed = Mapping[tuple[int | None, bytes], Decision]


class _Said(NamedTuple):
    """What a work, or a disc as if it were one file, says of itself."""

    identity: Identity
    names: tuple[str, ...]
    reading: Reading
    inside: bytes
    """The name below the drop under which a decision on it is kept."""


def supposed(operation: Operation) -> Supposed:
    """Return what a dry run is to take for decided, by the content of files and their names below the drop."""
    lines = operation.options.get("supposed")
    found = [pinned.read(str(line).encode()) for line in lines] if isinstance(lines, list) else []
    return {(pin.fingerprint, pin.inside): pin.decision for pin in found if pin is not None}


def informed(reader: Tx, request: Request, supposed: Supposed, *, asked: bool) -> Request:
    """Return a request with what is known of its files; `asked`: a person wants this very drop filed.

    What a person has once decided holds, unless something else is `supposed`. Only that it is to stay gives way to
    who asks for its import.
    """
    seen: dict[Sought, list[Item]] = {}
    homes = Homes(reader)

    def look(identity: Identity) -> Sequence[Item]:
        sought = known.sought(identity)
        if sought is None:
            return ()
        if sought not in seen:
            seen[sought] = shelved.works(reader, sought)
        return seen[sought]

    judged = {}
    for path, own in _said(request).items():
        if own.reading.error is not None:
            judged[path] = Judged(identity=own.identity)
            continue
        known_by = own.reading.fingerprint, own.inside
        decision = supposed.get(known_by) or pins.of(reader, *known_by)
        if decision is not None and decision.skip and asked:
            decision = None
        said = own if decision is not None else _of_series(reader, own)
        judged[path] = _judged(homes, request, said, (decision, look))
    return replace(request, judged=judged)


def _said(request: Request) -> dict[RelPath, _Said]:
    sorted_out = roles(request.files)
    read = plan.identities(request, sorted_out)
    found = {
        path: _Said(
            identity=read[path],
            names=tuple(guessed(part) for part in path.split(b"/")),
            reading=request.readings[path],
            inside=review.inside(request.drop, path),
        )
        for path in sorted_out.works
    }
    for disc in sorted_out.discs:
        # one file of a disc is what all of it is known again by; whether it can be read says nothing
        main = units.main(disc, request)
        fingerprint = None if main is None else request.readings[main].fingerprint
        found[disc.files[0]] = _Said(
            identity=read[disc.files[0]],
            names=units.names(disc),
            reading=Reading(fingerprint=fingerprint),
            inside=review.inside(request.drop, main or disc.files[0]),
        )
    return found


def _judged(
    homes: Homes, request: Request, said: _Said, beyond: tuple[Decision | None, Look]
) -> Judged:
    decision, look = beyond
    if decision is not None and decision.skip:
        return Judged(identity=said.identity, skip=True)
    read = said.identity if decision is None else decisions.applied(decision, said.identity)
    found = known.joined(read, look(read))
    identity = _as_known(read, found) if decision is None else _as_decided(read, found)
    identity = replace(identity, candidates=(*found.seen, *identity.candidates))
    if decision is not None or review.state(identity, request.auto_accept) == "review":
        asked = review.candidates(identity, said.names, said.reading, request.kind)
        identity = replace(identity, candidates=asked)
    home = homes.of(identity, found.items)
    return Judged(
        identity=identity,
        home=home.place,
        inner=home.inner,
        versions=home.versions,
        decided=decision is not None,
    )


def _of_series(reader: Tx, said: _Said) -> _Said:
    """Return a comic in view of those of its series that the catalog has."""
    extension = f".{said.names[-1].rpartition('.')[2].lower()}" if said.names else ""
    wanted = known_series.sought(said.identity, extension)
    if not wanted:
        return said
    return said._replace(identity=known_series.joined(said.identity, series.of(reader, wanted)))


def _as_known(read: Identity, found: Joined) -> Identity:
    if not evidence.contradicted(read):
        return found.identity
    # that the library has what the names say does not say that the metadata file is wrong
    sure = min(read.confidence, found.identity.confidence)
    return replace(found.identity, confidence=sure)


def _as_decided(read: Identity, found: Joined) -> Identity:
    # what a person has said, no library makes doubtful
    identity = read if found.item is None else found.identity
    if field := decisions.lacking(identity):
        rule = f"{decisions.RULE}, but not its {field}"
        return replace(identity, confidence=0.0, rule=rule)
    return identity


def asked_again(request: Request, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts, with a question where what a person has decided cannot be done: another answer may do."""
    return [
        replace(verdict, state="review")
        if verdict.state == "refused"
        and (found := request.judged.get(RelPath(verdict.owner if verdict.unit else verdict.path)))
        and found.decided
        else verdict
        for verdict in verdicts
    ]
