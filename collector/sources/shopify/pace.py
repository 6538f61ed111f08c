"""How fast a shop may be asked. Shopify's bucket holds points and refills; every answer says how full it is.

The size of the bucket and its refill differ by plan and are never written down here: they are what the last answer
said. A question is known to cost what it cost the last time. Pure arithmetic; the caller waits.
Source: shopify.dev, GraphQL Admin API rate limits (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collector.sources.shopify.fields import Json, mapping

# What a question is taken to cost before it was ever asked. Too low is a THROTTLED that is waited for, too high a
# pause that was not needed; both happen once.
FIRST_GUESS = 100.0
CHANGE = 10.0
LONGEST_PAUSE_S = 16.0

Asked = tuple[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Bucket:
    """The points as an answer told them at `seen_at`."""

    available: float
    maximum: float
    restore_per_s: float
    seen_at: datetime


def wait_s(bucket: Bucket | None, cost: float, now: datetime, reserve: float = 0.0) -> float:
    """How long until the bucket holds `cost` and the `reserve` (a share of it) that is left to others.

    0 while nothing is known; more than fits waits for a full one.
    """
    if bucket is None:
        return 0.0
    elapsed_s = max((now - bucket.seen_at).total_seconds(), 0.0)
    held = min(bucket.available + elapsed_s * bucket.restore_per_s, bucket.maximum)
    needed = min(cost + reserve * bucket.maximum, bucket.maximum)
    return max(needed - held, 0.0) / bucket.restore_per_s


def read_bucket(cost: Mapping[str, Any], now: datetime) -> Bucket | None:
    """From `extensions.cost`; None where it says nothing usable."""
    status = mapping(cost.get("throttleStatus"))
    available, maximum, restore = (
        _number(status.get(name)) for name in ("currentlyAvailable", "maximumAvailable", "restoreRate")
    )
    if available is None or maximum is None or not restore:
        return None
    return Bucket(available, maximum, restore, now)


@dataclass(slots=True)
class Pace:
    """What one client remembers of the bucket and of what its questions cost. `reserve`: see wait_s."""

    reserve: float = 0.0
    bucket: Bucket | None = None
    costs: dict[Asked, float] = field(default_factory=dict)

    def wait_s(self, asked: Asked, now: datetime, *, is_change: bool = False) -> float:
        cost = self.costs.get(asked, CHANGE if is_change else FIRST_GUESS)
        return wait_s(self.bucket, cost, now, self.reserve)

    def learn(self, asked: Asked, cost: Json, now: datetime) -> None:
        """From any answer, a refusal too: that names what was wanted and what there is."""
        requested = _number(cost.get("requestedQueryCost"))
        if requested is not None:
            self.costs[asked] = requested
        self.bucket = read_bucket(cost, now) or self.bucket

    def pause_s(self, asked: Asked, now: datetime, times: int, stated_s: float) -> float:
        """Turned away `times` times: large shops do that below the nominal rate, then longer and longer."""
        grown = min(2.0 ** (times - 1), LONGEST_PAUSE_S)
        return max(self.wait_s(asked, now), stated_s, grown if times > 1 else 0.0)


def asked_as(query: str, variables: Mapping[str, Any]) -> Asked:
    """Questions that cost the same: the same query with the same sizes."""
    sizes = ((name, value) for name, value in variables.items() if type(value) is int)
    return query, tuple(sorted(sizes))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None
