"""Whatever an item is called, its player reads back from the path what it is."""

import unicodedata
from datetime import date, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import audiobookshelf
import jellyfin
import kodi
import plex
from shelfd.core.identity import Identity
from shelfd.core.layout import Layout, target
from shelfd.core.layout_words import Player
from shelfd.core.safe_names import Names

# the machine may be busy with other things
unhurried = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))


def plain(text: str | None) -> str:
    """Return the letters and digits of a text, however they are written."""
    kept = (text or "").encode("utf-8", "ignore").decode()
    return "".join(
        letter for letter in unicodedata.normalize("NFKC", kept).casefold() if letter.isalnum()
    )


def is_named(identity: Identity) -> bool:
    """Say whether there is a title in what it is called."""
    needed = identity.show if identity.kind == "episode" else identity.title
    return bool(plain(needed))


HOSTILE = st.sampled_from(
    [
        *(
            "trailer",
            "Trailer",
            "-trailer",
            "- Trailer",
            ".trailer",
            "trailer2",
            "sample",
            "- sample",
        ),
        *(
            "Sample",
            "Short",
            "-short",
            "-deleted",
            "-other",
            "scene",
            "Extras",
            "Part 2",
            "part two",
        ),
        *("Disc 3", "disc3", "CD1", "(cd 2)", "pt.1", "dvda", "S01E02", "s2 e3", "S1", "Season 3"),
        *(
            "E07",
            "E01-E03",
            "ep 5",
            "Ep5",
            "Episode 9",
            "3x04",
            "4x4",
            "4x4-5",
            "1x2x3",
            "1920x1080",
        ),
        *(
            "1999",
            "(2009)",
            "2049",
            "[1984]",
            "2020-01-31",
            "31.12.1999",
            "20 10",
            "101",
            "300 ",
            "24",
        ),
        *("[REC]", "[tmdbid-5]", "{tvdb-1}", "(imdbid=tt1234567)", "{edition-x}", "{", "]", "("),
        *("The", "Limited", "German", "extended", "Dutch", "3D", "TS", "proper", "720p", "x264"),
        *(
            "..",
            ".",
            "/",
            "\\",
            ":",
            " - ",
            "-",
            "_",
            "#",
            "?",
            '"',
            "<",
            "|",
            "*",
            "&",
            "'",
            ",",
            " ",
        ),
        *(
            "CON",
            "nul",
            "COM1",
            "aux.h",
            "\u6771\u4eac",
            "\uc11c\uc6b8",
            "\u0645\u062f",
            "\u05d0",
            "\U0001f600",
        ),
        *("\u200b", "\u202e", "\u200d", "\ufeff", "\n", "\t", "\0", "\ud800", "e\u0301", "\u00df"),
        *(
            "\u00e9" * 60,
            "Subs",
            "Metadata",
            "Vol 2",
            "Book 1",
            "1. ",
            "12",
            "(",
            "1984 - X",
            "{Ann}",
        ),
        *("B00ABCDEFG", "[B00ABCDEFG]", "A", "II", "B.C.", "Mr. Fox", "Night", "of", "Water"),
    ]
)
TITLE = st.one_of(
    st.lists(HOSTILE, min_size=1, max_size=6).map(" ".join),
    st.lists(HOSTILE, min_size=1, max_size=5).map("".join),
    st.text(max_size=120),
    st.sampled_from(["x" * 300, "\u4e2d" * 100, "\U0001f600" * 75, "a -trailer" * 30]),
)
YEAR = st.none() | st.integers(1900, 2099)
IDS: st.SearchStrategy[dict[str, str]] = st.builds(dict) | st.dictionaries(
    st.sampled_from(["tmdb", "tvdb"]), st.integers(1, 99_999).map(str), min_size=1
)
NAMES: st.SearchStrategy[Names] = st.sampled_from(["portable", "unix"])
MOVIES = st.builds(
    Identity,
    kind=st.just("movie"),
    title=TITLE,
    year=YEAR,
    ids=IDS,
    edition=st.just("") | TITLE,
    part=st.none() | st.integers(1, 8),
).filter(is_named)
EPISODES = st.builds(
    Identity,
    kind=st.just("episode"),
    show=TITLE,
    title=st.just("") | TITLE,
    year=YEAR,
    ids=IDS,
    season=st.integers(0, 99) | st.integers(1990, 2030),
    episodes=st.integers(0, 900).flatmap(
        lambda first: st.integers(1, 5).map(lambda count: tuple(range(first, first + count)))
    ),
    date=st.none()
    | st.integers(0, 30_000).map(lambda days: str(date(1950, 1, 1) + timedelta(days=days))),
).filter(is_named)
AUDIOBOOKS = st.builds(
    Identity,
    kind=st.sampled_from(["audiobook", "book"]),
    title=TITLE,
    author=st.just("") | TITLE,
    series=st.just("") | TITLE,
    sequence=st.sampled_from(["", "1", "01", "0.5", "12", "1.25", "999", "II", "1-3"]),
    year=st.none() | st.integers(1000, 2099),
    narrator=st.just("") | TITLE,
    asin=st.sampled_from(["", "B00ABCDEFG", "b00abcdefg", "nonsense"]),
    part=st.none() | st.integers(1, 300),
).filter(is_named)


