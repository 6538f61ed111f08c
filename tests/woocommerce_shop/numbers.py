"""Which records a site is born with: how many, from when, and what binds them. All from their numbers, nothing stored.

A higher number is a later record, in every respect. Products, coupons and orders share one row of ids, as WordPress
has it; users have their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ADMIN, MANAGER = 1, 2
CUSTOMER_IDS = 100
PRODUCT_IDS = 1_000  # four for each: the product and its variations
COUPON_IDS = 90_000
ORDER_IDS = 100_000
REFUND_IDS = 10_000_000
STEP = 7919  # a prime: spreads orders over customers
OFFSET_S = 3600  # the site's clock against UTC; Lagos knows no summer time
ZONE = "Africa/Lagos"


@dataclass(frozen=True)
class Numbers:
    """`flavour`: two sites with the same ids still tell their records apart by it.

    The oldest record of each kind is made at `began`, the newest `span` later.
    """

    began: datetime
    span: timedelta
    customers: int = 10
    orders: int = 10
    products: int = 4
    coupons: int = 0
    flavour: int = 0
    currency: str = "EUR"

    def __post_init__(self) -> None:
        assert self.customers == 0 or self.customers % STEP, "the step must reach every customer"
        assert PRODUCT_IDS + 4 * (self.products + 1) < COUPON_IDS
        assert COUPON_IDS + self.coupons < ORDER_IDS

    def created_s(self, number: int, of: int) -> int:
        """Seconds since the epoch."""
        return int(self.began.timestamp() + self.span.total_seconds() * (number - 1) / max(of, 1))

    def customer_of_order(self, number: int) -> int:
        """Id of whoever placed it; 0: a guest."""
        if not self.customers or number % 3 == 0:
            return 0
        return CUSTOMER_IDS + (number * STEP) % self.customers + 1

    def guest_of_order(self, number: int) -> int:
        """Guests come again, too."""
        return number // 3 % max(1, self.orders // 6) + 1

    def product_of(self, number: int) -> int:
        """Number of a product, for whatever needs one."""
        return number % self.products + 1 if self.products else 1


def local(seconds: int) -> str:
    """As the site writes it: its own time, without a zone."""
    return gmt(seconds + OFFSET_S)


def gmt(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def seconds_of(stated: str) -> int:
    """Of a `*_gmt` field."""
    return int(datetime.fromisoformat(stated).replace(tzinfo=UTC).timestamp())


def both(name: str, seconds: int | None) -> dict[str, str | None]:
    """The two fields of one moment."""
    if seconds is None:
        return {name: None, f"{name}_gmt": None}
    return {name: local(seconds), f"{name}_gmt": gmt(seconds)}
