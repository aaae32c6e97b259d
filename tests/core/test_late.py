"""Which known item a file that comes late belongs to."""

from dropped import filed, track
from shelfd.core.late import fitting, may_fit, waits, wanted, works
from shelfd.core.media import Kind
from shelfd.core.paths import RelPath
from shelfd.core.plan import Library
from shelfd.core.works import Known, Work

FILM = Known(
    kind="movie",
    root="movies",
    path=RelPath(b"Night Train (2019)"),
    title="Night Train",
    year=2019,
    files=(RelPath(b"Night Train (2019)/Night Train (2019).mkv"),),
)


def joined(path: bytes, *known: Known, kind: Kind | None = None) -> str:
    """Return where a file goes that is dropped alone while these items are known."""
    for wish in wanted(RelPath(path), kind):
        fits = fitting(wish, known)
        if len(fits) == 1:
            return filed({path: None}, kind, Library(works=tuple(works(wish, fits[0]))))[path]
    return ""


def test_a_lone_subtitle_joins_the_film_that_it_names() -> None:
    for name in ("Night.Train.2019.en.srt", "night train (2019).eng.srt", "Night Train.en.srt"):
        assert joined(name.encode(), FILM) == "Night Train (2019)/Night Train (2019).en.srt"


def test_all_that_comes_alone_joins() -> None:
    home = "Night Train (2019)"

    assert joined(b"Night.Train.2019/Subs/3_German.srt", FILM) == f"{home}/{home}.de.srt"
    assert joined(b"Night.Train.2019/poster.jpg", FILM) == f"{home}/poster.jpg"
    assert joined(b"Night Train (2019)-poster.jpg", FILM) == f"{home}/{home}-poster.jpg"
    assert joined(b"Night.Train.2019.nfo", FILM) == f"{home}/{home}.nfo"
    assert joined(b"Night.Train.2019/Featurettes/a.mkv", FILM) == f"{home}/Featurettes/a.mkv"
    trailer = joined(b"Night.Train.2019-trailer.mkv", FILM)
    assert trailer == f"{home}/Trailers/Night.Train.2019-trailer.mkv"


def test_another_year_or_title_is_another_film() -> None:
    assert not joined(b"Night.Train.2009.en.srt", FILM)
    assert not joined(b"Night.Trains.2019.en.srt", FILM)
    assert not joined(b"readme.txt", FILM)
    for name in (b"English.srt", b"2_English.srt", b"Subs/en.forced.srt", b"cover.jpg"):
        assert not wanted(RelPath(name), None)


def test_an_episode_is_found_by_its_number() -> None:
    episode = Known(
        kind="episode",
        root="shows",
        path=RelPath(b"x"),
        title="Show",
        season=1,
        episodes=(2, 3),
        files=(RelPath(b"Show/Season 01/Show S01E02-E03.mkv"),),
    )

    assert joined(b"Show.1x02.fr.srt", episode) == "Show/Season 01/Show S01E02-E03.fr.srt"
    assert not joined(b"Show.1x04.fr.srt", episode)
    assert not joined(b"Show.2x02.fr.srt", episode)


def test_a_cover_joins_the_album_that_its_directory_names() -> None:
    album = Known(
        kind="album", root="music", path=RelPath(b"Ann/Some/Disc 1"), title="Some", artist="Ann"
    )

    assert joined(b"Ann - Some (2001)/cover.jpg", album, kind=Kind.MUSIC) == "Ann/Some/cover.jpg"
    assert not joined(b"Bob - Some (2001)/cover.jpg", album, kind=Kind.MUSIC)


def test_scans_that_come_late_join_the_album_and_never_name_a_film() -> None:
    album = Known(
        kind="album",
        root="music",
        path=RelPath(b"Ann/Some"),
        title="Some",
        artist="Ann",
        files=(RelPath(b"Ann/Some/01 One.mp3"),),
    )

    assert joined(b"Ann - Some/Scans/back.jpg", album) == "Ann/Some/Scans/back.jpg"
    for name in (b"Scans/back.jpg", b"Artwork/cover.jpg", b"Subs/poster.jpg", b"Covers/front.png"):
        assert not wanted(RelPath(name), None)
    called = {one.called for one in wanted(RelPath(b"Ann - Some/Scans/back.jpg"), None)}
    assert not any("'Scans'" in text or "'back'" in text for text in called)


def test_the_picture_of_a_season_joins_its_show_late() -> None:
    show = Known(kind="show", root="shows", path=RelPath(b"A Show (2001)"), title="A Show")

    for above in (b"A Show (2001)", b"A Show (2001)/Season 1", b"A Show"):
        target = joined(above + b"/season01-poster.jpg", show)
        assert target == "A Show (2001)/season01-poster.jpg"
    assert not wanted(RelPath(b"season01-poster.jpg"), None)


def test_a_reason_says_what_is_waited_for() -> None:
    [wish, *_] = wanted(RelPath(b"Show.S01E02.en.srt"), None)

    assert waits(wish, 0) == "it waits: no episode 'Show' S01E02 is in a library yet"
    assert "2 files or items of the libraries may be the" in waits(wish, 2)


def test_what_waits_is_looked_at_again_when_its_title_is_filed() -> None:
    assert may_fit(b"Night.Train.2019.en.srt", ["Night Train"])
    assert may_fit(b"Night.Train/Subs/2_English.srt", ["Night Train"])
    assert not may_fit(b"Midnight.Train.en.srt", ["Night Train", "", "!"])


def test_a_late_track_goes_where_the_others_of_its_directory_went() -> None:
    before = Work(
        path=RelPath(b"d/CD1/1.mp3"),
        root="music",
        target=RelPath(b"Various Artists/some/Disc 1/01 One.mp3"),
        kind="track",
    )
    known = Library(works=(before,))

    assert filed({b"d/CD2/9.mp3": track("Nine", 9, disc="2/2")}, None, known) == {
        b"d/CD2/9.mp3": "Various Artists/some/Disc 2/09 Nine.mp3"
    }
    assert filed({b"e/9.mp3": track("Nine", 9)}, None, known) == {
        b"e/9.mp3": "Ann/Some/09 Nine.mp3"
    }
