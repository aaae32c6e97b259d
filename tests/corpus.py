"""Made-up music libraries for measurements: real files, the same each time, in albums of a dozen."""

import functools
import importlib
import io
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

import media

WORDS = (
    "amber arrow beacon birch candle cedar cloud comet coral desert dream ember falcon fern flint"
    " frost garden glass harbor hollow island jade lantern maple meadow mirror north ocean paper quartz"
    " raven river saffron silver storm thistle tide velvet willow winter"
).split()
FORMATS = ("mp3",) * 47 + ("flac",) * 28 + ("m4a",) * 14 + ("opus",) * 6 + ("ogg",) * 5
FILES_AN_ALBUM = 10_000 / 795
ALBUMS_AN_ARTIST = 795 / 229
"""So 10,000 files lie in 1,025 directories: albums, artists, and the library itself."""
COVERED = 0.35
"""The share of albums that carry their cover inside each file."""
COVER_BYTES = 23_000
ENCODINGS = {
    # container, codec, samples a second, bits a second
    "mp3": ("mp3", "libmp3lame", 44_100, 128_000),
    "flac": ("flac", "flac", 44_100, 0),
    "m4a": ("mp4", "aac", 44_100, 128_000),
    "opus": ("ogg", "libopus", 48_000, 96_000),
    "ogg": ("ogg", "vorbis", 44_100, 112_000),
}
LENGTHS = {
    "mp3": (3, 4, 5, 6, 7, 8, 9),
    "flac": (1, 2),
    "m4a": (3, 5, 8),
    "opus": (4, 7),
    "ogg": (1, 2),
}
"""Seconds; short, for what is measured is the reading of tags and not of a disk."""
UNCOUNTED = ("mp3", 6)
"""Its first frame does not say how many follow, as it is with many an old MP3: that costs a reader more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What one file of the library is to say."""

    path: str
    """Below the library: Artist/Album (Year)/NN Title.ext."""
    format: str
    variant: int
    cover: bool
    tags: dict[str, str]
    """title, artist, albumartist, album, date, genre; track as `1/12`."""


def make(top: Path, files: int, seed: int = 1) -> None:
    """Make `files` tagged files below `top`, of some 130 kB each: 10,000 take ten seconds."""
    for track in tracks(files, seed):
        path = top / track.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_tagged(track))


def make_tiny(top: Path, files: int, seed: int = 1) -> None:
    """Make `files` MP3s of about 1 kB below `top`, laid out like the others; 300,000 take a minute."""
    sound = _mp3_frames()
    made = ""
    for track in tracks(files, seed):
        path = os.path.join(top, os.path.splitext(track.path)[0] + ".mp3")
        if (directory := os.path.dirname(path)) != made:
            os.makedirs(directory, exist_ok=True)
            made = directory
        with open(path, "wb") as file:
            file.write(_id3(track.tags) + sound)


def make_directories(top: Path, directories: int, *, a_file_in_each: int = 100) -> None:
    """Make this many directories below `top`, ten in each; every hundredth has a tiny MP3 in it."""
    top.mkdir(parents=True)
    sound = _mp3_frames()
    made = [os.fspath(top)]
    for number in range(directories):
        path = os.path.join(made[number // 10], f"d{number % 10}")
        os.mkdir(path)
        made.append(path)
        if number % a_file_in_each == 0:
            tags = {"title": f"Track {number}", "artist": "Forest", "album": f"Tree {number}"}
            with open(os.path.join(path, "01.mp3"), "wb") as file:
                file.write(_id3(tags) + sound)


def tracks(files: int, seed: int = 1) -> Iterator[Track]:
    """Plan a library, album by album: the same arguments, the same names, tags and sizes."""
    choose = random.Random(seed)  # noqa: S311  # the same library each time
    albums = max(round(files / FILES_AN_ALBUM), 1)
    artists = max(round(albums / ALBUMS_AN_ARTIST), 1)
    for album in range(albums):
        by = album * artists // albums
        artist = f"{WORDS[by % len(WORDS)]} {WORDS[by // len(WORDS) % len(WORDS)]} {by}".title()
        year = choose.randint(1960, 2025)
        named = {
            "artist": artist,
            "albumartist": artist,
            "album": f"{_words(choose, 2)} {album}",
            "date": str(year),
            "genre": choose.choice(("Rock", "Jazz", "Folk", "Ambient", "Soundtrack")),
        }
        directory = f"{artist}/{named['album']} ({year})"
        form, cover = choose.choice(FORMATS), choose.random() < COVERED
        count = (album + 1) * files // albums - album * files // albums
        for number in range(1, count + 1):
            title = _words(choose, choose.randint(1, 4))
            yield Track(
                path=f"{directory}/{number:02} {title}.{form}",
                format=form,
                variant=choose.randrange(len(LENGTHS[form])),
                cover=cover,
                tags={**named, "title": title, "track": f"{number}/{count}"},
            )


def _words(choose: random.Random, count: int) -> str:
    return " ".join(choose.choice(WORDS) for _ in range(count)).title()


def _tagged(track: Track) -> bytes:
    """Return a file: sound that was encoded once, with tags of its own."""
    file = io.BytesIO(_sound(track.format, LENGTHS[track.format][track.variant]))
    cover = _cover() if track.cover else b""
    match track.format:
        case "mp3":
            _tag_mp3(file, track.tags, cover)
        case "m4a":
            _tag_m4a(file, track.tags, cover)
        case _:
            _tag_comments(file, track, cover)
    return file.getvalue()


def _tag_mp3(file: io.BytesIO, tags: dict[str, str], cover: bytes) -> None:
    id3 = _mutagen("id3")
    frames = id3.ID3()
    for name, value in tags.items():
        frames.add(id3.Frames[media.ID3_FRAMES[name]](encoding=3, text=[value]))
    if cover:
        frames.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="", data=cover))
    frames.save(file)


