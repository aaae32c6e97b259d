"""What the catalog has already as evidence for what a dropped file is, and where it belongs.

Ids outrank names, an exact title with its year outranks a likely one, and where two works of the library could be
meant, none is chosen.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from shelfd.core.identity import Candidate, Decision, Identity
from shelfd.core.names_words import ARTICLES, YEAR, key
from shelfd.core.paths import RelPath

WHOLES: Mapping[str, str] = {
    "movie": "movie",
    "episode": "show",
    "track": "album",
    "audiobook": "audiobook",
    "book": "book",
}
"""What in the catalog tells of a file of each kind."""
SEEN = frozenset(("movie", "episode"))
"""Kinds that have no creator by whom one is told from another."""
COUNTRIES = frozenset("us uk au nz ca".split())
"""What is put behind the title of a show that another country made anew."""
EXACT = 0.97
LIKELY = 0.8
SURE = 0.95
"""How sure a file is whose title and year, or id, are those of a work in the library."""
OF_A_KNOWN_SHOW = 0.85
"""How sure an episode at least is whose show is in the library."""
READABLE = 0.4
"""How sure the numbers of an episode must be that it is taken for one of a known show."""
TWO_WORKS = 0.5


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A work that the catalog has."""

    id: int
    kind: str
    root: str
    path: RelPath
    title: str
    year: int | None = None
    by: str = ""
    """Its artist or author."""
    ids: Mapping[str, str] = {}


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """By what the catalog is asked for works that a file could belong to."""

    kind: str
    """As the catalog has it."""
    title: str
    """As `loose` gives it."""
    ids: tuple[tuple[str, str], ...] = ()


class Joined(NamedTuple):
    """What a file is in view of the catalog."""

    identity: Identity
    item: Item | None
    """The work that it belongs to; None: none that is known."""
    seen: tuple[Candidate, ...]
    """Each work that could be meant, the most likely first."""
    items: tuple[Item, ...] = ()
    """Wherever the catalog has the work that it is for certain: it can have it in several places."""


def loose(title: str) -> str:
    """Return what two titles have in common that may be meant as one: no article, no country or year at the end."""
    words = key(title).split()
    if len(words) > 1 and re.fullmatch(YEAR, words[-1]):
        words.pop()
    if len(words) > 1 and words[-1] in COUNTRIES:
        words.pop()
    if len(words) > 1 and words[0] in ARTICLES:
        words.pop(0)
    return " ".join(words)


def sought(identity: Identity) -> Sought | None:
    """Return by what to ask for works that the file could belong to; None when nothing is known of it."""
    kind = WHOLES.get(identity.kind)
    title = loose(_title(identity))
    if kind is None or not (title or identity.ids):
        return None
    return Sought(kind=kind, title=title, ids=tuple(sorted(identity.ids.items())))


def joined(identity: Identity, items: Sequence[Item]) -> Joined:
    """Return what a file is in view of the works that could be meant."""
    seen = sorted(((_seen(identity, item), item) for item in items), key=lambda one: -one[0].score)
    candidates = tuple(candidate for candidate, _item in seen)
    certain = tuple(item for candidate, item in seen if candidate.score >= EXACT)
    works = tuple(item for item in items if is_work(identity, item))
    if certain:
        own = certain if identity.kind in SEEN else works
        return Joined(_as(identity, certain[0], SURE), certain[0], candidates, own)
    likely = [item for candidate, item in seen if candidate.score >= LIKELY]
    if identity.kind != "episode" or not likely:
        return Joined(identity, None, candidates, works)
    if len({(key(item.title), item.year) for item in likely}) > 1:
        return Joined(_doubtful(identity, likely), None, candidates)
    return Joined(_as(identity, likely[0], OF_A_KNOWN_SHOW), likely[0], candidates, tuple(likely))


