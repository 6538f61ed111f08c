"""Which addresses are public."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.outgoing.addresses import why_refused


@pytest.mark.parametrize(
    ("why", "address"),
    [
        ("this machine", "127.0.0.1"),
        ("still this machine", "127.255.255.254"),
        ("this machine, IPv6", "::1"),
        ("no address", "0.0.0.0"),
        ("no address, IPv6", "::"),
        ("this network", "0.1.2.3"),
        ("private", "10.0.0.1"),
        ("private", "172.16.0.1"),
        ("private", "172.31.255.255"),
        ("private", "192.168.1.1"),
        ("metadata of most clouds", "169.254.169.254"),
        ("metadata of Azure", "168.63.129.16"),
        ("metadata of Oracle", "192.0.0.192"),
        ("metadata of Alibaba, among carriers' addresses", "100.100.100.200"),
        ("a carrier's", "100.64.0.1"),
        ("a carrier's, last", "100.127.255.255"),
        ("benchmarks", "198.18.0.1"),
        ("documentation", "203.0.113.5"),
        ("many receivers", "224.0.0.1"),
        ("reserved", "240.0.0.1"),
        ("everybody", "255.255.255.255"),
        ("relay", "192.88.99.1"),
        ("unique local", "fd00:ec2::254"),
        ("link-local", "fe80::1"),
        ("link-local with its interface", "fe80::1%eth0"),
        ("site-local, of old", "fec0::1"),
        ("many receivers, IPv6", "ff0e::1"),
        ("documentation, IPv6", "2001:db8::1"),
        ("documentation, newer", "3fff::1"),
        ("inner routing", "5f00::1"),
        ("wrapped: mapped", "::ffff:127.0.0.1"),
        ("wrapped: mapped, in hexadecimal", "::ffff:a9fe:a9fe"),
        ("wrapped: compatible, of old", "::127.0.0.1"),
        ("wrapped: 6to4", "2002:7f00:1::"),
        ("wrapped: NAT64", "64:ff9b::10.0.0.1"),
        ("wrapped: NAT64 of one's own", "64:ff9b:1::10.0.0.1"),
        ("wrapped: Teredo", "2001:0:7f00:1::"),
        ("not an address", "shop.example"),
        ("nothing", ""),
    ],
)
def test_what_is_not_public_is_refused(why: str, address: str) -> None:
    assert why_refused(address) is not None, why


@pytest.mark.parametrize(
    ("why", "address"),
    [
        ("a shop", "93.184.216.34"),
        ("beside the private ones", "172.32.0.1"),
        ("beside the carriers'", "100.128.0.1"),
        ("a shop, IPv6", "2606:2800:220:1:248:1893:25c8:1946"),
        ("mapped, public inside", "::ffff:93.184.216.34"),
        ("NAT64, public inside", "64:ff9b::93.184.216.34"),
    ],
)
def test_what_is_public_is_allowed(why: str, address: str) -> None:
    assert why_refused(address) is None, why


@given(number=st.integers(0, 2**32 - 1))
def test_wrapping_an_address_never_makes_it_better(number: int) -> None:
    bare = IPv4Address(number)
    if why_refused(str(bare)) is None:
        return
    for wrapped in (0xFFFF << 32 | number, 0x2002 << 112 | number << 80, 0x64FF9B << 96 | number):
        assert why_refused(str(IPv6Address(wrapped))) is not None
