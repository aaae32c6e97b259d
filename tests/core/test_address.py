"""What names an address to listen on, and what does not."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core.address import Address, parse


@settings(deadline=None)
@given(st.ip_addresses(), st.integers(1, 65_535))
def test_every_address_is_read_as_it_is_written(ip: IPv4Address | IPv6Address, port: int) -> None:
    address = Address(ip, port)

    assert parse(str(address)) == address


def test_a_network_card_may_be_named() -> None:
    assert str(parse("[fe80::1%eth0]:80")) == "[fe80::1%eth0]:80"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:8123",
        "127.0.0.1",
        "8123",
        ":8123",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:+8",
        "127.0.0.1:٣",
        "127.0.0.1:80 ",
        " 127.0.0.1:80",
        "127.0.0.1:80\n",
        "127.1:80",
        "127.0.0.256:80",
        "[127.0.0.1]:80",
        "::1:80",
        "[::1]",
        "[::1]80",
        "[]:80",
        "[::g]:80",
        "http://127.0.0.1:80",
    ],
)
def test_what_is_no_address_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


@settings(deadline=None)
@given(st.text(alphabet="0123456789.:[]a%/ ", max_size=24))
def test_whatever_is_written_it_is_an_address_or_none(text: str) -> None:
    try:
        found = parse(text)
    except ValueError:
        return
    assert parse(str(found)) == found
