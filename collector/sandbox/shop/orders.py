"""Orders and customers, as rows of the shop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from collector.sandbox.shop.carts import Bill

DRAFT = "checkout-draft"
STATUSES = (DRAFT, "pending", "on-hold", "processing", "completed", "failed", "cancelled", "refunded", "trash")
PAID = ("processing", "completed")
# Method -> (title, the status an order has after "Place order").
PAYMENTS = {
    "card": ("Credit card", "processing"),
    "bacs": ("Direct bank transfer", "on-hold"),
    "paypage": ("Payment page you may leave", "pending"),
    "broken_card": ("Card that is declined", "failed"),
}
ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order as it was bought. Cents with tax; `id` is unique among all lines of the shop."""

    id: int
    product_id: int
    variation_id: int
    name: str
    parent_name: str | None
    attribute: tuple[str, str] | None
    quantity: int
    sku: str
    image: str
    subtotal: int
    total: int


@dataclass(slots=True)
class Order:
    """Cents with tax. `meta` keeps its order; `refunds`: (id, reason, cents)."""

    id: int
    status: str
    created_at: datetime
    modified_at: datetime
    key: str
    created_via: str
    customer_id: int = 0
    billing: dict[str, str] = field(default_factory=dict)
    lines: tuple[OrderLine, ...] = ()
    coupons: tuple[str, ...] = ()
    discount: int = 0
    shipping: int = 0
    payment_method: str = ""
    cart_hash: str = ""
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    transaction_id: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    refunds: list[tuple[int, str, int]] = field(default_factory=list)

    @property
    def email(self) -> str:
        return self.billing.get("email", "")

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines) + self.shipping

    @property
    def payment_title(self) -> str:
        return PAYMENTS[self.payment_method][0] if self.payment_method else ""

    def take(self, bill: Bill, first_line_id: int, image_url: str) -> None:
        """The content of a cart becomes the content of this order."""
        self.lines = tuple(
            OrderLine(
                id=first_line_id + place,
                product_id=line.offer.product.id,
                variation_id=line.offer.variant.id if line.offer.variant else 0,
                name=line.offer.name,
                parent_name=line.offer.product.name if line.offer.variant else None,
                attribute=(line.offer.product.attribute, line.offer.variant.option) if line.offer.variant else None,
                quantity=line.quantity,
                sku=line.offer.sku,
                image=f"{image_url}/{line.offer.product.id}.svg",
                subtotal=line.subtotal,
                total=line.total,
            )
            for place, line in enumerate(bill.lines)
        )
        self.coupons, self.discount, self.shipping = bill.coupons, bill.discount, bill.shipping


@dataclass(slots=True)
class Customer:
    """Somebody with an account."""

    id: int
    email: str
    first_name: str
    last_name: str
    username: str
    created_at: datetime
    modified_at: datetime
    billing: dict[str, str] = field(default_factory=dict)
    role: str = "customer"
