"""Coupons as shops report them, and which of them are codes for a pool. Pure.

At Brevo a coupon collection is a pool of codes: each mail takes one out, and nothing can be put back or deleted. So
only a code that one person can use once, and nobody has used yet, ever goes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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


def is_for_pool(coupon: Coupon, now: datetime) -> bool:
    """Whether it is a code for exactly one use by whoever gets it, still unused and valid."""
    content = coupon.content
    return (
        content.is_visible
        and not coupon.is_gone
        and content.is_open
        and content.usage_limit == 1
        and content.usage_count == 0
        and bool(content.code)
        and (content.expires_at is None or content.expires_at > now)
    )


def pool(coupons: Sequence[Coupon], now: datetime) -> list[str]:
    """The codes for a pool among these, each once, in order."""
    return list(dict.fromkeys(coupon.content.code for coupon in coupons if is_for_pool(coupon, now)))
