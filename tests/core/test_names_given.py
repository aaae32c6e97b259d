"""Names that somebody gives: of files, paths and releases, with an extension or without."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core.media import Kind
from shelfd.core.names_given import components, read
from shelfd.core.parsed import Parsed


def seasons(found: Parsed) -> tuple[int, ...]:
    return found.seasons or (() if found.season is None else (found.season,))


@pytest.mark.parametrize(
    ("name", "season", "episodes"),
    [
        ("Harbour.Lights.S02E07.720p.HDTV.x264-GRP", 2, (7,)),
        ("Harbour_Lights_S02E07_720p_HDTV_x264-GRP", 2, (7,)),
        ("Harbour.Lights.S02.E07.E08", 2, (7, 8)),
        ("Harbour Lights S02E07+E08", 2, (7, 8)),
        ("Harbour Lights 2x07 al 2x09", 2, (7, 8, 9)),
        ("Harbour Lights S02 EP (01-03)", 2, (1, 2, 3)),
        ("Harbour Lights Season 2 Episodes 1-3", 2, (1, 2, 3)),
        ("Harbour Lights SO2E07", 2, (7,)),
        ("Harbour Lights 02E07", 2, (7,)),
        ("Harbour Lights T02E07", 2, (7,)),
        ("Harbour Lights - 2.07 - Low Tide", 2, (7,)),
        ("Harbour Lights [2.07] Low Tide", 2, (7,)),
        ("Harbour Lights S0207", 2, (7,)),
        ("harbour_lights-02_07", 2, (7,)),
        ("Harbour Lights - 207 (07) - Low Tide", 2, (7,)),
        ("Harbour.Lights.2014.207.hdtv-grp", 2, (7,)),
        ("Harbour Lights - 07 [S2-07] 480p", 2, (7,)),
        ("Harbour Lights Staffel 2 Folgen 1 bis 3", 2, (1, 2, 3)),
        ("Harbour Lights - Temporada 2 [HDTV][Cap.207_208][Castellano]", 2, (7, 8)),
        ("Harbour Lights 2.Sezon 7.Bölüm", 2, (7,)),
        ("Огни / Harbour Lights / Сезон: 2 / Серии: 1-3 из 10 [2016, США]", 2, (1, 2, 3)),
        ("港灯 Harbour Lights 第二季 第07集", 2, (7,)),
        ("name/Harbour.Lights.S02E07.s02e08.mkv", 2, (7, 8)),
        ("Harbour Lights (2016/S02E07/WEB-DL/1080p/AC3 5.1) GRP", 2, (7,)),
        (r"C:\Shows\Harbour Lights\Season 2\07 - Low Tide.mkv", 2, (7,)),
        ("Harbour Lights S02/Harbour Lights E07.mkv", 2, (7,)),
        ("Harbour.Lights.S02E07.720p-GRP/PRG-p027.70E20S.sthgiL.ruobraH.mkv", 2, (7,)),
        ("[Grp] Harbour Lights S2 07 [720p]", 2, (7,)),
        ("[Grp] Harbour Lights 87 (S2-07) [720p]", 2, (7,)),
    ],
)
def test_an_episode_is_read_however_its_numbers_are_written(
    name: str, season: int, episodes: tuple[int, ...]
) -> None:
    found = read(name)

    assert (found.kind, found.season, found.episodes) == ("episode", season, episodes)
    assert (found.title or "").lower() in ("harbour lights", "港灯 harbour lights")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Harbour.Lights.S02.1080p.WEB-GRP", (2,)),
        ("Harbour Lights Season Two", (2,)),
        ("Harbour Lights The Second Season", (2,)),
        ("Harbour Lights 2nd Season", (2,)),
        ("Harbour Lights Saison II", (2,)),
        ("Harbour Lights - Series 2 (1970)", (2,)),
        ("Harbour.Lights.S02D03.DVDR", (2,)),
        ("Harbour.Lights.S01-S03.Complete", (1, 2, 3)),
        ("Harbour Lights - Complete Seasons 1 to 3", (1, 2, 3)),
        ("Harbour Lights Season 1, 2, 3 & 5 + Extras", (1, 2, 3, 5)),
        ("Harbour Lights All Seasons (1-3)", (1, 2, 3)),
        ("Harbour Lights 1ª a 3ª Temporada", (1, 2, 3)),
        ("Harbour Lights S01+S03", (1, 3)),
        ("Harbour Lights The Complete Series 1080p", ()),
        ("Harbour.Lights.INTEGRALE.FRENCH.DVDRip", ()),
    ],
)
def test_a_pack_names_its_seasons_and_no_episode(name: str, found: tuple[int, ...]) -> None:
    pack = read(name)

    assert (pack.kind, pack.title, seasons(pack)) == ("episode", "Harbour Lights", found)
    assert pack.episodes == ()
    assert pack.confidence < 0.5


@pytest.mark.parametrize(
    ("name", "episodes"),
    [
        ("[Grp] Harbour Lights - 07 [720p]", (7,)),
        ("[Grp]_Harbour_Lights_07v2_[720p]", (7,)),
        ("[Grp][Harbour Lights][07][720p]", (7,)),
        ("[Harbour Lights][07][720p]", (7,)),
        ("[Grp] Harbour Lights 07 Low Tide [720p]", (7,)),
        ("[Grp] Harbour Lights (07-09) [Batch]", (7, 8, 9)),
        ("[Grp] Harbour Lights 01 - 03 [Batch]", (1, 2, 3)),
        ("【组】【港灯 / Harbour Lights】【第07话】【1080P】", (7,)),
        ("[组][港灯][Harbour Lights][07][GB]", (7,)),
        ("Harbour Lights 第07話", (7,)),
        ("Harbour Lights - Episode 07 VOSTFR", (7,)),
        ("Harbour Lights 3 of 8", (3,)),
    ],
)
def test_a_number_without_a_season_counts_from_the_first_episode(
    name: str, episodes: tuple[int, ...]
) -> None:
    found = read(name)

    assert (found.kind, found.title, found.season) == ("episode", "Harbour Lights", None)
    assert found.episodes == episodes


def test_both_ways_to_count_can_stand_side_by_side() -> None:
    found = read("[Grp] Harbour Lights - 214 - S10E14 [720p]")

    assert (found.title, found.season) == ("Harbour Lights", 10)
    assert (found.episodes, found.absolute) == ((14,), (214,))


def test_a_broadcast_may_have_numbers_and_a_date() -> None:
    found = read("Evening.Talk.S01E130.2017.07.18.1080p.WEB-GRP")

    assert (found.season, found.episodes, found.date) == (1, (130,), "2017-07-18")


@pytest.mark.parametrize(
    "name",
    ["[Grp] Harbour Lights - 12.5 [720p]", "[Grp] Harbour Lights - NCED1 [BD]"],
)
def test_what_stands_between_episodes_is_an_episode_without_a_number(name: str) -> None:
    found = read(name)

    assert (found.kind, found.title, found.episodes) == ("episode", "Harbour Lights", ())
    assert found.confidence < 0.5


@pytest.mark.parametrize(
    ("name", "title", "year"),
    [
        ("The.Salt.Road.2018.1080p.BluRay.x264-GRP", "The Salt Road", 2018),
        ("www.site.example - The Salt Road (2018) 720p", "The Salt Road", 2018),
        ("[2018] The Salt Road", "The Salt Road", 2018),
        ("2018 - The Salt Road", "The Salt Road", 2018),
        ("2018.the.salt.road.multi.dvd9.pal", "the salt road", 2018),
        ("h265 - HEVC The Salt Road 1080p DTS", "The Salt Road", None),
        ("grpgrp-the.salt.road.2018.720p.mkv", "the salt road", 2018),
        ("盐路.The.Salt.Road.2018.1080p", "The Salt Road", 2018),
        ("Дорога / The Salt Road (Реж Иссёр / A Man) [2018, драма]", "The Salt Road", 2018),
        ("V.H.S.2.2013.LIMITED.720p", "V.H.S. 2", 2013),
        ("Wonder Woman 1984 (2020)/Wonder Woman 1984.mkv", "Wonder Woman 1984", 2020),
        ("(500) Days of Salt (2009)/(500) Days of Salt.mkv", "(500) Days of Salt", 2009),
        ("Salt.2049.1080p.BluRay.x264-GRP", "Salt 2049", None),
    ],
)
def test_a_movie_is_read_from_a_release(name: str, title: str, year: int | None) -> None:
    found = read(name)

    assert (found.kind, found.title, found.year) == ("movie", title, year)


@pytest.mark.parametrize(
    "name",
    [
        "The Herons - Tidal (1999) [FLAC]",
        "The Herons - Tidal [Deluxe Edition] [1999] [M4A-256]-GRP",
        "The_Herons-Tidal-(Deluxe_Edition)-2CD-1999-GRP",
        "The Herons-1999-Tidal-GRP",
        "The.Herons-Tidal-WEB-FLAC-1999-GRP",
        "The Herons - Tidal 1999 2CD 192kbps",
        "The Herons - Tidal (320)(1999)",
    ],
)
def test_an_album_is_read_from_a_release(name: str) -> None:
    found = read(name)

    assert (found.kind, found.artist, found.album) == ("track", "The Herons", "Tidal")
    assert found.title is None
    assert (read(name, Kind.BOOKS).author, read(name, Kind.BOOKS).title) == ("The Herons", "Tidal")


def test_a_title_alone_may_be_that_of_a_track_or_of_an_album() -> None:
    found = read("Undertow (feat. Max Bell)", Kind.MUSIC)

    assert (found.title, found.album, found.artist) == ("Undertow", "Undertow", None)
    assert found.confidence < 0.5


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (
            "Ada Finch/The Tides/Vol. 2 - 1994 - Low Water - A Story {Max Bell} [B00ABCDEFG]",
            ("Ada Finch", "The Tides", "2", "Low Water", "A Story", 1994, "Max Bell"),
        ),
        (
            "Ada Finch - The Tides Book 2 - Low Water (1994) [Max Bell]",
            ("Ada Finch", "The Tides", "2", "Low Water", None, 1994, "Max Bell"),
        ),
        (
            "Ada Finch - Low Water (The Tides, #2) (1994)",
            ("Ada Finch", "The Tides", "2", "Low Water", None, 1994, None),
        ),
        ("Low Water (Unabridged)", (None, None, None, "Low Water", None, None, None)),
    ],
)
def test_an_audiobook_is_read_from_its_directory(name: str, fields: tuple[object, ...]) -> None:
    found = read(name, Kind.AUDIOBOOKS)

    assert found.kind == "audiobook"
    assert fields == (
        found.author,
        found.series,
        found.sequence,
        found.title,
        found.subtitle,
        found.year,
        found.narrator,
    )


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("Salt Road (2012) #003 (of 12) (2013).cbz", 2013),
        ("Salt Road 003 (2013) (Digital) (Grp).cbr", 2013),
        ("Salt Road v03.cbz", None),
        ("Salt Road (2012)/003.cbz", 2012),
        ("Comics/Salt Road (2012)/Salt Road #3.cbz", 2012),
    ],
)
def test_a_comic_has_its_series_and_its_number(name: str, year: int | None) -> None:
    found = read(name)

    assert (found.kind, found.title) == ("book", "Salt Road #3")
    assert (found.series, found.sequence, found.year) == ("Salt Road", "3", year)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Low Water by Ada Finch [ENG / pdf]", "book"),
        ("Ada Finch - Low Water (retail) (azw3)", "book"),
        ("Ada Finch - Low Water (Audiobook)", "audiobook"),
        ("The Herons - Tidal [256 Kbps]", "track"),
        ("Harbour.Lights.S01E05.WEB-DL.x264.AAC", "episode"),
        ("The Salt Road 2018 1080p FLAC", "movie"),
        ("dPq7tu681Ycy3A4NpJDH6kNVQ8oLxqt5sW1Umf2v", None),
        ("0e895c37245186812cb08aab1529cf8ee389dd05.mkv", None),
    ],
)
def test_the_form_says_what_a_name_without_an_extension_is(name: str, kind: str | None) -> None:
    assert read(name).kind == kind


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a/b/c.mkv", ["a", "b", "c.mkv"]),
        ("/a//b/", ["a", "b"]),
        (r"C:\a\b.mkv", ["a", "b.mkv"]),
        ("./a", ["a"]),
        ("One / Two (2001)", ["One / Two (2001)"]),
        ("One (2001/S01E02/x) y", ["One (2001 S01E02 x) y"]),
        ("One 31/01/2020", ["One 31-01-2020"]),
        ("", []),
    ],
)
def test_a_slash_divides_a_path_and_not_a_title(name: str, parts: list[str]) -> None:
    assert components(name) == parts


PIECES = st.sampled_from(
    "S01E02 S01 -S03 1x02 (2019) [2019] 2019 720p - . _ ( [ { ] ) } / \\ 12 a.b.c Season Saison.II [G] 01- ~12 Vol.1"
    " E03 -E04 第1話 第二季 Сезон: Серии 1- # (of 2020-01-31 31.01.20 by {A.B} [B00ABCDEFG] FLAC CD1 x264 \0 \ud800 \u202e".split(
        " "
    ),
)
NAME = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=80).map("".join))


@settings(deadline=None)
@given(NAME, st.sampled_from([None, *Kind]))
def test_no_name_makes_it_raise_or_sure_of_nothing(name: str, kind: Kind | None) -> None:
    found = read(name, kind)

    assert 0 <= found.confidence <= 1
    assert found.rule
    assert found.confidence < 0.5 or found.title or found.album
    assert len(found.episodes) <= 2000


@pytest.mark.parametrize(
    "join",
    [" ".join, ".".join, "_".join, "-".join, "".join],
    ids=["blank", "dot", "_", "-", "none"],
)
def test_what_is_written_again_and_again_is_read_like_any_other_name(
    join: Callable[[list[str]], str],
) -> None:
    for piece in (
        "S01",
        "E01",
        "1x01",
        "01",
        "2020",
        "a",
        "A.",
        "(",
        "[a]",
        "第1",
        "1-",
        "season 1",
        "B1 - ",
    ):
        name = join([piece] * 300)
        for kind in (None, *Kind):
            assert read(name, kind).rule
            assert read(f"{name}/{name}/{name}.mkv", kind).rule
