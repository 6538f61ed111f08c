"""What a shop counts itself, read with the same keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.known import Known
from collector.sources.woocommerce.reports import Buyer, Sales, TopSeller, buyers, sales, top_sellers
from collector.sources.woocommerce.rest import RestClient

HOME = "https://shop.example"
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 21)
# Shapes of a live 10.5.0 shop.
SALES = {
    "total_sales": "43.15",
    "net_sales": "34.87",
    "total_orders": 2,
    "total_items": 5,
    "total_refunds": 5,
    "totals_grouped_by": "day",
    "totals": {
        "2026-11-21": {"sales": "28.27", "orders": 1, "items": 3, "tax": "0.00"},
        "2026-11-20": {"sales": "14.88", "orders": 1, "items": 2, "tax": "0.00"},
    },
}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def client() -> RestClient:
    return RestClient(
        requests.Session(), HOME, "ck_1", "cs_1", known=Known(way="basic"), patience_s=0, sleep=lambda s: None
    )


def answers(wire: responses.RequestsMock, path: str, *bodies: Any) -> None:
    for body in bodies:
        wire.add("GET", f"{HOME}/wp-json/{path}", json=body)


def asked(wire: responses.RequestsMock) -> list[dict[str, str]]:
    urls = [urlsplit(call.request.url or "") for call in wire.calls]
    return [{name: values[0] for name, values in parse_qs(url.query).items()} for url in urls]


def test_sales_of_some_days(wire: responses.RequestsMock) -> None:
    answers(wire, "wc/v3/reports/sales", [SALES])
    assert sales(client(), FIRST, LAST) == Sales(
        Decimal("43.15"),
        Decimal("34.87"),
        2,
        5,
        Decimal(5),
        (("2026-11-20", 1, Decimal("14.88")), ("2026-11-21", 1, Decimal("28.27"))),
    )
    assert asked(wire) == [{"date_min": "2026-11-01", "date_max": "2026-11-21"}]


def test_days_without_sales_are_an_empty_list_to_php(wire: responses.RequestsMock) -> None:
    answers(wire, "wc/v3/reports/sales", [{"total_sales": "0.00", "total_orders": 0, "totals": []}])
    assert sales(client(), FIRST, LAST) == Sales(Decimal(0), Decimal(0), 0, 0, Decimal(0), ())


def test_best_sellers(wire: responses.RequestsMock) -> None:
    answers(wire, "wc/v3/reports/top_sellers", [{"name": "Tea &amp; mug", "product_id": 15, "quantity": 5}])
    assert top_sellers(client(), FIRST, LAST) == [TopSeller("15", "Tea & mug", 5)]


def test_buyers_with_guests_page_by_page(wire: responses.RequestsMock) -> None:
    def buyer(number: int, **more: Any) -> dict[str, Any]:
        plain = {"id": number, "user_id": 0, "email": f"G{number}@x.example", "name": "G", "total_spend": 15.88}
        return plain | {"orders_count": 1} | more

    first = [buyer(number) for number in range(1, 101)]
    # Somebody came while we read: the last of the first page stands on the second, too.
    answers(wire, "wc-analytics/reports/customers", first, [buyer(100), buyer(101, user_id=9, orders_count=0)])
    found = list(buyers(client()))
    assert len(found) == 101
    assert found[0] == Buyer("", "g1@x.example", "G", 1, Decimal("15.88"))
    assert found[-1].user_id == "9"
    assert [given["page"] for given in asked(wire)] == ["1", "2"]


@pytest.mark.parametrize("body", [{"code": "x"}, "page"])
def test_an_answer_that_is_no_list_is_said(wire: responses.RequestsMock, body: Any) -> None:
    answers(wire, "wc/v3/reports/top_sellers", json.loads(json.dumps(body)))
    with pytest.raises(SourceUnavailable):
        top_sellers(client(), FIRST, LAST)
