"""Customers: one record from whatever versions of it were seen, and tags from lists and changes. Pure.

`merge` is commutative, associative and idempotent. Counters and metafields are taken from the newest version that
has them: Shopify's bodies since 2025 leave counters out, and carry metafields only where they were asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from collector.domain.events import CustomerSeen, EventType


@dataclass(frozen=True, slots=True)
class Customer:
    """`content` is the newest version without what is kept apart: topic, tags, counters and metafields. Those and
    the creation come from whichever version said them best."""

    content: CustomerSeen
    content_hash: str
    first_version_at: datetime
    first_content_hash: str
    created_at: datetime | None = None
    counted_at: datetime | None = None
    orders_count: int | None = None
    total_spent_minor: int | None = None
    extras: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    extras_at: datetime | None = None

    @property
    def newest(self) -> tuple[datetime, str]:
        return (self.content.version_at, self.content_hash)


def content_hash(seen: CustomerSeen) -> str:
    """Equal for two bodies that say the same about who the customer is (counters, tags and metafields apart)."""
    said = asdict(seen)
    for name in ("type", "version_at", "tags", "orders_count", "total_spent_minor", "extras"):
        del said[name]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:32]


def first_sight(seen: CustomerSeen) -> Customer:
    its_hash = content_hash(seen)
    counts = seen.orders_count is not None or seen.total_spent_minor is not None
    return Customer(
        content=replace(
            seen, type=EventType.CUSTOMER_UPDATED, tags=None, orders_count=None, total_spent_minor=None, extras=None
        ),
        content_hash=its_hash,
        first_version_at=seen.version_at,
        first_content_hash=its_hash,
        created_at=seen.created_at,
        counted_at=seen.version_at if counts else None,
        orders_count=seen.orders_count,
        total_spent_minor=seen.total_spent_minor,
        extras=seen.extras or {},
        extras_at=seen.version_at if seen.extras is not None else None,
    )


def merge(one: Customer, other: Customer) -> Customer:
    """Both sights of the same customer together."""
    newest = max(one, other, key=lambda customer: customer.newest)
    oldest = min(one, other, key=lambda customer: (customer.first_version_at, customer.first_content_hash))
    counted = [customer for customer in (one, other) if customer.counted_at is not None]
    counts = max(
        counted,
        key=lambda customer: (
            customer.counted_at,
            -1 if customer.orders_count is None else customer.orders_count,
            customer.total_spent_minor is not None,
            customer.total_spent_minor or 0,
        ),
        default=newest,
    )
    carrying = [customer for customer in (one, other) if customer.extras_at is not None]
    carries = max(
        carrying,
        key=lambda customer: (customer.extras_at, json.dumps(dict(customer.extras), sort_keys=True)),
        default=newest,
    )
    return replace(
        newest,
        first_version_at=oldest.first_version_at,
        first_content_hash=oldest.first_content_hash,
        created_at=min((at for at in (one.created_at, other.created_at) if at is not None), default=None),
        counted_at=counts.counted_at,
        orders_count=counts.orders_count,
        total_spent_minor=counts.total_spent_minor,
        extras=carries.extras,
        extras_at=carries.extras_at,
    )


@dataclass(frozen=True, slots=True)
class Tags:
    """A customer's tags: the newest whole list, and single changes with their times.

    `changes` maps a tag to (when, present). A change counts only when it is newer than the list.
    """

    listed_at: datetime | None = None
    listed: frozenset[str] = frozenset()
    changes: tuple[tuple[str, datetime, bool], ...] = ()

    @property
    def present(self) -> frozenset[str]:
        now = set(self.listed)
        for tag, at, is_present in self.changes:
            if self.listed_at is None or at > self.listed_at:
                (now.add if is_present else now.discard)(tag)
        return frozenset(now)
