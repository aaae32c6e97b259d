"""What is no work itself travels with the work that it belongs to."""

import pytest

from dropped import Files, filed, part, track
from shelfd.core.media import Kind, Reading
from shelfd.core.sidecars import natural

FILM = b"d/A.Film.2020.1080p.mkv"
HOME = "A Film (2020)"


@pytest.mark.parametrize(
    ("beside", "target"),
    [
        (b"A.Film.2020.1080p.en.srt", "A Film (2020).en.srt"),
        (b"English.srt", "A Film (2020).en.srt"),
        (b"a.film.2020.720p.german.forced.srt", "A Film (2020).de.forced.srt"),
        (b"Subs/2_English.srt", "A Film (2020).en.srt"),
        (b"Subtitles/eng.sdh.srt", "A Film (2020).en.sdh.srt"),
        (b"Subs/French/A.Film.2020.1080p.srt", "A Film (2020).fr.srt"),
        (b"subs/A.Film.2020.1080p/3_ger.ass", "A Film (2020).de.ass"),
        (b"VobSubs/x.idx", "A Film (2020).idx"),
        (b"A.Film.2020.1080p-poster.jpg", "A Film (2020)-poster.jpg"),
        (b"A.Film.2020.1080p.nfo", "A Film (2020).nfo"),
        (b"grp.nfo", "A Film (2020).nfo"),
        (b"movie.nfo", "movie.nfo"),
        *(
            (f"{cover}.jpg".encode(), f"{cover.lower()}.jpg")
            for cover in ("cover", "Folder", "front", "poster", "fanart", "banner", "thumb", "logo")
        ),
    ],
)
def test_what_lies_beside_a_film_goes_with_it(beside: bytes, target: str) -> None:
    assert filed({FILM: Reading(), b"d/" + beside: None})[b"d/" + beside] == f"{HOME}/{target}"


@pytest.mark.parametrize(
    "beside",
    [b"Other.Film.2011.en.srt", b"Show.S01E02.srt", b"screen01.png", b"log.txt", b"x.json"],
)
def test_what_speaks_of_something_else_stays(beside: bytes) -> None:
    assert filed({FILM: Reading(), b"d/" + beside: None})[b"d/" + beside].startswith("(")


@pytest.mark.parametrize("beside", [b"Subtitles/fr.srt", b"Subs/French/x.srt", b"fr.srt"])
def test_a_video_of_any_name_beside_a_film_keeps_no_subtitles_from_it(beside: bytes) -> None:
    found = filed(
        {
            b"A Film (2020)/A Film (2020).mkv": None,
            b"A Film (2020)/etrg.mp4": None,
            b"A Film (2020)/" + beside: None,
        }
    )

    assert found[b"A Film (2020)/etrg.mp4"].startswith("(not sure enough (0.60")
    assert found[b"A Film (2020)/" + beside] == f"{HOME}/A Film (2020).fr.srt"


def test_subtitles_of_a_film_in_two_parts_stay_when_one_of_them_does() -> None:
    found = filed(
        {
            b"A Film (2020)/A Film (2020) CD1.avi": None,
            b"A Film (2020)/A Film (2020) CD2.avi": Reading(error="it breaks off"),
            b"A Film (2020)/en.srt": None,
        }
    )

    assert found[b"A Film (2020)/en.srt"].startswith("(")


def test_several_of_one_language_are_told_apart_by_number_in_their_order() -> None:
    files: Files = {
        FILM: Reading(),
        b"d/Subs/10_English.srt": None,
        b"d/Subs/2_English.srt": None,
        b"d/Subs/3_English.ass": None,
        b"d/A.Film.2020.1080p.en.srt": None,
    }

    assert filed(files) == {
        FILM: f"{HOME}/{HOME}.mkv",
        b"d/A.Film.2020.1080p.en.srt": f"{HOME}/{HOME}.en.srt",
        b"d/Subs/2_English.srt": f"{HOME}/{HOME}.2.en.srt",
        b"d/Subs/3_English.ass": f"{HOME}/{HOME}.en.ass",
        b"d/Subs/10_English.srt": f"{HOME}/{HOME}.3.en.srt",
    }


def test_the_two_files_of_one_subtitle_have_one_number() -> None:
    names = (b"a.idx", b"a.sub", b"b.idx", b"b.sub")
    told = filed({FILM: Reading(), **{b"d/Subs/" + name: None for name in names}})

    assert [told[b"d/Subs/" + name].removeprefix(f"{HOME}/{HOME}") for name in names] == [
        *(".idx", ".sub", ".2.idx", ".2.sub")
    ]


PACK: Files = {b"d/Show.S01E%02d.1080p.WEB-GRP.mkv" % number: Reading() for number in (1, 2)}


