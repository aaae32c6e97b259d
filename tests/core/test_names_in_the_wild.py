"""Names as they come: addresses, second names, two scripts, counts of seasons, and what scenes write around an album."""

import pytest

from shelfd.core.media import Kind
from shelfd.core.names_given import components, read
from shelfd.core.parsed import Parsed


def seasons(found: Parsed) -> tuple[int, ...]:
    return found.seasons or (() if found.season is None else (found.season,))


@pytest.mark.parametrize(
    "name",
    [
        "www.some-site.com.Harbour.Lights.2014.720p.x264-GRP",
        "some-site.com_Harbour.Lights.2014.720p.x264-GRP",
        "Harbour Lights - www.some-site.com 2014",
        "Harbour Lights [www.some-site.org] (2014) [1080p]",
        "Harbour.Lights.AKA.Luces.del.Puerto.2014.1080p.BluRay-GRP",
        "Harbour Lights a.k.a. Luces del Puerto (2014)",
        "Harbour.Lights.SPECIAL.EXTENDED.EDITION.2014.1080p.BluRay-GRP",
        "Harbour.Lights.The.Uncut.Version.2014.DVDRip-GRP",
        "Harbour Lights THEATRICAL EDITION (2014) [1080p]",
        "Harbour.Lights.SE.2014.BDRip",
        "Harbour.Lights.2014.720p.x264-GRP[site]",
        "some-site.org.uk - Harbour.Lights.2014.720p.x264-GRP",
        "Harbour_Lights-x03-Making_It-2014.mkv",
        "Harbour.Lights.2014.1080p.GRP-CBR.WEB-DL.H.264-GRP",
        "Harbour.Lights.German.2014.DL.1080p.BluRay.x264-GRP",
        "Harbour.Lights.iTA.2014.BDRip-GRP",
        "Harbour Lights (Hindi Dubbed) 2014",
        "Harbour.Lights.VOF.2014.1080p",
    ],
)
def test_a_film_is_named_without_addresses_second_names_and_versions(name: str) -> None:
    found = read(name)

    assert (found.kind, found.title, found.year) == ("movie", "Harbour Lights", 2014)


def test_versions_and_sites_are_left_out_of_capitals_as_well() -> None:
    found = read("HARBOUR.LIGHTS.EXTENDED.CUT.2014.1080P.BLURAY.X264-GRP[SITE]")

    assert (found.title, found.year) == ("HARBOUR LIGHTS", 2014)


def test_all_of_a_collection_is_named_without_that_word() -> None:
    assert read("Harbour Lights Complete Collection").title == "Harbour Lights"


@pytest.mark.parametrize(
    "flag", ["PLDUB", "KORSUB", "NTSC", "CONVERT", "DS4K", "Line.Dubbed", "SWiSSGERMAN.DOKU"]
)
def test_what_a_release_says_of_itself_ends_the_title_without_a_year(flag: str) -> None:
    assert read(f"Harbour.Lights.{flag}.1080p.WEB-DL.x264-GRP").title == "Harbour Lights"


@pytest.mark.parametrize(
    ("name", "title", "year"),
    [
        ("Short Season (2006)", "Short Season", 2006),
        ("The.Three.Seasons.1981.1080p.BluRay-GRP", "The Three Seasons", 1981),
        ("Episodes (2014)/Episodes (2014).mkv", "Episodes", 2014),
    ],
)
def test_a_year_behind_a_title_that_ends_in_season_is_that_of_a_film(
    name: str, title: str, year: int
) -> None:
    found = read(name)

    assert (found.kind, found.title, found.year) == ("movie", title, year)


