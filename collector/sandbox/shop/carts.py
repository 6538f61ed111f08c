"""Carts, and what they cost."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from collector.sandbox.shop.catalogue import Catalogue, Offer

COUPONS = {"welcome10": 10}  # code -> percent off
SHIPPING = 490
FREE_SHIPPING_FROM = 5000
MOST_OF_ONE = 99


@dataclass(slots=True)
class Cart:
    """`lines`: key -> (offer id, quantity). `draft`: the order the checkout has opened for it."""

    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    coupons: list[str] = field(default_factory=list)
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    has_opted_in: bool | None = None  # None: the box was never touched
    draft: int | None = None

    @property
    def count(self) -> int:
        return sum(quantity for _, quantity in self.lines.values())

    @property
    def hash(self) -> str:
        if not self.lines:
            return ""
        return hashlib.md5(repr((sorted(self.lines.items()), self.coupons)).encode()).hexdigest()  # noqa: S324

    def add(self, offer: Offer, quantity: int) -> str:
        key = line_key(offer)
        before = self.lines.get(key, (offer.id, 0))[1]
        self.lines[key] = (offer.id, min(before + quantity, MOST_OF_ONE))
        return key

    def change(self, key: str, quantity: int) -> None:
        if key in self.lines and quantity > 0:
            self.lines[key] = (self.lines[key][0], min(quantity, MOST_OF_ONE))
        else:
            self.lines.pop(key, None)

    def empty(self) -> None:
        self.lines.clear()
        self.coupons.clear()
        self.has_opted_in = self.draft = None


def line_key(offer: Offer) -> str:
    return hashlib.md5(f"{offer.product.id}_{offer.id}".encode()).hexdigest()  # noqa: S324


@dataclass(frozen=True, slots=True)
class Line:
    """`subtotal` before and `total` after the coupon, for all pieces, cents with tax."""

    key: str
    offer: Offer
    quantity: int
    subtotal: int
    total: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A cart with its prices, cents with tax."""

    lines: tuple[Line, ...]
    coupons: tuple[str, ...]
    shipping: int

    @property
    def subtotal(self) -> int:
        return sum(line.subtotal for line in self.lines)

    @property
    def discount(self) -> int:
        return self.subtotal - sum(line.total for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.shipping


def bill(cart: Cart, catalogue: Catalogue) -> Bill:
    """What the cart costs now; lines of things no longer sold are left out."""
    percent = sum(COUPONS[code] for code in cart.coupons)
    lines = []
    for key, (number, quantity) in cart.lines.items():
        offer = catalogue.offer(number)
        if offer is not None:
            subtotal = offer.price * quantity
            lines.append(Line(key, offer, quantity, subtotal, subtotal - subtotal * percent // 100))
    goods = sum(line.total for line in lines)
    return Bill(tuple(lines), tuple(cart.coupons), 0 if not lines or goods >= FREE_SHIPPING_FROM else SHIPPING)
