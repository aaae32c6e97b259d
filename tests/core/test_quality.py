import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shelfd.core.media import Reading, Stream
from shelfd.core.quality import Copy, compare, label


def video(height: int = 1080, codec: str = "h264", name: str = "", **more: object) -> Copy:
    streams = (
        Stream(
            type="video",
            codec=codec,
            width=height * 16 // 9,
            height=height,
            hdr=str(more.get("hdr", "")),
        ),
        Stream(type="audio", codec="ac3", channels=6),
    )
    reading = Reading(format="matroska", duration_ms=1_000_000, streams=streams)
    return Copy(reading, name, int(str(more.get("size", 1_000_000_000))))


def sound(codec: str, size: int = 5_000_000, **more: int) -> Copy:
    stream = Stream(
        type="audio",
        codec=codec,
        bit_depth=more.get("bit_depth"),
        sample_rate=more.get("sample_rate"),
        channels=more.get("channels", 2),
    )
    return Copy(Reading(format=codec, duration_ms=200_000, streams=(stream,)), "", size)


BROKEN = Copy(Reading(error="no video in it"), "", 10)


@pytest.mark.parametrize(
    ("new", "old", "reason"),
    [
        (video(2160), video(1080), "2160p instead of 1080p"),
        (video(720), video(480), "720p instead of 480p"),
        (video(hdr="HDR10"), video(), "HDR10 instead of the usual range of brightness"),
        (video(codec="hevc"), video(codec="h264"), "hevc instead of h264"),
        (video(size=2_000_000_000), video(), "16000 kbit/s instead of 8000"),
        (sound("flac"), sound("mp3"), "flac, which loses nothing instead of mp3, which loses some"),
        (
            sound("pcm_s16le"),
            sound("aac"),
            "pcm_s16le, which loses nothing instead of aac, which loses some",
        ),
        (
            sound("flac", bit_depth=24),
            sound("flac", bit_depth=16),
            "24 bits a sample instead of 16 bits a sample",
        ),
        (
            sound("flac", sample_rate=96_000),
            sound("flac", sample_rate=44_100),
            "96000 Hz instead of 44100 Hz",
        ),
        (sound("mp3", channels=2), sound("mp3", channels=1), "2 channels instead of 1 channels"),
        (sound("mp3", size=8_000_000), sound("mp3"), "320 kbit/s instead of 200"),
        (video(), BROKEN, "one that can be read instead of one that cannot"),
    ],
)
def test_what_is_better_is_said_with_its_reason(new: Copy, old: Copy, reason: str) -> None:
    assert compare(new, old) == (True, reason)
    assert not compare(old, new).better


def lasting(seconds: int | None, height: int = 1080) -> Copy:
    copy = video(height)
    duration = None if seconds is None else seconds * 1000
    return copy._replace(reading=replace(copy.reading, duration_ms=duration))


UNREAD = Copy(Reading(error="permission denied"), "", 10)


@pytest.mark.parametrize(
    ("new", "old", "reason"),
    [
        (lasting(1), lasting(40, 720), "it lasts 0:01 minutes instead of 0:40 minutes"),
        (lasting(None), lasting(40, 720), "it lasts nobody knows how long instead of"),
        (video()._replace(missing=3), video(720), "it is cut off, 3 bytes are missing"),
        (video()._replace(missing=3), video(720)._replace(missing=9), "it is cut off"),
        (video(), UNREAD, "what is there could not be read (permission denied)"),
        (video(), Copy(Reading(error="the reader died of signal 9 on it"), "", 1), "what is there"),
        (video(), Copy(Reading(error="reading it took longer than 60 s"), "", 1), "what is there"),
        (video(), Copy(Reading(error="input/output error"), "", 1), "what is there could not"),
        (video(name="A.Film.2020.HDCAM"), video(720), "it is a recording in a cinema"),
    ],
)
def test_what_may_be_a_loss_is_not_better(new: Copy, old: Copy, reason: str) -> None:
    better, why = compare(new, old)

    assert not better
    assert why.startswith(reason)


def test_a_whole_file_is_better_than_one_that_is_cut_off() -> None:
    old = video()._replace(missing=700)

    assert compare(video(720), old) == (True, "a whole one instead of one that is cut off")


def test_a_film_that_runs_a_little_faster_is_as_long() -> None:
    assert compare(lasting(96), lasting(100, 720)).better


@pytest.mark.parametrize(
    "error",
    [
        "invalid data found when processing input",
        "it is empty",
        "it is damaged (KeyError)",
        "no MPEG audio in it",
        "end of file",
    ],
)
def test_what_is_damaged_for_sure_is_worse(error: str) -> None:
    assert compare(video(), Copy(Reading(error=error), "", 10)).better


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (video(), video()),
        (video(size=1_100_000_000), video()),
        (video(name="x.BluRay"), video(name="x.WEBRip")),
        (sound("flac", size=9_000_000), sound("flac")),
        (sound("mp3", size=9_000_000), sound("aac")),
    ],
)
def test_what_is_no_better_replaces_nothing(new: Copy, old: Copy) -> None:
    assert compare(new, old) == (False, "nothing in it is better")


def test_resolution_comes_before_all_that_fewer_people_see() -> None:
    new = video(1080, codec="mpeg4", size=1)
    old = video(720, codec="av1", hdr="Dolby Vision", name="Remux")

    assert compare(new, old).better


COPIES = st.sampled_from(
    [
        video(height, codec, name, size=size)
        for height in (480, 720, 1080, 2160)
        for codec in ("h264", "hevc", "other")
        for name in ("", "x.WEB-DL", "x.Remux")
        for size in (1, 10**9, 10**10)
    ]
    + [sound(codec, size) for codec in ("flac", "mp3", "aac") for size in (10, 10**7)]
    + [BROKEN]
)


@given(COPIES, COPIES)
@settings(deadline=None)
def test_two_files_are_never_each_better_than_the_other(one: Copy, other: Copy) -> None:
    assert not (compare(one, other).better and compare(other, one).better)
    assert not compare(one, one).better


def test_a_version_is_told_by_its_lines_or_by_its_codec() -> None:
    assert label(video(720)) == "720p"
    assert label(sound("flac")) == "FLAC"
    assert label(BROKEN) == ""
