"""An address to listen on, from a text of the settings."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

PORTS = range(1, 65_536)
PARTS = re.compile(r"(?:\[([^\[\]]+)\]|([^\[\]:]+)):([0-9]{1,5})")
"""IPv6 in brackets, or else, then the port."""


class Address(NamedTuple):
    """Where programs on this machine, or on others, reach a server by TCP."""

    ip: IPv4Address | IPv6Address
    port: int

    def __str__(self) -> str:
        """Return it as the settings have it."""
        return f"[{self.ip}]:{self.port}" if self.ip.version == 6 else f"{self.ip}:{self.port}"


def parse(text: str) -> Address:
    """Return the address that `127.0.0.1:8123` or `[::1]:8123` names; ValueError when it is none.

    A name such as `localhost` is none: it may stand for several addresses, and for others tomorrow.
    """
    parts = PARTS.fullmatch(text)
    if parts is None:
        raise ValueError("no address and port")
    inside, outside, port = parts.groups()
    ip = ip_address(inside or outside)
    if (ip.version == 6) != bool(inside) or int(port) not in PORTS:
        raise ValueError("no address and port")
    return Address(ip, int(port))