def _tag_m4a(file: io.BytesIO, tags: dict[str, str], cover: bytes) -> None:
    mp4 = _mutagen("mp4")
    song = mp4.MP4(file)
    for name, value in tags.items():
        if name == "track":
            number, _, total = value.partition("/")
            song["trkn"] = [(int(number), int(total))]
        else:
            song[media.ATOMS[name]] = [value]
    if cover:
        song["covr"] = [mp4.MP4Cover(cover, mp4.MP4Cover.FORMAT_JPEG)]
    file.seek(0)
    song.save(file)


def _tag_comments(file: io.BytesIO, track: Track, cover: bytes) -> None:
    module, name = {
        "flac": ("flac", "FLAC"),
        "opus": ("oggopus", "OggOpus"),
        "ogg": ("oggvorbis", "OggVorbis"),
    }[track.format]
    song = getattr(_mutagen(module), name)(file)
    for tag, value in track.tags.items():
        song["tracknumber" if tag == "track" else tag] = [value]
    if cover and track.format == "flac":
        picture = _mutagen("flac").Picture()
        picture.type, picture.mime, picture.data = 3, "image/jpeg", cover
        song.add_picture(picture)
    file.seek(0)
    song.save(file)


def _mutagen(module: str) -> Any:
    return importlib.import_module(f"mutagen.{module}")


def _id3(tags: dict[str, str]) -> bytes:
    """Return an ID3v2.4 tag, by hand: of hundreds of thousands each microsecond counts."""
    frames = b"".join(
        media.ID3_FRAMES[name].encode() + _syncsafe(len(text) + 1) + b"\0\0\3" + text
        for name, value in tags.items()
        for text in [value.encode()]
    )
    return b"ID3\4\0\0" + _syncsafe(len(frames)) + frames


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


@functools.cache
def _mp3_frames() -> bytes:
    """Return a fifth of a second of silence: a few frames are enough to be a valid file."""
    return _encoded(("mp3", "libmp3lame", 22_050, 24_000), bytes(22_050 // 5 * 4))


@functools.cache
def _sound(form: str, seconds: int) -> bytes:
    encoding = ENCODINGS[form]
    noise = random.Random(seconds).randbytes(encoding[2] * seconds * 4)  # noqa: S311  # the same each time
    options = {"write_xing": "0"} if (form, seconds) == UNCOUNTED else {}
    return _encoded(encoding, noise, options)


def _encoded(
    encoding: tuple[str, str, int, int], samples: bytes, options: dict[str, str] | None = None
) -> bytes:
    """Encode 16-bit stereo samples."""
    container, codec, rate, bits = encoding
    container_options = {**media.BITEXACT, **(options or {})}
    buffer = io.BytesIO()
    output: Any
    with av.open(buffer, "w", format=container, container_options=container_options) as output:
        # FFmpeg's own encoder for Vorbis is not called finished; the others do not mind
        stream = output.add_stream(codec, rate=rate, options={"strict": "experimental"})
        if bits:
            stream.bit_rate = bits
        frame = av.AudioFrame("s16", "stereo", len(samples) // 4)
        frame.sample_rate, frame.pts = rate, 0
        for plane in frame.planes:
            plane.update(samples[: plane.buffer_size].ljust(plane.buffer_size, b"\0"))
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


@functools.cache
def _cover() -> bytes:
    """Return a JPEG of the size that covers have: behind its end marker a decoder reads nothing."""
    return media.jpeg().ljust(COVER_BYTES, b"\0")
