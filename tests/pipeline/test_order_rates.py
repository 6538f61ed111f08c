"""Brevo's order list knows one currency: an order goes there in the shop's own, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collector.domain.shop import Shop
from tests.pipeline.row_builders import iso, shopify_order, woo_order
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, TellingBench, telling_bench


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("rates")) as found:
        yield found


def money(base: str, shown: str) -> dict[str, Any]:
    return {
        "shop_money": {"amount": base, "currency_code": "EUR"},
        "presentment_money": {"amount": shown, "currency_code": "JPY"},
    }


@pytest.mark.parametrize(
    ("why", "shop", "changes", "listed"),
    [
        ("the shop's own currency", LIVE_WOO, {}, [(5.0, "EUR")]),
        ("another, and nobody says at which rate", LIVE_WOO, {"currency": "JPY", "total": "800"}, []),
        ("a shop whose currency nobody knows yet", replace(LIVE_WOO, currency=""), {"currency": "JPY"}, [(5.0, "JPY")]),
        (
            "another, with the shop's amount beside it",
            LIVE_SHOPIFY,
            {"total_price_set": money("5.00", "800")},
            [(5.0, "EUR")],
        ),
    ],
)
def test_an_order_is_listed_in_the_shops_own_currency(
    files: TellingBench, why: str, shop: Shop, changes: dict[str, Any], listed: list[tuple[float, str]]
) -> None:
    files.begin(shop)
    make = woo_order if shop.platform == "woocommerce" else shopify_order
    files.happen(make(0, "processing" if make is woo_order else "paid", MUG, **changes))
    orders = [row.message.payload for row in files.rows() if row.message.kind == "order"]
    assert [(order["amount"], order["currency"]) for order in orders] == listed, why
    assert "ana order_completed" in files.events(), "the shopper's own event says what the shopper paid"


def test_what_was_given_back_is_reckoned_at_the_orders_own_rate(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    back = {"id": 7, "created_at": iso(1), "transactions": [refunded("400")], "refund_line_items": []}
    files.happen(shopify_order(0, "partially_refunded", MUG, total_price_set=money("5.00", "800"), refunds=[back]))
    orders = [row.message.payload for row in files.rows() if row.message.kind == "order"]
    assert [(order["amount"], order["currency"], order["status"]) for order in orders] == [
        (2.5, "EUR", "partially_refunded")
    ]


def refunded(amount: str) -> dict[str, Any]:
    return {"id": 1, "kind": "refund", "status": "success", "amount": amount, "currency": "JPY"}
