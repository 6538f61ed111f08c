"""What somebody bought in a shop: how many orders, how much money in which currency, when last. Pure.

Money of different currencies is never added up: where no rate is known, there is no sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collector.domain.events import OrderState

BOUGHT = (OrderState.PROMISED, OrderState.PAID, OrderState.REFUNDED)
PAID = (OrderState.PAID, OrderState.REFUNDED)
UNKNOWN = ""  # the currency of an amount nobody can reckon


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as it counts. `base_total_minor` None: its rate to the shop's currency is not known.
    `refunds`: (minor units, currency)."""

    state: OrderState
    ordered_at: datetime
    currency: str
    total_minor: int
    base_currency: str = ""
    base_total_minor: int | None = None
    refunds: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Spending:
    """`spent`: minor units by currency, of paid orders, less what was given back. `had_orders`: of orders that
    counted once some are known, though none may count any more."""

    orders: int = 0
    paid_orders: int = 0
    spent: Mapping[str, int] = field(default_factory=dict)
    last_order_at: datetime | None = None
    had_orders: bool = False

    def total(self, currency: str) -> int | None:
        """The sum in this currency ("": whichever there is); None when there is none in it alone."""
        if not self.spent:
            return 0 if currency and not self.paid_orders else None
        if len(self.spent) > 1 or UNKNOWN in self.spent:
            return None
        (only,) = self.spent
        return self.spent[only] if currency in ("", only) else None

    @property
    def currency(self) -> str:
        """Of all that was spent; "" when there is not exactly one."""
        return next(iter(self.spent)) if len(self.spent) == 1 else ""


def spending(orders: Iterable[Bought]) -> Spending:
    """Cancelled and failed ones count for nothing; promised ones count, and are no money yet."""
    counted = [order for order in orders if order.state in BOUGHT]
    paid = [order for order in counted if order.state in PAID]
    spent: dict[str, int] = {}
    for order in paid:
        currency, amount = _worth(order)
        spent[currency] = spent.get(currency, 0) + amount
    last = max((order.ordered_at for order in counted), default=None)
    return Spending(len(counted), len(paid), spent, last)


def together(parts: Iterable[Spending]) -> Spending:
    """The same person's in several shops."""
    spent: dict[str, int] = {}
    orders = paid = 0
    last: datetime | None = None
    had_orders = False
    for part in parts:
        had_orders = had_orders or part.had_orders
        orders, paid = orders + part.orders, paid + part.paid_orders
        for currency, amount in part.spent.items():
            spent[currency] = spent.get(currency, 0) + amount
        if part.last_order_at is not None and (last is None or part.last_order_at > last):
            last = part.last_order_at
    return Spending(orders, paid, spent, last, had_orders)


def as_recorded(
    own: Spending, orders: int | None, total_minor: int | None, currency: str, last_order_at: datetime | None = None
) -> Spending:
    """Our own count, or the platform's where it knows of more orders: some are older than what we were told of. The
    last is the later of what both know; where we know of all orders it is ours, which leaves out the cancelled."""
    if orders is None or orders <= own.orders:
        return own
    spent = {currency: total_minor} if total_minor is not None else {UNKNOWN: 0}
    last = max((at for at in (own.last_order_at, last_order_at) if at is not None), default=None)
    return Spending(orders, orders, spent, last)


def _worth(order: Bought) -> tuple[str, int]:
    """(currency, minor units) of an order, less its refunds; UNKNOWN when they cannot be reckoned together."""
    is_base = order.base_total_minor is not None and bool(order.base_currency)
    currency = order.base_currency if is_base else order.currency
    amount = order.base_total_minor if is_base and order.base_total_minor is not None else order.total_minor
    if order.state is OrderState.REFUNDED:
        return currency, 0
    for given_back, its_currency in order.refunds:
        if its_currency == currency:
            amount -= given_back
        elif its_currency == order.currency and order.total_minor:
            amount -= round(given_back * amount_of(order) / order.total_minor)
        else:
            return UNKNOWN, 0
    return currency, max(0, amount)


def amount_of(order: Bought) -> int:
    """The total in the shop's currency, else in its own."""
    return order.total_minor if order.base_total_minor is None else order.base_total_minor
