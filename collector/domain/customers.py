"""Customers: one record from whatever versions of it were seen, and tags from lists and changes. Pure.

`merge` is commutative, associative and idempotent. Counters, the last order and metafields are taken from the newest
version that has them: Shopify's bodies since 2025 leave the first two out, and carry metafields only where they were
asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from collector.domain.events import CustomerCounted, CustomerSeen, EventType
from collector.domain.fingerprints import fingerprint, plain
from collector.domain.timestamps import EPOCH, NOT_YET


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
    last_order_at: datetime | None = None
    last_order_known_at: datetime | None = None  # the version that says so
    extras: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    extras_at: datetime | None = None
    extras_stated_at: datetime = EPOCH

    @property
    def newest(self) -> tuple[datetime, datetime, str]:
        """Versions are whole seconds: of two in one, the body that was made later."""
        return (self.content.version_at, self.content.stated_at, self.content_hash)


def content_hash(seen: CustomerSeen) -> str:
    """Equal for two bodies that say the same about who the customer is (counters, tags and metafields apart)."""
    said = plain(seen)
    apart = ("tags", "orders_count", "total_spent_minor", "last_order_at", "extras")
    for name in ("type", "version_at", "stated_at", *apart):
        del said[name]
    return fingerprint(said)


def first_sight(seen: CustomerSeen) -> Customer:
    its_hash = content_hash(seen)
    counts = seen.orders_count is not None or seen.total_spent_minor is not None
    return Customer(
        content=replace(
            seen,
            type=EventType.CUSTOMER_UPDATED,
            tags=None,
            orders_count=None,
            total_spent_minor=None,
            last_order_at=None,
            extras=None,
        ),
        content_hash=its_hash,
        first_version_at=seen.version_at,
        first_content_hash=its_hash,
        created_at=seen.created_at,
        counted_at=seen.version_at if counts else None,
        orders_count=seen.orders_count,
        total_spent_minor=seen.total_spent_minor,
        last_order_at=seen.last_order_at,
        last_order_known_at=seen.version_at if seen.last_order_at is not None else None,
        extras=seen.extras or {},
        extras_at=seen.version_at if seen.extras is not None else None,
        extras_stated_at=seen.stated_at if seen.extras is not None else EPOCH,
    )


def counted(fact: CustomerCounted) -> Customer:
    """The record from counters alone: every version of the customer is newer than this one."""
    content = CustomerSeen(EventType.CUSTOMER_UPDATED, fact.customer_id, EPOCH, currency=fact.currency)
    return Customer(
        content,
        content_hash="",
        first_version_at=NOT_YET,
        first_content_hash="",
        counted_at=fact.occurred_at,
        orders_count=fact.orders_count,
        total_spent_minor=fact.total_spent_minor,
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
    ordered = max(
        (customer for customer in (one, other) if customer.last_order_at is not None),
        key=lambda customer: (customer.last_order_known_at, customer.last_order_at),
        default=newest,
    )
    carrying = [customer for customer in (one, other) if customer.extras_at is not None]
    carries = max(
        carrying,
        key=lambda customer: (
            customer.extras_at,
            customer.extras_stated_at,
            json.dumps(dict(customer.extras), sort_keys=True),
        ),
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
        last_order_at=ordered.last_order_at,
        last_order_known_at=ordered.last_order_known_at,
        extras=carries.extras,
        extras_at=carries.extras_at,
        extras_stated_at=carries.extras_stated_at,
    )


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """What a report made different of what was known: who they are (`is_changed`), tags, or only how much is known
    or was bought (`is_fuller`). `is_first`: nothing was known to compare with. `tagged_at`: when tags were added that
    somebody told of before it was known whose they are."""

    is_first: bool = False
    is_changed: bool = False
    is_fuller: bool = False
    tags_added: frozenset[str] = frozenset()
    tags_removed: frozenset[str] = frozenset()
    tagged_at: datetime | None = None


# Who somebody is. A language is compared by itself: only some bodies carry one.
PROFILE = (
    *("email", "phone", "first_name", "last_name", "company", "city", "region", "postcode", "country"),
    *("role", "is_staff", "billing_email"),
)


def _is_another(before: CustomerSeen, now: CustomerSeen) -> bool:
    is_plain = all(getattr(before, name) == getattr(now, name) for name in PROFILE)
    return not is_plain or (bool(before.locale and now.locale) and before.locale != now.locale)


def _bought(customer: Customer) -> tuple[object, ...]:
    return customer.orders_count, customer.total_spent_minor, customer.last_order_at


def change(before: Customer | None, now: Customer, tags_before: Tags, tags_now: Tags) -> CustomerChange:
    """`before` None: this is the first anybody hears of them. A first list of tags is no change of them."""
    if before is None or before.first_version_at == NOT_YET:
        early = [(tag, at) for tag, at, is_present in tags_before.changes if is_present]
        tagged_at = max((at for _, at in early), default=None)
        return CustomerChange(True, tags_added=frozenset(tag for tag, _ in early), tagged_at=tagged_at)
    were_known = tags_before.listed_at is not None
    # Another account of the same version says more of it, not that it changed.
    is_newer = now.content.version_at > before.content.version_at
    is_another = _is_another(before.content, now.content) or before.extras != now.extras
    counts = _bought(before) != _bought(now)
    return CustomerChange(
        is_changed=is_newer and is_another,
        is_fuller=counts or before.content_hash != now.content_hash or before.extras != now.extras,
        tags_added=tags_now.present - tags_before.present if were_known else frozenset(),
        tags_removed=tags_before.present - tags_now.present,
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
