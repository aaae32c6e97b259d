"""What shelfd knows of one path, and which rule decided: the answer to `shelfd why`.

States: `ignored` passed over for good; `settling` waits until it has stopped changing; `queued` will be
filed; `imported` was filed from here; `filed` was put here by shelfd; `refused` stays, since shelfd is not
sure enough or must not; `held` was put back by a person, or somebody is at work there; `suspended` waits for its disk; `unknown` is none
of these, and the reason says more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from shelfd.core import drops, ignored
from shelfd.core.identity import Identity
from shelfd.core.journal import Action, Entry, State
from shelfd.core.operations import Kind, Operation
from shelfd.core.paths import Place, RelPath, name, printable, within
from shelfd.core.plan import Verdict

WAITING = frozenset(("settling", "queued", "unknown"))
"""States that a root which is not there explains."""


class Dropped(Protocol):
    """A drop as its row says it."""

    @property
    def path(self) -> RelPath: ...  # noqa: D102  # see store.drops
    @property
    def state(self) -> str: ...  # noqa: D102  # see store.drops
    @property
    def reason(self) -> str: ...  # noqa: D102  # see store.drops
    @property
    def verdicts(self) -> tuple[Verdict, ...]: ...  # noqa: D102  # see store.drops
    @property
    def operation(self) -> int | None: ...  # noqa: D102  # see store.drops


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The answer."""

    state: str
    reason: str
    rule: str = ""
    identity: Identity | None = None
    target: Place | None = None
    """Where it goes, went, or would go."""
    source: Place | None = None
    """For what was filed: where it came from."""
    operation: int | None = None
    item: int | None = None
    """The item of the catalog that it belongs to."""
    at: float | None = None
    """Unix time at which it was filed."""
    missing_since: float | None = None
    files: Mapping[RelPath, "Why"] | None = None
    """For a directory, or a file with what belongs to it: the same for each file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """What the catalog has of a file of a library."""

    item: int | None
    missing_since: float | None


def passed_over(path: RelPath, patterns: Sequence[str]) -> Why | None:
    """Return why nothing at this path is looked at; None when it is."""
    for part in path.split(b"/") if path else ():
        if (reason := ignored.reason(part, patterns)) is not None:
            subject = "" if part == name(path) else f"{printable(part)}: "
            return Why(state="ignored", reason=f"{subject}{reason}")
    return None


def owner(path: RelPath, tops: Sequence[RelPath]) -> RelPath | None:
    """Return which of these drops an entry of an inbox belongs to: itself, or what it is named after."""
    if path in tops:
        return path
    named = [top for top in tops if drops.belongs_to(path, drops.stem(top))]
    return max(named, key=len, default=None)


def of_drop(path: RelPath, drop: Dropped) -> Why:
    """Return what is known of a path that is a drop, or in one."""
    about = {
        RelPath(verdict.path): _of_file(verdict, drop)
        for verdict in drop.verdicts
        if path == drop.path or within(RelPath(verdict.path), path)
    }
    if path in about:
        others = {other: why for other, why in about.items() if other != path}
        return replace(about[path], files=others or None)
    whole = Why(state=drop.state, reason=drop.reason, operation=drop.operation, files=about or None)
    media = [why for why in about.values() if why.identity is not None]
    if len(media) != 1:
        return whole
    # a directory with one film in it is that film
    only = media[0]
    return replace(whole, rule=only.rule, identity=only.identity, target=only.target)


def _of_file(verdict: Verdict, drop: Dropped) -> Why:
    judged = drop.state in ("imported", "refused")
    own = {"left": "ignored", "refused": "refused"} if judged else {}
    reason = verdict.reason if judged and verdict.state != "file" else drop.reason
    return Why(
        state=own.get(verdict.state, drop.state),
        reason=reason,
        rule=verdict.rule,
        identity=verdict.identity,
        target=Place(verdict.root, RelPath(verdict.target)) if verdict.root else None,
        operation=drop.operation,
    )


def of_steps(place: Place, entry: Entry, operation: Operation, verdict: Verdict | None) -> Why:
    """Return what the last file step at a path says of it; `verdict` is the one on what was filed there."""
    step = entry.step
    if entry.state in (State.PLANNED, State.BEGUN):
        what = "puts it back" if operation.kind is Kind.UNDO else "works on it"
        reason = f"operation {operation.id} {what}"
        return Why(state="queued", reason=reason, operation=operation.id, target=step.target)
    if operation.kind is Kind.UNDO:
        back = "it was put back" if step.target == place else "it was taken back from here"
        reason = f"{back} by operation {operation.id}"
        state = "held" if step.target == place else "unknown"
        return Why(state=state, reason=reason, operation=operation.id)
    known = Why(state="filed", reason="", operation=operation.id, at=operation.finished_at)
    if verdict is not None:
        known = replace(known, rule=verdict.rule, identity=verdict.identity)
    if step.action is Action.MKDIR:
        return replace(known, reason=f"operation {operation.id} made this directory")
    if step.target == place:
        return replace(known, reason=f"operation {operation.id} filed it here", source=step.source)
    reason = f"operation {operation.id} filed what lay here"
    return replace(known, state="imported", reason=reason, target=step.target)


def of_catalog(shelved: Shelved) -> Why:
    """Return what is known of a file that a scan has found in a library."""
    reason = "it is in the catalog, but shelfd did not put it there"
    return with_catalog(Why(state="unknown", reason=reason), shelved)


def with_catalog(why: Why, shelved: Shelved) -> Why:
    """Return the answer with what the catalog adds."""
    known = replace(why, item=shelved.item, missing_since=shelved.missing_since)
    taken_back = why.state == "unknown" and why.operation is not None
    if shelved.missing_since is None or taken_back:
        return known
    return replace(known, reason=f"{why.reason}; it is missing now")


def of_nothing(*, role: str, there: bool) -> Why:
    """Return what to say of a path in a root of which nothing is written."""
    if not there:
        return Why(state="unknown", reason="there is nothing of this name, and none is remembered")
    seen = "a look" if role == "inbox" else "a scan"
    return Why(state="unknown", reason=f"it is there, but {seen} has not come by yet")


def held(why: Why, reason: str) -> Why:
    """Return the answer in view of a hold on the path, or above it, or on a part of what is to be filed."""
    if why.state in WAITING or why.state == "held":
        return replace(why, state="held", reason=reason)
    return replace(why, reason=f"{why.reason}; {reason}")


def suspended(why: Why, root: str, state: str, reason: str) -> Why:
    """Return the answer in view of the state of its root."""
    if state not in ("suspended", "absent") or why.state not in WAITING:
        return why
    return replace(why, state="suspended", reason=f"{root} is {state}: {reason or why.reason}")
