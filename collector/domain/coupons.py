"""Coupons as shops report them, and into which pool their codes go. Pure.

At Brevo a coupon collection is a pool of codes: each mail takes one out, and nothing can be put back or deleted. So a
code goes there once, only while anybody may still use it, and only where the merchant said so: by its name, into the
pool of its group, or into the one pool for all codes that one person can use once and nobody has used yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from collector.domain.catalogue import latest
from collector.domain.fingerprints import fingerprint


@dataclass(frozen=True, slots=True)
class CouponSeen:
    """A coupon at `version_at`; `stated_at`: when the platform made this body. `usage_limit` None: no limit.

    `is_open`: anybody who has the code may use it; it is not tied to certain addresses.
    """

    coupon_id: str
    version_at: datetime
    stated_at: datetime
    code: str
    is_visible: bool
    is_open: bool = True
    is_new: bool = False  # a creation topic
    created_at: datetime | None = None
    expires_at: datetime | None = None
    usage_limit: int | None = None
    usage_count: int = 0


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon as all versions together tell it."""

    content: CouponSeen
    seen_at: datetime
    deleted_at: datetime | None = None

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None and self.seen_at <= self.deleted_at


def first_sight(seen: CouponSeen) -> Coupon:
    return Coupon(replace(seen, is_new=False), seen.stated_at)


def merge(one: Coupon, other: Coupon) -> Coupon:
    """Both sights together: the newest version, and everything known of its end. In any order the same."""
    newest = max(one, other, key=_age)
    return Coupon(newest.content, max(one.seen_at, other.seen_at), latest(one.deleted_at, other.deleted_at))


def _age(coupon: Coupon) -> tuple[datetime, int, datetime, str]:
    """Of two versions of one second, the one used more often is the later."""
    content = coupon.content
    return (content.version_at, content.usage_count, content.stated_at, fingerprint(content))


@dataclass(frozen=True, slots=True)
class CouponGroup:
    """Codes that fit `match` (with * and ?, in any letters) go into `collection`, by its id or name.

    `is_unused_only`: those for exactly one use that nobody has used.
    """

    match: str
    collection: str
    is_unused_only: bool = False

    def has(self, code: str) -> bool:
        # Case is no matter in a shop either: WooCommerce writes all codes in small letters.
        return fnmatchcase(code.casefold(), self.match.strip().casefold())


def collection_of(coupon: Coupon, groups: Sequence[CouponGroup], now: datetime) -> str:
    """The pool its code belongs in, by the first group it fits; "" for none."""
    group = next((one for one in groups if one.has(coupon.content.code)), None)
    if group is None or not is_for_anybody(coupon, now):
        return ""
    content = coupon.content
    is_unused = content.usage_limit == 1 and content.usage_count == 0
    return group.collection if is_unused or not group.is_unused_only else ""


def is_for_anybody(coupon: Coupon, now: datetime) -> bool:
    """Whether whoever gets the code can use it now: public, valid, with uses left, tied to no address.

    What it is good for (products, a least amount, once for each customer) is the merchant's to say in the mail.
    """
    content = coupon.content
    return (
        content.is_visible
        and not coupon.is_gone
        and content.is_open
        and bool(content.code)
        and (content.usage_limit is None or content.usage_count < content.usage_limit)
        and (content.expires_at is None or content.expires_at > now)
    )


def codes(coupons: Sequence[Coupon]) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(coupon.content.code for coupon in coupons))


def as_it_is(known: Coupon, seen: CouponSeen | None, now: datetime) -> Coupon:
    """By what the shop says of it at this moment; None: it does not list it any more."""
    return replace(known, deleted_at=max(known.seen_at, now)) if seen is None else first_sight(seen)
