"""What the names of a file and of its directories say about it, as one value."""

import msgspec


class Parsed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one path was read as; a field that its names do not tell is None or empty."""

    kind: str | None = None
    """`movie`, `episode`, `track`, `audiobook` or `book`."""
    title: str | None = None
    """Of the movie, the show, the track or the book; an episode's own is `episode_title`."""
    year: int | None = None
    season: int | None = None
    seasons: tuple[int, ...] = ()
    """Of a pack of several seasons, which then has no `season`."""
    episodes: tuple[int, ...] = ()
    """Numbers within the season, or of a show that has no seasons; without a season also those of `absolute`."""
    absolute: tuple[int, ...] = ()
    """Numbers counted through from a show's very first episode, as anime are."""
    date: str | None = None
    """The day an episode was broadcast, `yyyy-mm-dd`."""
    episode_title: str | None = None
    subtitle: str | None = None
    """Of a book, what follows its title after a dash."""
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    """Who the directories say the album is by, which may not be who plays the track."""
    author: str | None = None
    series: str | None = None
    sequence: str | None = None
    """Place in the series, as written: `1`, `2.5`."""
    narrator: str | None = None
    asin: str | None = None
    edition: str | None = None
    """`Final Cut`, `Extended`: which of several versions of a movie."""
    track: int | None = None
    disc: int | None = None
    part: int | None = None
    """Which of the files that one movie or one book is split into."""
    ids: dict[str, str] = {}
    """Provider to id: `tmdb`, `imdb`, `tvdb` ..."""
    confidence: float = 0.0
    """0..1: how sure a person would be who sees the names only."""
    rule: str = ""
    """The rule that decided, in words."""
