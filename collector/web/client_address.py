"""Who is calling, when a proxy stands in front.

X-Forwarded-For is read from the right, hop by hop, as long as the hop is one of the trusted proxies; the
first other address is the caller. What stands further left anybody can write.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ClientAddress:
    """Raises ValueError when made with text that is no address or network."""

    def __init__(self, trusted_proxies: Sequence[str] = ()) -> None:
        self._trusted: tuple[Network, ...] = tuple(
            ipaddress.ip_network(text.strip(), strict=False) for text in trusted_proxies
        )

    def of(self, remote: str, forwarded_for: str) -> str:
        """The caller's address as text; "" when the server does not know it (a unix socket)."""
        caller = _address(remote)
        if caller is None:
            return ""
        if self._trusted and forwarded_for:
            for hop in reversed(forwarded_for.split(",")):
                if not self._is_trusted(caller):
                    break
                before = _address(hop)
                if before is None:
                    break
                caller = before
        return str(caller)

    def behind(self, remote: str, forwarded_for: str) -> str:
        """Whom the caller speaks for, of one that proved to be an honest proxy: the hop before it, else itself."""
        caller = self.of(remote, forwarded_for)
        hops = [str(hop) for hop in map(_address, forwarded_for.split(",")) if hop is not None]
        before = hops[: hops.index(caller)] if caller in hops else hops
        return before[-1] if before else caller

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """`192.0.2.7` -> `192.0.2.0/24`, IPv6 -> its /64: what one household shares. "" for no address."""
    parsed = _address(address)
    if parsed is None:
        return ""
    bits = 24 if parsed.version == 4 else 64
    return str(ipaddress.ip_network((parsed, bits), strict=False))


@lru_cache(maxsize=4096)
def limiting_key(address: str) -> str:
    """What a rate limit counts by: an IPv4 address, or an IPv6 /64, which is one customer's line."""
    return address if ":" not in address else network_of(address)


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    """Reads `192.0.2.7`, `192.0.2.7:443`, `2001:db8::7`, `[2001:db8::7]:443`; mapped IPv4 becomes IPv4."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
