"""May we connect to this IP address? Pure: an address as text in, the reason against it out.

A merchant (or whoever answers with a redirect) chooses where we connect to. An address inside our own
network would let them read what only our machine may reach: databases, admin pages, cloud metadata.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# What Python 3.11 calls global and is not a shop. Source: IANA special-purpose registries (read 2026-11-21).
NOT_PUBLIC = tuple(
    (ip_network(network), why)
    for network, why in (
        ("100.64.0.0/10", "shared by a carrier's customers"),
        ("192.0.0.0/24", "kept for protocols and cloud metadata"),
        ("192.88.99.0/24", "a relay for IPv6"),
        ("168.63.129.16/32", "the metadata service of a cloud"),
        ("fec0::/10", "inside a private network"),
        ("3fff::/20", "for documentation"),
        ("5f00::/16", "a network's inner routing"),
    )
)
NAT64 = ip_network("64:ff9b::/96")


def inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address only wraps (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def why_refused(text: str) -> str | None:
    """Why this address (as the resolver gives it) is not a public one; None if it is."""
    try:
        address = inner(ip_address(text))
    except ValueError:
        return "not an IP address"
    for network, why in NOT_PUBLIC:
        if address in network:
            return why
    checks = (
        (address.is_unspecified, "no address at all"),
        (address.is_loopback, "this machine itself"),
        (address.is_link_local, "link-local (cloud metadata lives there)"),
        (address.is_multicast, "for many receivers"),
        (address.is_private, "inside a private network"),
        (address.is_reserved, "reserved"),
        (not address.is_global, "not public"),
    )
    return next((why for is_so, why in checks if is_so), None)