@pytest.mark.parametrize(
    ("name", "season", "episodes"),
    [
        ("Harbour.Lights.S02E07.08.FASTSUB.HDTV-GRP", 2, (7, 8)),
        ("Harbour Lights S02E07-to-E09", 2, (7, 8, 9)),
        ("Harbour Lights - [S 2 - Ep 007]", 2, (7,)),
        ("Harbour Lights Season 2, 7 of 12", 2, (7,)),
        ("Harbour.Lights.Season.2.Part.VII", 2, (7,)),
        ("Огни (S2E7) / Harbour Lights (S2E7) (2016) WEB-DL 1080p", 2, (7,)),
        ("Огни / Harbour Lights / Сезон: 2 / Серии: 3 из 12 [2016]", 2, (1, 2, 3)),
        ("Harbour Lights (2010) (S02E07) (2016-03-05) (1080p)", 2, (7,)),
        ("Harbour.Lights.0207.PDTV-GRP", 2, (7,)),
        ("Harbour.Lights.207.208.PDTV-GRP", 2, (7, 8)),
        ("Harbour.Lights.2014.0207-grp", 2, (7,)),
        ("Harbour.Lights.02.07.F.avi", 2, (7,)),
        ("Harbour Lights S02E07 08 FASTSUB HDTV GRP", 2, (7, 8)),
        ("Harbour_Lights_S02_07.mkv", 2, (7,)),
        ("Harbour Lights Ep 2x07 Boats", 2, (7,)),
        ("Harbour Lights - Episode 7 [S 2 - Ep 007]", 2, (7,)),
        ("Harbour Lights - Specials - S00E07 - Boats", 0, (7,)),
        ("Harbour Lights 2016 03 05 S02E07", 2, (7,)),
        ("20160305- Harbour Lights.2x07_720.mkv", 2, (7,)),
        ("Harbour Lights - Season 2 (2016) 720p Episode 7 grp.mkv", 2, (7,)),
        ("Harbour Lights / S2E1-8 of 8 [2024, WEB-DL 1080p]", 2, ()),
        ("Harbour Lights / S2E1-8 of 12 [2024, WEB-DL 1080p]", 2, tuple(range(1, 9))),
        ("Harbour.Lights.S02E07.1080p-GRP/Low Tide - Harbour Lights S2 (Ep 7).mkv", 2, (7,)),
        ("Harbour_Lights_S02E07E08.mkv", 2, (7, 8)),
        ("Harbour Lights S02E07v2-E08", 2, (7, 8)),
        ("Harbour Lights S02E07\uff5eE09", 2, (7, 8, 9)),
        ("[Harbour.Lights.S02E07-E08]", 2, (7, 8)),
        ("Harbour Lights - 2.07-08 - Boats", 2, (7, 8)),
        ("Harbour Lights - Episode 2.07 - Boats.avi", 2, (7,)),
        ("Harbour Lights - Temp 2 Cap.207-208", 2, (7, 8)),
        ("Harbour Lights Temporada 2 Cap 207 al 208", 2, (7, 8)),
        ("Harbour Lights S02E07 - 08 - Boats 720p.mkv", 2, (7, 8)),
        ("Harbour Lights S02E07 - 24 - Boats 720p.mkv", 2, (7,)),
        ("Harbour Lights S02E01 to E10", 2, tuple(range(1, 11))),
        ("Harbour Lights S02E01-to-10", 2, tuple(range(1, 11))),
        ("Harbour Lights S02 E01 - E10", 2, tuple(range(1, 11))),
        ("Harbour Lights/Season 2/07 & 08 Boats.mkv", 2, (7, 8)),
        ("Harbour.Lights2X07.HDTV", 2, (7,)),
        ("Harbour Lights S02E07 x264 {133MB}{SMALL SIZE}", 2, (7,)),
        ("Harbour.Lights.S02.1080p-GRP/grp-hl207.mkv", 2, (7,)),
        ("Harbour Lights/Season 2/7 - 12 Boats.mkv", 2, (7,)),
        ("Harbour Lights/Season 2/07-08-09 - Three Boats.mkv", 2, (7, 8, 9)),
        ("Harbour Lights/Season 21/Harbour Lights 1001.mkv", 21, (1001,)),
        ("Harbour Lights/Season 2/[Grp] Harbour Lights - Low Tide - 07 [720p].mkv", 2, (7,)),
        ("[Grp] Harbour Lights S2 (2016) - 07 [720p]", 2, (7,)),
        ("[字幕组] 港灯 第二季 / Harbour Lights - 07 [1080p]", 2, (7,)),
        ("[字幕组][港灯 第2季][Harbour Lights][07][1080p]", 2, (7,)),
        ("[字幕组] Harbour Lights S2 / 港灯 [07][1080p]", 2, (7,)),
    ],
)
def test_numbers_within_a_season_are_read(
    name: str, season: int, episodes: tuple[int, ...]
) -> None:
    found = read(name)

    assert (found.kind, found.season, found.episodes) == ("episode", season, episodes)
    assert found.title == "Harbour Lights" or "sn" in name


