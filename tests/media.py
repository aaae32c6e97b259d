"""Make small real media files on the fly: encoded by PyAV once, then tagged and written anywhere."""

import contextlib
import functools
import importlib
import io
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import av
from av.stream import Disposition

WIDTH, HEIGHT, RATE = 160, 90, 10
BITEXACT = {"fflags": "+bitexact"}
Chapters = tuple[tuple[int, str], ...]
"""Start in milliseconds and title."""

ID3_FRAMES = {
    "title": "TIT2",
    "artist": "TPE1",
    "albumartist": "TPE2",
    "album": "TALB",
    "track": "TRCK",
    "disc": "TPOS",
    "date": "TDRC",
    "genre": "TCON",
    "composer": "TCOM",
    "compilation": "TCMP",
}
ATOMS = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "albumartist": "aART",
    "album": "\xa9alb",
    "date": "\xa9day",
    "genre": "\xa9gen",
    "composer": "\xa9wrt",
    "show": "tvsh",
    "season": "tvsn",
    "episode": "tves",
    "media_type": "stik",
}
"""Tags that are not in these two are written as free text under their name in capitals."""


def mp3(path: Path, **tags: str) -> Path:
    """Write an MP3 of a second of silence, with an ID3v2.4 tag."""
    path.write_bytes(_sound("mp3", "libmp3lame", 44_100))
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3()
    for name, value in tags.items():
        if name in ID3_FRAMES:
            frames.add(id3.Frames[ID3_FRAMES[name]](encoding=3, text=[value]))
        else:
            frames.add(id3.TXXX(encoding=3, desc=name.upper(), text=[value]))
    if tags:
        frames.save(str(path))
    return path


def flac(path: Path, **tags: str) -> Path:
    """Write a FLAC of a second of silence, with Vorbis comments."""
    path.write_bytes(_sound("flac", "flac", 44_100))
    return _commented(path, "flac", "FLAC", tags)


def opus(path: Path, **tags: str) -> Path:
    """Write an Ogg Opus of a second of silence, with Vorbis comments."""
    path.write_bytes(_sound("ogg", "libopus", 48_000))
    return _commented(path, "oggopus", "OggOpus", tags)


def vorbis(path: Path, **tags: str) -> Path:
    """Write an Ogg Vorbis of a second of silence, with Vorbis comments."""
    path.write_bytes(_sound("ogg", "vorbis", 44_100))
    return _commented(path, "oggvorbis", "OggVorbis", tags)


def alac(path: Path) -> Path:
    """Write an MP4 of a second of silence that loses nothing, without tags."""
    path.write_bytes(_sound("mp4", "alac", 44_100))
    return path


def m4b(path: Path, *, chapters: Chapters = (), **tags: str) -> Path:
    """Write an MP4 of a second of silence as music or audiobook, with iTunes' atoms."""
    path.write_bytes(_sound("mp4", "aac", 44_100, chapters))
    media: Any = importlib.import_module("mutagen.mp4").MP4(str(path))
    for name, value in tags.items():
        if name in ("track", "disc"):
            number, _, total = value.partition("/")
            media[{"track": "trkn", "disc": "disk"}[name]] = [(int(number), int(total or 0))]
        elif name in ATOMS:
            whole = name in ("season", "episode", "media_type")
            media[ATOMS[name]] = [int(value) if whole else value]
        else:
            media[f"----:com.apple.iTunes:{name.upper()}"] = [value.encode()]
    media.save()
    return path


def mkv(path: Path, *, seconds: int = 1, chapters: Chapters = (), **tags: str) -> Path:
    """Write a Matroska: grey pictures, German sound, forced English subtitles, tags under its own names."""
    path.write_bytes(_film("matroska", seconds, chapters, tuple(tags.items())))
    return path


def mp4(path: Path, *, seconds: int = 1, chapters: Chapters = (), **tags: str) -> Path:
    """Write an MP4 with grey pictures, German sound, and tags under FFmpeg's names."""
    path.write_bytes(_film("mp4", seconds, chapters, tuple(tags.items())))
    return path


def mka(path: Path, **tags: str) -> Path:
    """Write a Matroska of a second of silence without pictures."""
    path.write_bytes(_sound("matroska", "libopus", 48_000, (), tuple(tags.items())))
    return path


def wav(path: Path, **tags: str) -> Path:
    """Write a WAV of a second of silence, with tags in its INFO chunk."""
    path.write_bytes(_sound("wav", "pcm_s16le", 44_100, (), tuple(tags.items())))
    return path


