"""A series of comics that the library has as evidence for a comic whose name alone could mean many things."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from shelfd.core.identity import Candidate, Identity
from shelfd.core.names_comics import EXTENSIONS
from shelfd.core.names_words import key

OF_A_KNOWN_SERIES = 0.85
"""How sure a comic at least is whose series is in the library; as an episode of a known show."""


class Issue(NamedTuple):
    """A comic, or another book, that the library has."""

    series: str
    author: str


def sought(identity: Identity, extension: str) -> str:
    """Return the series of which the library is asked for others; empty for what is no numbered comic."""
    numbered = identity.kind == "book" and identity.sequence and identity.confidence > 0
    return identity.series if numbered and extension in EXTENSIONS else ""


def joined(identity: Identity, known: Sequence[Issue]) -> Identity:
    """Return a comic in view of those that the library has: it is one of their series, and lies with them."""
    same = [one for one in known if key(one.series) == key(identity.series)]
    mine = key(identity.author)
    if mine:
        same = [one for one in same if key(one.author) in ("", mine)]
    if not same:
        return identity
    issue = Counter(same).most_common(1)[0][0]
    candidate = Candidate(
        source="library",
        title=f"{issue.series} #{identity.sequence}",
        year=identity.year,
        score=OF_A_KNOWN_SERIES,
        reasons=(f"the library has others of the series {issue.series}",),
    )
    return replace(
        identity,
        series=issue.series,
        author=identity.author or issue.author,
        confidence=max(identity.confidence, OF_A_KNOWN_SERIES),
        rule=f"{identity.rule}; the library has others of the series {issue.series}",
        candidates=(candidate, *identity.candidates),
    )