@pytest.mark.parametrize(
    ("name", "episodes"),
    [
        ("[Grp] Harbour Lights - 07 - Low Tide [32E03F96].mkv", (7,)),
        ("[Grp] Harbour Lights [07 1080p HEVC]", (7,)),
        ("(Grp)_Harbour_Lights_-_07_(1080p).mkv", (7,)),
        ("37 [Grp] Harbour Lights - 07 [1080p].mkv", (7,)),
        ("[Grp] 07 - Harbour Lights [1080p].mkv", (7,)),
        ("Harbour Lights {07} Low Tide.hdtv-720p", (7,)),
        ("Harbour Lights [Ep 01 - 03][480p]", (1, 2, 3)),
        ("[Grp] Harbour Lights #1-3 (1280x720)", (1, 2, 3)),
        ("[Grp] [720p] Harbour Lights - 07.mkv", (7,)),
        ("Harbour Lights - 07_v2.mkv", (7,)),
        ("[Grp].Harbour.Lights.01.-.03.[1080p].[Batch]", (1, 2, 3)),
        ("[Grp]Harbour_Lights_07_1080.BD.FLAC.mkv", (7,)),
        ("Harbour Lights S02 1007", (1007,)),
        ("Harbour Lights 107 VOSTFR par Grp (1280*720)", (107,)),
        ("Harbour+Lights+Episode+7.mkv", (7,)),
        ("Harbour Lights (1968) [GRP] episode 07 [30C15D62].mkv", (7,)),
        ("Harbour.Lights.07.Low.Tide.avi", (7,)),
        ("Harbour Lights 07 - Low Tide.avi", (7,)),
        ("[Grp] Harbour Lights - 07「Boats」[720p].mp4", (7,)),
        ("Harbour Lights Episodios 1-3", (1, 2, 3)),
        ("Harbour Lights (1-12) [1080p]", tuple(range(1, 13))),
        ("[Grp] Harbour Lights - 01-03 & 05-06 [1080p]", (1, 2, 3, 5, 6)),
        ("[Grp].Harbour.Lights.101-103.&.105-106.(1280x720)", (101, 102, 103, 105, 106)),
        ("Harbour.Lights.(07.seriya).2012.WEB-DLRip", (7,)),
        ("[字幕组][港灯·Harbour Lights][07][1080p]", (7,)),
        ("[字幕组][港灯 _ Harbour Lights ][07][1080p]", (7,)),
        ("[字幕组] 港灯\uff08Harbour Lights\uff09第07話 [1080p]", (7,)),
        ("[字幕组][港灯 / Harbour Lights][07(v2)][1080p]", (7,)),
        ("[字幕组][港灯/Harbour Lights/港の灯][07][1080p]", (7,)),
        ("[Grp] Harbour Lights [07_港の灯] [1080p]", (7,)),
        ("[字幕组] 港灯 / Harbour Lights [01-03 合集][1080p]", (1, 2, 3)),
        ("[字幕组][港灯][Harbour Lights][2016][WEB-DL][1080][第07话]", (7,)),
        ("[字幕组] 港灯\uff0fHarbour Lights [07][1080p]", (7,)),
        ("Огни (\u0422\u0412-1) / Harbour Lights [TV] [3 из 12] [2016, BDRip]", (1, 2, 3)),
    ],
)
def test_numbers_from_the_first_episode_on_are_read(name: str, episodes: tuple[int, ...]) -> None:
    found = read(name)

    assert (found.kind, found.title, found.episodes) == ("episode", "Harbour Lights", episodes)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("Harbour.Lights.S01S02.COMPLETE.x264-GRP", (1, 2)),
        ("Harbour.Lights.TV.Series.2016.S01.480p", (1,)),
        ("Harbour.Lights.S02P01.1080p.WEB-GRP", (2,)),
        ("Harbour Lights T02 1080p", (2,)),
        ("Harbour.Lights.Season.2of5.Complete.HDTV", (2,)),
        ("Harbour Lights 2 nd season", (2,)),
        ("Harbour Lights (2014-2018) S01-S03", (1, 2, 3)),
        ("Harbour Lights All Seasons 1080p", ()),
        ("Harbour.Lights.Coffret.Integrale.1080p", ()),
        ("Harbour.Lights.SezonSO2.PL.480p", (2,)),
        ("[Grp] Harbour Lights (2016) (Season 1 + OVA)", (1,)),
        ("[Grp] Harbour Lights (BD 1080p) (Batch)", ()),
        ("[Grp] Harbour Lights 全12话 [1080p]", ()),
        ("Harbour Lights COMPLETE 720p HDTV", ()),
    ],
)
def test_seasons_and_whole_shows_are_read(name: str, numbers: tuple[int, ...]) -> None:
    found = read(name)

    assert (found.kind, found.title, seasons(found)) == ("episode", "Harbour Lights", numbers)


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("Harbour.Lights.2014.3.5.720p.HDTV-GRP", "2014-03-05"),
        ("Harbour Lights Wednesday 5 March 2014 720p", "2014-03-05"),
        ("Harbour.Lights.S012E01.(16.November.2016).hdtv", "2016-11-16"),
        ("Harbour Lights 14 03 25 Low Tide 720p", "2014-03-25"),
    ],
)
def test_a_date_is_read_however_it_is_written(name: str, date: str) -> None:
    found = read(name)

    assert (found.title, found.date) == ("Harbour Lights", date)


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("Harbour.Lights.S01E07.2014.1080p.WEB-DL-GRP", 2014),
        ("Harbour.Lights.E07.Ebbe.German.2014.ANiME.DL.BDRip.x264-GRP", 2014),
        ("Harbour.Lights.S03E07.2014.1080p.WEB-DL-GRP", None),
        ("1883.S01E01.1883.1080p.WEB-DL-GRP", None),
    ],
)
def test_a_year_behind_the_number_is_the_show_s_in_its_first_season(
    name: str, year: int | None
) -> None:
    assert read(name).year == year


