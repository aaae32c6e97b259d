"""What FFmpeg sees, through PyAV and through ffprobe."""

import importlib
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
import xxhash

import media
from shelfd.core.media import Chapter, Cover, Reading, Stream
from shelfd.edges import video

PARTS = ((0, "Opening"), (400, "The End"))


def test_a_film_is_described_stream_by_stream(tmp_path: Path) -> None:
    path = media.mkv(tmp_path / "a.mkv", chapters=PARTS, title="A Film", date_released="1999-05-01")

    assert video.read(bytes(path)) == Reading(
        format="matroska",
        duration_ms=1023,
        tags={"title": "A Film", "date": "1999-05-01"},
        streams=(
            Stream(
                type="video",
                codec="mpeg4",
                profile="Simple Profile",
                bit_depth=8,
                width=160,
                height=90,
                pixel_format="yuv420p",
                frame_rate=10.0,
            ),
            Stream(
                type="audio",
                codec="aac",
                profile="LC",
                language="deu",
                channels=2,
                channel_layout="stereo",
                sample_rate=44_100,
            ),
            Stream(type="subtitle", codec="subrip", language="eng", forced=True),
        ),
        chapters=(Chapter(start_ms=0, title="Opening"), Chapter(start_ms=400, title="The End")),
    )


def test_an_episode_says_so_in_its_atoms(tmp_path: Path) -> None:
    path = media.mp4(
        tmp_path / "a.mp4", show="A Show", season_number="2", episode_sort="13", media_type="10"
    )

    reading = video.read(bytes(path))
    assert reading.format == "mp4"
    assert reading.tags == {
        "show": "A Show",
        "season": "2",
        "episode": "13",
        "media_type": "10",
    }


def test_a_language_that_nobody_said_is_empty(tmp_path: Path) -> None:
    picture, sound = video.read(bytes(media.mp4(tmp_path / "a.mp4"))).streams

    assert (picture.language, sound.language) == ("", "deu")


def test_sound_without_pictures_is_no_video_but_told(tmp_path: Path) -> None:
    reading = video.read(bytes(media.mka(tmp_path / "a.mkv", title="A Song")))

    assert reading.error == "no video in it"
    assert [stream.codec for stream in reading.streams] == ["opus"]
    assert reading.tags == {"title": "A Song"}


@pytest.mark.parametrize(("transfer", "hdr"), [(16, "HDR10"), (18, "HLG"), (1, "")])
def test_the_range_of_brightness_follows_from_how_it_is_written(
    transfer: int, hdr: str, tmp_path: Path
) -> None:
    (stream,) = video.read(bytes(bright(tmp_path / "a.mkv", "matroska", transfer))).streams

    assert (stream.hdr, stream.bit_depth, stream.pixel_format) == (hdr, 10, "yuv420p10le")


def test_a_cover_is_no_video(tmp_path: Path) -> None:
    path = media.m4b(tmp_path / "a.mp4")
    mp4: Any = importlib.import_module("mutagen.mp4")
    file = mp4.MP4(str(path))
    file["covr"] = [mp4.MP4Cover(media.jpeg())]
    file.save()

    assert video.read(bytes(path)).error == "no video in it"


def test_sound_that_only_ffmpeg_reads(tmp_path: Path) -> None:
    reading = video.read_sound(bytes(media.mka(tmp_path / "a.mka", title="A Song")))

    assert reading.tags == {"title": "A Song"}
    assert reading.streams == (
        Stream(
            type="audio",
            codec="opus",
            channels=2,
            channel_layout="stereo",
            sample_rate=48_000,
        ),
    )


def test_dolby_vision_shows_in_the_record_of_an_mp4(tmp_path: Path) -> None:
    path = bright(tmp_path / "a.mp4", "mp4", 16, "libx265")
    record = b"dvcC" + bytes([1, 0, 0x10, 0x35]) + bytes(8)
    content = re.sub(rb"btrt.{12}", lambda _: record, path.read_bytes(), flags=re.DOTALL)
    before = video.read(bytes(path)).streams[0].hdr
    path.write_bytes(content)

    assert (before, video.read(bytes(path)).streams[0].hdr) == ("HDR10", "Dolby Vision")