def same(read: str | None, meant: str) -> bool:
    """Say whether that is the title, or as much of it as a name can hold."""
    mine, theirs = plain(read), plain(meant)
    return mine == theirs or (len(meant.encode("utf-8", "ignore")) > 50 and theirs.startswith(mine))


def path(identity: Identity, player: Player, names: Names) -> tuple[str, ...]:
    return target(identity, ".mkv", Layout(player=player, names=names))


@given(MOVIES, NAMES)
@unhurried
def test_jellyfin_reads_back_every_movie(identity: Identity, names: Names) -> None:
    made = path(identity, "jellyfin", names)
    read = jellyfin.movie(made)

    assert read is not None
    assert same(read.title, identity.title) or identity.ids
    assert read.year == identity.year
    assert read.part == identity.part
    wanted = dict(sorted(identity.ids.items())[:1])
    assert read.ids.items() >= wanted.items()
    if identity.part is None:
        assert jellyfin.is_version(made[0], made[-1].removesuffix(".mkv"))


@given(EPISODES, NAMES)
@unhurried
def test_jellyfin_reads_back_every_episode(identity: Identity, names: Names) -> None:
    made = path(identity, "jellyfin", names)
    read = jellyfin.episode(made)

    assert read is not None
    assert same(read.show, identity.show) or identity.ids
    assert read.year == identity.year
    assert read.ids.items() >= dict(sorted(identity.ids.items())[-1:]).items()
    if identity.date:
        assert (read.day, read.episode) == (date.fromisoformat(identity.date), None)
        assert read.season == int(identity.date[:4])
    else:
        first, last = identity.episodes[0], identity.episodes[-1]
        assert (read.season, read.episode) == (identity.season, first)
        assert read.last == (last if last > first else None)


@given(MOVIES, NAMES)
@unhurried
def test_kodi_reads_back_every_movie(identity: Identity, names: Names) -> None:
    read = kodi.movie(path(identity, "kodi", names))

    assert read is not None
    assert same(read.title, identity.title) or identity.ids
    assert read.year == identity.year


@given(EPISODES, NAMES)
@unhurried
def test_kodi_reads_back_every_episode(identity: Identity, names: Names) -> None:
    read = kodi.episode(path(identity, "kodi", names))

    assert read is not None
    assert same(read.show, identity.show) or identity.ids
    if identity.date:
        assert read.day == date.fromisoformat(identity.date)
    else:
        assert (read.season, read.episodes) == (identity.season, identity.episodes)


@given(MOVIES, NAMES)
@unhurried
def test_plex_reads_back_every_movie(identity: Identity, names: Names) -> None:
    read = plex.movie(path(identity, "plex", names))

    assert read is not None
    assert same(read.title, identity.title)
    assert (read.year, read.part) == (identity.year, identity.part)
    assert read.ids == dict(sorted(identity.ids.items())[:1])
    assert bool(read.edition) == bool(identity.edition)


@given(EPISODES, NAMES)
@unhurried
def test_plex_reads_back_every_episode(identity: Identity, names: Names) -> None:
    read = plex.episode(path(identity, "plex", names))

    assert read is not None
    assert same(read.show, identity.show)
    assert read.year == identity.year
    assert read.ids == dict(sorted(identity.ids.items())[-1:])
    if identity.date:
        assert read.day == date.fromisoformat(identity.date)
    else:
        assert (read.season, read.episodes) == (identity.season, identity.episodes)


@given(AUDIOBOOKS, NAMES)
@unhurried
def test_audiobookshelf_reads_back_every_book(identity: Identity, names: Names) -> None:
    made = path(identity, "audiobookshelf", names)
    read = audiobookshelf.book(made[:-1])

    series = identity.series if identity.author else ""
    known = identity.sequence if series and identity.sequence[-1:].isdecimal() else ""
    sequence = f"{float(known):g}" if known and "-" not in known else None
    assert same(read.title, identity.title)
    assert same(read.author, identity.author)
    assert same(read.series, series)
    assert read.sequence == sequence
    assert read.year == (str(identity.year) if identity.year else None)
    assert same(read.narrator, identity.narrator)
    assert read.asin == ("B00ABCDEFG" if identity.asin.upper() == "B00ABCDEFG" else None)


@given(st.lists(AUDIOBOOKS, min_size=1, max_size=5))
@unhurried
def test_audiobookshelf_finds_no_audio_beside_the_directories_of_books(
    identities: list[Identity],
) -> None:
    assume(all(identity.author for identity in identities))
    made = [path(identity, "audiobookshelf", "portable") for identity in identities]

    assert all(len(parts) >= 3 for parts in made)
    assert set(audiobookshelf.books(made)) <= {parts[:-1] for parts in made}
