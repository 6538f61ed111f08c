"""What a shop counts itself, read with the same keys."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
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


@dataclass
class Report:
    """As DataStore.php answers: buyers without a date in another order each time. `there`: their numbers. `hides`:
    counted and never told. `gone_after`: so many questions later the last one is gone."""

    there: list[int]
    hides: int = 0
    gone_after: int = 0
    is_counted: bool = True
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        given = {name: values[0] for name, values in parse_qs(urlsplit(request.url or "").query).items()}
        self.asked.append(given)
        if len(self.asked) == self.gone_after:
            self.there.pop()
        listed = list(self.there)
        random.Random(len(self.asked)).shuffle(listed)
        if "customers" in given:
            wanted = {int(number) for number in given["customers"].split(",")}
            listed = [number for number in listed if number in wanted]
        size, page = int(given["per_page"]), int(given.get("page", 1))
        shown = listed[(page - 1) * size : page * size]
        total = len(listed) + (0 if "customers" in given else self.hides)
        headers = {"X-WP-Total": str(total if shown else 0)} if self.is_counted else {}
        return (
            200,
            headers,
            json.dumps([{"id": number, "user_id": 0, "email": f"g{number}@x.example"} for number in shown]),
        )


@pytest.mark.parametrize(
    ("why", "there", "questions"),
    [
        ("nobody", [], 1),
        ("a page of them", list(range(1, 90)), 1),
        ("some were on no page, and are asked for by number", list(range(1, 251)), 5),
        ("numbers with gaps", list(range(7, 900, 3)), 12),
        ("those of before were deleted", list(range(5000, 5250)), 5),
    ],
)
def test_guests_in_any_order_are_each_told_once(
    wire: responses.RequestsMock, why: str, there: list[int], questions: int
) -> None:
    report = Report(there)
    wire.add_callback("GET", f"{HOME}/wp-json/wc-analytics/reports/customers", report.answer)
    found = [one.email for one in buyers(client())]
    assert sorted(found) == sorted(f"g{number}@x.example" for number in there), why
    assert len(report.asked) <= questions, why


@pytest.mark.parametrize(
    ("why", "report", "is_said"),
    [
        ("counted, and told by no question", Report(list(range(1, 251)), hides=3), True),
        ("one went while we read", Report(list(range(1, 251)), gone_after=4), False),
        ("a shop that counts nothing", Report(list(range(1, 251)), is_counted=False), False),
    ],
)
def test_what_the_shop_counts_and_does_not_tell_is_said(
    wire: responses.RequestsMock, why: str, report: Report, is_said: bool
) -> None:
    wire.add_callback("GET", f"{HOME}/wp-json/wc-analytics/reports/customers", report.answer)
    found, said = list[Buyer](), ""
    try:
        found += buyers(client())
    except SourceUnavailable as problem:
        said = str(problem)
    assert len({one.email for one in found}) == len(found), why
    assert ("counts 253 buyers and told of 250" in said) is is_said, why


@pytest.mark.parametrize("body", [{"code": "x"}, "page"])
def test_an_answer_that_is_no_list_is_said(wire: responses.RequestsMock, body: Any) -> None:
    answers(wire, "wc/v3/reports/top_sellers", json.loads(json.dumps(body)))
    with pytest.raises(SourceUnavailable):
        top_sellers(client(), FIRST, LAST)
