"""What was dropped is taken whole, shown on the running daemon with real media: works, what belongs to them, what comes late."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

import media
from running import Running, running
from trees import names, plant
from waiting import eventually


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("whole")) as daemon:
        yield daemon


def film(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return media.mkv(path)


def song(path: Path, artist: str, album: str, title: str, track: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, artist=artist, album=album, title=title, track=str(track))


def drop(daemon: Running, ready: Path) -> None:
    """Move what was made elsewhere into the inbox at once, as a download client does."""
    shutil.move(ready, daemon.inbox / ready.name)


def why(daemon: Running, path: Path) -> tuple[str, str]:
    _status, answer = daemon.get(f"/v1/why?path={quote(str(path))}")
    return answer["state"], answer["reason"]


def becomes(daemon: Running, directory: str, *expected: str) -> None:
    """Wait until exactly these files lie below a directory of the libraries."""
    top = daemon.library / directory
    eventually(lambda: names(top) == sorted(expected), within=30)


def test_a_film_with_all_that_belongs_to_it(daemon: Running, tmp_path: Path) -> None:
    release = tmp_path / "Night.Train.2019.1080p.WEB.x264-GRP"
    film(release / "night.train.2019.mkv")
    film(release / "Behind The Scenes" / "Making Of.mkv")
    film(release / "Sample" / "sample.mkv")
    film(release / "night.train.2019-trailer.mkv")
    subtitles = {"2_English.srt": b"1", "3_English.srt": b"22", "4_German.forced.srt": b"3"}
    plant(
        release, {"Subs": {**subtitles, "x.idx": b"i", "x.sub": b"s"}, "poster.jpg": media.jpeg()}
    )
    plant(release, {"RARBG.txt": b"x", "x.nzb": b"x"})
    drop(daemon, release)

    home = "Night Train (2019)"
    becomes(
        daemon,
        f"Movies/{home}",
        *(f"{home}{end}" for end in (".mkv", ".en.srt", ".2.en.srt", ".de.forced.srt")),
        *(f"{home}.idx", f"{home}.sub", "poster.jpg", "Behind The Scenes/Making Of.mkv"),
        "Trailers/night.train.2019-trailer.mkv",
    )
    left = daemon.inbox / release.name
    eventually(lambda: names(left) == ["RARBG.txt", "Sample/sample.mkv", "x.nzb"])
    eventually(lambda: why(daemon, left / "RARBG.txt") == ("ignored", "it is an advertisement"))
    assert why(daemon, left / "Sample/sample.mkv") == ("ignored", "a sample, not the work itself")
    found = daemon.shelfd("find", "night train").stdout
    assert "Night Train" in found
    assert "Making Of" not in found


def test_a_pack_of_a_season_with_subtitles_and_one_broken_episode(
    daemon: Running, tmp_path: Path
) -> None:
    pack = tmp_path / "Harbour.S01.1080p.WEB-GRP"
    for number in (1, 2):
        film(pack / f"Harbour.S01E0{number}.1080p.WEB-GRP.mkv")
        plant(pack, {f"Subs/Harbour.S01E0{number}.1080p.WEB-GRP/2_English.srt": b"1"})
    plant(pack, {"Harbour.S01E03.1080p.WEB-GRP.mkv": b"no video at all"})
    drop(daemon, pack)

    becomes(
        daemon,
        "Shows/Harbour",
        *(
            f"Season 01/Harbour S01E0{number}{end}"
            for number in (1, 2)
            for end in (".mkv", ".en.srt")
        ),
    )
    broken = daemon.inbox / pack.name / "Harbour.S01E03.1080p.WEB-GRP.mkv"

    def is_refused() -> bool:
        # both at once: after a reason comes another look
        state, reason = why(daemon, broken)
        return state == "refused" and reason.startswith("it cannot be read")

    eventually(is_refused)


def test_an_album_with_discs_and_many_artists(daemon: Running, tmp_path: Path) -> None:
    album = tmp_path / "Mixed"
    for disc in (1, 2):
        for track, artist in enumerate(("Ann", "Bob"), 1):
            song(album / f"CD{disc}" / f"{track}.mp3", artist, "Mixed", f"T{disc}{track}", track)
    plant(album, {"cover.jpg": media.jpeg(), "CD2": {"rip.log": b"l"}, "all.m3u": b"m"})
    drop(daemon, album)

    becomes(
        daemon,
        "Music/Various Artists/Mixed",
        *(f"Disc {disc}/0{track} T{disc}{track}.mp3" for disc in (1, 2) for track in (1, 2)),
        *("cover.jpg", "Disc 2/rip.log", "all.m3u"),
    )


def test_an_audiobook_in_parts_and_a_disc_in_one_file_with_its_sheet(
    daemon: Running, tmp_path: Path
) -> None:
    book, image = tmp_path / "Bea Writer - Long", tmp_path / "Cal - Live (2001)"
    book.mkdir()
    for number in (1, 2, 10):
        media.m4b(book / f"Part {number}.m4b", artist="Bea Writer", album="Long", title="x")
    plant(book, {"metadata.json": b"{}", "cover.jpg": media.jpeg()})
    image.mkdir()
    media.flac(image / "Cal - Live.flac", artist="Cal", album="Live")
    plant(image, {"Cal - Live.cue": b'FILE "Cal - Live.flac" WAVE\n', "Cal - Live.log": b"l"})
    drop(daemon, book)
    drop(daemon, image)

    becomes(
        daemon,
        "Audiobooks/Bea Writer/Long",
        *("01 Long.m4b", "02 Long.m4b", "10 Long.m4b", "metadata.json", "cover.jpg"),
    )
    becomes(daemon, "Music/Cal/Live", *(f"Cal - Live.{end}" for end in ("flac", "cue", "log")))


def test_a_disc_as_it_is_and_back_again(daemon: Running, tmp_path: Path) -> None:
    disc = tmp_path / "Old Film (1962)"
    film(disc / "BDMV" / "STREAM" / "00001.m2ts")
    plant(disc, {"BDMV": {"index.bdmv": b"i", "BACKUP": {"index.bdmv": b"i"}}, "poster.jpg": b"p"})
    plant(disc, {"CERTIFICATE": {"id.bdmv": b"c"}})
    whole = names(disc)
    drop(daemon, disc)

    becomes(daemon, "Movies/Old Film (1962)", *whole)
    assert "Old Film" in daemon.shelfd("find", "old film").stdout
    _status, page = daemon.get("/v1/operations?kind=import&state=completed&limit=100")
    number = next(one["id"] for one in page["items"] if one["path"].endswith(disc.name))
    assert daemon.shelfd("undo", str(number), "--wait").returncode == 0
    assert names(daemon.inbox / disc.name) == whole


def test_what_comes_late_joins_and_what_comes_early_waits(daemon: Running, tmp_path: Path) -> None:
    plant(daemon.inbox, {"Late.Film.2015.en.srt": b"1"})
    early = daemon.inbox / "Late.Film.2015.en.srt"
    reason = "it waits: no movie 'Late Film' (2015) is in a library yet"
    eventually(lambda: why(daemon, early) == ("refused", reason), within=30)

    release = tmp_path / "Late.Film.2015.1080p.BluRay.x264-GRP"
    film(release / "late.film.2015.mkv")
    drop(daemon, release)
    home = "Late Film (2015)"
    becomes(daemon, f"Movies/{home}", f"{home}.mkv", f"{home}.en.srt")

    plant(daemon.inbox, {release.name: {"Subs": {"2_English.srt": b"other", "3_German.srt": b"d"}}})
    plant(daemon.inbox, {"Late Film (2015)": {"poster.jpg": media.jpeg()}})
    becomes(
        daemon,
        f"Movies/{home}",
        *(f"{home}{end}" for end in (".mkv", ".en.srt", ".2.en.srt", ".de.srt")),
        "poster.jpg",
    )


def test_a_later_episode_and_a_later_track_join(daemon: Running, tmp_path: Path) -> None:
    show = tmp_path / "Windmill (2011)"
    film(show / "Windmill S01E01.mkv")
    drop(daemon, show)
    becomes(daemon, "Shows/Windmill (2011)", "Season 01/Windmill (2011) S01E01.mkv")
    film(daemon.inbox / "Windmill.S01E02.720p.HDTV.x264-GRP.mkv")

    becomes(
        daemon,
        "Shows/Windmill (2011)",
        *(f"Season 01/Windmill (2011) S01E0{number}.mkv" for number in (1, 2)),
    )


def test_an_archive_is_refused_until_it_is_unpacked(daemon: Running) -> None:
    plant(daemon.inbox, {"Packed.Film.2011-GRP": {"x.rar": b"Rar!", "x.r00": b"more"}})
    plant(daemon.inbox, {"lone.part1.rar": b"Rar!", "lone.part2.rar": b"more"})
    packed, lone = daemon.inbox / "Packed.Film.2011-GRP", daemon.inbox / "lone.part2.rar"
    unpack = "an archive: unpack {} beside it, and what was in it is filed"
    eventually(lambda: why(daemon, packed / "x.r00") == ("refused", unpack.format("x.rar")))
    eventually(lambda: why(daemon, lone) == ("refused", unpack.format("lone.part1.rar")))

    film(packed / "packed.film.2011.1080p.mkv")

    becomes(daemon, "Movies/Packed Film (2011)", "Packed Film (2011).mkv")
    eventually(lambda: names(packed) == ["x.r00", "x.rar"])
    eventually(lambda: why(daemon, packed / "x.rar")[0] == "ignored")


def test_a_dry_run_names_what_goes_and_what_stays(tmp_path: Path) -> None:
    patient = "[watch]\nsettle_s = 3600\n[import]\nmin_free_bytes = 0\n"
    with running(tmp_path, patient) as daemon:
        release = daemon.inbox / "A.Film.2020.1080p.WEB.x264-GRP"
        film(release / "a.film.2020.mkv")
        plant(release, {"Subs": {"2_English.srt": b"1"}, "x.nzb": b"x"})

        told = daemon.shelfd("import", str(release), "--dry-run")

        assert told.returncode == 0
        assert "A Film (2020).en.srt" in told.stdout
        assert "it says where to download from, and is no part of the work" in told.stdout
        assert names(daemon.library) == []
