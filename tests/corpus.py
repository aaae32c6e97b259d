"""A made-up music library for measurements: real files, deterministic, in albums of ten."""

import random
from pathlib import Path

import media

WORDS = (
    "amber arrow beacon birch candle cedar cloud comet coral desert dream ember falcon fern flint"
    " frost garden glass harbor hollow island jade lantern maple meadow mirror north ocean paper quartz"
    " raven river saffron silver storm thistle tide velvet willow winter"
).split()
FORMATS = ("mp3",) * 47 + ("flac",) * 28 + ("m4b",) * 14 + ("opus",) * 11
PER_ALBUM = 10


def make(top: Path, files: int, seed: int = 1) -> None:
    """Make `files` tagged files below `top`: Artist/Album/NN Title.ext."""
    choose = random.Random(seed)  # noqa: S311  # the same library each time
    for album in range(files // PER_ALBUM):
        artist = f"{_words(choose, 2)} {album // 3}"
        title = f"{_words(choose, 2)} {album}"
        kind = choose.choice(FORMATS)
        directory = top / artist / title
        directory.mkdir(parents=True, exist_ok=True)
        for track in range(1, PER_ALBUM + 1):
            _file(directory, kind, track, choose, artist=artist, album=title)


def _file(directory: Path, kind: str, track: int, choose: random.Random, **tags: str) -> None:
    title = _words(choose, 3)
    # an m4a is an m4b by another name
    name = f"{track:02} {title}.{'m4a' if kind == 'm4b' else kind}"
    made = getattr(media, kind)(
        directory / f"new.{kind}", title=title, track=f"{track}/{PER_ALBUM}", date="2001", **tags
    )
    made.rename(directory / name)


def _words(choose: random.Random, count: int) -> str:
    return " ".join(choose.choice(WORDS) for _ in range(count)).title()
