"""What a file is by its extension, and what reading its inside gave."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from shelfd.core.paths import suffix


class Kind(StrEnum):
    """What a library holds; also what an inbox can be told to expect."""

    MOVIES = "movies"
    SHOWS = "shows"
    MUSIC = "music"
    AUDIOBOOKS = "audiobooks"
    BOOKS = "books"


class Sort(StrEnum):
    """What a file is for."""

    VIDEO = "video"
    AUDIO = "audio"
    BOOK = "book"
    SIDECAR = "sidecar"  #: belongs to the media file with the same stem
    COVER = "cover"  #: a picture of the whole directory
    OTHER = "other"


VIDEO = frozenset(
    ".3gp .asf .avi .divx .dvr-ms .f4v .flv .m2ts .m2v .m4v .mk3d .mkv .mov .mp4 .mpeg .mpg .mts"
    " .mxf .ogm .ogv .rm .rmvb .tp .ts .vob .webm .wmv .wtv".split(),
)
AUDIO = frozenset(
    ".aac .ac3 .aif .aifc .aiff .ape .dsf .flac .m4a .m4b .mka .mp1 .mp2 .mp3 .mpc .oga .ogg .opus .spx"
    " .tta .wav .wma .wv".split(),
)
BOOK = frozenset(".azw3 .cb7 .cbr .cbz .epub .mobi .pdf".split())
SIDECAR = frozenset(
    ".accurip .ass .cue .edl .elrc .idx .json .log .lrc .m3u .m3u8 .mks .nfo .opf .sami .smi .srt .ssa .sub .sup"
    " .txt .vtt .xml".split(),
)
MEDIA = VIDEO | AUDIO | BOOK
PICTURE = frozenset(".jpeg .jpg .png .webp".split())
COVERS = frozenset(
    "albumart art back backdrop background banner cdart clearart clearlogo cover disc discart fanart folder front"
    " keyart landscape logo poster thumb".split(),
)


def sort(path: bytes) -> Sort:
    """Return what the file is for, by its name alone."""
    extension = suffix(path)
    for found, extensions in (
        (Sort.VIDEO, VIDEO),
        (Sort.AUDIO, AUDIO),
        (Sort.BOOK, BOOK),
        (Sort.SIDECAR, SIDECAR),
    ):
        if extension in extensions:
            return found
    if extension in PICTURE:
        stem = path.rpartition(b"/")[2].rpartition(b".")[0].decode("utf-8", "replace").lower()
        return Sort.COVER if stem in COVERS else Sort.SIDECAR
    return Sort.OTHER


HOLDS = {
    Kind.MOVIES: VIDEO,
    Kind.SHOWS: VIDEO,
    Kind.MUSIC: AUDIO,
    Kind.AUDIOBOOKS: AUDIO,
    Kind.BOOKS: BOOK,
}
"""What the items of a library of each kind are made of; a `theme.mp3` beside a film is none."""


def is_media(path: bytes) -> bool:
    """Say whether the file is something to play or read, not what travels beside it."""
    return suffix(path) in MEDIA


# gc=False: thousands are alive at once, and none can be part of a cycle
class Stream(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One track of a container."""

    type: str
    """`video`, `audio`, `subtitle`, or what FFmpeg calls it."""
    codec: str = ""
    profile: str = ""
    """Which part of the codec it uses: `High 10`, `Main 10`, `LC`."""
    language: str = ""
    """ISO 639-2/T (`deu`) whichever code the file says, empty when it says none."""
    bit_rate: int | None = None
    """Bits a second, where the file says it or it follows from its size."""
    bit_depth: int | None = None
    """Bits of a sample or of one colour of a point."""
    width: int | None = None
    height: int | None = None
    pixel_format: str = ""
    """In FFmpeg's names: `yuv420p10le`."""
    frame_rate: float | None = None
    """Pictures a second."""
    hdr: str = ""
    """`Dolby Vision`, `HDR10` or `HLG`; empty for the usual range of brightness."""
    channels: int | None = None
    channel_layout: str = ""
    """In FFmpeg's names: `5.1(side)`."""
    sample_rate: int | None = None
    default: bool = False
    forced: bool = False


class Chapter(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A named part of a file."""

    start_ms: int
    title: str = ""


class Cover(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The picture inside a file: its front cover, or the first picture where none is called so."""

    hash: str
    """XXH3-128 of the picture, in hexadecimal."""
    size: int
    """Bytes."""
    mime: str = ""
    """By its first bytes, or else as the file says: `image/jpeg`."""


class Sought(NamedTuple):
    """Where a cover may be: inside a file, or beside others in a directory."""

    path: bytes
    """Absolute: the file, or the directory."""
    hash: str = ""
    """Of the picture inside the file, as Cover has it; empty for a directory."""
    stems: tuple[str, ...] = ()
    """What the picture in the directory can be called, without extension and in lower case, the best first."""


class Picture(NamedTuple):
    """A cover itself."""

    data: bytes
    hash: str
    """XXH3-128, in hexadecimal."""
    mime: str
    """By its first bytes; empty when they are those of no known picture."""


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What reading the inside of one file gave; `error` says why it cannot be played, whatever tags it has."""

    format: str = ""
    """The container as found inside, not by extension: `mp3 flac mp4 matroska epub` ..."""
    duration_ms: int | None = None
    tags: dict[str, str] = {}
    """Under shelfd's own names, whatever the format calls them: title artist albumartist album
    track tracktotal disc disctotal date genre compilation composer author narrator series sequence
    asin audible_asin isbn movement_name movement publisher language show season episode media_type
    comment bpm, replaygain_track_gain
    and _peak, replaygain_album_gain and _peak (decibels and a factor), and musicbrainz_*; lists are
    joined with `; `."""
    streams: tuple[Stream, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    error: str | None = None
    """Why the file could not be read, as half a sentence: `no MPEG audio in it`."""
    cover: Cover | None = None
    fingerprint: int | None = None
    """XXH3-64 of the file's size and its first 64 KiB, as SQLite's signed integer, whether it could be
    read or not; None when it could not even be opened."""
