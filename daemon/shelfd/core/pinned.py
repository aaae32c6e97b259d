"""Decisions of people as they are kept beside the database: one line of JSON each, which a person can read."""

from datetime import UTC, datetime

import msgspec

from shelfd.core.identity import Decision
from shelfd.core.paths import printable


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has decided of a file, known again by its content."""

    fingerprint: int
    """Of the file's beginning and size, as signed 64 bit; see edges.fingerprint."""
    inside: bytes
    """The name of the file below its drop; empty when it was the drop."""
    name: str
    """What it was called, for people."""
    decision: Decision
    decided_at: float
    """Unix time."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pin as its line has it."""

    name: str
    decision: Decision
    decided_at: datetime
    fingerprint: str
    """The same number, unsigned, in hexadecimal."""
    inside: str = ""
    inside_hex: str = ""
    """The bytes of `inside`, when they are no UTF-8."""


def line(pin: Pin) -> bytes:
    """Return a pin as its line, without the end of it."""
    shown = printable(pin.inside)
    return msgspec.json.encode(
        Line(
            name=pin.name,
            decision=pin.decision,
            decided_at=datetime.fromtimestamp(pin.decided_at, UTC),
            fingerprint=f"{pin.fingerprint % (1 << 64):016x}",
            inside=shown,
            inside_hex="" if shown.encode() == pin.inside else pin.inside.hex(),
        )
    )


def read(raw: bytes) -> Pin | None:
    """Return the pin in a line; None when the line says none."""
    try:
        found = msgspec.json.decode(raw, type=Line)
        number = int(found.fingerprint, 16)
        inside = bytes.fromhex(found.inside_hex) or found.inside.encode()
    except (msgspec.DecodeError, ValueError):
        return None
    if not 0 <= number < 1 << 64 or found.decided_at.tzinfo is None:
        return None
    return Pin(
        fingerprint=number - (1 << 64) if number >> 63 else number,
        inside=inside,
        name=found.name,
        decision=found.decision,
        decided_at=found.decided_at.timestamp(),
    )
