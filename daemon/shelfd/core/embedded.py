"""Ids of databases that a file carries, in its names or its tags: who wrote them knew what it is."""

from collections.abc import Mapping

from msgspec.structs import replace

from shelfd.core.identity import Candidate, Identity

SURE = 0.9
"""How sure a file with a title is that carries an id."""
TAGS: Mapping[str, Mapping[str, str]] = {
    "track": {"musicbrainz_trackid": "musicbrainz", "musicbrainz_albumid": "musicbrainz_album"},
}
"""Which tags of each kind are ids, and of whom."""


def with_ids(identity: Identity, tags: Mapping[str, str]) -> Identity:
    """Return a file with the ids in its tags as well, and as sure as they make it."""
    wanted = TAGS.get(identity.kind, {})
    ids = {provider: tags[name] for name, provider in wanted.items() if tags.get(name)}
    ids |= identity.ids
    named = {**ids, **({"asin": identity.asin} if identity.asin else {})}
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
