"""Which records a shop is born with: how many, from when, and what binds them. All from their numbers, nothing stored.

Customer 1 is the oldest, and so on: a higher number is a later record, in every respect. Customer `c` placed the
orders `first_order(c)`, `first_order(c) + customers`, …
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.shopify_shop.moments import text

CUSTOMER_IDS = 5_000_000_000
ORDER_IDS = 9_100_000_000_000_000  # beyond 2^53: no float holds them all
PRODUCT_IDS = 8_000_000_000
COLLECTION_IDS = 300_000_000
CHECKOUT_IDS = 37_000_000_000
LOCATION = 61_000_000_001
STEP = 7919  # a prime: spreads orders over customers
MOST_VARIANTS = 3


@dataclass(frozen=True)
class Numbers:
    """`flavour`: two shops with the same ids and e-mail addresses still tell their records apart by it.

    `oldest` records of each kind are made `began`, the newest `span` later. `old_orders`: so many of the first orders
    were placed a year earlier, which is behind the wall of 60 days.
    """

    began: datetime
    span: timedelta
    customers: int = 10
    orders: int = 10
    products: int = 4
    checkouts: int = 0
    old_orders: int = 0
    flavour: int = 0
    currency: str = "EUR"
    address: str = "tee.myshopify.com"

    @property
    def storefront(self) -> str:
        """The shop's own domain, where shoppers are."""
        return f"www.{self.address.partition('.')[0]}.example"

    def __post_init__(self) -> None:
        assert self.customers == 0 or self.customers % STEP, "the step must reach every customer"

    def created_at(self, number: int, of: int) -> datetime:
        return self.began + self.span * ((number - 1) / max(of, 1))

    def created(self, number: int, of: int) -> str:
        return text(self.created_at(number, of))

    def updated(self, number: int, of: int) -> str:
        return text(self.created_at(number, of) + timedelta(seconds=90))

    def order_created_at(self, number: int) -> datetime:
        at = self.created_at(number, self.orders)
        return at - timedelta(days=365) if number <= self.old_orders else at

    def customer_of_order(self, number: int) -> int:
        """1 …; 0 without customers."""
        return (number * STEP) % self.customers + 1 if self.customers else 0

    def orders_of_customer(self, number: int) -> range:
        """The numbers of this customer's orders."""
        first = pow(STEP, -1, self.customers) * (number - 1) % self.customers or self.customers
        return range(first, self.orders + 1, self.customers)
