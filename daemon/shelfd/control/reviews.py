"""Reviews: what people are asked about drops that shelfd is not sure of, and what they answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from shelfd.control.answers import InvalidError, answer, moment, page
from shelfd.control.asked import Asked, missing
from shelfd.control.operations import end_of
from shelfd.control.ports import Daemon
from shelfd.core import decisions, pinned, review
from shelfd.core.errors import UsageError
from shelfd.core.identity import Decision, Identity
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath, name, printable, within
from shelfd.core.pinned import Pin
from shelfd.core.plan import LIBRARY
from shelfd.core.review import File
from shelfd.core.roots import Roots
from shelfd.store import drops, operations, pins, reviews
from shelfd.store.database import Tx
from shelfd.store.reviews import Review

HINT = (
    'for example {"accept": 1}, {"as": {"kind": "movie", "title": "Dune", "year": 1984}},'
    ' {"skip": true}'
)


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says of a review: either of the first three."""

    accept: int | UnsetType = UNSET
    """The number of one of its candidates; it counts for those files that could be it."""
    fields: dict[str, Any] | UnsetType = msgspec.field(name="as", default=UNSET)
    """What it is: kind, title, year, season, episodes ..., those that were not read right."""
    skip: bool = False
    """It is to stay where it is, and nobody is asked again until it changes."""
    dry_run: bool = False
    """Nothing is decided: the import that follows only says what it would do."""
    files: list[str] = []
    """Paths, absolute or below the inbox, of those of its files that are meant; without it all that are asked about."""