@pytest.mark.parametrize(
    ("beside", "target"),
    [
        (b"Subs/Show.S01E02.1080p.WEB-GRP/2_English.srt", "Season 01/Show S01E02.en.srt"),
        (b"Subs/S01E02/English.srt", "Season 01/Show S01E02.en.srt"),
        (b"Subs/Show.S01E02.720p.de.srt", "Season 01/Show S01E02.de.srt"),
        (b"show.1x02.fr.srt", "Season 01/Show S01E02.fr.srt"),
        (b"Show.S01E02.1080p.WEB-GRP-thumb.jpg", "Season 01/Show S01E02-thumb.jpg"),
        (b"poster.jpg", "Season 01/poster.jpg"),
        (b"season.nfo", "Season 01/season.nfo"),
        (b"tvshow.nfo", "tvshow.nfo"),
    ],
)
def test_in_a_pack_each_goes_with_its_episode_or_to_the_directory_of_all(
    beside: bytes, target: str
) -> None:
    assert filed({**PACK, b"d/" + beside: None})[b"d/" + beside] == f"Show/{target}"


@pytest.mark.parametrize("beside", [b"English.srt", b"Subs/3_English.srt", b"Show.S01E07.srt"])
def test_what_could_be_of_any_episode_stays(beside: bytes) -> None:
    assert filed({**PACK, b"d/" + beside: None})[b"d/" + beside].startswith("(")


def test_a_picture_above_several_seasons_is_that_of_the_show() -> None:
    told = filed(
        {
            b"Show/Season 1/Show S01E01.mkv": Reading(),
            b"Show/Season 2/Show S02E01.mkv": Reading(),
            b"Show/poster.jpg": None,
            b"Show/Season 2/poster.jpg": None,
            b"Show/Extras/a.mkv": Reading(),
            b"Show/Season 2/Extras/b.mkv": Reading(),
            b"Show/theme.mp3": Reading(),
        }
    )

    assert told[b"Show/poster.jpg"] == "Show/poster.jpg"
    assert told[b"Show/Season 2/poster.jpg"] == "Show/Season 02/poster.jpg"
    assert told[b"Show/Extras/a.mkv"] == "Show/Extras/a.mkv"
    assert told[b"Show/Season 2/Extras/b.mkv"] == "Show/Season 02/Extras/b.mkv"
    assert told[b"Show/theme.mp3"] == "Show/theme.mp3"


def test_what_belongs_to_no_certain_one_of_several_films_stays() -> None:
    told = filed(
        {
            b"d/One (2001).mkv": Reading(),
            b"d/Two (2002).mkv": Reading(),
            b"d/poster.jpg": None,
            b"d/English.srt": None,
            b"d/Extras/a.mkv": Reading(),
            b"d/Two (2002)-trailer.mkv": Reading(),
        },
        Kind.MOVIES,
    )

    assert told[b"d/Two (2002)-trailer.mkv"] == "Two (2002)/Trailers/Two (2002)-trailer.mkv"
    stays = (b"d/poster.jpg", b"d/English.srt", b"d/Extras/a.mkv")
    assert all(told[path].startswith("(") for path in stays)


def test_extras_of_one_name_are_told_apart_by_number() -> None:
    extras = (b"d/Extras/a/x.mkv", b"d/Extras/b/X.mkv", b"d/Extras/x.mkv")
    told = filed({FILM: Reading(), **dict.fromkeys(extras, Reading())})

    assert {told[path].lower() for path in extras} == {
        f"{HOME}/extras/{name}.mkv".lower() for name in ("x", "x 2", "x 3")
    }


def test_a_file_called_as_one_that_stays_stays_with_it() -> None:
    bad = Reading(error="it is broken")
    told = filed(
        {b"d/Show.S01E01.mkv": Reading(), b"d/Show.S01E02.mkv": bad, b"d/Show.S01E02.srt": None}
    )

    assert told[b"d/Show.S01E02.srt"] == "(what it belongs to stays)"


def test_what_describes_an_album_goes_to_its_directory_under_its_own_name() -> None:
    names = (b"x.log", b"x.cue", b"x.m3u", b"x.m3u8", b"x.accurip", b"cover.jpg", b"back.png")
    told = filed(
        {b"d/1.mp3": track("One"), b"d/2.mp3": track("Two", 2), **{b"d/" + n: None for n in names}}
    )

    for name in names:
        assert told[b"d/" + name] == f"Ann/Some/{name.decode()}"


def test_scans_keep_their_directory_and_lyrics_follow_their_track() -> None:
    told = filed({b"d/1.mp3": track("One"), b"d/1.lrc": None, b"d/Scans/01.png": None})

    assert told[b"d/1.lrc"] == "Ann/Some/01 One.lrc"
    assert told[b"d/Scans/01.png"] == "Ann/Some/Scans/01.png"


