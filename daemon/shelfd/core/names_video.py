"""Whether the names of a video mean a movie or an episode, or something that is neither."""

import re
from collections.abc import Sequence

import msgspec

from shelfd.core import names_dates, names_episodes, names_movies
from shelfd.core.media import Kind
from shelfd.core.names_junk import JUNK
from shelfd.core.parsed import Parsed


def video(directories: Sequence[str], stem: str, kind: Kind | None) -> Parsed:
    """Read what a video is; a sample, a trailer or a part of a disc has confidence 0."""
    stem = stem[::-1] if _BACKWARDS.search(stem) else stem
    found = _read(directories, stem, kind)
    refusal = _refusal(directories, stem)
    if found.rule.endswith("in the directory name") and (bonus := _BONUS.search(stem)):
        rule = f"{found.rule}, but the file says {bonus[0]}"
        found = msgspec.structs.replace(found, confidence=min(found.confidence, 0.5), rule=rule)
    return msgspec.structs.replace(found, confidence=0.0, rule=refusal) if refusal else found


def _read(directories: Sequence[str], stem: str, kind: Kind | None) -> Parsed:
    episode = names_episodes.numbered(directories, stem)
    if kind is Kind.MOVIES:
        movie = names_movies.dated(directories, stem) or names_movies.undated(directories, stem)
        if not episode or (movie.confidence >= 0.95 and not episode.season):
            return movie
        return msgspec.structs.replace(
            movie, confidence=0.3, rule=f"looks like an episode: {episode.rule}"
        )
    if kind is Kind.SHOWS:
        return (
            episode
            or names_episodes.counted(directories, stem, surely=True)
            or names_episodes.pack(directories, stem)
            or names_episodes.counted(directories, stem)
            or names_episodes.guessed(directories, stem)
            or names_episodes.whole(directories, stem)
            or names_episodes.unnumbered(directories, stem)
        )
    return (
        _doubted(episode, directories, stem)
        or names_episodes.counted(directories, stem, surely=True)
        or names_episodes.in_parts(directories, stem)
        or names_episodes.pack(directories, stem)
        or names_episodes.whole(directories, stem)
        or names_movies.dated(directories, stem)
        or names_episodes.counted(directories, stem)
        or names_episodes.guessed(directories, stem)
        or names_movies.undated(directories, stem)
    )


def _doubted(episode: Parsed | None, directories: Sequence[str], stem: str) -> Parsed | None:
    """Take a date for a broadcast only in a release, and not beside a film's year: people date what they have as well."""
    if not episode or not episode.date or episode.season is not None:
        return episode
    movie = names_movies.dated(directories, stem)
    if movie and movie.confidence >= 0.95 and not names_dates.full(stem):
        return None
    if any(JUNK.search(name) for name in (*directories, stem)):
        return episode
    return msgspec.structs.replace(episode, confidence=min(episode.confidence, 0.7))


def _refusal(directories: Sequence[str], stem: str) -> str:
    for depth, raw in enumerate(directories):
        if _DISC.fullmatch(raw):
            return f"part of a disc ({raw}), which belongs together"
        if _EXTRAS.fullmatch(raw) or (depth and _EXTRAS_OF_A_WORK.fullmatch(raw)):
            return f"an extra ({raw}), not the work itself"
    if _SAMPLE.search(stem):
        return "a sample, not the work itself"
    return "an extra, not the work itself" if _EXTRA.search(stem) else ""


_BACKWARDS = re.compile(r"(?<![^\W_])(?:p(?:027|0801|0612)|\d{2,3}E\d{2}S)(?![^\W_])")
"""`720p` or `S01E02` from behind: some who post releases turn their names round."""
_DISC = re.compile(r"(?i)VIDEO_TS|AUDIO_TS|BDMV|HVDVD_TS")
_EXTRAS = re.compile(
    r"(?i)samples?|proof|trailers?|extras?|featurettes?|behind[ ._-]the[ ._-]scenes|deleted[ ._-]scenes",
)
_EXTRAS_OF_A_WORK = re.compile(r"(?i)interviews?|scenes|shorts|clips|bonus|others?|backdrops")
"""At the top of an inbox these may as well sort films."""
_BONUS = re.compile(
    r"(?i)making[ ._-]?of|behind[ ._-]the[ ._-]scenes|featurette|bonus|deleted[ ._-]scene|interview|outtakes|bloopers|gag[ ._-]reel",
)
_SAMPLE = re.compile(r"(?i)^sample(?:$|[-_.])|[-_.]sample$")
_EXTRA = re.compile(
    r"(?i)[-_.]trailer\d?$|- trailer$|^trailer$|-(?:scene|clip|interview|behindthescenes|deleted(?:scene)?|featurette|short|other|extra)$",
)
