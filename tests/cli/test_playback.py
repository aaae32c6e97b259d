"""What `shelfd show` says of videos that players cannot play as they are."""

from fakes import rows
from fakes.daemon import Served
from fakes.terminal import shelfd
from shelfd.core.media import Kind
from shelfd.core.settings import Playback, Settings

DUNE = b"Dune (2021)/Dune (2021).mkv"


def test_a_film_that_does_not_play_as_it_is_says_why(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)
    libraries = served.daemon.current.settings.library
    served.daemon.take(Settings(library=libraries, playback=Playback(video_codecs=("h264",))))

    shown = shelfd(served.path, "show", "1")

    said = "    does not play as it is: its video codec hevc is not among h264"
    assert said in shown.out.splitlines()