def test_dolby_vision_shows_in_the_record_of_a_matroska(tmp_path: Path) -> None:
    path = bright(tmp_path / "a.mkv", "matroska", 18, "libx265")
    kind = b"\x41\xe7\x84dvcC"
    room = re.compile(rb"(?<=\xec.)\0{20}|(?<=\xec\x01.{7})\0{20}", re.DOTALL)
    content = room.sub(kind.ljust(20, b"\0"), path.read_bytes(), count=1)
    before = video.read(bytes(path)).streams[0].hdr
    path.write_bytes(content)

    assert (before, video.read(bytes(path)).streams[0].hdr) == ("HLG", "Dolby Vision")


def test_the_attached_picture_of_a_film_is_its_cover(tmp_path: Path) -> None:
    path = media.mp4(tmp_path / "a.mp4")
    mp4: Any = importlib.import_module("mutagen.mp4")
    file = mp4.MP4(str(path))
    file["covr"] = [mp4.MP4Cover(media.jpeg())]
    file.save()

    picture = media.jpeg()
    assert video.read(bytes(path)).cover == Cover(
        hash=xxhash.xxh3_128_hexdigest(picture), size=len(picture), mime="image/jpeg"
    )


@pytest.mark.parametrize("content", [bytes(200_000), bytes(range(256)) * 800])
def test_neither_zeros_nor_noise_are_sound(content: bytes, tmp_path: Path) -> None:
    for name in ("a.mp3", "a.aac", "a.flac"):
        (tmp_path / name).write_bytes(content)

        assert video.read_sound(bytes(tmp_path / name)).error


def test_a_codec_that_nobody_knows_is_no_fault(tmp_path: Path) -> None:
    path = media.mkv(tmp_path / "a.mkv")
    path.write_bytes(path.read_bytes().replace(b"A_AAC", b"A_XYZ"))

    assert [stream.type for stream in video.read(bytes(path)).streams] == [
        "video",
        "audio",
        "subtitle",
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "it is empty"),
        (b"This is a text.\n" * 1000, "invalid data found when processing input"),
        (bytes(100_000), "invalid data found when processing input"),
    ],
)
def test_what_is_no_video_is_an_error(content: bytes, error: str, tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(content)

    assert video.read(bytes(tmp_path / "a.mkv")).error == error


def test_a_playlist_does_not_reach_other_files(tmp_path: Path) -> None:
    media.mp4(tmp_path / "private.mp4")
    (tmp_path / "a.mkv").write_text("ffconcat version 1.0\nfile http://127.0.0.1:9/private.mp4\n")

    assert video.read(bytes(tmp_path / "a.mkv")).error


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mkv")

    assert video.read(bytes(tmp_path / "pipe.mkv")).error == "it is not a regular file"


@pytest.mark.parametrize(
    "name", [b"caf\xe9.mkv", b"-v.mkv", b"http:x.mkv", b"a%03d.mkv", b"a?b#c.mkv"]
)
def test_any_name_is_only_a_name(name: bytes, tmp_path: Path) -> None:
    path = os.path.join(bytes(tmp_path), name)
    media.mkv(Path(os.fsdecode(path)))

    assert video.read(path).format == "matroska"


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
@pytest.mark.parametrize("make", [media.mkv, media.mp4, media.mka])
def test_ffprobe_says_the_same_as_pyav(make: Callable[..., Path], tmp_path: Path) -> None:
    wanted = "audio" if make is media.mka else "video"
    path = bytes(make(tmp_path / os.fsdecode(b"caf\xe9: a film"), title="Sjón", genre="Drama"))

    by_pyav = video.by_pyav(path, wanted)
    assert by_pyav.tags == {"title": "Sjón", "genre": "Drama"}
    assert video.by_ffprobe(path, wanted) == by_pyav


def bright(path: Path, container: str, transfer: int, codec: str = "ffv1") -> Path:
    """Write a film of ten bits a colour that says how its brightness is written."""
    output: Any
    with av.open(str(path), "w", format=container, container_options=media.BITEXACT) as output:
        stream = output.add_stream(codec, rate=media.RATE)
        stream.width, stream.height, stream.pix_fmt = media.WIDTH, media.HEIGHT, "yuv420p10le"
        stream.codec_context.color_trc = transfer
        if codec == "libx265":
            stream.options = {"x265-params": "log-level=none"}
        frame = av.VideoFrame(media.WIDTH, media.HEIGHT, "yuv420p10le")
        frame.pts = 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
