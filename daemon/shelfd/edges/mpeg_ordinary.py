"""The sound of ordinary MP3 files, in a quarter of the time that mutagen takes for it.

What is not ordinary here, from rubbish before the first frame to the mark of an ancient encoder, is left to mutagen.
"""

import re
import struct

from shelfd.edges.beginning import Beginning, NotOrdinaryError, Sound

LAYER_3 = 1
RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Samples a second, by version and then by the number that stands for it; version 1 there is none."""

BIT_RATES = {
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    0: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Thousands of bits a second, from the number 1 on."""

SAMPLES = {3: 1152, 2: 576, 0: 576}
"""In a frame."""

MONO = 3
COUNTED = {False: {3: 36, 2: 21, 0: 21}, True: {3: 21, 2: 13, 0: 13}}
"""Where in a frame stands how many follow, for one channel or more and by version."""

COUNTED_OTHERWISE = 36
FRAMES, BYTES, PLACES, QUALITY = 1, 2, 4, 8
"""What is said there."""

MOST = 256
"""Bytes; what a frame says of the others is within so many."""

ENOUGH = 4
"""Frames that follow one another make it likely that they are some."""

ENCODER = re.compile(rb"LAME3\.(?:9[1-9]|1\d\d)(?!\d)")
ENCODERS = (b"LAME", b"L3.99")
ENCODER_BYTES, ITS_WORDS = 20, 27
"""How long what mutagen takes for the name of an encoder is, and what stands behind the first nine bytes of it."""

NAME_BYTES = 9

number_at = struct.Struct(">I").unpack_from


class _Frame:
    """What the head of a frame says; NotOrdinaryError when it is none of the third layer."""

    __slots__ = ("channels", "kilobits", "length", "rate", "samples", "version")

    def __init__(self, head: int) -> None:
        self.version = head >> 19 & 3
        kilobits, rate = head >> 12 & 15, head >> 10 & 3
        if head >> 21 != 0x7FF or self.version == 1 or head >> 17 & 3 != LAYER_3:
            raise NotOrdinaryError
        if rate == 3 or kilobits in (0, 15):
            raise NotOrdinaryError
        self.channels = 1 if head >> 6 & 3 == MONO else 2
        self.kilobits = BIT_RATES[self.version][kilobits - 1]
        self.rate = RATES[self.version][rate]
        self.samples = SAMPLES[self.version]
        self.length = self.samples // 8 * self.kilobits * 1000 // self.rate + (head >> 9 & 1)


def sound(file: Beginning, start: int) -> Sound:
    """Return what the frames from `start` on say; NotOrdinaryError or struct.error to ask mutagen."""
    data = file.part(start, min(start + MOST, file.size))
    frame = _Frame(*number_at(data))
    place = COUNTED[frame.channels == 1][frame.version]
    if data[place : place + 4] in (b"Xing", b"Info"):
        return _counted(frame, data, place)
    place = start
    for _ in range(ENOUGH):
        data = file.part(place, min(place + MOST, file.size))
        one = _Frame(*number_at(data))
        at = COUNTED[one.channels == 1][one.version]
        if data[at : at + 4] in (b"Xing", b"Info") or data[COUNTED_OTHERWISE:][:4] == b"VBRI":
            raise NotOrdinaryError
        place += one.length
    bits = frame.kilobits * 1000
    return Sound("mp3", 8 * (file.size - start) / float(bits), bits, frame.channels, frame.rate)


def _counted(frame: _Frame, data: bytes, place: int) -> Sound:
    """Return what a frame says that counts the others."""
    (said,) = number_at(data, place + 4)
    if not said & FRAMES:
        raise NotOrdinaryError
    (frames,) = number_at(data, place + 8)
    place += 12
    samples = frame.samples * frames
    bits = frame.kilobits * 1000
    if said & BYTES:
        size, place = number_at(data, place)[0], place + 4
        if samples > 0:
            bits = round(max(0, size - frame.length) * 8 * frame.rate / float(samples))
    place += 100 * bool(said & PLACES) + 4 * bool(said & QUALITY)
    if place + ENCODER_BYTES + ITS_WORDS > len(data):
        raise NotOrdinaryError
    samples = max(samples - _silence(data[place : place + NAME_BYTES + ITS_WORDS]), 0)
    return Sound("mp3", float(samples) / frame.rate, bits, frame.channels, frame.rate)


def _silence(words: bytes) -> int:
    """Return how many samples the encoder says that it has added."""
    if not words.startswith(ENCODERS):
        return 0
    if not ENCODER.match(words) or words[NAME_BYTES] >> 4:
        raise NotOrdinaryError
    both = int.from_bytes(words[NAME_BYTES + 12 : NAME_BYTES + 15], "big")
    return (both >> 12) + (both & 0xFFF)