@pytest.mark.parametrize("number", ["- 029 (004)", "- 004 (029)"])
def test_of_two_numbers_the_greater_is_counted_from_the_first_episode_on(number: str) -> None:
    found = read(f"[Grp] Harbour Lights {number} [720p].mkv")

    assert (found.title, found.episodes, found.absolute) == ("Harbour Lights", (4,), (29,))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Harbour.Lights.2014.Special.avi", "episode"),
        ("Harbour_Lights_2014_Christmas_Special.The_Boat.HDTV", "episode"),
        ("Harbour.Lights.2014.Special.Edition.1080p.BluRay-GRP", "movie"),
        ("Harbour.Lights.2014.Part.2.REPACK.720p.HDTV.x264-GRP", "episode"),
        ("title_t01.mkv", "movie"),
    ],
)
def test_a_special_and_a_part_that_were_broadcast_are_of_a_show(name: str, kind: str) -> None:
    assert read(name).kind == kind


def test_the_number_behind_the_part_of_a_season_is_the_episode_s() -> None:
    assert read("[Grp] Harbour Lights Season 2 Part 2 - 07 [1080p].mkv").episodes == (7,)


def test_the_first_of_the_years_of_a_show_is_when_it_began() -> None:
    assert read("Harbour Lights (2014-2018) S01-S03").year == 2014