def listed(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/reviews`: the oldest first."""
    limit = asked.limit()
    found = reviews.page(daemon.db.read(), limit + 1, asked.number("after", 0))
    return page([shown(one, daemon.current.roots) for one in found], limit)


def one(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/reviews/{id}`."""
    return answer(shown(_require(daemon.db.read(), asked), daemon.current.roots))


def decide(daemon: Daemon, asked: Asked) -> Response:
    """Return `POST /v1/reviews/{id}`: 202 with the import that follows; for a skip 200 with what the review was.

    The decision is kept before anything is done, and holds for this content whatever it is called.
    """
    said = asked.content(Answer, HINT)
    now = round(daemon.clock.wall(), 3)
    with daemon.db.transaction() as tx:
        found = _require(tx, asked)
        decided = _decided(found, said, daemon.current.roots)
        place = Place(found.drop.root, found.drop.path)
        kept = _pins(found, decided, now)
        if said.dry_run:
            supposed = {"dry_run": True, "supposed": [pinned.line(pin).decode() for pin in kept]}
            wish = _import(daemon.current.roots, place, {"review": found.id, **supposed})
            return answer({"id": operations.enqueue(tx, wish, now)}, 202)
        pins.put(tx, kept)
        daemon.keep_decisions(tx)
        if all(decision.skip for _file, decision in decided) and not _others(found, decided):
            reason = f"{review.SKIPPED}: `shelfd import` asks again"
            drops.judged(tx, place, ("held", reason), found.drop.verdicts, (None, now))
            return answer(shown(found, daemon.current.roots))
        wish = _import(daemon.current.roots, place, {"review": found.id})
        number = operations.enqueue(tx, wish, now)
        drops.queued(tx, place, number)
    return answer({"id": number}, 202)


def shown(found: Review, roots: Roots) -> dict[str, object]:
    """Return a review with the contract's names; its candidates are numbered from 1."""
    identities = _identities(found)
    return {
        "id": found.id,
        **end_of(Place(found.drop.root, found.drop.path), roots),
        "reason": found.drop.reason,
        "opened_at": moment(found.opened_at),
        "files": [
            {
                **end_of(Place(found.drop.root, RelPath(file.path)), roots),
                "parsed": _parsed(identities.get(file.path)),
                "candidates": [offer + 1 for offer in file.offers],
            }
            for file in found.question.files
        ],
        "candidates": [
            {"number": number, **msgspec.to_builtins(candidate), **_lacks(found, number - 1)}
            for number, candidate in enumerate(found.question.candidates, 1)
        ],
    }


def _lacks(found: Review, number: int) -> dict[str, str]:
    """Return what must be said beside a candidate before any of its files can be filed; empty: it is enough."""
    accepts = found.question.candidates[number].accepts
    files = [file for file in found.question.files if number in file.offers]
    if accepts is None or not files:
        return {}
    lacking = _lacking(found, [(file, accepts) for file in files])
    return {"lacks": lacking[0]} if all(lacking) else {}


def _lacking(found: Review, decided: Sequence[tuple[File, Decision]]) -> list[str]:
    """Return of each file what is still not known of it by what is decided; empty: it can be filed."""
    identities = _identities(found)
    return [
        decisions.lacking(decisions.applied(decision, identities.get(file.path, Identity(kind=""))))
        for file, decision in decided
    ]


def _require(tx: Tx, asked: Asked) -> Review:
    number = asked.id("review")
    found = reviews.one(tx, number)
    if found is None:
        raise missing("review", number)
    return found


def _decided(found: Review, said: Answer, roots: Roots) -> list[tuple[File, Decision]]:
    """Return what is decided of which files; InvalidError when that makes no sense."""
    given = [said.accept is not UNSET, said.fields is not UNSET, said.skip]
    if sum(given) != 1:
        what = "say one of accept, as, skip" + (", not several" if sum(given) else "")
        raise InvalidError(f"body: {what}", code="invalid_body", hint=HINT)
    files = _files(found, said.files, roots.absolute(Place(found.drop.root, TOP)))
    if said.skip and said.dry_run:
        raise InvalidError("body: of a skip there is no plan", code="invalid_body", hint=HINT)
    if said.skip:
        return [(file, Decision(skip=True)) for file in files]
    if said.accept is not UNSET:
        decided = _accepted(found, files, said.accept)
    else:
        decision = _of_fields(found, files, said.fields)
        decided = [(file, decision) for file in files]
    _require_enough(found, decided)
    _require_library(roots, decided[0][1].kind)
    return decided


def _files(found: Review, wanted: Sequence[str], inbox: bytes) -> list[File]:
    """Return which files are meant; InvalidError when one is none of those that are asked about."""
    files = list(found.question.files)
    if not wanted:
        return files
    chosen = []
    for path in wanted:
        raw = path.encode("utf-8", "surrogateescape").removeprefix(inbox).strip(b"/")
        meant = [
            file
            for file in files
            # bytes that are no text appear as in the answers
            if within(RelPath(file.path), RelPath(raw)) or printable(file.path).encode() == raw
        ]
        if not raw or not meant:
            known = ", ".join(printable(file.path) for file in files[:10])
            raise InvalidError(
                f"files: {path.encode('utf-8', 'backslashreplace').decode()!r} is none that this review asks about",
                code="invalid_body",
                hint=f"it asks about: {known}",
            )
        chosen += [file for file in meant if file not in chosen]
    return chosen


def _accepted(found: Review, files: Sequence[File], number: int) -> list[tuple[File, Decision]]:
    offered = found.question.candidates
    accepts = offered[number - 1].accepts if 0 < number <= len(offered) else None
    if accepts is None:
        what = (
            f"there are {len(offered)}: a number from 1" if offered else "there is none: say `as`"
        )
        raise InvalidError(
            f"accept: {number} is no candidate of this review", code="invalid_body", hint=what
        )
    decided = [(file, accepts) for file in files if number - 1 in file.offers]
    if not decided:
        raise InvalidError(
            f"accept: candidate {number} is none for these files", code="invalid_body", hint=HINT
        )
    return decided


def _of_fields(found: Review, files: Sequence[File], said: Any) -> Decision:
    identities = _identities(found)
    kinds = {identities[file.path].kind for file in files if file.path in identities}
    try:
        decision = decisions.decision(said, kinds.pop() if len(kinds) == 1 else "")
    except UsageError as error:
        raise InvalidError(error.message, code=error.code, hint=error.hint) from error
    own = decisions.of_one_file(decision)
    if len(files) > 1 and own:
        raise InvalidError(
            f"{own[0]}: {len(files)} files are asked about, and only one can have this",
            code="invalid_decision",
            hint="say which file is meant (`files`, or --file), and decide the others after it",
        )
    return decision


def _require_enough(found: Review, decided: Sequence[tuple[File, Decision]]) -> None:
    """Raise InvalidError when none of these files can be filed by what is said of it."""
    lacking = _lacking(found, decided)
    if all(lacking):
        kind = decided[0][1].kind
        raise InvalidError(
            f"{lacking[0]}: it is not known, and without it no {kind} can be filed",
            code="invalid_decision",
            hint=f'say it with the other fields: "kind={kind} {lacking[0]}=..."',
        )


def _require_library(roots: Roots, kind: str) -> None:
    """Raise InvalidError when there is no library for what this is said to be."""
    wanted, there = LIBRARY[kind], roots.libraries()
    if wanted not in there:
        raise InvalidError(
            f"kind: there is no library of kind {wanted} in the settings",
            code="invalid_decision",
            hint=f"there are libraries of {', '.join(there) or 'nothing'}",
        )


def _others(found: Review, decided: Sequence[tuple[File, Decision]]) -> bool:
    """Say whether some of the files that are asked about are left open."""
    return len(decided) < len(found.question.files)


def _pins(found: Review, decided: Sequence[tuple[File, Decision]], now: float) -> list[Pin]:
    """Return what is kept: with what was read beside it, since under another name that could not be read."""
    identities = _identities(found)
    return [
        Pin(
            fingerprint=file.fingerprint,
            inside=review.inside(found.drop.path, RelPath(file.path)),
            name=printable(name(RelPath(file.path))),
            decision=_whole(decision, identities.get(file.path)),
            decided_at=now,
        )
        for file, decision in decided
        if file.fingerprint is not None
    ]


def _whole(decision: Decision, read: Identity | None) -> Decision:
    if decision.skip or read is None:
        return decision
    return review.of_identity(decisions.applied(decision, read))


def _import(roots: Roots, place: Place, options: Mapping[str, object]) -> Wish:
    return Wish(
        kind=Kind.IMPORT,
        step=Step.PLAN,
        place=place,
        display=roots.display(place),
        asker=Asker.PERSON,
        options=options,
    )


def _identities(found: Review) -> dict[bytes, Identity]:
    verdicts = found.drop.verdicts
    return {verdict.path: verdict.identity for verdict in verdicts if verdict.identity is not None}


def _parsed(identity: Identity | None) -> dict[str, object]:
    if identity is None:
        return {}
    fields: dict[str, object] = msgspec.to_builtins(identity)
    return {key: value for key, value in fields.items() if key not in ("candidates", "rule")}
