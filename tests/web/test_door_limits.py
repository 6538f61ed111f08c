"""Who is calling, and how many new addresses a browser or network may give."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.web.client_address import ClientAddress, limiting_key, network_of
from collector.web.limits import NewAddresses
from tests.web.door_app import Limits, PerPeriod

PROXIES = ("10.0.0.0/8", "2001:db8:1::1", "192.0.2.10")


@pytest.mark.parametrize(
    ("why", "remote", "forwarded", "caller"),
    [
        ("nobody in between", "198.51.100.1", "", "198.51.100.1"),
        ("a stranger's claim", "198.51.100.1", "1.2.3.4", "198.51.100.1"),
        ("one proxy", "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("two proxies", "10.0.0.1", "198.51.100.1, 192.0.2.10", "198.51.100.1"),
        ("a claim behind a proxy", "10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("proxies all the way", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("a proxy that says nothing", "10.0.0.1", "", "10.0.0.1"),
        ("nonsense", "10.0.0.1", "1.2.3.4, unknown", "10.0.0.1"),
        ("with a port", "10.0.0.1", "198.51.100.1:50000", "198.51.100.1"),
        ("IPv6", "2001:db8:1::1", "2001:db8:2::7", "2001:db8:2::7"),
        ("IPv6 in brackets", "10.0.0.1", "[2001:db8:2::7]:443", "2001:db8:2::7"),
        ("IPv4 in IPv6", "::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("a unix socket", "", "198.51.100.1", ""),
    ],
)
def test_the_caller_is_the_last_hop_nobody_vouches_for(why: str, remote: str, forwarded: str, caller: str) -> None:
    assert ClientAddress(PROXIES).of(remote, forwarded) == caller, why


@given(remote=st.text(max_size=30), forwarded=st.text(max_size=60))
def test_any_forwarding_header_is_read(remote: str, forwarded: str) -> None:
    caller = ClientAddress(("0.0.0.0/0", "::/0")).of(remote, forwarded)
    assert (network_of(caller) == "") == (caller == "")


@pytest.mark.parametrize(
    ("address", "network", "key"),
    [
        ("192.0.2.7", "192.0.2.0/24", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64", "2001:db8::/64"),
        ("", "", ""),
    ],
)
def test_networks_are_a_24_or_a_64(address: str, network: str, key: str) -> None:
    assert (network_of(address), limiting_key(address)) == (network, key)


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(ValueError, match="proxy"):
        ClientAddress(("my-proxy",))


class SetClock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_new_addresses_are_counted_anew_after_the_period() -> None:
    clock = SetClock()
    guard = NewAddresses(Limits(new_addresses_per_visitor=PerPeriod(1, timedelta(hours=1))), clock)
    assert not guard.is_flood("visitor", "", ["a@b.example"])
    clock.now_s = 3599.0
    assert not guard.is_flood("visitor", "", ["a@b.example"])
    assert guard.is_flood("visitor", "", ["c@d.example"])
    clock.now_s = 3600.0
    assert not guard.is_flood("visitor", "", ["c@d.example"])


def test_more_addresses_at_once_than_allowed_are_too_many() -> None:
    guard = NewAddresses(Limits())
    assert guard.is_flood("visitor", "", [f"a{n}@b.example" for n in range(4)])
    assert not guard.is_flood("visitor", "", [f"a{n}@b.example" for n in range(3)])
