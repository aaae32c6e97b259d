"""What shelfd knows of one path, and which rule decided: the answer to `shelfd why`.

States: `ignored` passed over for good; `settling` waits until it has stopped changing; `queued` will be
filed; `imported` was filed from here; `filed` was put here by shelfd; `review` waits for a person, since shelfd is
not sure what it is; `refused` stays, here or in the quarantine, since shelfd must not
file it, or knows of nothing that it belongs to; `held` was put back by
a person, who has also said that it is to stay, or somebody is at work there; `suspended` waits for its disk; `unknown`
is none of these, and the reason says more.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec
from msgspec.structs import replace

from shelfd.core import archives, drops, ignored, late, media
from shelfd.core.identity import Identity
from shelfd.core.journal import Action, Entry, State
from shelfd.core.listing import Listing
from shelfd.core.operations import Kind, Operation
from shelfd.core.paths import Place, RelPath, name, printable, suffix, within
from shelfd.core.plan import Verdict
from shelfd.core.settings import Scan

AWAY = frozenset(("suspended", "absent"))
"""States of a root in which nothing that is not found is taken for deleted."""
BY_POLICY = {
    "symbolic link": 'scan.symlinks is "skip"',
    "link to a directory": 'scan.symlinks would have to be "all"',
}
"""What links are called that other settings would follow."""
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


class Why(msgspec.Struct, frozen=True, kw_only=True):
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
    review: int | None = None
    """The question to people about it."""
    at: float | None = None
    """Unix time at which it was filed."""
    missing_since: float | None = None
    kept_until: float | None = None
    """Unix time at which what is known of a missing file is forgotten."""
    files: Mapping[RelPath, "Why"] | None = None
    """For a directory, or a file with what belongs to it: the same for each file."""


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog has of a file of a library."""

    item: int | None
    missing_since: float | None
    kept_until: float | None = None
    """Unix time at which that is forgotten; None: it is not missing."""


def passed_over(path: RelPath, patterns: Sequence[str]) -> Why | None:
    """Return why nothing at this path of an inbox is looked at; None when it is."""
    if (ready := drops.ready_for(name(path))) is not None:
        what = printable(ready) or "all in its directory"
        return Why(state="ignored", reason=f"by it a sender says that {what} is complete")
    for part in path.split(b"/") if path else ():
        if (reason := ignored.reason(part, patterns)) is not None:
            subject = "" if part == name(path) else f"{printable(part)}: "
            return Why(state="ignored", reason=f"{subject}{reason}")
    return None


def owner(path: RelPath, tops: Sequence[RelPath]) -> RelPath | None:
    """Return which of these drops an entry of an inbox belongs to: itself, or what it is named after."""
    if path in tops:
        return path
    named = [
        top
        for top in tops
        if drops.belongs_to(path, drops.stem(top)) or archives.is_volume_of(path, top)
    ]
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
    state = "refused" if drop.state == "quarantined" else drop.state
    whole = Why(state=state, reason=drop.reason, operation=drop.operation, files=about or None)
    media = [why for why in about.values() if why.identity is not None]
    if len(media) != 1:
        return whole
    # a directory with one film in it is that film
    only = media[0]
    return replace(whole, rule=only.rule, identity=only.identity, target=only.target)


def _of_file(verdict: Verdict, drop: Dropped) -> Why:
    judged = drop.state in ("imported", "refused", "review", "quarantined")
    own = {"left": _left(verdict, drop), "refused": "refused", "review": "review"} if judged else {}
    reason = verdict.reason if judged and verdict.state != "file" else drop.reason
    if drop.state == "imported" and verdict.state == "file":
        reason = "it was filed"  # what is said of the drop is about the others
    return Why(
        state=own.get(verdict.state, "refused" if drop.state == "quarantined" else drop.state),
        reason=reason,
        rule=verdict.rule,
        identity=verdict.identity,
        target=Place(verdict.root, RelPath(verdict.target)) if verdict.root else None,
        operation=drop.operation,
    )