def test_a_word_in_brackets_within_a_title_is_of_it() -> None:
    assert read("[Grp] Lights of [Harbour] at Sea - 07.mkv").title == "Lights of [Harbour] at Sea"


def test_a_language_before_the_year_may_be_of_the_title() -> None:
    assert read("The.Good.Swede.German.2006.720p-GRP").title == "The Good Swede German"


def test_of_two_numbers_between_dashes_the_last_before_the_brackets_counts() -> None:
    found = read("[Grp].Harbour.Lights.-.100.Boats.Home.-.07.(1080p)")

    assert (found.title, found.episodes) == ("Harbour Lights - 100 Boats Home", (7,))


def test_numbers_in_brackets_are_no_group() -> None:
    found = read("[S02E07-E08] Low Tide")

    assert (found.kind, found.season, found.episodes) == ("episode", 2, (7, 8))


def test_without_a_show_the_numbers_in_brackets_before_the_title_are_read() -> None:
    found = read("[5.07] Low Tide.avi")

    assert (found.season, found.episodes, found.confidence) == (5, (7,), 0.3)


def test_a_slash_within_the_title_of_a_release_divides_no_path() -> None:
    assert components("[Grp] Boats 1/2 - 03 [1080p]") == ["[Grp] Boats 1/2 - 03 [1080p]"]
    assert components("[Grp] Boats/Boats - 03 [1080p]") == ["[Grp] Boats", "Boats - 03 [1080p]"]


@pytest.mark.parametrize(
    "name",
    [
        "The_Herons-Tidal-2011-GRP",
        "The.Herons-Tidal-CD-FLAC-2011-GRP",
        "The_Herons_-_Tidal-(CAT-001)-WEB-2011-GRP_iNT",
        "The_Herons-Tidal-Limited_Edition-3CD-DE-2011-GRP",
        "The_Herons-Tidal-SAT-01-07-2011-GRP",
        "The_Herons-Tidal-WEB2011-GRP",
        "The Herons-2011-Tidal-GRP",
        "The Herons - Tidal [2011] [320] (Somebody)",
        "The Herons - Tidal (2011)@320Kbps",
        "The Herons - 2011 Tidal [FLAC]",
        "The Herons - 2011 - Tidal {CAT-001}",
        "The Herons- Tidal (2011) FLAC",
        "The+Herons+-+2011+-+Tidal+[FLAC]",
        "The Herons - Tidal Deluxe Edition (2011) MP3 VBR V0",
    ],
)
def test_artist_album_and_year_are_read_from_a_release(name: str) -> None:
    found = read(name, Kind.MUSIC)

    assert (found.artist, found.album, found.year) == ("The Herons", "Tidal", 2011)


@pytest.mark.parametrize(
    ("name", "artist", "album"),
    [
        ("T-Boat-Tidal-CD-2011-GRP", "T-Boat", "Tidal"),
        ("The_Herons-Tidal-LP-197X-GRP", "The Herons", "Tidal"),
        ("The Herons - 1999 (1982) [FLAC]", "The Herons", "1999"),
        ("The Herons Discography 1998-2010", "The Herons", "Discography"),
        ("The Herons - The Complete Discography (1998-2010)", "The Herons", "Discography"),
    ],
)
def test_dashes_and_numbers_stay_within_names(name: str, artist: str, album: str) -> None:
    found = read(name, Kind.MUSIC)

    assert (found.artist, found.album) == (artist, album)