def is_work(identity: Identity, item: Item) -> bool:
    """Say whether a file of something that has a creator is of this very work: by the same, of the same title, of no other year."""
    by = key(_by(identity))
    return (
        bool(by and key(_title(identity)))
        and by == key(item.by)
        and key(_title(identity)) == key(item.title)
        and (identity.year is None or item.year in (None, identity.year))
    )


def _title(identity: Identity) -> str:
    match identity.kind:
        case "episode":
            return identity.show
        case "track":
            return identity.album
        case _:
            return identity.title


def _by(identity: Identity) -> str:
    return identity.author or identity.album_artist or identity.artist


def _seen(identity: Identity, item: Item) -> Candidate:
    """Return a work of the library as one that the file could belong to."""
    score, reason = _by_ids(identity.ids, item.ids) or _by_title(identity, item)
    if key(_by(identity)) and item.by and key(_by(identity)) != key(item.by):
        score, reason = round(score * 0.3, 2), f"{reason}, but by {item.by}"
    title = _title(identity)
    show = item.kind in ("show", "movie")
    said = Decision(
        kind=identity.kind,
        title=identity.title if item.kind == "album" else item.title,
        year=item.year,
        ids=dict(item.ids) if show else {},
        album=item.title if item.kind == "album" else "",
        artist=(identity.artist or item.by) if item.kind == "album" else "",
        author=item.by if item.kind in ("audiobook", "book") else "",
    )
    reasons = (f"the library has it: {reason}", *((f"it was read as {title}",) if title else ()))
    return Candidate(
        source="library",
        title=item.title,
        year=item.year,
        score=score,
        reasons=reasons,
        accepts=said,
    )


def _by_ids(read: Mapping[str, str], known: Mapping[str, str]) -> tuple[float, str] | None:
    both = [provider for provider in read if provider in known]
    for provider in both:
        if read[provider] == known[provider]:
            return 1.0, f"the same {provider} id, {read[provider]}"
    if both:
        return 0.0, f"its {both[0]} id is {known[both[0]]}, not {read[both[0]]}"
    return None


def _by_title(identity: Identity, item: Item) -> tuple[float, str]:
    exact = key(_title(identity)) == key(item.title)
    how = "the same title" if exact else "a title like it"
    if identity.year is None or item.year is None:
        # that a movie of this title is there does not say that the other one is none
        same = LIKELY if identity.kind == "episode" else 0.6
        return (same if exact else 0.5), f"{how}, no year to compare"
    apart = abs(identity.year - item.year)
    if apart == 0:
        return (EXACT if exact else 0.7), f"{how} and the same year"
    if apart == 1:
        return (0.5 if exact else 0.3), f"{how}, a year apart"
    return (0.2 if exact else 0.1), f"{how}, but of {item.year}"


def _as(identity: Identity, item: Item, sure: float) -> Identity:
    """Return a file as one of a known work, spelled as there."""
    # what is known not to be the work itself, such as a sample, does not become it
    if identity.kind not in ("episode", "movie") or identity.confidence <= 0:
        return identity
    ids = {**item.ids, **identity.ids}
    rule = f"{identity.rule}; the library has {_named(item)}"
    confidence = max(identity.confidence, sure)
    if identity.kind == "movie":
        return replace(
            identity, title=item.title, year=item.year, ids=ids, confidence=confidence, rule=rule
        )
    readable = bool(identity.episodes or identity.date) and identity.confidence >= READABLE
    return replace(
        identity,
        show=item.title,
        year=item.year if item.year is not None else identity.year,
        ids=ids,
        confidence=max(identity.confidence, OF_A_KNOWN_SHOW) if readable else identity.confidence,
        rule=rule,
    )


def _doubtful(identity: Identity, items: Sequence[Item]) -> Identity:
    named = ", ".join(dict.fromkeys(_named(item) for item in items))
    return replace(
        identity,
        confidence=min(identity.confidence, TWO_WORKS),
        rule=f"{identity.rule}, but the library has more than one of this title: {named}",
    )


def _named(item: Item) -> str:
    return f"{item.title} ({item.year})" if item.year else item.title