def _left(verdict: Verdict, drop: Dropped) -> str:
    """Return the state of a file that is nothing to play: that of its drop, unless it is only passed over in it."""
    stays = drop.state in ("refused", "quarantined") or verdict.reason.startswith(late.WAITS)
    return "refused" if stays else "ignored"


def of_steps(
    place: Place, entry: Entry, operation: Operation, decided: tuple[Identity | None, str]
) -> Why:
    """Return what the last file step at a path says of it; `decided`: what its file was taken for, and the rule."""
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
    known = replace(known, identity=decided[0], rule=decided[1])
    if step.action is Action.MKDIR:
        return replace(known, reason=f"operation {operation.id} made this directory")
    if step.target == place:
        return replace(known, reason=f"operation {operation.id} filed it here", source=step.source)
    what = "put it into the trash" if step.trash else "filed what lay here"
    return replace(
        known,
        state="unknown" if step.trash and operation.root != place.root else "imported",
        reason=f"operation {operation.id} {what}",
        target=step.target,
    )


def of_entry(called: bytes, kind: media.Kind, found: Listing, scan: Scan) -> Why | None:
    """Return why no scan takes a file of this name from a directory of a library; None when one does."""
    if called in found.others:
        return _of_other(found.others[called])
    facts = found.files.get(called)
    if facts is None:
        return None
    reason = None
    if suffix(called) not in media.HOLDS[kind]:
        reason = f"the items of a library of {kind} are not made of files that end like this"
    elif facts.size < scan.min_size_bytes:
        reason = f"its size is {facts.size}, and scan.min_size_bytes is {scan.min_size_bytes}"
    elif facts.size > scan.max_size_bytes:
        reason = f"its size is {facts.size}, and scan.max_size_bytes is {scan.max_size_bytes}"
    return None if reason is None else Why(state="ignored", reason=reason)


def _of_other(what: str) -> Why:
    """Return what to say of what is neither a file nor a directory; `what` as a listing has it."""
    if what.startswith("unreadable: "):
        return Why(state="unknown", reason=what.replace("unreadable", "it cannot be looked at", 1))
    policy = f", and {BY_POLICY[what]}" if what in BY_POLICY else ""
    return Why(state="ignored", reason=f"it is a {what}{policy}")


def of_catalog(read: Identity | None) -> Why:
    """Return what is known of a file of the catalog without a history; `read`: what it is taken for."""
    reason = "it is in the catalog, and nothing is remembered of how it came here"
    rule = "" if read is None else read.rule
    return Why(state="unknown", reason=reason, identity=read, rule=rule)


def with_catalog(why: Why, shelved: Shelved) -> Why:
    """Return the answer with what the catalog adds."""
    known = replace(
        why,
        item=shelved.item,
        missing_since=shelved.missing_since,
        kept_until=shelved.kept_until,
    )
    taken_back = why.state == "unknown" and why.operation is not None
    if shelved.missing_since is None or taken_back:
        return known
    until = shelved.kept_until
    kept = f", and known until {_minute(until)}, should it come back" if until else ""
    since = f"since {_minute(shelved.missing_since)}" if until else "now"
    return replace(known, reason=f"{why.reason}; it is missing {since}{kept}")


def out_of_sight(why: Why, root: str, state: str, reason: str) -> Why:
    """Return the answer for a file of the catalog that is not there, in view of the state of its library."""
    if state not in AWAY:
        return replace(why, reason=f"{why.reason}; it is not there, and the next scan judges that")
    way = f"if it is really gone: `shelfd confirm {root}`" if state == "suspended" else ""
    told = f"{root} is {state}: {reason}" if reason else f"{root} is {state}"
    what = "it is out of sight, and not taken for deleted"
    return replace(why, state="suspended", reason="; ".join(filter(None, (what, told, way))))


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
    if state not in AWAY or why.state not in WAITING:
        return why
    return replace(why, state="suspended", reason=f"{root} is {state}: {reason or why.reason}")


def _minute(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC).astimezone():%Y-%m-%d %H:%M}"
