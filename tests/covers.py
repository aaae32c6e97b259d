"""Put pictures into the tags of real files, in every way that formats have for it."""

import base64
import importlib
import io
from pathlib import Path
from typing import Any, Protocol

import av

import media

FRONT = 3


def mp3(path: Path, picture: bytes, version: int = 4) -> Path:
    """Write an MP3 with the picture in a frame of ID3v2.4 or 2.3."""
    return _id3(media.mp3(path, title="T"), picture, version)


def unsynchronised(path: Path, picture: bytes) -> Path:
    """Write an MP3 with an ID3v2.3 tag in which a zero stands behind each 0xFF."""
    mp3(path, picture, 3)
    content = path.read_bytes()
    size = _sevens(content[6:10])
    tag = content[10 : 10 + size].replace(b"\xff", b"\xff\x00")
    head = content[:5] + b"\x80" + _in_sevens(len(tag))
    path.write_bytes(head + tag + content[10 + size :])
    return path


def old(path: Path, picture: bytes) -> Path:
    """Write an MP3 with an ID3v2.2 tag."""
    media.mp3(path)
    text = b"TT2" + (2).to_bytes(3, "big") + b"\0T"
    body = b"\0JPG\x03\0" + picture
    tag = text + b"PIC" + len(body).to_bytes(3, "big") + body
    path.write_bytes(b"ID3\x02\0\0" + _in_sevens(len(tag)) + tag + path.read_bytes())
    return path


def flac(path: Path, picture: bytes) -> Path:
    """Write a FLAC with a block of its own for the picture."""
    media.flac(path, title="T")
    flacs: Any = importlib.import_module("mutagen.flac")
    file = flacs.FLAC(str(path))
    file.add_picture(_block(picture))
    file.save()
    return path


def m4a(path: Path, picture: bytes) -> Path:
    """Write an MP4 with the picture in its list of tags."""
    media.m4b(path, title="T")
    mp4: Any = importlib.import_module("mutagen.mp4")
    file = mp4.MP4(str(path))
    file["covr"] = [mp4.MP4Cover(picture)]
    file.save()
    return path


def opus(path: Path, picture: bytes) -> Path:
    """Write an Ogg with the picture in a comment."""
    block = base64.b64encode(_block(picture).write()).decode()
    return media.opus(path, title="T", metadata_block_picture=block)


def wav(path: Path, picture: bytes) -> Path:
    """Write a WAV with a chunk of ID3."""
    return _chunk(media.wav(path), "wave", "WAVE", picture)


def aiff(path: Path, picture: bytes) -> Path:
    """Write an AIFF with a chunk of ID3."""
    path.write_bytes(_encoded("aiff", "pcm_s16be"))
    return _chunk(path, "aiff", "AIFF", picture)


def wavpack(path: Path, picture: bytes) -> Path:
    """Write a WavPack with an APEv2 tag."""
    path.write_bytes(_encoded("wv", "wavpack"))
    ape: Any = importlib.import_module("mutagen.apev2")
    tags = ape.APEv2()
    tags["Title"] = "T"
    tags["Cover Art (Front)"] = ape.APEValue(b"cover.jpg\0" + picture, ape.BINARY)
    tags.save(str(path))
    return path


def wma(path: Path, picture: bytes) -> Path:
    """Write a WMA with the picture in its header."""
    path.write_bytes(_encoded("asf", "wmav2"))
    asf: Any = importlib.import_module("mutagen.asf")
    file = asf.ASF(str(path))
    words = "image/jpeg\0front\0".encode("utf-16-le")
    value = bytes([FRONT]) + len(picture).to_bytes(4, "little") + words + picture
    file["Title"] = "T"
    file["WM/Picture"] = [asf.ASFByteArrayAttribute(value)]
    file.save()
    return path


def huge(path: Path, size: int) -> Path:
    """Write an MP3 whose picture has `size` bytes, of which the disk holds next to none."""
    media.mp3(path)
    sound = path.read_bytes()
    magic = b"\xff\xd8\xff"
    text = b"TIT2" + _in_sevens(2) + b"\0\0\0T"
    said = b"\0image/jpeg\0\x03\0"
    frame = b"APIC" + _in_sevens(len(said) + size) + b"\0\0" + said
    whole = len(text) + len(frame) + size
    with path.open("wb") as file:
        file.write(b"ID3\x04\0\0" + _in_sevens(whole) + text + frame + magic)
        file.seek(size - len(magic), io.SEEK_CUR)
        file.write(sound)
    return path


class Maker(Protocol):
    """Write a file with a picture."""

    def __call__(self, path: Path, picture: bytes) -> Path: ...


MAKERS: dict[str, Maker] = {
    "2.4.mp3": mp3,
    "2.3.mp3": lambda path, picture: mp3(path, picture, 3),
    "2.2.mp3": old,
    "unsynchronised.mp3": unsynchronised,
    "a.flac": flac,
    "a.m4a": m4a,
    "a.opus": opus,
    "a.wav": wav,
    "a.aiff": aiff,
    "a.wv": wavpack,
    "a.wma": wma,
}


def _id3(path: Path, picture: bytes, version: int) -> Path:
    id3: Any = importlib.import_module("mutagen.id3")
    frames = id3.ID3(str(path))
    frames.add(id3.APIC(encoding=1, mime="image/jpeg", type=4, desc="Rückseite", data=b"back"))
    frames.add(id3.APIC(encoding=1, mime="image/jpeg", type=FRONT, desc="Cover", data=picture))
    frames.save(v2_version=version)
    return path


def _chunk(path: Path, module: str, name: str, picture: bytes) -> Path:
    file: Any = getattr(importlib.import_module(f"mutagen.{module}"), name)(str(path))
    id3: Any = importlib.import_module("mutagen.id3")
    file.add_tags()
    file.tags.add(id3.TIT2(encoding=3, text=["T"]))
    file.tags.add(id3.APIC(encoding=0, mime="image/jpeg", type=FRONT, desc="", data=picture))
    file.save()
    return path


def _block(picture: bytes) -> Any:
    block: Any = importlib.import_module("mutagen.flac").Picture()
    block.type, block.mime, block.desc, block.data = FRONT, "image/jpeg", "Hülle", picture
    return block


def _encoded(container: str, codec: str) -> bytes:
    buffer = io.BytesIO()
    output: Any
    with av.open(buffer, "w", format=container, container_options=media.BITEXACT) as output:
        stream = output.add_stream(codec, rate=44_100)
        if codec == "wmav2":
            stream.bit_rate = 128_000
        frame = av.AudioFrame("s16", "stereo", 44_100)
        frame.sample_rate, frame.pts = 44_100, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def _sevens(data: bytes) -> int:
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(reversed(data)))


def _in_sevens(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
