"""How much one sender may send. In memory, in each web process: a limit is a fuse, not an account.

Addresses are kept only as keyed hashes and forgotten after the limit's period.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import threading
import time
from collections.abc import Callable, Sequence

from cachetools import TTLCache
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from collector.pipeline.services import DoorLimits, Rate

MOST_SENDERS = 50_000


class BeaconLimits:
    """How many beacons one address and one shop may send."""

    def __init__(self, limits: DoorLimits) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._per_address = _item(limits.per_address)
        self._per_shop = _item(limits.per_shop)

    def retry_after_s(self, address: str, shop_id: int) -> int | None:
        """Counts one beacon. None: within limits; else after how many seconds to try again."""
        if address and not self._limiter.hit(self._per_address, "address", address):
            return self._wait_s(self._per_address, "address", address)
        if not self._limiter.hit(self._per_shop, "shop", str(shop_id)):
            return self._wait_s(self._per_shop, "shop", str(shop_id))
        return None

    def _wait_s(self, item: RateLimitItem, *key: str) -> int:
        left = self._limiter.get_window_stats(item, *key).reset_time - time.time()
        return max(1, math.ceil(left))


class NewAddresses:
    """Satisfies `pipeline.accept_beacon.AddressGuard`. An address given before is not new again."""

    def __init__(self, limits: DoorLimits, timer: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._visitors = _Scope(limits.new_addresses_per_visitor, timer)
        self._networks = _Scope(limits.new_addresses_per_network, timer)

    def is_flood(self, visitor_id: str, network: str, addresses: Sequence[str]) -> bool:
        """Counts the addresses unless they are too many; too many they stay until the period ends."""
        hashes = {hashlib.blake2b(text.encode(), key=self._key, digest_size=16).digest() for text in addresses}
        with self._lock:
            scopes = [(self._visitors, visitor_id)]
            if network:
                scopes.append((self._networks, network))
            if any(scope.is_over(sender, hashes) for scope, sender in scopes):
                return True
            for scope, sender in scopes:
                scope.remember(sender, hashes)
        return False


class _Scope:
    """The addresses each sender gave in its current period, which begins with the first."""

    def __init__(self, rate: Rate, timer: Callable[[], float]) -> None:
        self._amount = rate.amount
        self._given: TTLCache[str, set[bytes]] = TTLCache(MOST_SENDERS, rate.per.total_seconds(), timer=timer)

    def is_over(self, sender: str, hashes: set[bytes]) -> bool:
        known = self._given.get(sender) or set()
        return not hashes <= known and len(known | hashes) > self._amount

    def remember(self, sender: str, hashes: set[bytes]) -> None:
        known = self._given.get(sender)
        if known is None:
            self._given[sender] = set(hashes)
        else:
            known |= hashes


def _item(rate: Rate) -> RateLimitItem:
    return RateLimitItemPerSecond(rate.amount, max(1, int(rate.per.total_seconds())))
