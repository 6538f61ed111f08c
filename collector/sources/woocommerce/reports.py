"""What a shop counts itself: sales of some days, best sellers, and its buyers with guests among them.

Sales and best sellers are those of WooCommerce's documented reports. Buyers come from `wc-analytics`, which its own
admin pages read: there are guests in it, and it may change. Amounts are in the shop's currency, as it writes them.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.parse_values import as_object, id_text, text
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.rest_lists import Page
from collector.sources.woocommerce.signing import Value
from collector.sources.woocommerce.walk import number_of

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
    """Everybody who has an account or ordered, each once, in no certain order. Raises SourceUnavailable; at the end,
    too, if the shop counts more of them than it told.

    The report sorts by nothing that tells all of them apart: guests have no date of registration, and each page may
    put them in another order. So whoever is missing behind the last page is asked for by number.
    """
    seen = set[int]()

    def new_of(page: Page) -> list[Buyer]:
        found = [one for one in page.records if number_of(one) not in seen]
        seen.update(map(number_of, found))
        return list(map(_buyer, found))

    total, number, is_last = 0, 0, False
    while not is_last:
        number += 1
        page = _asked(api, page=number, orderby="date_registered", order="asc")
        yield from new_of(page)
        total = page.total or total  # past the end it is 0
        is_last = len(page.records) < PER_PAGE
    missing = _others(seen)
    while missing and len(seen) < total:
        some, missing = missing[:PER_PAGE], missing[PER_PAGE:]
        yield from new_of(_asked(api, customers=",".join(map(str, some))))
    if len(seen) < total and len(seen) < (total := _asked(api, per_page=1).total or 0):
        raise SourceUnavailable(f"The shop counts {total:,} buyers and told of {len(seen):,}.", "Ask for them again.")


def _asked(api: RestClient, **params: Value) -> Page:
    return api.page_below("wc-analytics", "reports/customers", **{"per_page": PER_PAGE, **params})


def _others(seen: Collection[int]) -> list[int]:
    """Numbers that buyers may have: between those seen, then a page above them, then below."""
    low, high = min(seen, default=1), max(seen, default=0)
    between = [number for number in range(low, high) if number not in seen]
    return [*between, *range(high + 1, high + 1 + PER_PAGE), *range(low - 1, 0, -1)]


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