def epub(
    path: Path, title: str, author: str, series: str | None = None, sequence: str = "1"
) -> Path:
    """Write an EPUB 2 with Calibre's way of saying the series."""
    metadata = f'<dc:title>{escape(title)}</dc:title><dc:creator opf:role="aut">{escape(author)}</dc:creator>'
    if series:
        metadata += f'<meta name="calibre:series" content="{escape(series)}"/>'
        metadata += f'<meta name="calibre:series_index" content="{sequence}"/>'
    return epub_of(path, metadata)


def epub_of(path: Path, metadata: str, prologue: str = "") -> Path:
    """Write an EPUB whose package holds this XML as its metadata, after `prologue`."""
    package = (
        f'<?xml version="1.0"?>{prologue}<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
        f"{metadata}</metadata><manifest/><spine/></package>"
    )
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/>'
        "</rootfiles></container>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (
            ("mimetype", "application/epub+zip"),
            ("META-INF/container.xml", container),
            ("OEBPS/content.opf", package),
        ):
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return path


def cbz(path: Path) -> Path:
    """Write a comic of one page, which is called as the file, so that no two are alike."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{path.stem}.jpg", jpeg())
    return path


@functools.cache
def jpeg() -> bytes:
    """Return a small grey picture."""
    context: Any = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
    context.time_base = Fraction(1, RATE)
    picture = next(_pictures(1, "yuvj420p"))
    return b"".join(bytes(packet) for packet in [*context.encode(picture), *context.encode(None)])


@functools.cache
def _sound(
    container: str,
    codec: str,
    rate: int,
    chapters: Chapters = (),
    tags: tuple[tuple[str, str], ...] = (),
) -> bytes:
    buffer = io.BytesIO()
    with _output(buffer, container, chapters, tags) as output:
        # FFmpeg's own encoder for Vorbis is not called finished; the others do not mind
        stream = output.add_stream(codec, rate=rate, options={"strict": "experimental"})
        _add_sound(output, stream, 1)
    return buffer.getvalue()


@functools.cache
def _film(
    container: str, seconds: int, chapters: Chapters, tags: tuple[tuple[str, str], ...]
) -> bytes:
    buffer = io.BytesIO()
    with _output(buffer, container, chapters, tags) as output:
        picture = output.add_stream("mpeg4", rate=RATE)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = output.add_stream("aac", rate=44_100)
        sound.metadata["language"] = "ger"
        words = output.add_mux_stream("subrip") if container == "matroska" else None
        if words:
            words.metadata["language"] = "eng"
            words.disposition = Disposition.forced
            words.time_base = Fraction(1, 1000)
        for frame in _pictures(seconds):
            output.mux(picture.encode(frame))
        output.mux(picture.encode(None))
        _add_sound(output, sound, seconds)
        if words:
            output.mux(_subtitle(words))
    return buffer.getvalue()


def _commented(path: Path, module: str, name: str, tags: dict[str, str]) -> Path:
    media: Any = getattr(importlib.import_module(f"mutagen.{module}"), name)(str(path))
    for tag, value in tags.items():
        media[{"track": "tracknumber", "disc": "discnumber"}.get(tag, tag)] = [value]
    media.save()
    return path


@contextlib.contextmanager
def _output(
    buffer: io.BytesIO, container: str, chapters: Chapters, tags: tuple[tuple[str, str], ...]
) -> Iterator[Any]:
    output: Any
    with av.open(buffer, "w", format=container, container_options=BITEXACT) as output:
        output.metadata.update(tags)
        ends = [start for start, _ in chapters[1:]] + [1000]
        output.set_chapters(
            [
                {
                    "id": number,
                    "start": start,
                    "end": end,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": title},
                }
                for number, ((start, title), end) in enumerate(zip(chapters, ends, strict=False))
            ]
        )
        yield output


def _add_sound(output: Any, stream: Any, seconds: int) -> None:
    rate = stream.codec_context.sample_rate
    frame = av.AudioFrame("s16", "stereo", rate * seconds)
    frame.sample_rate, frame.pts = rate, 0
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _subtitle(stream: Any) -> Any:
    packet: Any = av.Packet(b"Hello")
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = 0
    packet.duration = 500
    return packet


def _pictures(seconds: int, colours: str = "yuv420p") -> Iterator[av.VideoFrame]:
    for number in range(seconds * RATE):
        frame = av.VideoFrame(WIDTH, HEIGHT, colours)
        frame.pts = number
        for plane in frame.planes:
            plane.update(b"\x80" * plane.buffer_size)
        yield frame
