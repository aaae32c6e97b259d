"""Which files of the same content are the same item."""

import pytest

from shelfd.core.identity import Identity
from shelfd.core.paths import Place, RelPath
from shelfd.core.twins import Twin, is_same_item

PLACE = Place("music", RelPath(b"a/b.mp3"))


@pytest.mark.parametrize(
    ("title", "album", "same"),
    [
        ("One", "Some", True),
        ("ONE", "some", True),
        ("One", "Hits", False),
        ("Two", "Some", False),
        ("One", None, False),
    ],
)
def test_a_track_is_the_same_on_the_same_album_only(
    title: str, album: str | None, *, same: bool
) -> None:
    track = Identity(kind="track", title="One", album="Some", confidence=1.0)

    assert is_same_item(track, Twin(place=PLACE, title=title, album=album)) is same


def test_a_film_is_the_same_by_its_title_and_an_episode_by_its_numbers() -> None:
    film = Identity(kind="movie", title="Dune", confidence=1.0)
    episode = Identity(kind="episode", title="Dark", season=1, episodes=(1,), confidence=1.0)

    assert is_same_item(film, Twin(place=PLACE, title="Dune", album=None))
    assert not is_same_item(film, Twin(place=PLACE, title="Dune Messiah", album=None))
    # the item of an episode is called as the episode is, of which the new file need not know
    assert is_same_item(episode, Twin(place=PLACE, title="Secrets", album=None))
