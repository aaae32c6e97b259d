"""Ids of databases that a file carries, in its names or its tags: who wrote them knew what it is."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from shelfd.core.identity import Candidate, Identity
from shelfd.core.names_junk import JUNK
from shelfd.core.tagged import tagged

SURE = 0.9
"""How sure a file with a title is that carries an id."""
CLEAR = 0.8
"""How sure names must be for the tags beside an id to say nothing of the title."""
IN_DOUBT = 0.6
"""How sure a file at most is whose ids contradict its names or one another."""


class Form(NamedTuple):
    """One way in which a tag is an id."""

    tag: str
    provider: str
    value: re.Pattern[str]
    """All of the tag; its only group is the id."""


_ANY = re.compile(r"(\S.{0,99})")
_NUMBER = re.compile(r"0*(\d{1,10})")
_OF_IMDB = re.compile(r"(tt\d{7,8})")
FORMS: Mapping[str, Sequence[Form]] = {
    "track": (
        Form("musicbrainz_trackid", "musicbrainz", _ANY),
        Form("musicbrainz_albumid", "musicbrainz_album", _ANY),
    ),
    "movie": (
        Form("tmdb", "tmdb", re.compile(r"(?:movie/)?0*(\d{1,10})")),
        Form("imdb", "imdb", _OF_IMDB),
        Form("tvdb", "tvdb", re.compile(r"movies?/0*(\d{1,10})")),
    ),
    # an id of which nobody says whether it is that of the show or of the episode is none of them
    "episode": (
        Form("collection_tmdb", "tmdb", re.compile(r"(?:tv/)?0*(\d{1,10})")),
        Form("tmdb", "tmdb", re.compile(r"tv/0*(\d{1,10})")),
        Form("collection_imdb", "imdb", _OF_IMDB),
        Form("tvdb", "tvdb", re.compile(r"series/0*(\d{1,10})")),
        Form("tvdb_series", "tvdb", _NUMBER),
    ),
}
"""Which tags of each kind are ids, the most certain first; those of a video as the Matroska specification has them."""
_OF_OTHERS = {
    "movie": re.compile(r"(?:tv|series|episodes)/\d+"),
    "episode": re.compile(r"movies?/\d+"),
}
"""What an id looks like that is not of this kind."""


def with_ids(identity: Identity, tags: Mapping[str, str]) -> Identity:
    """Return a file with the ids in its tags as well, and as sure as they make it."""
    inside = _inside(identity.kind, tags)
    ids = {**inside, **identity.ids}
    if doubt := _doubt(identity, inside, tags):
        sure = min(identity.confidence, IN_DOUBT)
        return replace(identity, ids=ids, confidence=sure, rule=f"{identity.rule}, but {doubt}")
    named = {**ids, **({"asin": identity.asin} if identity.asin else {})}
    if inside and identity.kind == "movie":
        identity = _called(identity, tags)
    if not named or not _is_named(identity):
        return replace(identity, ids=ids) if ids != identity.ids else identity
    shown = ", ".join(f"{provider} {value}" for provider, value in named.items())
    sure = max(SURE, identity.confidence)
    candidate = Candidate(
        source="ids",
        title=identity.show or identity.title,
        year=identity.year,
        score=sure,
        reasons=(f"it carries {shown}",),
    )
    rule = identity.rule if sure == identity.confidence else f"{identity.rule}; it carries {shown}"
    return replace(
        identity,
        ids=ids,
        confidence=sure,
        rule=rule,
        candidates=(candidate, *identity.candidates),
    )


def _inside(kind: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the ids in the tags by who gave them."""
    found: dict[str, str] = {}
    for form in FORMS.get(kind, ()):
        value = form.value.fullmatch(tags.get(form.tag, ""))
        if value is not None:
            found.setdefault(form.provider, value[1])
    return found


def _doubt(identity: Identity, inside: Mapping[str, str], tags: Mapping[str, str]) -> str:
    """Return what in the tags says that a video is another one than its names do; empty: nothing."""
    others = _OF_OTHERS.get(identity.kind)
    if others is None:
        return ""
    for tag in ("tmdb", "tvdb"):
        if others.fullmatch(tags.get(tag, "")):
            return f"its tags carry {tag} {tags[tag]}"
    for provider, value in inside.items():
        if identity.ids.get(provider, value) != value:
            return f"its tags carry {provider} {value}"
    return ""


def _called(identity: Identity, tags: Mapping[str, str]) -> Identity:
    """Return a film with the title and the year that stand beside its id, when its names are not clear."""
    said = tagged(tags)
    unwanted = identity.title and identity.confidence <= 0
    if identity.confidence >= CLEAR or unwanted or not said.title or JUNK.search(said.title):
        return identity
    year = said.year or (identity.year if identity.title == said.title else None)
    rule = "its tags carry an id, and a title"
    return replace(identity, title=said.title, year=year, confidence=SURE, rule=rule)


def _is_named(identity: Identity) -> bool:
    """Say whether enough was read beside the id to file it; something must have been, or an id changes nothing."""
    if identity.confidence <= 0:
        return False
    match identity.kind:
        case "movie":
            return bool(identity.title)
        case "episode":
            return bool(identity.show and (identity.episodes or identity.date)) and (
                identity.confidence >= 0.5
            )
        case "track":
            return bool(identity.title and identity.artist)
        case _:
            return bool(identity.title and identity.author)
