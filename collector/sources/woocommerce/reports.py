"""What a shop counts itself: sales of some days, best sellers, and its buyers with guests among them.

Sales and best sellers are those of WooCommerce's documented reports. Buyers come from `wc-analytics`, which its own
admin pages read: there are guests in it, and it may change. Amounts are in the shop's currency, as it writes them.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.parse_values import as_object, id_text, text
from collector.sources.woocommerce.rest import RestClient

PER_PAGE = 100
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sales:
    """Of some days together. `by_day`: (day as the shop writes it, orders, amount)."""

    total: Decimal
    net: Decimal
    orders: int
    items: int
    refunds: Decimal
    by_day: tuple[tuple[str, int, Decimal], ...]


@dataclass(frozen=True, slots=True)
class TopSeller:
    product_id: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Buyer:
    """`user_id` "": a guest."""

    user_id: str
    email: str
    name: str
    orders: int
    spent: Decimal


def sales(api: RestClient, first: date, last: date) -> Sales:
    """Of these days by the shop's calendar, both included. Raises SourceUnavailable."""
    listed = api.get("reports/sales", date_min=first.isoformat(), date_max=last.isoformat())
    found = as_object(next(iter(_list(listed, "reports/sales")), None))
    days = as_object(found.get("totals"))
    return Sales(
        total=_amount(found.get("total_sales")),
        net=_amount(found.get("net_sales")),
        orders=_count(found.get("total_orders")),
        items=_count(found.get("total_items")),
        refunds=_amount(found.get("total_refunds")),
        by_day=tuple(
            (day, _count(as_object(one).get("orders")), _amount(as_object(one).get("sales")))
            for day, one in sorted(days.items())
        ),
    )


def top_sellers(api: RestClient, first: date, last: date) -> list[TopSeller]:
    """The best of these days, best first. Raises SourceUnavailable."""
    listed = api.get("reports/top_sellers", date_min=first.isoformat(), date_max=last.isoformat())
    return [
        TopSeller(id_text(one.get("product_id")), html.unescape(text(one.get("name"))), _count(one.get("quantity")))
        for one in map(as_object, _list(listed, "reports/top_sellers"))
    ]


def buyers(api: RestClient) -> Iterator[Buyer]:
    """Everybody who has an account or ordered, by the number of the report. Raises SourceUnavailable."""
    seen: set[str] = set()
    page = 1
    while True:
        asked: dict[str, Any] = {"per_page": PER_PAGE, "page": page, "orderby": "date_registered", "order": "asc"}
        listed = _list(api.get_below("wc-analytics", "reports/customers", **asked), "reports/customers")
        for one in map(as_object, listed):
            number = id_text(one.get("id"))
            if number not in seen:
                seen.add(number)
                yield _buyer(one)
        if len(listed) < PER_PAGE:
            return
        page += 1


def _buyer(one: Mapping[str, Any]) -> Buyer:
    return Buyer(
        user_id=id_text(one.get("user_id")),
        email=text(one.get("email")).lower(),
        name=html.unescape(text(one.get("name"))),
        orders=_count(one.get("orders_count")),
        spent=_amount(one.get("total_spend")),
    )


def _list(answer: object, path: str) -> list[Any]:
    if not isinstance(answer, list):
        raise SourceUnavailable(f"The shop answered something that is no list to {path}.")
    return answer


def _amount(value: object) -> Decimal:
    """The reports write texts and numbers."""
    try:
        found = Decimal(repr(value) if isinstance(value, float) else text(value) or "0")
    except InvalidOperation:
        return NOTHING
    return found if found.is_finite() else NOTHING


def _count(value: object) -> int:
    found = text(value)
    return int(found) if found.isascii() and found.isdigit() else 0
