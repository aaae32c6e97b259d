"""What a household's players can play."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from shelfd.core.media import Reading, Stream
from shelfd.core.playback import Verdict, verdict
from shelfd.core.settings import Playback

PICTURE = Stream(type="video", codec="hevc", pixel_format="yuv420p10le")
SOUND = Stream(type="audio", codec="truehd", channels=8)
FILM = Reading(format="matroska", streams=(PICTURE, SOUND, Stream(type="subtitle", codec="ass")))


@pytest.mark.parametrize(
    ("playback", "reasons"),
    [
        (Playback(containers=("mp4",)), ["its container matroska is not among mp4"]),
        (Playback(containers=("mp4", "MKV")), []),
        (
            Playback(video_codecs=("h264", "av1")),
            ["its video codec hevc is not among h264, av1"],
        ),
        (Playback(video_codecs=("HEVC",)), []),
        (
            Playback(pixel_formats=("yuv420p",)),
            ["its pixel format yuv420p10le is not among yuv420p"],
        ),
        (Playback(audio_codecs=("aac",)), ["its audio codec truehd is not among aac"]),
        (Playback(max_channels=6), ["its 8 channels of sound are more than 6"]),
        (Playback(max_channels=8), []),
        (
            Playback(containers=("mp4",), max_channels=2),
            ["its container matroska is not among mp4", "its 8 channels of sound are more than 2"],
        ),
    ],
)
def test_a_film_plays_when_all_of_it_is_allowed(playback: Playback, reasons: list[str]) -> None:
    assert verdict(FILM, playback) == Verdict(not reasons, tuple(reasons))


def test_one_track_of_sound_that_plays_is_enough() -> None:
    both = msgspec.structs.replace(
        FILM, streams=(*FILM.streams, Stream(type="audio", codec="aac", channels=2))
    )

    assert verdict(both, Playback(audio_codecs=("aac",), max_channels=2)) == Verdict(plays=True)


def test_a_silent_film_has_no_fault_of_sound() -> None:
    silent = msgspec.structs.replace(FILM, streams=(PICTURE,))

    assert verdict(silent, Playback(audio_codecs=("aac",))) == Verdict(plays=True)


def test_where_everything_is_allowed_nothing_is_said() -> None:
    assert verdict(FILM, Playback()) is None


def test_music_is_not_judged() -> None:
    assert verdict(Reading(format="flac", streams=(SOUND,)), Playback(containers=("mp4",))) is None


def test_a_codec_without_a_name_is_not_allowed() -> None:
    nameless = Reading(format="mp4", streams=(Stream(type="video"),))

    found = verdict(nameless, Playback(video_codecs=("h264",)))
    assert found == Verdict(
        plays=False, reasons=("its video codec that nobody knows is not among h264",)
    )


@settings(deadline=None)
@given(
    st.builds(
        Playback,
        containers=st.lists(st.sampled_from(["mp4", "mkv", "avi"])).map(tuple),
        video_codecs=st.lists(st.sampled_from(["h264", "hevc"])).map(tuple),
        audio_codecs=st.lists(st.sampled_from(["aac", "truehd"])).map(tuple),
        max_channels=st.integers(0, 10),
    )
)
def test_a_film_plays_exactly_when_there_is_no_reason_against_it(playback: Playback) -> None:
    found = verdict(FILM, playback)

    if found is not None:
        plays, reasons = astuple(found)
        assert plays == (not reasons)