@pytest.mark.parametrize("folder", ["Scans", "Artwork", "covers", "Booklet"])
@pytest.mark.parametrize("own", ["back.jpg", "Front.png", "cover.jpg", "page 1.jpg"])
def test_scans_that_are_called_as_a_cover_are_keep_their_directory_too(
    folder: str, own: str
) -> None:
    scan = f"d/{folder}/{own}".encode()
    told = filed({b"d/1.mp3": track("One"), scan: None, b"d/cover.jpg": None})

    assert told[scan] == f"Ann/Some/{folder}/{own}"
    assert told[b"d/cover.jpg"] == "Ann/Some/cover.jpg"


def test_the_cover_of_an_album_that_is_called_as_scans_are_is_its_cover() -> None:
    told = filed({b"Covers/1.mp3": track("One"), b"Covers/cover.jpg": None})

    assert told[b"Covers/cover.jpg"] == "Ann/Some/cover.jpg"


def test_the_picture_of_a_season_goes_to_its_show_as_players_look_for_it() -> None:
    show = b"A Show (2001)"
    told = filed(
        {
            show + b"/Season 1/A Show S01E01.mkv": None,
            show + b"/Season 2/A Show S02E01.mkv": None,
            show + b"/Season 1/Season01-Poster.jpg": None,
            show + b"/season02-poster.png": None,
            show + b"/season-specials-poster.jpg": None,
        }
    )

    assert told[show + b"/Season 1/Season01-Poster.jpg"] == "A Show (2001)/season01-poster.jpg"
    assert told[show + b"/season02-poster.png"] == "A Show (2001)/season02-poster.png"
    specials = told[show + b"/season-specials-poster.jpg"]
    assert specials == "A Show (2001)/season-specials-poster.jpg"


def test_what_lies_in_the_directory_of_a_disc_goes_to_that_disc() -> None:
    told = filed(
        {
            b"d/CD1/1.mp3": track("One"),
            b"d/CD2/1.mp3": track("Two"),
            b"d/CD2/rip.log": None,
            b"d/CD2/folder.jpg": None,
            b"d/all.m3u": None,
        }
    )

    assert told[b"d/CD2/rip.log"] == "Ann/Some/Disc 2/rip.log"
    assert told[b"d/CD2/folder.jpg"] == "Ann/Some/folder.jpg"
    assert told[b"d/all.m3u"] == "Ann/Some/all.m3u"


@pytest.mark.parametrize(
    "name", [b"metadata.json", b"metadata.opf", b"x.opf", b"desc.txt", b"reader.txt", b"cover.png"]
)
def test_what_describes_an_audiobook_goes_with_it(name: bytes) -> None:
    told = filed({b"d/1.mp3": part(), b"d/2.mp3": part(), b"d/" + name: None}, Kind.AUDIOBOOKS)

    assert told[b"d/" + name] == f"Bea/The Book/{name.decode()}"


def test_people_count_two_before_ten() -> None:
    assert sorted([b"10.srt", b"2.srt", b"a10b2", b"a2b10", b""], key=natural) == [
        *(b"", b"2.srt", b"10.srt", b"a2b10", b"a10b2")
    ]


BOOKLET = Reading(format="pdf")


@pytest.mark.parametrize(
    ("files", "target"),
    [
        ({b"d/x.m4b": part()}, "Bea/The Book/booklet.pdf"),
        (
            {b"d/1.mp3": part(narrator="Cal"), b"d/2.mp3": part(narrator="Cal")},
            "Bea/The Book/booklet.pdf",
        ),
        (
            {b"d/CD1/1.m4b": part(disc="1"), b"d/CD2/1.m4b": part(disc="2")},
            "Bea/The Book/booklet.pdf",
        ),
        ({b"d/01 One.mp3": track("One")}, "Ann/Some/booklet.pdf"),
    ],
)
def test_a_booklet_goes_with_what_is_heard(files: Files, target: str) -> None:
    assert filed({**files, b"d/booklet.pdf": BOOKLET})[b"d/booklet.pdf"] == target


def test_a_booklet_that_is_called_as_its_audiobook_is_so_in_the_library() -> None:
    told = filed({b"d/x y.m4b": part(), b"d/x y.pdf": BOOKLET})

    assert told[b"d/x y.pdf"] == told[b"d/x y.m4b"].replace(".m4b", ".pdf")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {b"d/x.m4b": part(), b"d/y.m4b": part(album="Another")},
        {b"d/x.m4b": part(), b"d/x.epub": Reading(tags={"title": "The Book", "author": "Bea"})},
    ],
)
def test_a_pdf_that_no_single_audiobook_has_alone_is_a_book(files: Files) -> None:
    told = filed({**files, b"d/booklet.pdf": BOOKLET})

    assert told[b"d/booklet.pdf"].startswith("(not sure enough")


def test_a_pdf_that_is_a_book_for_certain_goes_with_no_album() -> None:
    path = b"Ann Ink/Low Water (1994)/Low Water.pdf"
    told = filed({b"Ann Ink/Low Water (1994)/01 One.mp3": track("One"), path: BOOKLET})

    assert told[path] == "Ann Ink/Low Water/Low Water.pdf"
