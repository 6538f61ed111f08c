"""A refund that staff delete again: it counts no more, whatever came first, and what was told of it is corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.domain.shop import Shop
from tests.pipeline.row_builders import at, iso, shopify_order, webhook, woo_order
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, TellingBench, telling_bench

NINE, TEN = {"id": 9, "total": "-2.00"}, {"id": 10, "total": "-1.00"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("refunds")) as found:
        yield found


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin()
    return files


def woo(
    minutes: float, *refunds: dict[str, Any], status: str = "processing", arrived: float = 0, **changes: Any
) -> NewRow:
    """A body of this version with these refunds, which arrived at once or at `arrived`."""
    numbers = "-".join(str(refund["id"]) for refund in refunds)
    delivery = f"{minutes}:{arrived}:{numbers}"
    row = woo_order(minutes, status, MUG, delivery=delivery, **{"refunds": list(refunds)} | changes)
    return replace(row, received_at=at(arrived)) if arrived else row


def shopify(minutes: float, *refunds: dict[str, Any]) -> NewRow:
    return shopify_order(minutes, "paid", MUG, delivery=f"{minutes}:{len(refunds)}", refunds=list(refunds))


BACK = {"id": 9, "order_id": 7, "created_at": iso(60)}
BACK_ALONE = webhook(60, "refunds/create", BACK)


def counted(bench: TellingBench) -> list[str]:
    with bench.state.read() as tx:
        told = [refund_id for refund_id, *_ in tx.telling.refunds(bench.shop.id, "7")]
        (order,) = tx.orders.bought(bench.shop.id, "ana@shop.example", "")
    assert len(order.refunds) == len(told)
    return told


@pytest.mark.parametrize(
    ("why", "shop", "rows", "expected"),
    [
        ("listed", LIVE_WOO, [woo(0), woo(60, NINE)], ["9"]),
        ("deleted, and the order saved", LIVE_WOO, [woo(0), woo(60, NINE), woo(90)], []),
        ("deleted alone: the same version, read later", LIVE_WOO, [woo(60, NINE), woo(60, arrived=600)], []),
        ("one of two", LIVE_WOO, [woo(60, NINE), woo(70, NINE, TEN), woo(90, TEN)], ["10"]),
        ("deleted, then another one", LIVE_WOO, [woo(60, NINE), woo(70), woo(90, TEN)], ["10"]),
        ("a body without the list says nothing", LIVE_WOO, [woo(60, NINE), woo(90, refunds=None)], ["9"]),
        ("nor does a list that is none", LIVE_WOO, [woo(60, NINE), woo(90, refunds="")], ["9"]),
        ("an older body that comes late", LIVE_WOO, [woo(60, NINE), woo(30, arrived=600)], ["9"]),
        ("Shopify: told alone, beside an older order", LIVE_SHOPIFY, [shopify(0), BACK_ALONE], ["9"]),
        ("Shopify: the order of the same second", LIVE_SHOPIFY, [BACK_ALONE, shopify(60)], ["9"]),
        ("Shopify: its refunds cannot be deleted", LIVE_SHOPIFY, [shopify(60, BACK), shopify(90)], ["9"]),
    ],
)
def test_which_refunds_count_in_whatever_order_they_come(
    files: TellingBench, why: str, shop: Shop, rows: list[NewRow], expected: list[str]
) -> None:
    for arrival in permutations(rows):
        files.begin(shop)
        files.happen(*arrival)
        assert counted(files) == expected, why


def test_the_order_and_its_buyer_are_told_again(bench: TellingBench) -> None:
    bench.happen(woo(0), woo(60, NINE))
    bench.deliver()
    bench.happen(woo(60, arrived=600))
    about = [one for one in bench.told() if " order_" not in one]
    assert about == ["ana contact ordered blocked +all_customers +buyers", "ana order paid"]
    assert bench.rows()[-1].message.payload["amount"] == 5.0


@pytest.mark.parametrize(
    ("why", "rows", "expected"),
    [
        ("told, then deleted", [woo(0), woo(60, NINE), woo(90)], ["9"]),
        ("deleted before anybody heard of it", [woo(0), woo(90), woo(60, NINE)], []),
        (
            "the order is still called refunded: no second mail about all of it",
            [woo(0), woo(60, NINE, status="refunded"), woo(90, status="refunded")],
            ["9"],
        ),
    ],
)
def test_what_the_buyer_hears_of_it(bench: TellingBench, why: str, rows: list[NewRow], expected: list[str]) -> None:
    bench.happen(*rows)
    assert [payload["properties"]["refund_id"] for payload in bench.sent("order_refunded")] == expected, why
